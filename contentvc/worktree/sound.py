"""Sound: contents that were found to be as their content sets ask, so that none is read again.

A cache in the workspace's folder, which may be deleted at any time: magic (8 bytes), XXH3-64 of
the rest (8, little-endian), then the marks, 16 bytes each, sorted. A mark is the first half of the
BLAKE3 of what was asked and of what content. Whatever is wrong with the file, nothing is known.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.ids import ObjectId, blob_id
from contentvc.storage import disk
from contentvc.worktree.cachefile import cached_bytes

__all__ = ["Sound"]

_MAGIC: Final = b"cvcsnd\1\n"
_START: Final = len(_MAGIC) + 8
_MARK: Final = 16


class Sound:
    """The marks of sound contents; read when the first one is asked for, kept by `keep`."""

    def __init__(self, path: bytes) -> None:
        self._path = path
        self._known: set[bytes] | None = None
        self._fresh: set[bytes] = set()

    def has(self, asked: bytes, content: ObjectId) -> bool:
        """Whether this content was found to be as was asked."""
        if self._known is None:
            self._known = _loaded(self._path)
        mark = _mark(asked, content)
        return mark in self._known or mark in self._fresh

    def add(self, asked: bytes, content: ObjectId) -> None:
        """Note that it is."""
        self._fresh.add(_mark(asked, content))

    def keep(self) -> None:
        """Write down what is new. Where the file system refuses, it is only asked again."""
        if not self._fresh:
            return
        known = _loaded(self._path)  # another command may have added to it meanwhile
        marks = known | self._fresh
        if len(marks) > limits.SOUND_MARKS:
            marks = self._fresh
        with suppress(OSError):
            disk.replace_file(self._path, _encoded(marks))


def _mark(asked: bytes, content: ObjectId) -> bytes:
    return blob_id(asked + content)[:_MARK]


def _encoded(marks: Iterable[bytes]) -> bytes:
    body = b"".join(sorted(marks)[: limits.SOUND_MARKS])
    return _MAGIC + xxh3_64_intdigest(body).to_bytes(8, "little") + body


def _decoded(encoded: bytes) -> set[bytes]:
    body = encoded[_START:]
    checksum = int.from_bytes(encoded[len(_MAGIC) : _START], "little")
    if not encoded.startswith(_MAGIC) or len(body) % _MARK or xxh3_64_intdigest(body) != checksum:
        return set()
    return {body[start : start + _MARK] for start in range(0, len(body), _MARK)}


def _loaded(path: bytes) -> set[bytes]:
    try:
        return _decoded(cached_bytes(path, _START + limits.SOUND_MARKS * _MARK))
    except OSError:
        return set()
