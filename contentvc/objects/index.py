"""Index: where each object of the live packs lies, from segments and, for new packs, footers.

Which segments there are is nobody's authority: they are listed, and a pack that none covers is
read from its footer, if what is looked for is in no segment. When enough packs are uncovered they
are merged into a segment together with the segments that are not much larger, so there are never
more than a logarithmic number.

Far from where the packs are, every segment and every footer costs a round trip. Then segments lie
here, and those that lie there are looked at before many footers are.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Block
from contentvc.objects.guard import new_guard
from contentvc.objects.pack import Footer, pack_path, read_footer
from contentvc.objects.segment import Place
from contentvc.objects.segments import Contents, Segments
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.at_once import at_once
from contentvc.storage.contract import NotFound, Storage

__all__ = ["Index"]

_UNCOVERED_PACKS: Final = 16
"""A footer is one small read: sixteen cost a command under a millisecond."""
_UNCOVERED_OBJECTS: Final = 4096
_BORROW: Final = 4
"""With more uncovered packs, segments that lie elsewhere are asked first: a listing and a read."""
_BORROW_BYTES: Final = 256 * limits.KIB
"""Or if their footers are longer than that, all together."""


class Index:
    """Finds objects. Its view of which packs are live is given by `cover`.

    Safe to use from several threads, and after a fork.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._guard = new_guard()
        self._live: Mapping[PackName, PackRecord] = {}
        self._segments = Segments(storage)
        self._current_at = -1
        """How many segments had been dropped when all that is uncovered was known."""
        self._footers: dict[PackName, Footer] = {}
        self._recent: dict[ObjectId, Place] = {}
        self._remembered: set[PackName] = set()
        self._lent: Mapping[PackName, Contents] = {}
        self.is_near = True
        """Whether footers are quicker to read than segments are to search: not over a network."""
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
            self._current_at = -1
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
        if self.is_near:
            self._learn()
        while True:
            place = self._among_known(identifier)
            if place is not None or not self._learn():
                return place

    def _among_known(self, identifier: ObjectId) -> Place | None:
        """Where an object lies, by what was read so far and the segments."""
        place = self._recent.get(identifier)
        if place is not None and place.pack in self._live:
            return place
        return self._segments.find(identifier, self._live)

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
            for segment in self._segments.own.values():
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
            read = [pack for pack in self._uncovered() if pack in self._footers]
            known = [one for one in read if len(self._footers[one].kinds) < _UNCOVERED_OBJECTS]
            if known:
                self._merge(name, known, (), 0)

    def lend(self, below: int) -> Mapping[PackName, Contents]:
        """What footers that were read, and segments with fewer objects than that, tell of packs."""
        with self._guard:
            known = [pack for pack in self._uncovered() if pack in self._footers]
            lent = {pack: self._content(pack) for pack in known}
            return lent | self._segments.contents(below)

    def take(self, lent: Mapping[PackName, Contents]) -> None:
        """What another index told by `lend`: the footers of these packs need not be read."""
        self._lent = lent

    def _save(self, name: bytes, below: int) -> None:
        self._segments.delete_spoilt()
        self._read_footers([pack for pack in self._uncovered() if pack not in self._lent])
        uncovered = [one for one in self._uncovered() if one in self._lent or self._readable(one)]
        stale = self._segments.stale(self._live)
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

    def _content(self, pack: PackName) -> Contents:
        lent = self._lent.get(pack)
        if lent is not None:
            return lent
        footer = self.footer(pack)
        return list(footer.blocks), list(footer.rows())

    def _merge(
        self, name: bytes, packs: list[PackName], stale: Collection[str], below: int
    ) -> bool:
        """Cover packs by a segment; False where one that it was to take in is spoilt."""
        merged = self._segments.mergeable(self._count(packs), stale, below)
        if merged is None:
            return False
        told = {pack: one for contents in merged.values() for pack, one in contents.items()}
        kept = {pack: one for pack, one in told.items() if pack in self._live}
        self._replace(name, merged, kept, packs)
        return True

    def rebuild(self, name: bytes) -> None:
        """Write one segment, called `name`, for all live packs, and delete the others."""
        with self._guard:
            packs = [pack for pack in self._live if self._readable(pack)]
            self._replace(name, list(self._segments.own), {}, packs)
            self._segments.delete_spoilt()

    def _footer(self, record: PackRecord) -> Footer:
        footer = self._footers.get(record.name)
        if footer is None:
            footer = self._footers[record.name] = self._read(record)
        return footer

    def _read(self, record: PackRecord) -> Footer:
        path = pack_path(record.name)
        return read_footer(lambda start, end: self._storage.read(path, (start, end)), record)

    def segments(self) -> Iterable[str]:
        """The storage names of all segments, sound or not."""
        return self._segments.names()

    def _replace(
        self,
        name: bytes,
        old: Collection[str],
        told: dict[PackName, Contents],
        packs: Iterable[PackName],
    ) -> None:
        told.update((pack, self._content(pack)) for pack in packs)
        self._segments.replace(name, old, told)
        self._recent.clear()
        self._remembered.clear()
        self._current_at = -1

    def _learn(self) -> bool:
        """Look where else objects may lie; False once there is nothing left to look at."""
        if self._current_at == self._segments.drops:
            return False
        uncovered = [pack for pack in self._uncovered() if pack not in self._remembered]
        length = sum(self._live[pack].footer_length for pack in uncovered)
        if (len(uncovered) > _BORROW or length > _BORROW_BYTES) and self._borrow():
            return True
        self._read_footers(uncovered)
        for pack in uncovered:
            if self._readable(pack):
                self._remember(pack, self.footer(pack))
        self._current_at = self._segments.drops
        return bool(uncovered)

    def _borrow(self) -> bool:
        """Open the segments that lie elsewhere; whether there are any that were not known."""
        storage, self.elsewhere = self.elsewhere, None
        return storage is not None and self._segments.borrow(
            storage, self.borrow_whole, self.threads
        )

    def _read_footers(self, packs: Iterable[PackName]) -> None:
        """Read footers ahead, several at once; who needs one that is not sound is told so then."""
        if self.threads == 1:
            return
        records = [self._live[pack] for pack in packs if pack not in self._footers]
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

    def _uncovered(self) -> list[PackName]:
        covered = self._segments.covered
        return [pack for pack in self._live if pack not in covered]

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
        drops = self._segments.drops
        for place in self._segments.starting_with(prefix, odd):
            yield from self._at(place)
        if self._segments.drops > drops:
            yield from self._candidates(prefix, odd)

    def _at(self, place: Place) -> Iterator[tuple[ObjectId, Kind]]:
        """The whole id of what lies there, which only the footer has; nothing if it is gone."""
        if place.pack not in self._live or not self._readable(place.pack):
            return
        footer = self._footer(self._live[place.pack])
        first = sum(footer.per_block[: place.block_number])
        for identifier, kind, _, offset, _ in footer.block_rows(place.block_number, first):
            if offset == place.offset:
                yield identifier, kind
