"""Commit: a root tree, where it came from, who recorded it, when and why."""

from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId, keyed_id
from contentvc.snapshots.attributes import Attributes, decode_attributes, encode_attributes
from contentvc.snapshots.codec import (
    decode,
    encode,
    ids_column,
    integer,
    octets,
    split_ids,
    text,
)

__all__ = ["Commit", "commit_id", "decode_commit", "encode_commit"]


@dataclass(frozen=True, slots=True)
class Commit:
    """One snapshot of all content with its history."""

    tree: ObjectId
    parents: tuple[ObjectId, ...]
    author: str
    """``Name <address>``, as one text."""
    time: int
    """Microseconds since 1970-01-01 UTC."""
    zone: int
    """Minutes the author's clock was ahead of UTC."""
    message: str
    attributes: Attributes = ()


_VERSION: Final = 1
_SHAPE: Final = (int, bytes, bytes, str, int, int, str, bytes)
_DAY: Final = 24 * 60


def encode_commit(commit: Commit) -> bytes:
    """Version, tree, parents, author, time, zone, message, attributes."""
    return encode(
        [
            _VERSION,
            commit.tree,
            ids_column(commit.parents),
            commit.author,
            commit.time,
            commit.zone,
            commit.message,
            encode_attributes(commit.attributes),
        ]
    )


def commit_id(commit: Commit) -> ObjectId:
    """The id of a commit that need not be stored."""
    return keyed_id(Kind.COMMIT, encode_commit(commit))


def decode_commit(encoded: bytes) -> Commit:
    """The commit of these bytes.

    Raises:
        Damaged: anything in the bytes is not as a commit has it.
    """
    fields = decode(encoded, _SHAPE, what="a commit", limit=limits.COMMIT_BYTES)
    version, zone = integer(fields[0]), integer(fields[5])
    if version != _VERSION or not -_DAY < zone < _DAY:
        raise Damaged("damaged", f"a commit has version {version}, or an impossible time zone")
    parent_ids = tuple(map(ObjectId, split_ids(octets(fields[2]), ID_BYTES)))
    if len(parent_ids) > limits.PARENTS:
        raise Damaged("beyond-limit", f"a commit has {len(parent_ids)} parents")
    return Commit(
        tree=ObjectId(octets(fields[1], ID_BYTES)),
        parents=parent_ids,
        author=text(fields[3]),
        time=integer(fields[4]),
        zone=zone,
        message=text(fields[6]),
        attributes=decode_attributes(octets(fields[7])),
    )
