"""Write: the objects of some packs anew, in packs that are ordered and compressed better.

Small objects are compressed again, in the order they are given. Chunks of large files have blocks
of their own already, mostly as deltas of older ones: their blocks are copied as they are, and only
chains that have grown long are cut short.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from contentvc import limits
from contentvc.ids import NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Base, Block, Method, SealedBlock, seal
from contentvc.objects.compression import LEVEL
from contentvc.objects.deltas import Footing, seal_delta
from contentvc.objects.pack import PackBuilder, Row, pack_path
from contentvc.objects.proof import check_object
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound
from contentvc.upkeep.compact_order import Group, groups
from contentvc.upkeep.compact_runs import RUN_BYTES
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.rewrite import copied_block

__all__ = ["Moving", "Rewriter", "moving"]

Where = tuple[PackName, int]
"""A pack and a block in it."""
_METADATA: Final = (Kind.TREE, Kind.COMMIT)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object that is compressed anew lies so far."""

    where: Where
    kind: Kind
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Moving:
    """What is to be written anew: blocks as they are, and objects one by one."""

    packs: tuple[PackName, ...]
    whole: dict[Where, tuple[Block, list[Row]]]
    """Blocks that are copied, in an order in which none stands on a later one."""
    loose: dict[bytes, _Place]
    """Objects that are compressed anew; of several copies the first."""
    names: frozenset[PackName]
    """The packs once more, to look them up."""

    @property
    def objects(self) -> int:
        """How many objects are written."""
        return len(self.loose) + sum(len(rows) for _, rows in self.whole.values())


def moving(store: ObjectStore, packs: Sequence[PackName], walk: Walk) -> Moving:
    """Tell what is copied from what is compressed anew, in packs that are given oldest first.

    Raises:
        Damaged: a footer is not sound.
        NotFound: a pack is gone.
    """
    found = Moving(tuple(packs), {}, {}, frozenset(packs))
    for pack in packs:
        footer, first = store.index.footer(pack), 0
        for number, block in enumerate(footer.blocks):
            rows = list(footer.block_rows(number, first))
            first += len(rows)
            if _is_whole(found, pack, block, rows, walk):
                found.whole[pack, number] = (block, rows)
                continue
            for identifier, kind, _, offset, length in rows:
                found.loose.setdefault(identifier, _Place((pack, number), kind, offset, length))
    return found


def _is_whole(found: Moving, pack: PackName, block: Block, rows: list[Row], walk: Walk) -> bool:
    """Whether a block is copied: a chunk, on bases that are copied too, or stay where they are."""
    if len(rows) != 1 or rows[0][1] is not Kind.RAW or rows[0][0] in walk.seen:
        return False
    return all(
        (base.pack or pack) not in found.names or (base.pack or pack, base.block) in found.whole
        for base in block.bases
    )


