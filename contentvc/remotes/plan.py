"""Plan: which blocks are copied as they lie, of which only some objects, and how they are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.ids import ID_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Block
from contentvc.objects.pack import Row
from contentvc.remotes.sources import Source
from contentvc.snapshots.codec import split_ids

__all__ = ["Part", "Plan", "Take", "parts_of", "plan", "wanted_rows"]

_GAP: Final = 64 * limits.KIB
"""Bytes between two wanted blocks that are read along: a request of their own takes longer."""
_PART: Final = 4 * limits.MIB
"""Bytes that are read at once; a block that is longer is read at once all the same."""


class Take(NamedTuple):
    """A block of a source, of which some objects are wanted."""

    pack: PackName
    number: int
    block: Block
    is_whole: bool
    """Whether all of its objects are wanted, so that it may be copied as it is."""


class Part(NamedTuple):
    """A range of a pack that is read at once, and the blocks in it."""

    pack: PackName
    start: int
    end: int
    takes: tuple[Take, ...]

    @property
    def memory(self) -> int:
        """Bytes that it takes while it is read and checked, block by block."""
        return self.end - self.start + max(take.block.raw for take in self.takes)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taken, in an order in which no block stands on a later one."""

    takes: tuple[Take, ...]
    bases: frozenset[ObjectId]
    """The objects that delta blocks among them stand on."""
    missing: tuple[ObjectId, ...]
    """Wanted objects that the source does not have, or has as something else."""

    @property
    def stored(self) -> int:
        """Bytes of these blocks as they are stored."""
        return sum(take.block.stored for take in self.takes)


def plan(source: Source, wanted: Mapping[ObjectId, Kind]) -> Plan:
    """Where to take the wanted objects from, each of them once.

    Raises:
        Damaged, NotFound: as every call of a source.
    """
    spots = source.spots(wanted.keys())
    blocks: dict[PackName, set[int]] = {}
    for spot in spots.values():
        blocks.setdefault(spot.pack, set()).add(spot.block)
    taken: set[ObjectId] = set()
    takes = []
    for pack in source.packs(blocks):
        for number in sorted(blocks[pack]):
            take = _take(source, wanted, pack, number, taken)
            if take is not None:
                takes.append(take)
    missing = tuple(one for one in wanted if one not in taken)
    bases = frozenset(base.id for take in takes for base in take.block.bases)
    return Plan(tuple(takes), bases, missing)


def wanted_rows(source: Source, wanted: Mapping[ObjectId, Kind], take: Take) -> Sequence[Row]:
    """The objects of a block that are wanted."""
    rows = source.contents(take.pack).rows(take.number)
    return rows if take.is_whole else [row for row in rows if wanted.get(row[0]) is row[1]]


def _take(
    source: Source,
    wanted: Mapping[ObjectId, Kind],
    pack: PackName,
    number: int,
    taken: set[ObjectId],
) -> Take | None:
    """A block, if something in it is not taken from another one already."""
    contents = source.contents(pack)
    first, end = contents.firsts[number], contents.firsts[number + 1]
    kinds = contents.footer.kinds[first:end]
    ids = split_ids(contents.footer.ids[first * ID_BYTES : end * ID_BYTES], ID_BYTES)
    fits = [one for one, kind in zip(ids, kinds, strict=True) if wanted.get(ObjectId(one)) == kind]
    if taken.issuperset(fits):
        return None
    taken.update(map(ObjectId, fits))
    return Take(pack, number, contents.footer.blocks[number], len(fits) == len(ids))


def parts_of(takes: Sequence[Take]) -> Iterator[Part]:
    """Ranges that cover these blocks, near ones together."""
    run: list[Take] = []
    for take in takes:
        if run and not _joins(run, take):
            yield _part(run)
            run = []
        run.append(take)
    if run:
        yield _part(run)


def _joins(run: Sequence[Take], take: Take) -> bool:
    end = run[-1].block.offset + run[-1].block.stored
    return (
        take.pack == run[-1].pack
        and 0 <= take.block.offset - end <= _GAP
        and take.block.offset + take.block.stored - run[0].block.offset <= _PART
    )


def _part(run: Sequence[Take]) -> Part:
    last = run[-1].block
    return Part(run[0].pack, run[0].block.offset, last.offset + last.stored, tuple(run))
