"""Tree: one directory as sorted columns of names, modes, sizes and ids.

A directory of more than `limits.TREE_FLAT_ENTRIES` entries is a node of trees. Where it is cut is
decided by a hash of the names alone, so its id does not depend on how it came about, and a change
in a folder of a million files costs one leaf.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import lt
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
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

__all__ = ["EMPTY_TREE", "Entry", "Mode", "Tree", "build_tree", "decode_tree", "encode_tree"]


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
    """Version, leaf or node, then columns: names, modes, sizes, ids; then sparse attributes."""
    entries = tree.entries
    return encode(
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


def decode_tree(encoded: bytes) -> Tree:
    """The tree of these bytes, every name checked to be safe, sorted and unique.

    Raises:
        Damaged: anything in the bytes is not as a tree has it.
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
    ids = split_ids(octets(fields[5]), ID_BYTES, len(names))
    entries = map(Entry, names, [_MODES[mode] for mode in modes], sizes, map(ObjectId, ids))
    return Tree(_with_attributes(tuple(entries), octets(fields[6])), is_node=kind == _NODE)


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


def _with_attributes(entries: tuple[Entry, ...], sparse: bytes) -> tuple[Entry, ...]:
    if not sparse:
        return entries
    changed = list(entries)
    what, most = "attributes of a tree", 2 * len(entries)
    fields = decode_fields(sparse, most=most, what=what, limit=limits.TREE_BYTES)
    previous = -1
    for position, encoded in zip(fields[::2], fields[1::2], strict=False):
        if not isinstance(position, int) or not previous < position < len(entries):
            raise Damaged("damaged", "attributes of a tree name no entry of it")
        if not isinstance(encoded, bytes) or not encoded:
            raise Damaged("damaged", "attributes of a tree are not bytes")
        attributes = decode_attributes(encoded)
        changed[position] = changed[position]._replace(attributes=attributes)
        previous = position
    if len(fields) % 2 or not fields:
        raise Damaged("damaged", "attributes of a tree have a wrong number of fields")
    return tuple(changed)
