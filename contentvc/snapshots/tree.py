"""Tree: one directory as sorted columns of names, modes, sizes and ids.

A directory of more than `limits.TREE_FLAT_ENTRIES` entries is a node of trees. Where it is cut is
decided by a hash of the names alone, so its id does not depend on how it came about, and a change
in a folder of a million files costs one leaf.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import lt
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged, Usage
from contentvc.ids import ID_BYTES, Kind, ObjectId, keyed_id
from contentvc.snapshots.attributes import Attributes, decode_attributes, encode_attributes
from contentvc.snapshots.codec import (
    Field,
    decode,
    decode_fields,
    encode,
    ids_column,
    integer,
    join_names,
    octets,
    split_ids,
    split_names,
    u64_column,
    u64_values,
)
from contentvc.snapshots.names import check_names

__all__ = [
    "EMPTY_TREE",
    "Columns",
    "Entry",
    "Links",
    "Mode",
    "Row",
    "Tree",
    "build_tree",
    "decode_columns",
    "decode_links",
    "decode_tree",
    "encode_tree",
]


class Mode(IntEnum):
    """What an entry is. The numbers are part of the layout."""

    FILE = 0
    EXECUTABLE = 1
    SYMLINK = 2
    DIRECTORY = 3


class Entry(NamedTuple):
    """One name in a directory. A tuple, since a listing makes tens of thousands of them."""

    name: bytes
    mode: Mode
    size: int
    """Bytes of the content; of a directory, the bytes of all files below it."""
    id: ObjectId
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A leaf (a directory, or a part of a large one) or a node of such parts.

    In a node each entry stands for one part: its name is the part's first name, its mode is
    DIRECTORY, its size the bytes below it and its id the part's tree.
    """

    entries: tuple[Entry, ...]
    is_node: bool = False


_VERSION: Final = 1
_LEAF: Final = 0
_NODE: Final = 1
_SHAPE: Final = (int, int, bytes, bytes, bytes, bytes, bytes)
_MODES: Final = tuple(Mode)
_CUT_BITS: Final = 10
"""A part ends after a name whose hash has these low bits zero: 1,024 names on average."""

EMPTY_TREE: Final = Tree(())


def encode_tree(tree: Tree) -> bytes:
    """Version, leaf or node, then columns: names, modes, sizes, ids; then sparse attributes.

    Raises:
        Usage: it is larger than a tree that is read may be.
    """
    entries = tree.entries
    encoded = encode(
        [
            _VERSION,
            _NODE if tree.is_node else _LEAF,
            join_names([entry.name for entry in entries]),
            bytes([entry.mode for entry in entries]),
            u64_column([entry.size for entry in entries]),
            ids_column([entry.id for entry in entries]),
            _encode_sparse(entries),
        ]
    )
    if len(encoded) > limits.TREE_BYTES:  # nobody would read it again
        raise Usage("bad-value", "the attributes of the entries of a folder are too large")
    return encoded


Row = tuple[bytes, int, int, bytes, Attributes | None]
"""Name, mode, size, id, and attributes if there are any."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A tree as its bytes have it, checked, for finding a few names in it.

    Looking up one name in each of many folders takes a third of the time that making every entry
    takes, and leaves nothing for the garbage collector to look through.
    """

    names: Sequence[bytes]
    modes: bytes
    sizes: Sequence[int]
    ids: bytes
    attributes: Mapping[int, Attributes]
    """By position, of the few entries that have any."""
    is_node: bool

    def find(self, name: bytes) -> Entry | None:
        """The entry of that name."""
        at = bisect_left(self.names, name)
        if at == len(self.names) or self.names[at] != name:
            return None
        return self._entry(at)

    def part(self, name: bytes) -> Entry | None:
        """Of a node: the part in which a name is, if it is anywhere."""
        at = bisect_right(self.names, name)
        return self._entry(at - 1) if at else None

    def rows(self) -> Iterator[Row]:
        """All entries as plain tuples, which take a third of the time, for comparing many."""
        count = len(self.names)
        attributes = map(self.attributes.get, range(count)) if self.attributes else [None] * count
        ids = split_ids(self.ids, ID_BYTES)
        return zip(self.names, self.modes, self.sizes, ids, attributes, strict=True)

    def _entry(self, at: int) -> Entry:
        identifier = ObjectId(self.ids[at * ID_BYTES : (at + 1) * ID_BYTES])
        mode, size = _MODES[self.modes[at]], self.sizes[at]
        return Entry(self.names[at], mode, size, identifier, self.attributes.get(at, ()))


def decode_tree(encoded: bytes) -> Tree:
    """The tree of these bytes, every name checked to be safe, sorted and unique.

    Raises:
        Damaged: anything in the bytes is not as a tree has it.
    """
    columns = decode_columns(encoded)
    ids = map(ObjectId, split_ids(columns.ids, ID_BYTES))
    modes = [_MODES[mode] for mode in columns.modes]
    entries = list(map(Entry, columns.names, modes, columns.sizes, ids))
    for position, attributes in columns.attributes.items():
        entries[position] = entries[position]._replace(attributes=attributes)
    return Tree(tuple(entries), is_node=columns.is_node)


