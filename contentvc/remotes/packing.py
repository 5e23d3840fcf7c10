"""Packing: blocks become packs, which are uploaded while the next one fills."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain, repeat
from types import TracebackType
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import SealedBlock, seal
from contentvc.objects.compression import CHUNK_LEVEL
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.remotes.checking import METADATA
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.operation import PackRecord

__all__ = ["Packing", "Placed", "Upload"]

Upload = Callable[[PackBuilder], tuple[PackRecord, Footer]]
_UPLOADS: Final = 4
_UPLOAD_BYTES: Final = 80 * limits.MIB
"""Bytes of packs that are being uploaded, beside the one that fills."""


class Placed(NamedTuple):
    """Where an object lies on the other side, so that a delta block can stand on it."""

    kind: Kind
    pack: PackName
    block: int
    cost: int


@dataclass(slots=True)
class _Loose:
    """Objects that are to be sealed together."""

    rows: list[tuple[Kind, ObjectId, bytes]] = field(default_factory=list)
    size: int = 0


class _Held:
    """Blocks of trees and commits, kept back until their pack closes."""

    def __init__(self) -> None:
        self.stored = 0
        """Bytes of these blocks in the pack."""
        self._sealed: list[SealedBlock] = []
        self._raws: deque[bytes] = deque()
        self._raw = 0

    def add(self, sealed: SealedBlock, raw: bytes) -> None:
        """Keep a block; of the last ones also the raw bytes, as many as a footer stands on."""
        self.stored += len(sealed.stored)
        self._sealed.append(sealed)
        self._raws.append(raw)
        self._raw += len(raw)
        while self._raw > limits.DELTA_COST:
            self._raw -= len(self._raws.popleft())

    def blocks(self) -> Iterator[tuple[SealedBlock, bytes]]:
        """Each block with its raw bytes, where they were kept."""
        without = len(self._sealed) - len(self._raws)
        yield from zip(self._sealed, chain(repeat(b"", without), self._raws), strict=True)


class Packing(AbstractContextManager["Packing"]):
    """Collects blocks and objects in packs of about `limits.PACK_BYTES`.

    Trees and commits come last in their pack, where its ids are compressed against them.

    Args:
        upload: stores a pack; called in threads.
        random: gives that many random bytes, for the names of packs.
        bases: objects whose places are kept, since delta blocks may stand on them.
        note: told of each pack once it is durable.
    """

    def __init__(
        self,
        upload: Upload,
        random: Callable[[int], bytes],
        bases: Collection[ObjectId],
        note: Callable[[PackRecord, Footer], None],
    ) -> None:
        self._upload = upload
        self._random = random
        self._bases = bases
        self._note = note
        self._builder = self._new_builder()
        self._held = _Held()
        self._small = _Loose()
        self._metadata = _Loose()
        self._threads = ThreadPoolExecutor(_UPLOADS)
        self._uploads: deque[tuple[int, Future[tuple[PackRecord, Footer]]]] = deque()
        self._uploading = 0
        self.placed: dict[ObjectId, Placed] = {}
        """Where the bases that were added lie; the pack may still be on its way."""
        self.records: list[PackRecord] = []
        """The packs that are durable."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for _, future in self._uploads:
            if not future.cancelled() and future.exception() is None:
                self._note(*future.result())  # it was cut short, and this pack need not be again

    @property
    def name(self) -> PackName:
        """The pack that the next block comes to."""
        return self._builder.name

    def add(self, sealed: SealedBlock, raw: bytes | None) -> None:
        """Add a block; of trees and commits that stand on nothing also the raw bytes."""
        kinds, ids = sealed.kinds, split_ids(sealed.ids, ID_BYTES)
        is_base = bool(self._bases) and not self._bases_disjoint(ids)
        is_metadata = bool(kinds) and METADATA.issuperset(map(Kind, set(kinds)))
        if is_metadata and raw is not None and not is_base and not sealed.bases:
            self._held.add(sealed, raw)
        else:
            number = self._builder.add(sealed)
            if is_base:
                self._place(sealed, ids, number)
        if self._is_full:
            self.close()

    def add_object(self, kind: Kind, identifier: ObjectId, content: bytes) -> None:
        """Add an object that is to be sealed with its neighbours."""
        loose = self._small if kind is Kind.RAW else self._metadata
        if loose.rows and loose.size + len(content) > limits.BLOCK_TARGET:
            self._seal(loose)
        loose.rows.append((kind, identifier, content))
        loose.size += len(content)

    def add_chunk(self, identifier: ObjectId, content: bytes) -> None:
        """Add an object that has a block of its own."""
        kinds = bytes([Kind.RAW])
        self.add(seal(kinds, [identifier], [content], chunk_level=CHUNK_LEVEL), None)

    def close(self) -> None:
        """Have what was collected uploaded."""
        for loose in (self._small, self._metadata):
            self._seal_now(loose)
        for sealed, raw in self._held.blocks():
            self._builder.add(sealed, raw)
        self._held = _Held()
        builder = self._builder
        if not builder.objects:
            return
        self._builder = self._new_builder()
        self._wait(_UPLOAD_BYTES - builder.length, _UPLOADS - 1)
        self._uploads.append((builder.length, self._threads.submit(self._upload, builder)))
        self._uploading += builder.length

    def settle(self) -> None:
        """Have everything uploaded so far, and wait for it."""
        self.close()
        self._wait(0, 0)

    @property
    def _is_full(self) -> bool:
        builder = self._builder
        return builder.is_full or builder.length + self._held.stored >= limits.PACK_BYTES

    def _new_builder(self) -> PackBuilder:
        return PackBuilder(PackName(self._random(NAME_BYTES)))

    def _bases_disjoint(self, ids: Sequence[bytes]) -> bool:
        return not any(identifier in self._bases for identifier in ids)

    def _place(self, sealed: SealedBlock, ids: Sequence[bytes], number: int) -> None:
        for kind, identifier in zip(sealed.kinds, ids, strict=True):
            if identifier in self._bases:
                at = Placed(Kind(kind), self._builder.name, number, sealed.cost)
                self.placed.setdefault(ObjectId(identifier), at)

    def _seal(self, loose: _Loose) -> None:
        self._seal_now(loose)
        if self._is_full:
            self.close()

    def _seal_now(self, loose: _Loose) -> None:
        if not loose.rows:
            return
        kinds = bytes([kind for kind, _, _ in loose.rows])
        contents = [content for _, _, content in loose.rows]
        ids = [identifier for _, identifier, _ in loose.rows]
        sealed = seal(kinds, ids, contents)
        loose.rows, loose.size = [], 0
        if kinds.strip(b"\0"):
            self._held.add(sealed, b"".join(contents))
        else:
            number = self._builder.add(sealed)
            self._place(sealed, ids, number)

    def _wait(self, most: int, count: int) -> None:
        """Wait until so few bytes, and packs, are being uploaded."""
        while self._uploads and (self._uploading > most or len(self._uploads) > count):
            length, future = self._uploads.popleft()
            record, footer = future.result()
            self._uploading -= length
            self.records.append(record)
            self._note(record, footer)
