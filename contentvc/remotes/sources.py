"""Sources: where a transfer reads objects and packs, the same for both directions."""

from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, islice, pairwise
from typing import Final, NamedTuple, Protocol

from contentvc.ids import ID_BYTES, Kind, ObjectId, PackName
from contentvc.objects.lists import ChunkList
from contentvc.objects.pack import Footer, Row, pack_path
from contentvc.repository import Repository
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import decode_links

__all__ = ["Contents", "Leads", "LocalSource", "Source", "Spot"]

_ASKED: Final = 256
"""Objects that are looked up one by one before the packs of these are looked through: the footer
of a pack of which something is wanted is read anyway."""


class Spot(NamedTuple):
    """Where a source has an object."""

    kind: Kind
    pack: PackName
    block: int


class Leads(NamedTuple):
    """What a tree leads to: a mode and an id for each entry."""

    modes: bytes
    ids: bytes
    """A column of ids."""


class Contents:
    """What is in one pack, block by block."""

    def __init__(self, footer: Footer) -> None:
        self.footer = footer
        self.firsts = list(accumulate(footer.per_block, initial=0))

    def rows(self, number: int) -> list[Row]:
        """The objects of a block, in order."""
        return list(self.footer.block_rows(number, self.firsts[number]))

    def spots(self, pack: PackName) -> Iterator[tuple[ObjectId, Spot]]:
        """Every object in it; those of a block share what tells where they are."""
        footer = self.footer
        ids = split_ids(footer.ids, ID_BYTES)
        for number, (first, end) in enumerate(pairwise(self.firsts)):
            shared = {kind: Spot(Kind(kind), pack, number) for kind in set(footer.kinds[first:end])}
            for identifier, kind in zip(ids[first:end], footer.kinds[first:end], strict=True):
                yield ObjectId(identifier), shared[kind]


class Source(Protocol):
    """Objects that are to be moved, and the packs they lie in.

    Every call may raise:
        Damaged: something is not stored, or not as it was.
        NotFound: a pack is gone.
    """

    def commits(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Commit]:
        """All of these commits."""

    def trees(self, wanted: Collection[ObjectId]) -> Iterator[Leads]:
        """What all of these trees lead to."""

    def chunk_list(self, identifier: ObjectId) -> ChunkList:
        """The chunks of a large blob."""

    def spots(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Spot]:
        """Where those of these objects lie that are there."""

    def packs(self, wanted: Iterable[PackName]) -> list[PackName]:
        """These packs in an order in which none stands on a later one."""

    def contents(self, pack: PackName) -> Contents:
        """What is in a pack in which some object lies."""

    def span(self, pack: PackName, start: int, end: int) -> bytes | memoryview:
        """The half-open range of a pack's bytes. May be called from several threads at once."""

    def raw(self, pack: PackName, number: int) -> bytes:
        """The bytes of a block, whatever it stands on."""


class LocalSource:
    """What a repository here has; its own packs are believed as far as a read believes them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._store = repository.objects
        self._contents: dict[PackName, Contents] = {}

    def commits(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Commit]:
        """All of these commits."""
        return {identifier: self._repository.commit(identifier) for identifier in wanted}

    def trees(self, wanted: Collection[ObjectId]) -> Iterator[Leads]:
        """What all of these trees lead to."""
        for _, encoded in self._store.read_many(Kind.TREE, wanted):
            links = decode_links(encoded)
            yield Leads(links.modes, links.ids)

    def chunk_list(self, identifier: ObjectId) -> ChunkList:
        """The chunks of a large blob."""
        return self._store.chunks(identifier)

    def spots(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Spot]:
        """Where those of these objects lie that are there."""
        found: dict[ObjectId, Spot] = {}
        rest = set(wanted)
        while rest:
            some = list(islice(rest, _ASKED))
            places = self._store.index.find_each(some)
            for one, at in places.items():
                found.setdefault(one, Spot(at.kind, at.pack, at.block_number))
            rest.difference_update(some)
            if rest:
                self._scan({at.pack for at in places.values()}, rest, found)
        return found

    def _scan(
        self, packs: Iterable[PackName], rest: set[ObjectId], found: dict[ObjectId, Spot]
    ) -> None:
        """Take from `rest` what is in packs of which something is wanted, so that it is found."""
        for pack in self.packs(packs):
            here = {one: spot for one, spot in self.contents(pack).spots(pack) if one in rest}
            found.update(here)
            rest.difference_update(here)

    def packs(self, wanted: Iterable[PackName]) -> list[PackName]:
        """These packs, oldest first."""
        among = set(wanted)
        return [pack for pack in self._store.live if pack in among]

    def contents(self, pack: PackName) -> Contents:
        """What is in a live pack."""
        if pack not in self._contents:
            self._contents[pack] = Contents(self._store.index.footer(pack))
        return self._contents[pack]

    def span(self, pack: PackName, start: int, end: int) -> bytes:
        """A range of a pack's bytes."""
        return self._store.storage.read(pack_path(pack), (start, end))

    def raw(self, pack: PackName, number: int) -> bytes:
        """The bytes of a block."""
        return self._store.read_block(pack, number, self.contents(pack).footer.blocks[number])
