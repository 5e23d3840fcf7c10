"""The state as bytes of a file. A cache: whatever is wrong with it, there is just no state.

Layout, little-endian: magic (8), XXH3-64 of all that follows (8), then `_HEADER`: whether there
is a base tree and its id, the digest of the cover, the numbers of folders and rows, the bytes of
the folder and the name column and of the compressed rest; then the ids as they are, since they do
not compress; then one zstd frame of folders and names (each followed by NUL), rows per folder
(u32), the folders' stamps (mtimes, ctimes, inodes: 64 bits), sizes, mtimes, ctimes, inodes (64
bits), modes, flags (8 bits).
The 64-bit columns are stored as eight planes, all lowest bytes first, because their high bytes
hardly vary.
"""

import struct
import sys
from array import array
from contextlib import suppress
from itertools import accumulate
from typing import Final

from xxhash import xxh3_64_intdigest
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

from contentvc import limits
from contentvc.errors import Busy, NotAllowed
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.storage import disk
from contentvc.worktree.cachefile import cached_bytes
from contentvc.worktree.state import Columns, Stamps, State

__all__ = ["decode_state", "encode_state", "keep_state", "load_state", "save_state"]

_MAGIC: Final = b"cvcstat\3"
_HEADER: Final = struct.Struct("<B32s16sQQQQQ")
_CHECKED: Final = len(_MAGIC) + 8
_IDS: Final = _CHECKED + _HEADER.size
_LEVEL: Final = 1
_SWAP: Final = sys.byteorder == "big"
_FIXED: Final = 4 * 8 + 2
"""Bytes of a row besides its name and id."""
_FIXED_FOLDER: Final = 4 + 3 * 8
"""Bytes of a folder besides its path."""
_FOLDER_BYTES: Final = 64 * limits.MIB
"""Of folder paths believed whatever the rows are; a tree of more is read anew each time."""
_NONE: Final = bytes(ID_BYTES)
_MODES: Final = b"\0\1\2"


class _Unusable(Exception):
    """The bytes are not a state. Never leaves this module: it is not an error for anyone."""


def encode_state(state: State) -> bytes:
    """The bytes that `decode_state` takes."""
    columns = state.columns
    folders = _joined(state.folders)
    names = _joined(columns.names)
    counts = array("I", [b - a for a, b in zip(state.starts, state.starts[1:], strict=False)])
    if _SWAP:
        counts.byteswap()
    parts = [folders, names, counts.tobytes()]
    stamps = state.stamps
    parts += map(_planes, (stamps.mtimes, stamps.ctimes, stamps.inodes))
    parts += map(_planes, (columns.sizes, columns.mtimes, columns.ctimes, columns.inodes))
    parts += (bytes(columns.modes), bytes(columns.flags))
    rest = ZstdCompressor(level=_LEVEL).compress(b"".join(parts))
    header = _HEADER.pack(
        state.base_tree is not None,
        state.base_tree or _NONE,
        state.cover,
        len(state.folders),
        len(columns.names),
        len(folders),
        len(names),
        len(rest),
    )
    body = b"".join((header, columns.ids, rest))
    return b"".join((_MAGIC, xxh3_64_intdigest(body).to_bytes(8, "little"), body))


def decode_state(encoded: bytes) -> State | None:
    """The state, or None where the bytes are anything else.

    Memory is bounded by their number, whatever they say.
    """
    try:
        return _decoded(encoded)
    except (_Unusable, ZstdError, struct.error):
        return None


def load_state(path: bytes) -> State:
    """The state in a file; an empty one where it is missing, damaged or cannot be read."""
    try:
        encoded = cached_bytes(path, limits.STATE_BYTES)
    except OSError:
        return State.empty()
    return decode_state(encoded) or State.empty()


def save_state(path: bytes, state: State) -> None:
    """Replace the file; not durable, since a lost or torn one only costs time.

    Raises:
        NotAllowed, Busy: the file system refuses.
    """
    try:
        disk.replace_file(path, encode_state(state))
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def keep_state(path: bytes, state: State) -> None:
    """As `save_state`, where the file system lets it.

    For commands whose work is done: a full disk costs the next one time, and must not make it
    seem that this one failed.
    """
    with suppress(Busy, NotAllowed):
        save_state(path, state)


