"""Segments: the index segments that are open, those that lie here and those read where they are."""

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import NAME_BYTES, ObjectId, PackName
from contentvc.objects.blocks import Block
from contentvc.objects.borrowed import borrow
from contentvc.objects.pack import Row
from contentvc.objects.segment import Place, Segment, build_segment
from contentvc.storage.contract import NotFound, Storage

__all__ = ["Contents", "Segments"]

_PREFIX: Final = "indexes/"
_GROWTH: Final = 2
"""A segment at most this many times larger than what is merged is merged along."""

Contents = tuple[list[Block], list[Row]]
"""What a segment tells of one pack."""


class Segments:
    """The segments of a storage. Whatever is wrong with one, it is dropped, and deleted later.

    Used by one thread at a time.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._own: dict[str, Segment] | None = None
        self._borrowed: dict[str, Segment] = {}
        self._spoilt: list[str] = []
        self._covered: set[PackName] = set()
        self.drops = 0
        """How many were dropped so far: with one, packs are no longer covered."""

    @property
    def own(self) -> Mapping[str, Segment]:
        """Those that lie here, by their storage names."""
        return self._load()

    @property
    def covered(self) -> Container[PackName]:
        """The packs that they tell of."""
        self._load()
        return self._covered

    def names(self) -> list[str]:
        """The storage names of all that lie here, sound or not."""
        return list(self._storage.list(_PREFIX))

    def find(self, identifier: ObjectId, live: Container[PackName]) -> Place | None:
        """Where an object lies in a live pack, by what they tell."""
        for segments in (self._load(), self._borrowed):
            for name, segment in segments.items():
                try:
                    place = segment.find(identifier, live)
                except (Damaged, NotFound):
                    self.drop(name)
                    return self.find(identifier, live)
                if place is not None:
                    return place
        return None

    def starting_with(self, prefix: bytes, odd: int | None) -> Iterator[Place]:
        """As `Segment.starting_with`, of all; when one is dropped, what it told may be lacking."""
        for name, segment in [*self._load().items(), *self._borrowed.items()]:
            try:
                places = list(segment.starting_with(prefix, odd))
            except (Damaged, NotFound):
                self.drop(name)
                continue
            yield from places

    def borrow(self, there: Storage, most: int, threads: int) -> bool:
        """Open those of another storage, as `borrowed.borrow`; whether there are any new ones."""
        own = self._load()
        before = len(own) + len(self._borrowed)
        for name, where in borrow(there, self._storage, own, most, threads):
            self._open(where, name, own if where is self._storage else self._borrowed)
        return len(own) + len(self._borrowed) > before

    def contents(self, below: int) -> dict[PackName, Contents]:
        """What those with fewer objects tell."""
        told: dict[PackName, Contents] = {}
        for segment in self._load().values():
            if segment.objects < below:
                told.update(segment.contents())
        return told

    def stale(self, live: Container[PackName]) -> frozenset[str]:
        """The names of those that tell mostly of packs that are gone."""
        return frozenset(name for name, one in self._load().items() if _is_stale(one, live))

    def mergeable(
        self, count: int, stale: Collection[str], below: int
    ) -> dict[str, dict[PackName, Contents]] | None:
        """What those that `count` new objects take in tell; None when one was spoilt."""
        merged: dict[str, dict[PackName, Contents]] = {}
        for name, segment in sorted(self._load().items(), key=lambda item: item[1].objects):
            if segment.objects > max(_GROWTH * count, below) and name not in stale:
                continue
            try:
                merged[name] = segment.contents()
            except (Damaged, NotFound):
                self.drop(name)
                return None
            count += segment.objects
        return merged

    def replace(
        self, name: bytes, old: Collection[str], packs: Mapping[PackName, Contents]
    ) -> None:
        """Write one called `name` for these packs, and delete the old ones."""
        segments = self._load()
        built = build_segment(packs)
        path = _PREFIX + name.hex()[: 2 * NAME_BYTES]
        self._storage.write(path, built)
        segments[path] = Segment(lambda start, end: built[start:end])
        for other in list(old):
            self._storage.delete(other)
            del segments[other]
        self._covered.update(packs)

    def drop(self, name: str) -> None:
        """One cannot be read: what it told of is covered no more."""
        if self._borrowed.pop(name, None) is None:
            del self._load()[name]
            self._spoilt.append(name)
        everyone = (*self._load().values(), *self._borrowed.values())
        self._covered = {pack for segment in everyone for pack in segment.packs}
        self.drops += 1

    def delete_spoilt(self) -> None:
        """Delete what was dropped."""
        self._load()
        for name in self._spoilt:
            self._storage.delete(name)
        self._spoilt.clear()

    def _load(self) -> dict[str, Segment]:
        if self._own is None:
            self._own = {}
            for name in self._storage.list(_PREFIX):
                self._open(self._storage, name, self._own)
        return self._own

    def _open(self, storage: Storage, name: str, segments: dict[str, Segment]) -> None:
        try:
            segment = Segment(_reader(storage, name))
        except Damaged:
            if storage is self._storage:
                self._spoilt.append(name)
            return
        except NotFound:
            return  # merged into another one meanwhile: its packs count as uncovered
        segments[name] = segment
        self._covered.update(segment.packs)


def _is_stale(segment: Segment, live: Container[PackName]) -> bool:
    raw = {pack: sum(block.raw for block in blocks) for pack, blocks in segment.tables()}
    return 2 * sum(size for pack, size in raw.items() if pack in live) < sum(raw.values())


def _reader(storage: Storage, name: str) -> Callable[[int, int], bytes]:
    """Ranges of a segment; a small one is read whole at once, of another the start."""
    start = storage.read(name, (0, limits.SEGMENT_WHOLE))
    if len(start) < limits.SEGMENT_WHOLE:
        return lambda low, high: start[low:high]

    def ranged(low: int, high: int) -> bytes:
        return start[low:high] if high <= len(start) else storage.read(name, (low, high))

    return ranged
