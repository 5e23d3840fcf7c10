"""Journal: the note of a checkout under way, so that the next command can finish it."""

from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, ObjectId
from contentvc.snapshots.codec import decode, encode, integer, octets
from contentvc.storage import disk

__all__ = ["Journal", "read_journal", "remove_journal", "write_journal"]

_MAGIC: Final = b"CVCHECK1"
_VERSION: Final = 1
_SHAPE: Final = (int, bytes, bytes, bytes, int)


@dataclass(frozen=True, slots=True)
class Journal:
    """From which root tree to which, and the nonce of the operation that decides."""

    before: ObjectId | None
    after: ObjectId | None
    nonce: bytes
    sequence: int
    """The last operation when it was written: the one that decides can only come after it."""


def write_journal(path: bytes, journal: Journal) -> None:
    """Durable when it returns.

    Raises:
        NotAllowed, Busy: it cannot be written.
    """
    trees = (journal.before or b"", journal.after or b"")
    encoded = encode([_VERSION, *trees, journal.nonce, journal.sequence])
    try:
        disk.replace_file_durably(path, _MAGIC + _checksum(encoded) + encoded)
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def read_journal(path: bytes) -> Journal | None:
    """The journal that an interrupted checkout left; None without one, or with a damaged one.

    A damaged one was never complete: it is renamed into place whole and durable, before the
    operation, so there is nothing to finish.
    """
    try:
        with open(path, "rb") as file:
            stored = file.read(limits.JSON_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    checksum, encoded = stored[len(_MAGIC) : len(_MAGIC) + 8], stored[len(_MAGIC) + 8 :]
    if not stored.startswith(_MAGIC) or _checksum(encoded) != checksum:
        return None
    try:
        return _decoded(encoded)
    except Damaged:
        return None


def remove_journal(path: bytes) -> None:
    """The checkout is finished, or never happened."""
    try:
        disk.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "remove", path) from error


def _checksum(encoded: bytes) -> bytes:
    return xxh3_64_intdigest(encoded).to_bytes(8, "little")


def _decoded(encoded: bytes) -> Journal:
    fields = decode(encoded, _SHAPE, what="a checkout's journal", limit=limits.JSON_BYTES)
    if integer(fields[0]) != _VERSION:
        raise Damaged("damaged", "a checkout's journal has an unknown version")
    return Journal(
        _tree(fields[1]), _tree(fields[2]), octets(fields[3], NAME_BYTES), integer(fields[4])
    )


def _tree(field: int | str | bytes) -> ObjectId | None:
    return ObjectId(octets(field, ID_BYTES)) if field else None