def _decoded(encoded: bytes) -> State:
    _expect(encoded[: len(_MAGIC)] == _MAGIC and len(encoded) >= _IDS)
    view = memoryview(encoded)
    checksum = int.from_bytes(view[len(_MAGIC) : _CHECKED], "little")
    _expect(xxh3_64_intdigest(view[_CHECKED:]) == checksum)
    based, tree, cover, folders, rows, folder_bytes, name_bytes, length = _HEADER.unpack(
        view[_CHECKED:_IDS]
    )
    ids_end = _IDS + rows * ID_BYTES
    _expect(ids_end + length == len(encoded) and 0 < folders <= folder_bytes <= limits.STATE_BYTES)
    # The ids bound the rows, and so what the frame may become.
    _expect(rows <= name_bytes <= rows * (limits.NAME_LENGTH + 1))
    _expect(folder_bytes <= _FOLDER_BYTES + rows * limits.NAME_LENGTH)
    raw = folder_bytes + name_bytes + folders * _FIXED_FOLDER + rows * _FIXED
    _expect(raw <= limits.STATE_BYTES)
    body = _decompressed(view[ids_end:], raw)
    return _filled(
        (ObjectId(tree) if based else None, cover),
        (folders, rows, folder_bytes, name_bytes),
        body,
        bytearray(view[_IDS:ids_end]),
    )


def _decompressed(frame: memoryview, raw: int) -> bytes:
    """Exactly `raw` bytes. The frame's own word for it is checked before anything is allocated."""
    _expect(frame_content_size(frame) == raw)
    body = ZstdDecompressor().decompress(frame, max_output_size=raw, allow_extra_data=False)
    _expect(len(body) == raw)
    return body


def _filled(
    of: tuple[ObjectId | None, bytes],
    shape: tuple[int, int, int, int],
    body: bytes,
    ids: bytearray,
) -> State:
    folders, rows, folder_bytes, name_bytes = shape
    at = folder_bytes + name_bytes
    folder_list = _split(body[:folder_bytes], folders, is_path=True)
    columns = Columns()
    columns.names = _split(body[folder_bytes:at], rows, is_path=False)
    counts = array("I", body[at : at + 4 * folders])
    if _SWAP:
        counts.byteswap()
    starts = [0, *accumulate(counts)]
    _expect(starts[-1] == rows)
    at += 4 * folders
    view = memoryview(body)[at : at + 24 * folders]
    stamps = Stamps(0)
    width = 8 * folders
    stamps.mtimes = _column("q", view[:width])
    stamps.ctimes = _column("q", view[width : 2 * width])
    stamps.inodes = _column("Q", view[2 * width :])
    view = memoryview(body)[at + 24 * folders :]
    width = 8 * rows
    columns.sizes = _column("Q", view[:width])
    columns.mtimes = _column("q", view[width : 2 * width])
    columns.ctimes = _column("q", view[2 * width : 3 * width])
    columns.inodes = _column("Q", view[3 * width : 4 * width])
    columns.modes = bytearray(view[4 * width : 4 * width + rows])
    columns.flags = bytearray(view[4 * width + rows :])
    columns.ids = ids
    _expect(not columns.modes.translate(None, _MODES))
    return State(of[0], folder_list, starts, columns, stamps, of[1])


def _joined(names: list[bytes]) -> bytes:
    return b"\0".join(names) + b"\0" if names else b""


def _split(column: bytes, count: int, *, is_path: bool) -> list[bytes]:
    """Names none of which leads out of its folder, whoever wrote the file."""
    names = column.split(b"\0")
    _expect(not names.pop() and len(names) == count)
    framed = b"\0" + column
    if is_path:
        _expect(names[:1] == [b""])
        framed = b"/" + column[1:].replace(b"\0", b"/")
        _expect(not any(bad in framed for bad in (b"//", b"/./", b"/../")))
    else:
        _expect(b"/" not in column)
        _expect(not any(bad in framed for bad in (b"\0\0", b"\0.\0", b"\0..\0")))
    return names


def _planes(column: "array[int]") -> bytes:
    encoded = column.tobytes()
    order = range(7, -1, -1) if _SWAP else range(8)
    return b"".join([encoded[plane::8] for plane in order])


def _column(code: str, planes: memoryview) -> "array[int]":
    rows = len(planes) // 8
    encoded = bytearray(len(planes))
    for plane in range(8):
        at = 7 - plane if _SWAP else plane
        encoded[at::8] = planes[plane * rows : (plane + 1) * rows]
    return array(code, bytes(encoded))


def _expect(holds: bool) -> None:  # noqa: FBT001 - an assertion about bytes, not a choice
    if not holds:
        raise _Unusable
