"""Memory: what is kept of one remote between commands, so that few requests tell what is new.

All of it but `seen` are caches that may be deleted at any time. Of a place that has no name, it is
kept as long as the program runs.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.view import View, decode_view, encode_view
from contentvc.remotes.seen import Seen, read_seen, write_seen
from contentvc.snapshots.codec import decode, encode, octets, text
from contentvc.storage import disk
from contentvc.storage.contract import Storage
from contentvc.storage.local import LocalStorage
from contentvc.storage.memory import MemoryStorage
from contentvc.worktree.cachefile import cached_bytes

__all__ = ["Last", "Memory"]

_MAGIC: Final = b"CVLAST1\n"
_START: Final = len(_MAGIC) + 8
_VERSION: Final = 1
_SHAPE: Final = (int, bytes, str, bytes)
_MOST: Final = limits.VIEW_BYTES + 2 * limits.JSON_BYTES
_SEGMENTS: Final = 64 * limits.MIB
"""Bytes of a remote's index segment that is copied whole: of some three million objects."""


@dataclass(frozen=True, slots=True)
class Last:
    """A remote as it was when it was last looked at."""

    description: bytes
    """Its ``repository.json``."""
    view: View
    stamp: str
    """Of the view's operation as the storage lists it; empty where it is not known."""


class Memory:
    """The folder of a remote.

    Args:
        folder: where it is; it exists. None for a place without a name.
    """

    def __init__(self, folder: bytes | None) -> None:
        self._folder = folder
        self.segments: Storage = (
            MemoryStorage() if folder is None else LocalStorage(os.fsdecode(folder))
        )
        """Index segments that tell where the remote's objects lie."""
        self.copied = limits.SEGMENT_WHOLE if folder is None else _SEGMENTS
        """Bytes of a segment that is worth being copied whole."""

    @property
    def lasts(self) -> bool:
        """Whether it outlives the program."""
        return self._folder is not None

    def seen(self) -> Seen | None:
        """What of the log was seen last, and believed."""
        return None if self._folder is None else read_seen(self._path(b"seen"))

    def see(self, seen: Seen) -> None:
        """Keep what was seen, once everything here that follows from it is durable.

        Raises:
            NotAllowed, Busy: the file system refuses.
        """
        if self._folder is not None:
            write_seen(self._path(b"seen"), seen)

    def last(self) -> Last | None:
        """The remote when it was last looked at; None where that is not known."""
        if self._folder is None:
            return None
        try:
            return _decoded(cached_bytes(self._path(b"view"), _MOST))
        except (OSError, Damaged):
            return None

    def keep(self, last: Last) -> None:
        """Remember how the remote is; where the file system refuses, it is asked again."""
        if self._folder is not None:
            with suppress(OSError):
                disk.replace_file(self._path(b"view"), _encoded(last))

    @property
    def was_probed(self) -> bool:
        """Whether it is known that the place creates names exclusively."""
        return self._folder is not None and os.path.exists(self._path(b"probed"))

    def probed(self) -> None:
        """Remember that it does."""
        if self._folder is not None:
            with suppress(OSError):
                disk.replace_file(self._path(b"probed"), b"")

    def forget(self) -> None:
        """Drop all of it.

        Raises:
            NotAllowed, Busy: the file system refuses.
        """
        if self._folder is None:
            return
        for name in (b"seen", b"view", b"probed", b"sent", b"received"):
            try:
                disk.unlink(self._path(name))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise disk.explain(error, "delete", self._path(name)) from error
        for segment in list(self.segments.list("indexes/")):
            self.segments.delete(segment)

    def _path(self, name: bytes) -> bytes:
        return os.path.join(self._folder or b"", name)


def _encoded(last: Last) -> bytes:
    message = encode([_VERSION, last.description, last.stamp, encode_view(last.view)])
    return _MAGIC + xxh3_64_intdigest(message).to_bytes(8, "little") + message


def _decoded(stored: bytes) -> Last:
    message = stored[_START:]
    checksum = xxh3_64_intdigest(message).to_bytes(8, "little")
    if not stored.startswith(_MAGIC) or stored[len(_MAGIC) : _START] != checksum:
        raise Damaged("damaged", "what is remembered of a remote is damaged")
    fields = decode(message, _SHAPE, what="what is remembered of a remote", limit=_MOST)
    if fields[0] != _VERSION:
        raise Damaged("needs-newer", "what is remembered of a remote is of another version")
    return Last(octets(fields[1]), decode_view(octets(fields[3])), text(fields[2]))
