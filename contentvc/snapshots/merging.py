"""Merging: what a merge in progress is about, as the commit that a workspace's head names has it.

That commit is the one that is proposed: its author, message and attributes are those of the commit
that will conclude the merge. It follows the commits that this one will follow beside HEAD, and
those that must stay readable meanwhile. So whatever keeps commits keeps a merge in progress.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.snapshots.codec import (
    decode,
    decode_fields,
    encode,
    first_number,
    ids_column,
    integer,
    join_names,
    octets,
    split_ids,
    split_names,
    text,
    u32_column,
    u32_values,
)
from contentvc.snapshots.names import check_names

__all__ = [
    "BASE",
    "MERGED",
    "NOTE",
    "OURS",
    "THEIRS",
    "ByItem",
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


class ByItem(NamedTuple):
    """A conflict that is decided item by item: what is left of it, and by which rules it was found.

    The same versions and rules give the same items again, whatever the content sets say by now.
    """

    left: tuple[str, ...]
    """As people write items of a file; the empty one is what has no name of its own."""
    set: str = ""
    """Name of the content set, or empty."""
    format: str = ""
    """The word of the format that the set asks for, or empty."""
    key: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()


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
    by_item: ByItem | None = None
    """None where it is decided as a whole."""


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
_VERSION_ITEMS: Final = 2
"""Written only where a conflict is decided by item, so that older programs read all others."""
_SHAPE: Final = (int, str, str, bytes, bytes, bytes, bytes, int, *(bytes,) * 6)
_SHAPE_ITEMS: Final = (*_SHAPE, bytes, bytes)
_SHAPES: Final = {_VERSION: _SHAPE, _VERSION_ITEMS: _SHAPE_ITEMS}
_BETWEEN: Final = b"//"
"""Between paths in one name of a column: no path has it."""
_NAMES: Final = 6
"""Columns of names that every version has."""
_ITEM_FIELDS: Final = 4
"""Set, format, and how many keys and unordered lists come before the items."""


def encode_merging(merging: Merging) -> bytes:
    """The fields in the order of `docs/reference/format.md`."""
    rows = merging.conflicts
    by_item = [row.by_item for row in rows]
    return encode(
        [
            _VERSION_ITEMS if any(by_item) else _VERSION,
            merging.kind.value,
            merging.source,
            merging.began or b"",
            ids_column(merging.parents),
            merging.picked or b"",
            ids_column(merging.left),
            merging.mainline,
            join_names([row.path for row in rows]),
            join_names([row.kind.encode() for row in rows]),
            join_names([row.base or b"" for row in rows]),
            join_names([row.ours or b"" for row in rows]),
            join_names([row.theirs or b"" for row in rows]),
            join_names([_BETWEEN.join(row.also) for row in rows]),
            *(_items_columns(by_item) if any(by_item) else ()),
        ]
    )


def _items_columns(rows: Sequence[ByItem | None]) -> tuple[bytes, bytes]:
    """Lengths, and messages of these lengths one after the other; none is empty."""
    messages = [b"" if row is None else _items_message(row) for row in rows]
    return u32_column(map(len, messages)), b"".join(messages)


def _items_message(row: ByItem) -> bytes:
    # Keys of documents may hold half a surrogate pair, which msgpack's text cannot.
    names = [_name_bytes(name) for name in (*row.key, *row.unordered, *row.left)]
    return encode([row.set, row.format, len(row.key), len(row.unordered), *names])


def _name_bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def decode_merging(encoded: bytes) -> Merging:
    """The merge of these bytes, every path checked to be safe.

    Raises:
        Damaged: anything in the bytes is not as a merge in progress has it.
    """
    version = first_number(encoded)
    shape = _SHAPES.get(version or 0, _SHAPE)
    fields = decode(encoded, shape, what="a merge in progress", limit=limits.MERGING_BYTES)
    if version not in _SHAPES:
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
        conflicts=_conflicts([octets(field) for field in fields[8:]]),
    )


def _kind(word: str) -> MergeKind:
    try:
        return MergeKind(word)
    except ValueError:
        raise Damaged("damaged", f"a merge in progress is of the kind {word[:40]!r}") from None


def _conflicts(columns: Sequence[bytes]) -> tuple[ConflictPaths, ...]:
    count = columns[0].count(b"\0")
    if count > limits.CONFLICTS:
        raise Damaged("beyond-limit", f"a merge in progress has {count:,} conflicts")
    by_item = _by_items(columns[_NAMES:], count)
    rows = zip(*(split_names(column, count) for column in columns[:_NAMES]), strict=True)
    conflicts = zip((_conflict(*row) for row in rows), by_item, strict=True)
    return tuple(row._replace(by_item=one) for row, one in conflicts)


def _by_items(columns: Sequence[bytes], count: int) -> Sequence[ByItem | None]:
    if not columns:
        return [None] * count
    lengths, messages = u32_values(columns[0], count), columns[1]
    if sum(lengths) != len(messages):
        raise Damaged("damaged", "the items of conflicts have the wrong length")
    ends = list(accumulate(lengths))
    return [
        _by_item(messages[end - length : end]) if length else None
        for length, end in zip(lengths, ends, strict=True)
    ]


def _by_item(message: bytes) -> ByItem:
    most = _ITEM_FIELDS + min(len(message), limits.CONFLICT_ITEMS)
    fields = decode_fields(message, most=most, what="a conflict by item", limit=len(message))
    if len(fields) < _ITEM_FIELDS:
        raise Damaged("damaged", "a conflict by item has too few fields")
    keys, lists = integer(fields[2]), integer(fields[3])
    names = [_name(octets(field)) for field in fields[_ITEM_FIELDS:]]
    if min(keys, lists) < 0 or keys + lists >= len(names):
        raise Damaged("damaged", "a conflict by item has an impossible number")
    key, unordered, left = names[:keys], names[keys : keys + lists], names[keys + lists :]
    set_name, word = text(fields[0]), text(fields[1])
    return ByItem(tuple(left), set_name, word, tuple(key), tuple(unordered))


def _name(octets_of: bytes) -> str:
    try:
        return octets_of.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Damaged("damaged", f"an item's name is not text: {error}") from error


def _conflict(
    path: bytes, kind: bytes, base: bytes, ours: bytes, theirs: bytes, also: bytes
) -> ConflictPaths:
    if not path or not kind.isascii():
        raise Damaged("damaged", "a conflict has no path, or a kind that is no word")
    return ConflictPaths(
        path=_path(path),
        kind=kind.decode("ascii"),
        base=_path(base) or None,
        ours=_path(ours) or None,
        theirs=_path(theirs) or None,
        also=tuple(map(_path, also.split(_BETWEEN))) if also else (),
    )


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
