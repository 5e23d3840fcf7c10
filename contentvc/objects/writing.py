"""Writing: a session that stores new objects into packs, each object once.

What it writes is durable but invisible until an operation adds the packs it returns.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName, blob_id, keyed_id
from contentvc.objects.blocks import SealedBlock, seal
from contentvc.objects.chunker import Chunking, windows_of
from contentvc.objects.compression import CHUNK_LEVEL, LEVEL
from contentvc.objects.deltas import footing, seal_delta
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.operation import PackRecord

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from contentvc.objects.unlisted import Unlisted

__all__ = ["Writing", "seal_small"]

_MUCH: Final = 16 * limits.MIB
"""Bytes of a blob from which time counts more than the tenth of its length that a higher level of
compression gains: 16 MiB at that level take a quarter of a second."""
_THREADS: Final = 2
_UPLOADS: Final = 2
"""Packs on their way at once: while the disk makes one durable, the next is hashed and written."""


class Writing(AbstractContextManager["Writing"]):
    """Stores objects that are not stored yet.

    Args:
        store: what is stored already.
        random: gives that many random bytes, for the names of packs.
        chunking: how large blobs are cut.
    """

    def __init__(
        self, store: ObjectStore, random: Callable[[int], bytes], chunking: Chunking
    ) -> None:
        self._store = store
        self._random = random
        self._chunking = chunking
        self._fresh: set[ObjectId] = set()
        self._small: list[tuple[ObjectId, bytes]] = []
        self._small_bytes = 0
        self._metadata: list[tuple[Kind, ObjectId, bytes]] = []
        self._builder: PackBuilder | None = None
        self._packs: list[tuple[PackRecord, Footer]] = []
        self._lists: list[SealedBlock] = []
        self._unlisted: Unlisted | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._uploader: ThreadPoolExecutor | None = None
        self._uploads: deque[Future[tuple[PackRecord, Footer]]] = deque()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_threads()

    def __enter__(self) -> Self:
        return self

    @property
    def stored(self) -> int:
        """Bytes of the packs written or taken over so far."""
        return sum(record.length for record, _ in self._packs)

    def adopt(self, gone: Collection[bytes]) -> None:
        """From now on, take over packs that a killed session left, where they hold what is put.

        Looking for them reads each of them once, so it is for sessions that store much. `gone` are
        the packs that were removed or discarded.
        """
        from contentvc.objects.unlisted import Unlisted  # noqa: PLC0415 - few sessions need it

        if self._unlisted is None:
            self._unlisted = Unlisted(self._store, gone)

    def is_new(self, identifier: ObjectId) -> bool:
        """Whether an object is neither stored nor about to be; from now on it is."""
        if self.has(identifier):
            return False
        self._fresh.add(identifier)
        return True

    def has(self, identifier: ObjectId) -> bool:
        """Whether an object is stored, or about to be."""
        if identifier in self._fresh or self._store.has(identifier):
            return True
        return self._unlisted is not None and self._adopted(self._unlisted, identifier)

    def put_blob(self, content: bytes) -> ObjectId:
        """Store a small blob; neighbours should come one after the other."""
        identifier = blob_id(content)
        if self.is_new(identifier):
            self._small.append((identifier, content))
            self._small_bytes += len(content)
            if self._small_bytes >= limits.BLOCK_TARGET:
                self._flush_small()
        return identifier

    def put_tree(self, encoded: bytes) -> ObjectId:
        """Store a tree; the root last."""
        return self._put_metadata(Kind.TREE, encoded)

    def put_commit(self, encoded: bytes) -> ObjectId:
        """Store a commit, after its root tree."""
        return self._put_metadata(Kind.COMMIT, encoded)

    def put_stream(
        self, parts: Iterable[bytes], old: ObjectId | None = None, expected: int = _MUCH
    ) -> tuple[ObjectId, int]:
        """Store a large blob in constant memory; its id and size in bytes.

        One that turns out to be small is stored whole: readers tell by the size alone. Where it
        replaces an `old` blob, what changed is stored against the old bytes. Of few `expected`
        bytes more time is taken to compress them.
        """
        start, parts = _begun(parts, self._chunking.whole)
        if len(start) <= self._chunking.whole:
            return self.put_blob(start), len(start)
        from contentvc.objects.large import LargeBlob  # noqa: PLC0415 - 5 ms, only large files

        before = self._old_chunks(old)
        level = CHUNK_LEVEL if expected >= _MUCH else LEVEL
        large = LargeBlob(self._store, self.is_new, self._begin_threads(), before, level)
        for sealed in large.blocks(windows_of(parts, self._chunking)):
            self.add_block(sealed)
        chunks = large.chunks
        if len(chunks.ids) == 1:
            return chunks.ids[0], chunks.size
        blob = large.id
        if self.is_new(blob):
            self._put_list(blob, encode_list(chunks), old)
        return blob, chunks.size

    def add_block(self, sealed: SealedBlock, raw: bytes = b"") -> None:
        """A sealed block of objects that `is_new` answered for; of trees also its raw bytes."""
        builder = self._builder
        if builder is None:
            builder = self._builder = PackBuilder(PackName(self._random(NAME_BYTES)))
        builder.add(sealed, raw)
        if builder.is_full:
            self._close_pack()

    def finish(self) -> tuple[PackRecord, ...]:
        """Write what is left; the packs an operation must add, durable."""
        self._flush_small()
        for sealed in self._lists:
            self.add_block(sealed)
        self._lists.clear()
        for block, raw in _metadata_blocks(self._metadata):
            self.add_block(block, raw)
        self._metadata.clear()
        self._close_pack()
        self._settle_uploads(0)
        self._end_threads()
        return tuple(record for record, _ in self._packs)

    def publish(self) -> None:
        """The operation exists: what was written need not be read to be found."""
        for record, footer in self._packs:
            self._store.index.add(record.name, footer)

    def _put_metadata(self, kind: Kind, encoded: bytes) -> ObjectId:
        identifier = keyed_id(kind, encoded)
        if self.is_new(identifier):
            self._metadata.append((kind, identifier, encoded))
        return identifier

    def _flush_small(self) -> None:
        for block in seal_small(self._small):
            self.add_block(block)
        self._small.clear()
        self._small_bytes = 0

    def _adopted(self, unlisted: "Unlisted", identifier: ObjectId) -> bool:
        found = unlisted.holding(identifier)
        if found is None:
            return False
        self._packs.append(found)
        self._fresh.update(map(ObjectId, split_ids(found[1].ids, ID_BYTES)))
        return True

    def _old_chunks(self, old: ObjectId | None) -> ChunkList | None:
        """The chunks of the old version, of which a small one is one; None without a sound one."""
        place = None if old is None else self._store.index.find(old)
        if old is None or place is None:
            return None
        if place.kind is not Kind.LIST:
            return ChunkList((old,), (place.length,)) if place.length else None
        try:
            return self._store.chunks(old)
        except Damaged:
            return None  # what is new can be stored without it; `verify` tells of the damage

    def _put_list(self, blob: ObjectId, encoded: bytes, old: ObjectId | None) -> None:
        under = None if old is None else footing(self._store, Kind.LIST, len(encoded), (old,))
        if under is not None:
            sealed = seal_delta(self._store, Kind.LIST, blob, encoded, under)
            if sealed is not None:
                self._lists.append(sealed)
                return
        self._metadata.append((Kind.LIST, blob, encoded))

    def _begin_threads(self) -> "ThreadPoolExecutor":
        """The threads of large blobs; from now on packs are uploaded beside, too."""
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, large files

            self._threads = ThreadPoolExecutor(_THREADS)
            self._uploader = ThreadPoolExecutor(_UPLOADS)
        return self._threads

    def _end_threads(self) -> None:
        for pool in (self._threads, self._uploader):
            if pool is not None:
                pool.shutdown(wait=True, cancel_futures=True)
        self._threads = self._uploader = None

    def _close_pack(self) -> None:
        """Upload what was collected; where there are threads, while the next pack fills."""
        builder, self._builder = self._builder, None
        self._settle_uploads(_UPLOADS - 1)
        if builder is None:
            return
        if self._uploader is None:
            self._packs.append(builder.upload(self._store.storage))
        else:
            self._uploads.append(self._uploader.submit(builder.upload, self._store.storage))

    def _settle_uploads(self, most: int) -> None:
        """Wait until `most` packs are being uploaded; each takes its length of memory."""
        while len(self._uploads) > most:
            self._packs.append(self._uploads.popleft().result())


def _begun(parts: Iterable[bytes], size: int) -> tuple[bytes, Iterable[bytes]]:
    """The first bytes, more than `size` if there are so many, and all parts."""
    rest, begun, length = iter(parts), [], 0
    while length <= size and (part := next(rest, None)) is not None:
        begun.append(part)
        length += len(part)
    return b"".join(begun), chain(begun, rest)


def seal_small(blobs: Sequence[tuple[ObjectId, bytes]]) -> Iterator[SealedBlock]:
    """Small blobs in the order given, about `limits.BLOCK_TARGET` raw bytes to a block."""
    for group in _groups([len(content) for _, content in blobs]):
        members = blobs[group]
        ids = [identifier for identifier, _ in members]
        contents = [content for _, content in members]
        yield seal(bytes(len(members)), ids, contents)


def _metadata_blocks(
    objects: Sequence[tuple[Kind, ObjectId, bytes]],
) -> Iterator[tuple[SealedBlock, bytes]]:
    """Blocks and their raw bytes, the last put first: the commit, then its root tree."""
    ordered = objects[::-1]
    for group in _groups([len(encoded) for _, _, encoded in ordered]):
        members = ordered[group]
        kinds = bytes([kind for kind, _, _ in members])
        contents = [row[2] for row in members]
        yield seal(kinds, [row[1] for row in members], contents), b"".join(contents)


def _groups(lengths: Sequence[int]) -> Iterator[slice]:
    start = total = 0
    for position, length in enumerate(lengths):
        if total and total + length > limits.BLOCK_TARGET:
            yield slice(start, position)
            start, total = position, 0
        total += length
    if start < len(lengths):
        yield slice(start, len(lengths))
