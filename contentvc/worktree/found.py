"""Found: what a scan says of the files in a working tree."""

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Mode
from contentvc.worktree.stamps import NEVER, is_unsure
from contentvc.worktree.state import Row, Stamp

__all__ = ["Found", "Noted", "Reason", "Scan", "Skipped", "Suspect", "found_at", "mode_of"]


class Found(NamedTuple):
    """A file or symlink on disk. A tuple, since a first commit finds tens of thousands."""

    path: bytes
    mode: Mode
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    def row(self, identifier: ObjectId, flags: int, since: int) -> Row:
        """The state's row, where the content was read after `since` and this stat held all along.

        A file so young that a later change may not show in its times is noted as unsure.
        """
        _, mode, size, mtime, ctime, inode = self
        if is_unsure(mtime, ctime, since):
            mtime = NEVER
        return Row(size, mtime, ctime, inode, mode, flags, identifier)


class Noted(NamedTuple):
    """A path and its row in the state."""

    path: bytes
    row: Row


class Suspect(NamedTuple):
    """A file that is not provably what its row says."""

    found: Found
    row: Row


class Reason(StrEnum):
    """Why something in a working tree is passed over, though no rule ignores it."""

    SECRET = "secret"  # noqa: S105 - the word, not one
    SOCKET = "socket"
    DEVICE = "device"
    FIFO = "fifo"
    NESTED = "nested-repository"
    BAD_NAME = "bad-name"
    UNREADABLE = "unreadable"
    TOO_DEEP = "too-deep"


class Skipped(NamedTuple):
    """Something passed over. What the state knows of it, or below it, still stands."""

    path: bytes
    reason: Reason


@dataclass(frozen=True, slots=True)
class Scan:
    """What is on disk, compared with the state. Every row and every file is in one place."""

    clean: int
    """Files that are as in the base tree."""
    clean_bytes: int
    known: tuple[Noted, ...]
    """Files whose id the row tells (their stat is the noted one), but not the base tree's."""
    suspects: tuple[Suspect, ...]
    """Files to be hashed: their stat is not the noted one, or proves nothing."""
    new: tuple[Found, ...]
    """Files without a row, sorted by path component by component."""
    missing: tuple[Noted, ...]
    """Files of the base tree that are not there."""
    stale: tuple[bytes, ...]
    """Rows of unrecorded files that are gone or ignored now: nobody needs them."""
    skipped: tuple[Skipped, ...]
    ignored: tuple[bytes, ...]
    """What rules ignore, if it was asked for; a folder stands for all that is in it."""
    leftovers: tuple[bytes, ...] = ()
    """Files that a command was writing when it was killed; whoever holds the lease removes them."""
    stamps: tuple[Stamp, ...] = ()
    """Folders that hold nothing unknown and are not known for it yet, for `State.stamped`."""
    unknown: tuple[bytes, ...] = ()
    """Paths that were asked for and are neither on disk nor in the state."""


_MODE_OF: Final = {0o100644: Mode.FILE, 0o100755: Mode.EXECUTABLE, 0o120777: Mode.SYMLINK}


def mode_of(kind: int) -> Mode | None:
    """What ``st_mode`` is recorded as; None for what is no content: folders, sockets, devices."""
    mode = _MODE_OF.get(kind)
    if mode is None:
        if stat.S_ISREG(kind):
            return Mode.EXECUTABLE if kind & stat.S_IXUSR else Mode.FILE
        if stat.S_ISLNK(kind):
            return Mode.SYMLINK
    return mode


def found_at(path: bytes, status: os.stat_result) -> Found | None:
    """A path with its stat; None where it is no content."""
    mode = mode_of(status.st_mode)
    if mode is None:
        return None
    return Found(path, mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
