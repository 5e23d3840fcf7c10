"""Seen: how far the log of a remote was seen, so that it shows when it went back.

A backup that was restored, or a copy of the folder that others went on with, has the same ids and
another history. What was seen last is kept durably: magic (8 bytes), XXH3-64 of the rest (8,
little-endian), then a message of version, replica id, sequence and operation id. Losing the file
loses the check, and nothing else.
"""

import os
from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.view import View
from contentvc.ids import ID_BYTES, NAME_BYTES, OperationId, RepositoryId
from contentvc.snapshots.codec import decode, encode, integer, octets
from contentvc.storage import disk
from contentvc.worktree.cachefile import cached_bytes

__all__ = ["Seen", "read_seen", "write_seen"]

_MAGIC: Final = b"CVSEEN1\n"
_START: Final = len(_MAGIC) + 8
_VERSION: Final = 1
_SHAPE: Final = (int, bytes, int, bytes)


@dataclass(frozen=True, slots=True)
class Seen:
    """An operation of a replica's log that was seen there."""

    replica: RepositoryId
    sequence: int
    operation: OperationId

    @classmethod
    def last_of(cls, replica: RepositoryId, view: View) -> "Seen | None":
        """The last operation of a view; None before the first."""
        return None if view.operation is None else cls(replica, view.sequence, view.operation)


def read_seen(path: bytes) -> Seen | None:
    """What a file says; None where there is none, or it says nothing that can be believed."""
    try:
        stored = cached_bytes(path, limits.KIB)
        return _decoded(stored)
    except (OSError, Damaged):
        return None


def write_seen(path: bytes, seen: Seen) -> None:
    """Keep what was seen, durably, unless more was seen meanwhile.

    Raises:
        NotAllowed, Busy: the file system refuses.
    """
    before = read_seen(path)
    if before is not None and before.replica == seen.replica and before.sequence >= seen.sequence:
        return
    try:
        disk.replace_file_durably(path, _encoded(seen))
    except OSError as error:
        raise disk.explain(error, "write", os.fsdecode(path)) from error


def _encoded(seen: Seen) -> bytes:
    message = encode([_VERSION, seen.replica, seen.sequence, seen.operation])
    return _MAGIC + xxh3_64_intdigest(message).to_bytes(8, "little") + message


def _decoded(stored: bytes) -> Seen:
    message = stored[_START:]
    checksum = xxh3_64_intdigest(message).to_bytes(8, "little")
    if not stored.startswith(_MAGIC) or stored[len(_MAGIC) : _START] != checksum:
        raise Damaged("damaged", "what was seen of a remote is damaged")
    version, replica, sequence, operation = decode(
        message, _SHAPE, what="what was seen of a remote", limit=limits.KIB
    )
    if version != _VERSION:
        raise Damaged("needs-newer", "what was seen of a remote is of another version")
    return Seen(
        RepositoryId(octets(replica, NAME_BYTES)),
        integer(sequence),
        OperationId(octets(operation, ID_BYTES)),
    )
