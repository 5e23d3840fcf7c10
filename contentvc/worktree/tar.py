"""Tar: files as a POSIX archive (pax), whose bytes depend on nothing but the files and one time.

Owner 0, fixed modes, no names of users, no entries for folders. A name or a link's target that the
classic header cannot hold comes in an extended header; bytes that are not UTF-8 are declared there.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from contentvc.snapshots.tree import Mode

__all__ = ["Member", "tar_parts"]

_BLOCK: Final = 512
_RECORD: Final = 20 * _BLOCK
"""Archives are padded to a multiple of it, as tar has done since tapes."""
_NAME: Final = 100
_PREFIX: Final = 155
_SIZE: Final = 8 * 1024**3
"""From here on a size does not fit the classic header."""
_LONGEST: Final = 1024 * 1024
"""Bytes of small files joined before they are handed on."""
_MODES: Final = {Mode.FILE: 0o644, Mode.EXECUTABLE: 0o755, Mode.SYMLINK: 0o777}
_ENDING: Final = b"ustar\x0000" + bytes(64) + b"0000000\x000000000\x00"


class Member(NamedTuple):
    """A file or a symlink, whose content comes in parts that add up to its size."""

    path: bytes
    mode: Mode
    size: int
    parts: Iterable[bytes]


def tar_parts(members: Iterable[Member], mtime: int) -> Iterator[bytes]:
    """The archive of some files in the order given; `mtime` in seconds since 1970, of all."""
    joined: list[bytes] = []
    total = length = 0
    for part in _pieces(members, mtime):
        joined.append(part)
        length += len(part)
        if length >= _LONGEST:
            yield b"".join(joined)
            total, length, joined = total + length, 0, []
    joined.append(bytes(2 * _BLOCK))
    total += length + 2 * _BLOCK
    yield b"".join([*joined, bytes(-total % _RECORD)])


def _pieces(members: Iterable[Member], mtime: int) -> Iterator[bytes]:
    shared = b"0000000\x000000000\x00", b"%011o\x00" % mtime
    for path, mode, size, parts in members:
        if mode is Mode.SYMLINK:
            yield _headers(path, mode, 0, b"".join(parts), shared)
            continue
        yield _headers(path, mode, size, b"", shared)
        yield from parts
        yield bytes(-size % _BLOCK)


def _headers(
    path: bytes, mode: Mode, size: int, target: bytes, shared: tuple[bytes, bytes]
) -> bytes:
    """The header of a file, after an extended one where that is needed."""
    prefix, name = _split(path)
    records = b""
    if len(name) > _NAME or not path.isascii():
        records += _record(b"path", path)
    if len(target) > _NAME or not target.isascii():
        records += _record(b"linkpath", target)
    if size >= _SIZE:
        records += _record(b"size", b"%d" % size)
    kind = b"2" if mode is Mode.SYMLINK else b"0"
    octal = b"%011o\x00" % (size if size < _SIZE else 0)
    header = _header(name, prefix, b"%07o\x00" % _MODES[mode], octal, kind, target, shared)
    if not records:
        return header
    if not (_is_text(path) and _is_text(target)):
        records = _record(b"hdrcharset", b"BINARY") + records
    extended = b"%011o\x00" % len(records)
    before = _header(b"pax_header", b"", b"0000644\x00", extended, b"x", b"", shared)
    return before + records + bytes(-len(records) % _BLOCK) + header


def _header(
    name: bytes,
    prefix: bytes,
    mode: bytes,
    size: bytes,
    kind: bytes,
    target: bytes,
    shared: tuple[bytes, bytes],
) -> bytes:
    owner, mtime = shared
    start = name[:_NAME].ljust(_NAME, b"\0") + mode + owner + size + mtime
    end = kind + target[:_NAME].ljust(_NAME, b"\0") + _ENDING + prefix.ljust(_PREFIX + 12, b"\0")
    checksum = sum(start) + sum(end) + 8 * 0x20  # as if its own field were blank
    return b"%b%06o\x00 %b" % (start, checksum, end)


def _split(path: bytes) -> tuple[bytes, bytes]:
    """Folder and name as the classic header has them; a name too long for it stays whole."""
    if len(path) <= _NAME:
        return b"", path
    cut = path.find(b"/", len(path) - _NAME - 1, _PREFIX + 1)
    return (path[:cut], path[cut + 1 :]) if cut > 0 else (b"", path)


def _record(key: bytes, value: bytes) -> bytes:
    """``LENGTH KEY=VALUE``, where the length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + len(b"%d" % len(rest))
    if len(b"%d" % length) > len(b"%d" % len(rest)):
        length += 1
    return b"%d%b" % (length, rest)


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