def decode_columns(encoded: bytes) -> Columns:
    """The same, without making the entries.

    Raises:
        Damaged: as `decode_tree`.
    """
    fields = decode(encoded, _SHAPE, what="a tree", limit=limits.TREE_BYTES)
    version, kind = integer(fields[0]), integer(fields[1])
    if version != _VERSION or kind not in (_LEAF, _NODE):
        raise Damaged("damaged", f"a tree has version {version}, kind {kind}; expected 1, 0 or 1")
    modes = octets(fields[3])
    if len(modes) > limits.TREE_FLAT_ENTRIES:
        raise Damaged("beyond-limit", f"a tree has {len(modes)} entries")
    names = split_names(octets(fields[2]), len(modes))
    _check_names(names)
    if modes.translate(None, b"\0\1\2\3" if kind == _LEAF else b"\3"):
        raise Damaged("damaged", "a tree has an entry of an unknown mode")
    sizes = u64_values(octets(fields[4]), len(names))
    ids = octets(fields[5], len(names) * ID_BYTES)
    attributes = _decode_sparse(octets(fields[6]), len(names))
    return Columns(names, modes, sizes, ids, attributes, is_node=kind == _NODE)


class Links(NamedTuple):
    """What a tree leads to: names, modes, and a column of ids."""

    names: list[bytes]
    modes: bytes
    ids: bytes
    is_node: bool


def decode_links(encoded: bytes) -> Links:
    """The links of a tree, for walking many whose names are not written anywhere.

    Takes half of the time of `decode_columns`, as neither names nor sizes are looked at.

    Raises:
        Damaged: the bytes are no tree.
    """
    fields = decode(encoded, _SHAPE, what="a tree", limit=limits.TREE_BYTES)
    modes = octets(fields[3])
    if len(modes) > limits.TREE_FLAT_ENTRIES:
        raise Damaged("beyond-limit", f"a tree has {len(modes)} entries")
    names = split_names(octets(fields[2]), len(modes))
    ids = octets(fields[5], len(modes) * ID_BYTES)
    return Links(names, modes, ids, integer(fields[1]) == _NODE)


def build_tree(
    entries: Iterable[Entry], put: Callable[[bytes], ObjectId] | None = None
) -> tuple[ObjectId, int]:
    """The id of the directory with these sorted entries, and the bytes of content below it.

    `put` is given the canonical bytes of every tree it takes, parts before the node that names
    them, and returns their id; without it nothing is stored.
    """
    keep = put if put is not None else lambda encoded: keyed_id(Kind.TREE, encoded)
    row = tuple(entries)
    level, is_node = 0, False
    while len(row) > limits.TREE_FLAT_ENTRIES:
        row = tuple(_part(part, keep, is_node=is_node) for part in _cut(row, level))
        level, is_node = level + 1, True
    size = sum([entry.size for entry in row])
    return keep(encode_tree(Tree(row, is_node=is_node))), size


def _part(part: Sequence[Entry], keep: Callable[[bytes], ObjectId], *, is_node: bool) -> Entry:
    size = sum([entry.size for entry in part])
    identifier = keep(encode_tree(Tree(tuple(part), is_node=is_node)))
    return Entry(part[0].name, Mode.DIRECTORY, size, identifier)


def _cut(row: Sequence[Entry], level: int) -> Iterator[Sequence[Entry]]:
    """Runs that end where a name's hash says so, at least two and at most a flat tree's entries.

    Two at least, so that every level is shorter than the one below, whatever the names are.
    """
    mask = ((1 << _CUT_BITS) - 1) << (level * _CUT_BITS % 60)
    start = 0
    for position, entry in enumerate(row, 1):
        length = position - start
        ends = not xxh3_64_intdigest(entry.name) & mask and length >= 2
        if ends or length == limits.TREE_FLAT_ENTRIES:
            yield row[start:position]
            start = position
    if start < len(row):
        yield row[start:]


def _check_names(names: list[bytes]) -> None:
    if not all(map(lt, names, names[1:])):
        raise Damaged("damaged", "the names of a tree are not sorted or not unique")
    check_names(names)


def _encode_sparse(entries: Sequence[Entry]) -> bytes:
    fields: list[Field] = []
    for position, entry in enumerate(entries):
        if entry.attributes:
            fields += (position, encode_attributes(entry.attributes))
    return encode(fields) if fields else b""


def _decode_sparse(sparse: bytes, count: int) -> Mapping[int, Attributes]:
    """Attributes by position, of a tree with so many entries."""
    found: dict[int, Attributes] = {}
    if not sparse:
        return found
    what = "attributes of a tree"
    fields = decode_fields(sparse, most=2 * count, what=what, limit=limits.TREE_BYTES)
    previous = -1
    for position, encoded in zip(fields[::2], fields[1::2], strict=False):
        if not isinstance(position, int) or not previous < position < count:
            raise Damaged("damaged", "attributes of a tree name no entry of it")
        if not isinstance(encoded, bytes) or not encoded:
            raise Damaged("damaged", "attributes of a tree are not bytes")
        found[position] = decode_attributes(encoded)
        previous = position
    if len(fields) % 2 or not fields:
        raise Damaged("damaged", "attributes of a tree have a wrong number of fields")
    return found
