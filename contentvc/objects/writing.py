"""Writing: a session that stores new objects into packs, each object once.

What it writes is durable but invisible until an operation adds the packs it returns.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from blake3 import blake3

from contentvc import limits
from contentvc.ids import NAME_BYTES, Kind, ObjectId, PackName, blob_id, keyed_id
from contentvc.objects.blocks import SealedBlock, seal
from contentvc.objects.chunker import Chunking, chunks_of
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.operation import PackRecord

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["Writing", "seal_small"]

_THREADS: Final = 2
_IN_FLIGHT: Final = 64
"""Chunks being compressed at once: 16 MiB at most."""


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
        self._pool: ThreadPoolExecutor | None = None
        self._sealing: list[Future[SealedBlock]] = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    @property
    def stored(self) -> int:
        """Bytes of the packs written so far."""
        return sum(record.length for record, _ in self._packs)

    def is_new(self, identifier: ObjectId) -> bool:
        """Whether an object is neither stored nor about to be; from now on it is."""
        if self.has(identifier):
            return False
        self._fresh.add(identifier)
        return True

    def has(self, identifier: ObjectId) -> bool:
        """Whether an object is stored, or about to be."""
        return identifier in self._fresh or self._store.has(identifier)

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

    def put_stream(self, parts: Iterable[bytes]) -> tuple[ObjectId, int]:
        """Store a large blob in constant memory; its id and size in bytes.

        One that turns out to be small is stored whole: readers tell by the size alone.
        """
        start, parts = _begun(parts, self._chunking.whole)
        if len(start) <= self._chunking.whole:
            return self.put_blob(start), len(start)
        whole, ids, lengths = blake3(), [], []
        for chunk in chunks_of(parts, self._chunking):
            whole.update(chunk)
            identifier = blob_id(chunk)
            ids.append(identifier)
            lengths.append(len(chunk))
            if self.is_new(identifier):
                self._seal_chunk(identifier, chunk)
        if len(ids) == 1:
            return ids[0], lengths[0]
        blob = ObjectId(whole.digest())
        if self.is_new(blob):
            encoded = encode_list(ChunkList(tuple(ids), tuple(lengths)))
            self._metadata.append((Kind.LIST, blob, encoded))
        return blob, sum(lengths)

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
        while self._sealing:
            self.add_block(self._sealing.pop(0).result())
        for block, raw in _metadata_blocks(self._metadata):
            self.add_block(block, raw)
        self._metadata.clear()
        self._close_pack()
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

    def _seal_chunk(self, identifier: ObjectId, chunk: bytes) -> None:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, large files

            self._pool = ThreadPoolExecutor(_THREADS)
        kinds = bytes([Kind.RAW])
        self._sealing.append(
            self._pool.submit(seal, kinds, (identifier,), (chunk,), try_hard=False)
        )
        while len(self._sealing) > _IN_FLIGHT:
            self.add_block(self._sealing.pop(0).result())

    def _close_pack(self) -> None:
        if self._builder is not None:
            self._packs.append(self._builder.upload(self._store.storage))
            self._builder = None


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
