"""Index: where each object of the live packs lies, from segments and, for new packs, footers.

Which segments there are is nobody's authority: they are listed, and a pack that none covers is
read from its footer, if what is looked for is in no segment. When enough packs are uncovered they
are merged into a segment together with the segments that are not much larger, so there are never
more than a logarithmic number.

Far from where the packs are, every segment and every footer costs a round trip. Then segments lie
here, and those that lie there are looked at before many footers are.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Block
from contentvc.objects.borrowed import borrow
from contentvc.objects.guard import new_guard
from contentvc.objects.pack import Footer, Row, pack_path, read_footer
from contentvc.objects.segment import Place, Segment, build_segment
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.at_once import at_once
from contentvc.storage.contract import NotFound, Storage

__all__ = ["Index"]

_PREFIX: Final = "indexes/"
_UNCOVERED_PACKS: Final = 16
"""A footer is one small read: sixteen cost a command under a millisecond."""
_UNCOVERED_OBJECTS: Final = 4096
_GROWTH: Final = 2
"""A segment at most this many times larger than what is merged is merged along."""
_BORROW: Final = 4
"""With more uncovered packs, segments that lie elsewhere are asked first: a listing and a read."""
_BORROW_BYTES: Final = 256 * limits.KIB
"""Or if their footers are longer than that, all together."""


_Contents = tuple[list[Block], list[Row]]


class Index:
    """Finds objects. Its view of which packs are live is given by `cover`.

    Safe to use from several threads, and after a fork.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._guard = new_guard()
        self._live: Mapping[PackName, PackRecord] = {}
        self._is_current = False
        self._segments: dict[str, Segment] | None = None
        self._footers: dict[PackName, Footer] = {}
        self._recent: dict[ObjectId, Place] = {}
        self._remembered: set[PackName] = set()
        self._indexed: set[PackName] = set()
        self._spoilt: list[str] = []
        self._borrowed: dict[str, Segment] = {}
        self._lent: Mapping[PackName, _Contents] = {}
        self.elsewhere: Storage | None = None
        """Where other segments are, too far away to be read every time: beside the packs."""
        self.borrow_whole = limits.SEGMENT_WHOLE
        """Bytes of such a segment up to which it is copied; of longer ones ranges are read."""
        self.threads = 1
        """Footers that are read at once, where that is faster."""
        self.unreadable: dict[PackName, str] = {}
        """Live packs whose footer cannot be read, and why: what is only there cannot be found."""

    def cover(self, live: Mapping[PackName, PackRecord]) -> None:
        """From now on, these packs are live."""
        with self._guard:
            self._live = live
            self._is_current = False
            if not self._remembered <= live.keys():  # an object may lie in another one, too
                self._recent.clear()
                self._remembered.clear()

    def find(self, identifier: ObjectId) -> Place | None:
        """Where an object lies in a live pack."""
        with self._guard:
            return self._found(identifier)

    def find_each(self, wanted: Iterable[ObjectId]) -> dict[ObjectId, Place]:
        """Where those of some objects lie that do in a live pack."""
        with self._guard:
            found = {one: self._recent.get(one) for one in wanted}
            for identifier, place in found.items():
                if place is None or place.pack not in self._live:
                    found[identifier] = self._found(identifier)
        return {identifier: place for identifier, place in found.items() if place is not None}

    def _found(self, identifier: ObjectId) -> Place | None:
        while True:
            place = self._among_known(identifier)
            if place is not None or not self._learn():
                return place

    def _among_known(self, identifier: ObjectId) -> Place | None:
        """Where an object lies, by what was read so far and the segments."""
        place = self._recent.get(identifier)
        if place is not None and place.pack in self._live:
            return place
        for name, segment in self._all_segments():
            try:
                place = segment.find(identifier, self._live)
            except (Damaged, NotFound):
                self._drop(name)
                return self._among_known(identifier)
            if place is not None:
                return place
        return None

    def starting_with(self, digits: str) -> Iterator[tuple[ObjectId, Kind]]:
        """Objects whose id starts with these hexadecimal digits, each once."""
        if len(digits) == 2 * ID_BYTES:  # only the others make it look everywhere
            identifier = ObjectId(bytes.fromhex(digits))
            place = self.find(identifier)
            if place is not None:
                yield identifier, place.kind
            return
        prefix = bytes.fromhex(digits[: len(digits) // 2 * 2])
        odd = int(digits[-1], 16) if len(digits) % 2 else None
        seen: set[ObjectId] = set()
        with self._guard:
            candidates = list(self._candidates(prefix, odd))
        for identifier, kind in candidates:
            is_meant = identifier.hex().startswith(digits)
            if is_meant and identifier not in seen and self.find(identifier) is not None:
                seen.add(identifier)
                yield identifier, kind

    def footer(self, pack: PackName) -> Footer:
        """The footer of a live pack.

        Raises:
            NotFound: the pack is not there.
            Damaged: its footer is not sound.
        """
        with self._guard:
            footer = self._footers.get(pack)
            if footer is not None:
                return footer
            record = self._live.get(pack)
            if record is None:
                raise NotFound(pack_path(pack))
            return self._footer(record)

    def add(self, pack: PackName, footer: Footer) -> None:
        """A pack was just written here: what is in it need not be read again."""
        self._footers[pack] = footer

    def needs(self, packs: Iterable[PackRecord]) -> frozenset[PackName]:
        """The packs, others than these, that delta blocks of these stand on.

        Raises:
            NotFound, Damaged: one of them is not there, or its footer is not sound.
        """
        needed: set[PackName] = set()
        names = set()
        with self._guard:
            for record in packs:
                names.add(record.name)
                needed |= self._footer(record).needs
        return frozenset(needed - names)

    def tables(self) -> dict[PackName, Sequence[Block]]:
        """The blocks of every live pack, without reading the footers of those in segments.

        Raises:
            NotFound, Damaged: as `footer`.
        """
        with self._guard:
            known: dict[PackName, Sequence[Block]] = {}
            for segment in self._load().values():
                known.update(segment.tables())
            return {
                pack: known[pack] if pack in known else self._footer(record).blocks
                for pack, record in self._live.items()
            }

    def save(self, name: bytes, merge_below: int = 0) -> None:
        """Write a segment called `name` if enough packs are uncovered.

        Args:
            name: random.
            merge_below: segments with fewer objects are merged along in any case; far from here
                each is a request for every reader, and to write one again is one, too.
        """
        with self._guard:
            self._save(name, merge_below)

    def keep(self, name: bytes) -> None:
        """Write a segment called `name` for the small packs whose footers were read, if any."""
        with self._guard:
            if not self._footers:
                return
            self._load()
            read = [pack for pack in self._uncovered() if pack in self._footers]
            known = [one for one in read if len(self._footers[one].kinds) < _UNCOVERED_OBJECTS]
            if known:
                self._merge(name, known, (), 0)

    def lend(self, below: int) -> Mapping[PackName, _Contents]:
        """What footers that were read, and segments with fewer objects than that, tell of packs."""
        with self._guard:
            known = [pack for pack in self._uncovered() if pack in self._footers]
            lent = {pack: self._content(pack) for pack in known}
            for segment in self._load().values():
                if segment.objects < below:
                    lent.update(segment.contents())
            return lent

    def take(self, lent: Mapping[PackName, _Contents]) -> None:
        """What another index told by `lend`: the footers of these packs need not be read."""
        self._lent = lent

    def _save(self, name: bytes, below: int) -> None:
        self._load()
        for spoilt in self._spoilt:
            self._storage.delete(spoilt)
        self._spoilt.clear()
        self._read_footers([pack for pack in self._uncovered() if pack not in self._lent])
        uncovered = [one for one in self._uncovered() if one in self._lent or self._readable(one)]
        stale = {path for path, segment in self._load().items() if self._is_stale(segment)}
        count = self._count(uncovered)
        if len(uncovered) < _UNCOVERED_PACKS and count < _UNCOVERED_OBJECTS and not stale:
            return
        if not self._merge(name, uncovered, stale, below):
            self._save(name, below)

    def _count(self, packs: Iterable[PackName]) -> int:
        lent = self._lent
        return sum(
            len(lent[pack][1]) if pack in lent else len(self.footer(pack).kinds) for pack in packs
        )

    def _content(self, pack: PackName) -> _Contents:
        lent = self._lent.get(pack)
        if lent is not None:
            return lent
        footer = self.footer(pack)
        return list(footer.blocks), list(footer.rows())

    def _merge(
        self, name: bytes, packs: list[PackName], stale: Collection[str], below: int
    ) -> bool:
        """Cover packs by a segment; False where one that it was to take in is spoilt."""
        merged = self._mergeable(self._count(packs), stale, below)
        if merged is None:
            return False
        self._replace(name.hex()[: 2 * NAME_BYTES], merged, packs)
        return True

    def rebuild(self, name: bytes) -> None:
        """Write one segment, called `name`, for all live packs, and delete the others."""
        with self._guard:
            self._load()
            packs = [pack for pack in self._live if self._readable(pack)]
            replaced: dict[str, dict[PackName, _Contents]] = {path: {} for path in self._load()}
            self._replace(name.hex()[: 2 * NAME_BYTES], replaced, packs)
            for spoilt in self._spoilt:
                self._storage.delete(spoilt)
            self._spoilt.clear()

    def _footer(self, record: PackRecord) -> Footer:
        footer = self._footers.get(record.name)
        if footer is None:
            footer = self._footers[record.name] = self._read(record)
        return footer

    def _read(self, record: PackRecord) -> Footer:
        path = pack_path(record.name)
        return read_footer(lambda start, end: self._storage.read(path, (start, end)), record)

    def _is_stale(self, segment: Segment) -> bool:
        """Whether most of what it tells of is in packs that are gone."""
        raw = {pack: sum(block.raw for block in blocks) for pack, blocks in segment.tables()}
        live = sum(size for pack, size in raw.items() if pack in self._live)
        return 2 * live < sum(raw.values())

    def _mergeable(
        self, count: int, stale: Collection[str], below: int
    ) -> dict[str, dict[PackName, _Contents]] | None:
        """What the segments that `count` new objects take in hold; None when one was spoilt."""
        merged: dict[str, dict[PackName, _Contents]] = {}
        for other, segment in sorted(self._load().items(), key=lambda item: item[1].objects):
            if segment.objects > max(_GROWTH * count, below) and other not in stale:
                continue
            try:
                merged[other] = segment.contents()
            except (Damaged, NotFound):
                self._drop(other)
                return None
            count += segment.objects
        return merged

    def segments(self) -> Iterable[str]:
        """The storage names of all segments, sound or not."""
        return list(self._storage.list(_PREFIX))

    def _replace(
        self, name: str, merged: dict[str, dict[PackName, _Contents]], uncovered: list[PackName]
    ) -> None:
        segments = self._load()
        packs: dict[PackName, _Contents] = {}
        for contents in merged.values():
            packs.update(contents)
        packs = {pack: content for pack, content in packs.items() if pack in self._live}
        packs.update((pack, self._content(pack)) for pack in uncovered)
        built = build_segment(packs)
        path = _PREFIX + name
        self._storage.write(path, built)
        segments[path] = Segment(lambda start, end: built[start:end])
        for other in merged:
            self._storage.delete(other)
            del segments[other]
        self._indexed.update(packs)
        self._recent.clear()
        self._remembered.clear()
        self._is_current = False

    def _load(self) -> dict[str, Segment]:
        if self._segments is None:
            self._segments = {}
            for name in self._storage.list(_PREFIX):
                self._open(self._storage, name, self._segments)
        return self._segments

    def _all_segments(self) -> list[tuple[str, Segment]]:
        return [*self._load().items(), *self._borrowed.items()]

    def _learn(self) -> bool:
        """Look where else objects may lie; False once there is nothing left to look at."""
        self._load()
        if self._is_current:
            return False
        uncovered = [pack for pack in self._uncovered() if pack not in self._remembered]
        length = sum(self._live[pack].footer_length for pack in uncovered)
        if (len(uncovered) > _BORROW or length > _BORROW_BYTES) and self._borrow():
            return True
        self._read_footers(uncovered)
        for pack in uncovered:
            if self._readable(pack):
                self._remember(pack, self.footer(pack))
        self._is_current = True
        return bool(uncovered)

    def _borrow(self) -> bool:
        """Open the segments that lie elsewhere; whether there are any that were not known."""
        storage, self.elsewhere = self.elsewhere, None
        if storage is None:
            return False
        own, before = self._load(), len(self._all_segments())
        for name, where in borrow(storage, self._storage, own, self.borrow_whole, self.threads):
            self._open(where, name, own if where is self._storage else self._borrowed)
        return len(self._all_segments()) > before

    def _read_footers(self, packs: Iterable[PackName]) -> None:
        """Read footers ahead, several at once; who needs one that is not sound is told so then."""
        records = [self._live[pack] for pack in packs if pack not in self._footers]
        if self.threads == 1:
            return
        for record, footer in zip(
            records, at_once(self._tried, records, self.threads), strict=True
        ):
            if footer is not None:
                self._footers[record.name] = footer

    def _tried(self, record: PackRecord) -> Footer | None:
        try:
            return self._read(record)
        except (Damaged, NotFound):
            return None

    def _readable(self, pack: PackName) -> bool:
        """Whether a pack's footer can be read; one that cannot must not hide all the others."""
        try:
            self._footer(self._live[pack])
        except (Damaged, NotFound) as error:
            self.unreadable[pack] = str(error) or type(error).__name__
            return False
        return True

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
        self._indexed.update(segment.packs)

    def _drop(self, name: str) -> None:
        if self._borrowed.pop(name, None) is None:
            del self._load()[name]
            self._spoilt.append(name)
        self._indexed = {pack for _, other in self._all_segments() for pack in other.packs}
        self._is_current = False

    def _uncovered(self) -> list[PackName]:
        return [pack for pack in self._live if pack not in self._indexed]

    def _remember(self, pack: PackName, footer: Footer) -> None:
        for identifier, kind, number, offset, length in footer.rows():
            block = footer.blocks[number]
            self._recent.setdefault(identifier, Place(kind, pack, number, block, offset, length))
        self._remembered.add(pack)

    def _candidates(self, prefix: bytes, odd: int | None) -> Iterator[tuple[ObjectId, Kind]]:
        while self._learn():
            pass
        for identifier, place in list(self._recent.items()):
            if identifier.startswith(prefix) and (
                odd is None or identifier[len(prefix)] >> 4 == odd
            ):
                yield identifier, place.kind
        for name, segment in self._all_segments():
            try:
                places = list(segment.starting_with(prefix, odd))
            except (Damaged, NotFound):
                self._drop(name)
                yield from self._candidates(prefix, odd)
                return
            yield from [row for place in places for row in self._at(place)]

    def _at(self, place: Place) -> Iterator[tuple[ObjectId, Kind]]:
        """The whole id of what lies there, which only the footer has; nothing if it is gone."""
        if place.pack not in self._live or not self._readable(place.pack):
            return
        footer = self._footer(self._live[place.pack])
        first = sum(footer.per_block[: place.block_number])
        for identifier, kind, _, offset, _ in footer.block_rows(place.block_number, first):
            if offset == place.offset:
                yield identifier, kind


def _reader(storage: Storage, name: str) -> Callable[[int, int], bytes]:
    """Ranges of a segment; a small one is read whole at once, of another the start."""
    start = storage.read(name, (0, limits.SEGMENT_WHOLE))
    if len(start) < limits.SEGMENT_WHOLE:
        return lambda low, high: start[low:high]

    def ranged(low: int, high: int) -> bytes:
        return start[low:high] if high <= len(start) else storage.read(name, (low, high))

    return ranged
