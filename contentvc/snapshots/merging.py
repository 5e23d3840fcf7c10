"""Merging: what a merge in progress is about, as the commit that a workspace's head names has it.

That commit is the one that is proposed: its author, message and attributes are those of the commit
that will conclude the merge. It follows the commits that this one will follow beside HEAD, and
those that must stay readable meanwhile. So whatever keeps commits keeps a merge in progress.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.snapshots.codec import (
    Field,
    decode,
    decode_fields,
    encode,
    ids_column,
    integer,
    octets,
    split_ids,
    text,
)
from contentvc.snapshots.names import check_names

__all__ = [
    "BASE",
    "MERGED",
    "NOTE",
    "OURS",
    "THEIRS",
    "ConflictPaths",
    "MergeKind",
    "Merging",
    "decode_merging",
    "encode_merging",
]

BASE: Final = b"base"
OURS: Final = b"ours"
THEIRS: Final = b"theirs"
"""Folders in the commit's tree, each with that side's version of what is in conflict."""
MERGED: Final = b"merged"
"""Folder in the commit's tree: all content as the merge left it, marks of conflicts included."""
NOTE: Final = b"merging"
"""File in the commit's tree: the bytes of `encode_merging`."""


class MergeKind(StrEnum):
    """What is in progress. The values are those of the layout, of ``--json``, of operations."""

    MERGE = "merge"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    STASH_POP = "stash-pop"


class ConflictPaths(NamedTuple):
    """Where the versions of one conflict are; None where a side has no such file."""

    path: bytes
    """Where it is in the working tree, and what people call it by."""
    kind: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    also: tuple[bytes, ...] = ()
    """Other places in the working tree that belong to it."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What is merged, and what is left to do."""

    kind: MergeKind
    source: str
    """What is merged, as people read it: a branch, an id, a stash."""
    began: ObjectId | None
    """The commit that the working tree stood on before it began."""
    parents: tuple[ObjectId, ...] = ()
    """Those that the concluding commit gets beside HEAD."""
    picked: ObjectId | None = None
    """The commit that is picked or reverted now, or the stash; None between two of them."""
    left: tuple[ObjectId, ...] = ()
    """Commits still to be picked or reverted, in that order."""
    mainline: int = 0
    """Which parent of merge commits counts as what they changed, from 1; 0 refuses them."""
    conflicts: tuple[ConflictPaths, ...] = ()
    """Those that are left."""


_VERSION: Final = 1
_SHAPE: Final = (int, str, str, bytes, bytes, bytes, bytes, int, bytes)
_FIELDS: Final = 6


def encode_merging(merging: Merging) -> bytes:
    """The fields in the order of `docs/reference/format.md`."""
    rows: list[Field] = []
    for row in merging.conflicts:
        rows += (row.path, row.kind, row.base or b"", row.ours or b"", row.theirs or b"")
        rows.append(encode(row.also))
    return encode(
        [
            _VERSION,
            merging.kind.value,
            merging.source,
            merging.began or b"",
            ids_column(merging.parents),
            merging.picked or b"",
            ids_column(merging.left),
            merging.mainline,
            encode(rows),
        ]
    )


def decode_merging(encoded: bytes) -> Merging:
    """The merge of these bytes, every path checked to be safe.

    Raises:
        Damaged: anything in the bytes is not as a merge in progress has it.
    """
    fields = decode(encoded, _SHAPE, what="a merge in progress", limit=limits.MERGING_BYTES)
    if integer(fields[0]) != _VERSION:
        raise Damaged("needs-newer", f"a merge in progress has version {fields[0]!r}")
    mainline = integer(fields[7])
    parents = _ids(octets(fields[4]))
    if not 0 <= mainline <= limits.PARENTS or len(parents) >= limits.PARENTS:
        raise Damaged("damaged", "a merge in progress has an impossible number")
    return Merging(
        kind=_kind(text(fields[1])),
        source=text(fields[2]),
        began=_optional(octets(fields[3])),
        parents=parents,
        picked=_optional(octets(fields[5])),
        left=_ids(octets(fields[6])),
        mainline=mainline,
        conflicts=_conflicts(octets(fields[8])),
    )


def _kind(word: str) -> MergeKind:
    try:
        return MergeKind(word)
    except ValueError:
        raise Damaged("damaged", f"a merge in progress is of the kind {word[:40]!r}") from None


def _conflicts(encoded: bytes) -> tuple[ConflictPaths, ...]:
    what = "conflicts"
    fields = decode_fields(encoded, most=len(encoded), what=what, limit=limits.MERGING_BYTES)
    if len(fields) % _FIELDS:
        raise Damaged("damaged", "conflicts have a wrong number of fields")
    return tuple(
        _conflict(fields[start : start + _FIELDS]) for start in range(0, len(fields), _FIELDS)
    )


def _conflict(fields: Sequence[Field]) -> ConflictPaths:
    path, kind, base, ours, theirs, also = fields
    return ConflictPaths(
        path=_path(octets(path)),
        kind=text(kind),
        base=_path(octets(base)) or None,
        ours=_path(octets(ours)) or None,
        theirs=_path(octets(theirs)) or None,
        also=_paths(octets(also)),
    )


def _paths(encoded: bytes) -> tuple[bytes, ...]:
    what = "places of a conflict"
    fields = decode_fields(encoded, most=len(encoded), what=what, limit=limits.MERGING_BYTES)
    return tuple(_path(octets(field)) for field in fields)


def _path(path: bytes) -> bytes:
    """What is written to and removed from the working tree later."""
    if len(path) > limits.PATH_LENGTH:
        raise Damaged("beyond-limit", f"a path of a conflict has {len(path)} bytes")
    if path:
        check_names(path.split(b"/"))
    return path


def _ids(column: bytes) -> tuple[ObjectId, ...]:
    return tuple(map(ObjectId, split_ids(column, ID_BYTES)))


def _optional(identifier: bytes) -> ObjectId | None:
    return ObjectId(octets(identifier, ID_BYTES)) if identifier else None
