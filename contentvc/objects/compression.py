"""Compression: the one place that compresses, and the one function that decompresses.

A frame declares its size, and python-zstandard then ignores `max_output_size`; so the declared
size is compared with the expected one before anything is allocated, and the window is bounded.
"""

import threading
from typing import Final

import zstandard
from zstandard import (
    DICT_TYPE_RAWCONTENT,
    HASHLOG_MIN,
    WINDOWLOG_MIN,
    ZstdCompressionDict,
    ZstdCompressionParameters,
    ZstdCompressor,
    ZstdDecompressor,
)

from contentvc import limits
from contentvc.errors import Damaged

__all__ = [
    "CHUNK_LEVEL",
    "LEVEL",
    "compress",
    "compress_delta",
    "decompress",
    "looks_incompressible",
]

LEVEL: Final = 6
"""Measured on 15,375 YAML and JSON files in blocks of 128 KiB: level 3 gives 1.80 MB at 400 MB/s,
6 gives 1.66 MB at 140 MB/s, 12 gives 1.57 MB at 23 MB/s."""
CHUNK_LEVEL: Final = 1
"""Measured on 64 MiB of JSONL in chunks of 64 KiB, in one run: level 1 gives 0.396 at 173 MB/s,
2 gives 0.388 at 143 MB/s, 3 gives 0.374 at 108 MB/s. Floats of random numbers give 0.924 at every
level."""
_SAMPLE: Final = 4096
_WORTH: Final = 0.95
"""Below this ratio compressing a sample is worth it. Random bytes and JPEG give 1.0; embeddings as
32-bit floats give 0.92. Compressed, they are read at 440 in place of 870 MB for each second of
processor time, which a switch to 200 MB, two thirds of them floats, does not show (0.81 s in place
of 0.80); and a push of them sends 6 % less."""


_MOST_RATIO: Final = 128 * limits.KIB // 3
"""A zstd block takes three bytes at least and gives 128 KiB at most (RFC 8878, 3.1.1.2), so a
frame of a few bytes cannot make anyone allocate a gigabyte."""


class _Plain(dict[int, ZstdCompressor]):
    """A compressor for each level, made when it is first used."""

    def __missing__(self, level: int) -> ZstdCompressor:
        made = ZstdCompressor(level=level, write_checksum=False, write_content_size=True)
        self[level] = made
        return made


class _Compressors(threading.local):
    """Compressors are not safe to share between threads."""

    def __init__(self) -> None:
        self.plain = _Plain()
        self.quick = ZstdCompressor(level=1, write_checksum=False)
        self.reader = ZstdDecompressor(max_window_size=1 << limits.WINDOW_LOG)


_OURS: Final = _Compressors()


def compress(raw: bytes | memoryview, prefix: bytes = b"", level: int = LEVEL) -> bytes:
    """One zstd frame with its size declared; against `prefix` when there is one."""
    if not prefix:
        return _exact(_OURS.plain[level].compress(raw))
    against = ZstdCompressionDict(prefix, dict_type=DICT_TYPE_RAWCONTENT)
    parameters = ZstdCompressionParameters.from_level(
        level,
        source_size=len(raw),
        dict_size=len(prefix),
        write_checksum=False,
        write_content_size=True,
        write_dict_id=False,
    )
    return ZstdCompressor(dict_data=against, compression_params=parameters).compress(raw)


def compress_delta(raw: bytes | memoryview, prefix: bytes) -> bytes:
    """One zstd frame with its size declared, against old bytes that are mostly the same.

    The fastest level, with a table that has room for all of the prefix. Measured on chunks with
    one edit each: of 64 KiB it takes 30 bytes at 200 MB/s, where level 3 takes 29 at 145. With the
    level's own table, which is smaller, chunks of 250 KiB take 45 KB instead of 46 bytes.
    """
    against = ZstdCompressionDict(prefix, dict_type=DICT_TYPE_RAWCONTENT)
    parameters = ZstdCompressionParameters.from_level(
        1,
        source_size=len(raw),
        dict_size=len(prefix),
        window_log=max((len(raw) + len(prefix)).bit_length(), WINDOWLOG_MIN),
        hash_log=max(len(prefix).bit_length() - 2, HASHLOG_MIN),
        write_checksum=False,
        write_content_size=True,
        write_dict_id=False,
    )
    return _exact(ZstdCompressor(dict_data=against, compression_params=parameters).compress(raw))


def _exact(frame: bytes) -> bytes:
    """A copy that takes no more room than it needs.

    A frame is made in a buffer as large as its content and cut short afterwards. Kept so, each
    leaves a hole before the next: 3,000 frames of 60 bytes took 290 MB.
    """
    return bytes(memoryview(frame))


def decompress(
    frame: bytes | memoryview, size: int, prefix: bytes = b"", limit: int = limits.BLOCK_RAW
) -> bytes:
    """The `size` bytes of one zstd frame that holds nothing else.

    Raises:
        Damaged: the frame declares another size or window, is cut short, or bytes follow it.
    """
    if size > min(limit, len(frame) * _MOST_RATIO):
        raise Damaged("beyond-limit", f"a block declares {size} bytes")
    try:
        parameters = zstandard.get_frame_parameters(frame)
        if not size or parameters.content_size != size:
            raise Damaged("damaged", "a block declares another size than its pack does")
        if parameters.window_size > 1 << limits.WINDOW_LOG:
            raise Damaged("beyond-limit", f"a block wants {parameters.window_size} bytes of window")
        if parameters.dict_id:
            raise Damaged("damaged", "a block wants a dictionary")
        raw = _reader(prefix).decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise Damaged("damaged", f"a block cannot be decompressed: {error}") from error
    if len(raw) != size:
        raise Damaged("damaged", "a block is cut short")
    return raw


def looks_incompressible(raw: bytes | memoryview) -> bool:
    """Whether compressing is a waste, told from three samples of 4 KiB."""
    if len(raw) < 2 * _SAMPLE:
        return False
    middle = len(raw) // 2
    sample = b"".join([raw[:_SAMPLE], raw[middle : middle + _SAMPLE], raw[-_SAMPLE:]])
    return len(_OURS.quick.compress(sample)) >= _WORTH * len(sample)


def _reader(prefix: bytes) -> ZstdDecompressor:
    if not prefix:
        return _OURS.reader
    against = ZstdCompressionDict(prefix, dict_type=DICT_TYPE_RAWCONTENT)
    return ZstdDecompressor(dict_data=against, max_window_size=1 << limits.WINDOW_LOG)