class Rewriter:
    """Writes what is moved into new packs, which are durable and invisible when it is done.

    Args:
        store: at the newest view.
        random: gives that many random bytes, for the names of packs.
        what: is moved.
        advance: told of objects and their bytes as they are written.
    """

    def __init__(
        self,
        store: ObjectStore,
        random: Callable[[int], bytes],
        what: Moving,
        advance: Callable[[int, int], None],
    ) -> None:
        self._store = store
        self._run = random(RUN_BYTES)
        self._what = what
        self._advance = advance
        self._received = any(record.received for record in _records(store, what.packs))
        self._builder: PackBuilder | None = None
        self._moved: dict[Where, Base] = {}
        self._costs: dict[Where, int] = {}
        self.added: list[PackRecord] = []
        """The packs that are complete."""

    def write(self, walk: Walk) -> None:
        """Write everything: copied blocks first, then what was walked, then the rest.

        Raises:
            Damaged: something cannot be read, or is not what it was.
            NotFound: a pack is gone.
        """
        for where, (block, rows) in self._what.whole.items():
            self._copy(where, block, rows)
        lengths = {one: place.length for one, place in self._what.loose.items()}
        planned = list(groups(walk, lengths))
        walked = {one for group in planned for one in group.objects}
        rest = [ObjectId(one) for one in lengths if one not in walked]
        for batch in _batches([*_plain(rest, self._what), *planned], lengths):
            self._seal_all(batch)
        self._close()

    def _copy(self, where: Where, block: Block, rows: list[Row]) -> None:
        pack, number = where
        builder = self._open()
        sealed = self._shortened(where, block, rows[0]) or copied_block(
            self._store, pack, number, block, rows, block.bases
        )
        self._costs[where] = self._cost(where, sealed)
        bases = tuple(self._relocated(pack, base, builder.name) for base in sealed.bases)
        cost = self._costs[where] if bases else sealed.cost
        new = builder.add(replace(sealed, bases=bases, cost=cost))
        self._moved[where] = Base(rows[0][0], builder.name, new)
        self._advance(1, block.raw)
        self._close_if_full()

    def _cost(self, where: Where, sealed: SealedBlock) -> int:
        """What reading a block takes, given what reading its bases takes by now."""
        if not sealed.bases:
            return sealed.raw
        under = {(base.pack or where[0], base.block) for base in sealed.bases}
        return sealed.raw + limits.DELTA_STEP + sum(map(self._cost_under, under))

    def _cost_under(self, where: Where) -> int:
        if where in self._costs:
            return self._costs[where]
        return self._store.index.footer(where[0]).blocks[where[1]].cost

    def _shortened(self, where: Where, block: Block, row: Row) -> SealedBlock | None:
        """A delta block at the end of a long chain, on what the chain began with; None if not."""
        if block.method is not Method.DELTA or self._chain_cost(where, block) < limits.COMPACT_COST:
            return None
        roots = {self._root(where[0], base): None for base in block.bases}
        cost = block.raw + limits.DELTA_STEP
        cost += sum(map(self._cost_under, {(base.pack, base.block) for base in roots}))
        content = self._store.read_block(*where, block)
        check_object(row[1], row[0], content)
        if cost <= limits.DELTA_COST:
            made = seal_delta(self._store, row[1], row[0], content, Footing(tuple(roots), cost))
            if made is not None:
                return made
        return seal(bytes([row[1]]), [row[0]], [content], chunk_level=LEVEL)

    def _chain_cost(self, where: Where, block: Block) -> int:
        under = {(base.pack or where[0], base.block) for base in block.bases}
        return block.raw + limits.DELTA_STEP + sum(map(self._cost_under, under))

    def _root(self, own: PackName, base: Base) -> Base:
        """What the chain that goes through a base stands on in the end."""
        pack = base.pack or own
        block = self._store.index.footer(pack).blocks[base.block]
        while block.bases:
            base = block.bases[0]
            pack = base.pack or pack
            block = self._store.index.footer(pack).blocks[base.block]
        return Base(base.id, pack, base.block)

    def _relocated(self, own: PackName, base: Base, new: PackName) -> Base:
        where = (base.pack or own, base.block)
        if where[0] not in self._what.names:
            return Base(base.id, *where)
        moved = self._moved[where]
        return Base(base.id, PackName(b"") if moved.pack == new else moved.pack, moved.block)

    def _seal_all(self, batch: Sequence[Group]) -> None:
        contents = self._contents([one for group in batch for one in group.objects])
        for group in batch:
            if group.starts_pack:
                self._close()
            kinds = bytes([self._what.loose[one].kind for one in group.objects])
            parts = [contents.pop(one) for one in group.objects]
            sealed = seal(kinds, list(group.objects), parts)
            raw = b"".join(parts) if group.is_metadata else b""
            self._open().add(sealed, raw)
            self._advance(len(parts), sealed.raw)
            self._close_if_full()

    def _contents(self, objects: Sequence[ObjectId]) -> dict[ObjectId, bytes]:
        """Their bytes, each block that they lie in read once."""
        loose = self._what.loose
        contents: dict[ObjectId, bytes] = {}
        ordered = sorted(objects, key=lambda one: loose[one].where)
        for where, members in groupby(ordered, key=lambda one: loose[one].where):
            pack, number = where
            block = self._store.index.footer(pack).blocks[number]
            raw = self._store.read_block(pack, number, block)
            for one in members:
                place = loose[one]
                part = raw[place.offset : place.offset + place.length]
                # Damage must not be written anew as if it were sound.
                check_object(place.kind, one, part)
                contents[one] = part
        return contents

    def _open(self) -> PackBuilder:
        if self._builder is None:
            number = len(self.added).to_bytes(NAME_BYTES - RUN_BYTES, "big")
            self._builder = PackBuilder(PackName(self._run + number))
        return self._builder

    def _close_if_full(self) -> None:
        if self._builder is not None and self._builder.is_full:
            self._close()

    def _close(self) -> None:
        builder, self._builder = self._builder, None
        if builder is not None:
            record, _ = builder.upload(self._store.storage)
            self.added.append(replace(record, received=self._received))


def _records(store: ObjectStore, packs: Sequence[PackName]) -> Iterator[PackRecord]:
    live = store.live
    for pack in packs:
        if pack not in live:
            raise NotFound(pack_path(pack))
        yield live[pack]


def _plain(rest: Sequence[ObjectId], what: Moving) -> Iterator[Group]:
    """Objects that no path leads to, in the order in which they lay, apart by kind."""
    for is_metadata in (False, True):
        members: list[ObjectId] = []
        size = 0
        for one in rest:
            place = what.loose[one]
            if (place.kind in _METADATA) is not is_metadata:
                continue
            if members and size + place.length > limits.BLOCK_TARGET:
                yield Group(tuple(members), is_metadata)
                members, size = [], 0
            members.append(one)
            size += place.length
        if members:
            yield Group(tuple(members), is_metadata)


def _batches(planned: Sequence[Group], lengths: dict[bytes, int]) -> Iterator[list[Group]]:
    """Groups of so many bytes together as may be held in memory."""
    batch: list[Group] = []
    size = 0
    for group in planned:
        raw = sum(lengths[one] for one in group.objects)
        if batch and size + raw > limits.COMPACT_BATCH:
            yield batch
            batch, size = [], 0
        batch.append(group)
        size += raw
    if batch:
        yield batch
