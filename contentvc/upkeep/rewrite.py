"""Rewrite: packs anew without some of their objects.

Only blocks that hold such an object, or stand on one, are compressed again; all others are copied
as they are. A pack whose delta blocks stand on blocks of a rewritten pack is rewritten too, so that
its bases are named where they now lie.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from xxhash import xxh3_64_intdigest

from contentvc.errors import Damaged
from contentvc.ids import NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Base, Block, SealedBlock, seal
from contentvc.objects.compression import CHUNK_LEVEL
from contentvc.objects.pack import PackBuilder, Row, as_sealed, pack_path
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.operation import PackRecord

__all__ = ["Rewritten", "copied_block", "packs_with", "rewrite_packs", "rewrite_without"]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What an operation must add and remove; the added packs are durable and invisible yet."""

    added: tuple[PackRecord, ...]
    removed: tuple[PackName, ...]


def packs_with(store: ObjectStore, objects: AbstractSet[ObjectId]) -> tuple[PackName, ...]:
    """The live packs that hold one of these objects, and those that stand on them, oldest first.

    Raises:
        Damaged: a footer cannot be read, so nobody knows what is in its pack.
        NotFound: a pack is gone.
    """
    found: dict[PackName, None] = {}
    needed: set[PackName] = set()
    for pack in store.live:
        footer = store.index.footer(pack)
        needed |= footer.needs - found.keys()
        if not found.keys().isdisjoint(footer.needs) or any(
            row[0] in objects for row in footer.rows()
        ):
            found[pack] = None
    if not needed.isdisjoint(found):
        raise Damaged("damaged", "a pack stands on one that was added after it")
    return tuple(found)


def rewrite_without(
    store: ObjectStore, random: Callable[[int], bytes], objects: AbstractSet[ObjectId]
) -> Rewritten:
    """Every live pack that holds one of these objects, written again without them.

    Args:
        store: at the newest view.
        random: gives that many random bytes, for the names of packs.
        objects: what is left out. Of a delta block that stands on one of them the content stays.

    Raises:
        Damaged: a pack that must be rewritten cannot be read.
        NotFound: a pack is gone, since the view or by damage.
    """
    return rewrite_packs(store, random, packs_with(store, objects), objects)


def rewrite_packs(
    store: ObjectStore,
    random: Callable[[int], bytes],
    packs: Sequence[PackName],
    objects: AbstractSet[ObjectId],
    lost: AbstractSet[PackName] = frozenset(),
) -> Rewritten:
    """These packs, oldest first, without some objects; what stands on them must be among them.

    Args:
        store: at the newest view.
        random: as in `rewrite_without`.
        packs: which.
        objects: what is left out.
        lost: further packs that go, of which nothing can be read. What stands on them is left out.

    Raises:
        Damaged, NotFound: as `rewrite_without`.
    """
    work = _Rewriting(store, random, objects, frozenset([*lost, *packs]))
    added = [record for pack in packs if (record := work.pack(pack)) is not None]
    return Rewritten(tuple(added), tuple(packs))


def copied_block(
    store: ObjectStore,
    old: PackName,
    number: int,
    block: Block,
    rows: Sequence[Row],
    bases: tuple[Base, ...],
) -> SealedBlock:
    """A block as it lies in a pack, for another one.

    Args:
        store: has the pack.
        old: the pack.
        number: of the block in that pack.
        block: where it lies.
        rows: the objects in it.
        bases: what it stands on, by where that lies now.

    Raises:
        Damaged: its bytes are not those that were written.
        NotFound: the pack is gone.
    """
    stored = store.storage.read(pack_path(old), (block.offset, block.offset + block.stored))
    if len(stored) != block.stored or xxh3_64_intdigest(stored) != block.checksum:
        raise Damaged(
            "damaged", f"block {number} of pack {old.hex()} is damaged", "run: contentvc verify"
        )
    return as_sealed(block._replace(bases=bases), rows, stored)


class _Rewriting:
    def __init__(
        self,
        store: ObjectStore,
        random: Callable[[int], bytes],
        objects: AbstractSet[ObjectId],
        removed: frozenset[PackName],
    ) -> None:
        self._store = store
        self._random = random
        self._objects = objects
        self._removed = removed
        self._moved: dict[tuple[PackName, int], tuple[PackName, int]] = {}
        """Where the blocks of removed packs lie now."""

    def pack(self, old: PackName) -> PackRecord | None:
        """Write what is to stay of a pack; None where nothing is."""
        footer = self._store.index.footer(old)
        builder = PackBuilder(PackName(self._random(NAME_BYTES)))
        first = 0
        for number, block in enumerate(footer.blocks):
            rows = list(footer.block_rows(number, first))
            first += len(rows)
            kept = [row for row in rows if row[0] not in self._objects]
            if kept:
                is_whole = len(kept) == len(rows)
                sealed, raw = self._sealed(old, number, block, kept, builder.name, is_whole)
                self._moved[old, number] = (builder.name, builder.add(sealed, raw))
        if not builder.objects:
            return None
        record, _ = builder.upload(self._store.storage)
        return replace(record, received=self._store.live[old].received)

    def _sealed(
        self,
        old: PackName,
        number: int,
        block: Block,
        kept: Sequence[Row],
        new: PackName,
        is_whole: bool,  # noqa: FBT001 - told by who has counted
    ) -> tuple[SealedBlock, bytes]:
        """A block of the new pack; of trees and commits also its raw bytes."""
        is_metadata = all(row[1] in (Kind.TREE, Kind.COMMIT) for row in kept)
        is_same = is_whole and all(base.id not in self._objects for base in block.bases)
        raw = b""
        if is_metadata or not is_same:
            raw = self._store.read_block(old, number, block)
        if is_same:
            bases = tuple(self._base(old, base, new) for base in block.bases)
            copied = copied_block(self._store, old, number, block, kept, bases)
            return copied, raw if is_metadata else b""
        contents = [raw[row[3] : row[3] + row[4]] for row in kept]
        kinds, ids = bytes([row[1] for row in kept]), [row[0] for row in kept]
        is_chunk = len(kept) == 1 and kinds[0] == Kind.RAW
        sealed = seal(kinds, ids, contents, chunk_level=CHUNK_LEVEL if is_chunk else None)
        return sealed, b"".join(contents) if is_metadata else b""

    def _base(self, old: PackName, base: Base, new: PackName) -> Base:
        where = base.pack or old
        if where not in self._removed:
            return base
        if (where, base.block) not in self._moved:
            raise Damaged("damaged", f"a delta block of pack {old.hex()} stands on a later one")
        pack, number = self._moved[where, base.block]
        return Base(base.id, PackName(b"") if pack == new else pack, number)
