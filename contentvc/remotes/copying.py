"""Copying: the wanted objects of a source become packs of another replica.

A block all of whose objects are wanted is copied as it is stored, so nothing is compressed again;
of another one the wanted objects are sealed anew, so that not one byte of the others leaves. Delta
blocks are copied where the other side has what they stand on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.blocks import Base, Method, SealedBlock
from contentvc.objects.compression import decompress
from contentvc.objects.pack import Footer, Row, as_sealed
from contentvc.objects.store import ObjectStore
from contentvc.remotes.checking import METADATA, Read, check_rows, check_stored, plain
from contentvc.remotes.packing import Packing, Placed, Upload
from contentvc.remotes.plan import Part, Plan, Take, parts_of, wanted_rows
from contentvc.remotes.progress import Progress
from contentvc.remotes.ranges import in_order
from contentvc.remotes.sources import Source
from contentvc.remotes.unfinished import Left
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound

__all__ = ["Copier", "ProvingCopier"]

_FRESH: Final = 24 * limits.MIB
"""Raw bytes of bases that are kept until their pack can be read."""


class Copier:
    """Copies what a plan takes.

    Args:
        source: has it.
        wanted: the objects, and as what each is stored.
        target: the other side's objects: where bases lie that are not copied along.
        upload: stores a pack on the other side.
        random: gives that many random bytes, for the names of packs.
        threads: where packs are read and checked.
        at_once: reads under way at most.
        left: packs that are on the other side already, and become visible with these.
    """

    def __init__(
        self,
        source: Source,
        wanted: Mapping[ObjectId, Kind],
        target: ObjectStore,
        upload: Upload,
        random: Callable[[int], bytes],
        threads: ThreadPoolExecutor,
        at_once: int,
        left: Sequence[Left] = (),
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._target = target
        self._upload = upload
        self._random = random
        self._threads = threads
        self._at_once = at_once
        self._left = left
        self._bases: frozenset[ObjectId] = frozenset()
        self._there: dict[ObjectId, Placed] = {}
        self._put: set[ObjectId] = set()
        self._packing: Packing

    def copy(
        self, what: Plan, progress: Progress, note: Callable[[PackRecord, Footer], None]
    ) -> tuple[PackRecord, ...]:
        """Copy everything; the new packs, durable and invisible.

        Raises:
            Damaged: something is not what it was.
            NotFound: a pack of the source is gone.
        """
        self._bases = what.bases
        self._there = self._bases_there()
        with Packing(self._upload, self._random, what.bases, note) as packing:
            self._packing = packing
            for part, reads in self._read(what):
                for take, read in zip(part.takes, reads, strict=True):
                    count = self._copy(take, read)
                    progress.advance(count, take.block.stored)
            packing.settle()
            return tuple(packing.records)

    def _read(self, what: Plan) -> Iterator[tuple[Part, list[Read]]]:
        return in_order(
            parts_of(what.takes),
            lambda part: part.memory,
            self._read_part,
            self._threads,
            self._at_once,
        )

    def _bases_there(self) -> dict[ObjectId, Placed]:
        """Where bases lie that are not copied along; the other side is asked for all at once."""
        if not self._bases:
            return {}
        placed = dict(self._bases_left())
        outside = self._bases - self._wanted.keys() - placed.keys()
        found = self._target.index.find_each(outside) if outside else {}
        for one, at in found.items():
            placed[one] = Placed(at.kind, at.pack, at.block_number, at.block.cost)
        return placed

    def _bases_left(self) -> Iterator[tuple[ObjectId, Placed]]:
        """Bases in packs that an earlier transfer left."""
        for record, footer in self._left:
            for identifier, kind, number, _, _ in footer.rows():
                if identifier in self._bases:
                    cost = footer.blocks[number].cost
                    yield identifier, Placed(kind, record.name, number, cost)

    def _read_part(self, part: Part) -> tuple[Part, list[Read]]:
        """Read and check blocks. Called in threads."""
        stored = memoryview(self._source.span(part.pack, part.start, part.end))
        reads = []
        for take in part.takes:
            start = take.block.offset - part.start
            reads.append(self._checked(take, stored[start : start + take.block.stored]))
        return part, reads

    def _checked(self, take: Take, stored: memoryview) -> Read:
        check_stored(take.pack, take.number, take.block, stored)
        if take.block.method is Method.DELTA:
            return Read(bytes(stored), None)
        rows = wanted_rows(self._source, self._wanted, take)
        is_kept = not take.is_whole or any(row[1] in METADATA for row in rows)
        return Read(bytes(stored), self._raw_of(take, rows, stored, is_kept=is_kept))

    def _raw_of(
        self, take: Take, rows: Sequence[Row], stored: memoryview, *, is_kept: bool
    ) -> bytes | None:
        """The raw bytes of a block where they are needed, the wanted objects checked."""
        if not is_kept:
            return None
        raw = plain(take.block, stored)
        check_rows(rows, raw)
        return raw

    def _copy(self, take: Take, read: Read) -> int:
        """Add a block, or what is wanted of it; how many objects that are."""
        rows = wanted_rows(self._source, self._wanted, take)
        if take.block.method is Method.DELTA:
            self._copy_delta(take, rows, read.stored)
        elif take.is_whole:
            self._put.update(row[0] for row in rows)
            self._packing.add(as_sealed(take.block, rows, read.stored), read.raw)
        else:
            assert read.raw is not None  # noqa: S101 - decoded where only some are wanted
            self._add_loose(rows, read.raw)
        return len(rows)

    def _copy_delta(self, take: Take, rows: Sequence[Row], stored: bytes) -> None:
        sealed = self._relocated(take, rows, stored) if take.is_whole else None
        if sealed is not None and self._is_sound(sealed, rows):
            self._put.update(row[0] for row in rows)
            self._packing.add(sealed, None)
            return
        raw = self._source.raw(take.pack, take.number)
        check_rows(rows, raw)
        self._add_loose(rows, raw)

    def _add_loose(self, rows: Sequence[Row], raw: bytes) -> None:
        is_chunk = len(rows) == 1 and rows[0][1] is Kind.RAW and len(raw) == rows[0][4]
        for identifier, kind, _, offset, length in rows:
            if identifier in self._put:
                continue
            self._put.add(identifier)
            content = raw[offset : offset + length]
            if is_chunk and length >= limits.CHUNK_MIN:
                self._packing.add_chunk(identifier, content)
            else:
                self._packing.add_object(kind, identifier, content)

    def _relocated(self, take: Take, rows: Sequence[Row], stored: bytes) -> SealedBlock | None:
        """A delta block that stands on the same objects where the other side has them.

        None where it has not, or where reading it there would cost too much.
        """
        under: dict[tuple[PackName, int], int] = {}
        bases = []
        for base in take.block.bases:
            at = self._packing.placed.get(base.id) or self._there.get(base.id)
            if at is None or at.kind is not rows[0][1]:
                return None
            under[at.pack, at.block] = at.cost
            own = PackName(b"") if at.pack == self._packing.name else at.pack
            bases.append(Base(base.id, own, at.block))
        cost = take.block.raw + limits.DELTA_STEP + sum(under.values())
        if cost > limits.DELTA_COST:
            return None
        block = take.block._replace(bases=tuple(bases), cost=cost)
        return as_sealed(block, rows, stored)

    def _is_sound(self, sealed: SealedBlock, rows: Sequence[Row]) -> bool:  # noqa: ARG002
        """Whether a delta block is what it should be; of one written here that is believed."""
        return True


class ProvingCopier(Copier):
    """Copies what another replica has: every object is hashed before it is written."""

    _fresh: dict[ObjectId, bytes]
    _fresh_bytes: int

    def copy(
        self, what: Plan, progress: Progress, note: Callable[[PackRecord, Footer], None]
    ) -> tuple[PackRecord, ...]:
        self._fresh, self._fresh_bytes = {}, 0
        return super().copy(what, progress, note)

    def _raw_of(
        self, take: Take, rows: Sequence[Row], stored: memoryview, *, is_kept: bool
    ) -> bytes | None:
        is_kept = is_kept or any(row[0] in self._bases for row in rows)
        raw = super()._raw_of(take, rows, stored, is_kept=True)
        return raw if is_kept else None

    def _copy(self, take: Take, read: Read) -> int:
        count = super()._copy(take, read)
        if self._bases and take.is_whole and read.raw is not None:
            self._keep(wanted_rows(self._source, self._wanted, take), read.raw)
        if self._fresh_bytes > _FRESH:
            self._packing.settle()
            self._fresh.clear()
            self._fresh_bytes = 0
        return count

    def _is_sound(self, sealed: SealedBlock, rows: Sequence[Row]) -> bool:
        """Whether its bytes, on what it stands on here, are those of its object."""
        try:
            prefix = b"".join([self._base(base) for base in sealed.bases])
            raw = decompress(sealed.stored, sealed.raw, prefix)
            check_rows(rows, raw)
        except (Damaged, NotFound):
            return False  # then it is read from what it stands on there, and that tells
        self._keep(rows, raw)
        return True

    def _base(self, base: Base) -> bytes:
        fresh = self._fresh.get(base.id)
        return self._target.base(base) if fresh is None else fresh

    def _keep(self, rows: Sequence[Row], raw: bytes) -> None:
        """Keep the bytes of bases until the pack that they are in can be read."""
        for identifier, _, _, offset, length in rows:
            if identifier in self._bases and identifier not in self._fresh:
                self._fresh[identifier] = raw[offset : offset + length]
                self._fresh_bytes += length
