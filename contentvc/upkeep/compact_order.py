"""Order: which objects lie together in a compacted pack.

Versions of a path one after the other, so that each is compressed against the one before; a
folder's files in the same pack as its trees, since a pack's ids are compressed against those; and
the newest trees of long histories together at the end, since they are read together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contentvc import limits
from contentvc.ids import ObjectId
from contentvc.upkeep.compact_walk import Folder, Walk

__all__ = ["Group", "Lengths", "groups"]

Lengths = Mapping[bytes, int]
"""Of the objects that are being moved."""


@dataclass(frozen=True, slots=True)
class Group:
    """Objects of one block."""

    objects: tuple[ObjectId, ...]
    is_metadata: bool
    """Trees or commits, which a pack's ids are compressed against."""
    starts_pack: bool = False


@dataclass(slots=True)
class _Part:
    """What goes into one pack, as far as it is not too long: not more trees than its ids bear."""

    files: list[ObjectId] = field(default_factory=list)
    metadata: list[ObjectId] = field(default_factory=list)
    raw: int = 0
    """Bytes of the metadata."""

    def groups(self, lengths: Lengths) -> Iterator[Group]:
        blocks = [(one, False) for one in _cut(self.files, lengths, limits.COMPACT_FILES)]
        blocks += [(one, True) for one in _cut(self.metadata, lengths, limits.COMPACT_TREES)]
        for number, (objects, is_metadata) in enumerate(blocks):
            yield Group(tuple(objects), is_metadata, starts_pack=not number)


def groups(walk: Walk, lengths: Lengths) -> Iterator[Group]:
    """The objects that were walked and are moved, block by block."""
    part, newest = _Part(), [one for one in walk.commits if one in lengths]
    for key in sorted(walk.folders):
        folder = walk.folders[key]
        trees = [tree for tree in folder.trees if tree in lengths]
        if sum(lengths[tree] for tree in trees[1:]) > limits.BLOCK_TARGET:
            newest.append(trees.pop(0))
        files = _files(folder, lengths)
        for piece in _cut(trees, lengths, limits.DELTA_COST) if trees else [[]]:
            raw = sum(lengths[tree] for tree in piece)
            if part.raw + raw > limits.DELTA_COST:
                yield from part.groups(lengths)
                part = _Part()
            part.files += files
            part.metadata += piece
            part.raw += raw
            files = []
    for piece in _cut(newest, lengths, limits.DELTA_COST):
        raw = sum(lengths[one] for one in piece)
        if part.raw + raw > limits.DELTA_COST:
            yield from part.groups(lengths)
            part = _Part()
        part.metadata += piece
        part.raw += raw
    yield from part.groups(lengths)


def _files(folder: Folder, lengths: Lengths) -> list[ObjectId]:
    return [
        version for name in sorted(folder.files) for version in folder.files[name]
        if version in lengths
    ]  # fmt: skip


def _cut(objects: Sequence[ObjectId], lengths: Lengths, most: int) -> Iterator[list[ObjectId]]:
    """Runs of objects of at most so many bytes, or of one that is larger."""
    run: list[ObjectId] = []
    size = 0
    for one in objects:
        if run and size + lengths[one] > most:
            yield run
            run, size = [], 0
        run.append(one)
        size += lengths[one]
    if run:
        yield run
