"""Cutting large content where the content says so, so that an insertion moves few boundaries.

FastCDC as published by Xia and others ("The Design of Fast Content-Defined Chunking for Data
Deduplication Based Storage Systems", IEEE TPDS 2020), in the `pyfastcdc` package.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contentvc import limits

__all__ = ["Chunking", "chunks_of"]


@dataclass(frozen=True, slots=True)
class Chunking:
    """Sizes in bytes; fixed when a repository is made and recorded in ``repository.json``."""

    minimum: int = limits.CHUNK_MIN
    average: int = limits.CHUNK_AVERAGE
    maximum: int = limits.CHUNK_MAX
    whole: int = limits.WHOLE_BLOB
    """Content up to this size is not cut."""


_WINDOW: Final = 4 * limits.MIB
"""Bytes looked at together: many chunks for each call, little memory."""


def chunks_of(parts: Iterable[bytes], sizes: Chunking) -> Iterator[bytes]:
    """The content in `parts`, cut; the same chunks however the parts are split."""
    from pyfastcdc import FastCDC  # noqa: PLC0415 - takes 25 ms, only large files need it

    cutter = FastCDC(avg_size=sizes.average, min_size=sizes.minimum, max_size=sizes.maximum)
    window = bytearray()
    for part in parts:
        window += part
        if len(window) >= _WINDOW:
            window = yield from _cut(cutter.cut_buf, window, keep=sizes.maximum)
    if window:
        yield from _cut(cutter.cut_buf, window, keep=0)


def _cut(cut_buf, window: bytearray, keep: int):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Yield chunks that more content cannot change; return what is left.

    A boundary depends on at most `keep` bytes after the chunk's start.
    """
    content = bytes(window)
    for chunk in cut_buf(content):
        if keep and len(content) - chunk.offset < keep:
            return bytearray(content[chunk.offset :])
        yield content[chunk.offset : chunk.offset + chunk.length]
    return bytearray()
