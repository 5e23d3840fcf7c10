"""Tar: files as a POSIX archive (pax), whose bytes depend on nothing but the files and one time.

Owner 0, fixed modes, no names of users, no entries for folders. A name or a link's target that the
classic header cannot hold comes in an extended header; bytes that are not UTF-8 are declared there.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from contentvc.snapshots.tree import Mode

__all__ = ["Member", "tar_body", "tar_ending", "tar_parts"]

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
_OWNER: Final = b"0000000\x000000000\x00"
_BLANK: Final = 8 * 0x20
"""The checksum of a header is made as if its own field were blank."""
_PADDING: Final = tuple(bytes(length) for length in range(_BLOCK))
_ENDING: Final = b"ustar\x0000" + bytes(64) + b"0000000\x000000000\x00"


class Member(NamedTuple):
    """A file or a symlink."""

    path: bytes
    mode: Mode
    size: int
    content: bytes | Iterable[bytes]
    """All bytes, or parts that add up to the size; of a symlink all."""


def tar_parts(members: Iterable[Member], mtime: int) -> Iterator[bytes]:
    """The archive of some files in the order given; `mtime` in seconds since 1970, of all."""
    total = 0
    for part in tar_body(members, mtime):
        total += len(part)
        yield part
    yield tar_ending(total)


def tar_ending(length: int) -> bytes:
    """What follows bodies that are so many bytes together."""
    return bytes(2 * _BLOCK + -(length + 2 * _BLOCK) % _RECORD)


def tar_body(members: Iterable[Member], mtime: int) -> Iterator[bytes]:
    """As `tar_parts`, without the ending: bodies put one after the other are a body."""
    headers, joined = _Headers(mtime), list[bytes]()
    length = 0
    for member in members:
        _, _, size, content = member
        joined.append(headers.of(member))
        length += size + _BLOCK
        if not isinstance(content, bytes):
            yield b"".join(joined)
            yield from content
            joined = []
        elif size and member.mode is not Mode.SYMLINK:
            joined.append(content)
        if member.mode is not Mode.SYMLINK:
            joined.append(_PADDING[-size % _BLOCK])
        if length >= _LONGEST:
            yield b"".join(joined)
            length, joined = 0, []
    yield b"".join(joined)


class _Headers:
    """Makes headers; what is the same for all files of a mode is made once."""

    def __init__(self, mtime: int) -> None:
        self._time = b"%011o\x00" % mtime
        self._frames = {mode: self._frame(mode) for mode in _MODES}

    def of(self, member: Member) -> bytes:
        """The header of a file, after an extended one where that is needed."""
        path, mode, size, content = member
        if mode is not Mode.SYMLINK and len(path) <= _NAME and size < _SIZE and path.isascii():
            before, between, after, checksum = self._frames[mode]
            octal = b"%011o" % size
            checksum += sum(path) + sum(octal)
            name = path.ljust(_NAME, b"\0")
            return b"%b%b%b%b%06o\x00 %b" % (name, before, octal, between, checksum, after)
        target = content if mode is Mode.SYMLINK and isinstance(content, bytes) else b""
        return self._any(path, mode, 0 if mode is Mode.SYMLINK else size, target)

    def _frame(self, mode: Mode) -> tuple[bytes, bytes, bytes, int]:
        """What stands before the size, between it and the checksum, after that; their checksum."""
        before, between = b"%07o\x00" % _MODES[mode] + _OWNER, b"\0" + self._time
        after = _end(b"2" if mode is Mode.SYMLINK else b"0", b"", b"")
        return before, between, after, sum(before) + sum(between) + sum(after) + _BLANK

    def _any(self, path: bytes, mode: Mode, size: int, target: bytes) -> bytes:
        prefix, name = _split(path)
        records = _records(path, name, size, target)
        kind = b"2" if mode is Mode.SYMLINK else b"0"
        plain = size if size < _SIZE else 0
        header = self._header(name, prefix, _MODES[mode], plain, kind, target)
        if not records:
            return header
        before = self._header(b"pax_header", b"", 0o644, len(records), b"x", b"")
        return before + records + bytes(-len(records) % _BLOCK) + header

    def _header(
        self, name: bytes, prefix: bytes, bits: int, size: int, kind: bytes, target: bytes
    ) -> bytes:
        start = name[:_NAME].ljust(_NAME, b"\0") + b"%07o\x00" % bits + _OWNER
        start += b"%011o\x00" % size + self._time
        end = _end(kind, target, prefix)
        return b"%b%06o\x00 %b" % (start, sum(start) + sum(end) + _BLANK, end)


def _end(kind: bytes, target: bytes, prefix: bytes) -> bytes:
    start = kind + target[:_NAME].ljust(_NAME, b"\0") + _ENDING
    return start + prefix.ljust(_PREFIX + 12, b"\0")


def _records(path: bytes, name: bytes, size: int, target: bytes) -> bytes:
    """What the classic header cannot say."""
    records = b""
    if len(name) > _NAME or not path.isascii():
        records += _record(b"path", path)
    if len(target) > _NAME or not target.isascii():
        records += _record(b"linkpath", target)
    if size >= _SIZE:
        records += _record(b"size", b"%d" % size)
    if records and not (_is_text(path) and _is_text(target)):
        return _record(b"hdrcharset", b"BINARY") + records
    return records


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
