"""Large blobs on their way into packs: read here, hashed and compressed in threads.

Windows of chunks pass through three stages, few of them at a time: their chunks are hashed (in a
thread); it is decided which are new and what they replace (here, in order); those are compressed
(in a thread). So memory does not depend on size, and both cores are busy.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from functools import partial
from typing import Final

from blake3 import blake3

from contentvc.ids import Kind, ObjectId, blob_id
from contentvc.objects.alignment import Alignment, Piece
from contentvc.objects.blocks import SealedBlock, seal
from contentvc.objects.chunker import Window
from contentvc.objects.compression import CHUNK_LEVEL
from contentvc.objects.deltas import Footing, Trials, footing, seal_delta
from contentvc.objects.lists import ChunkList
from contentvc.objects.store import ObjectStore

__all__ = ["LargeBlob"]

_HASHED: Final = 3
"""Windows being hashed at once."""
_SEALED: Final = 4
"""Groups of chunks, each the new ones of a window, being compressed at once."""

_Work = tuple[Piece, Footing | None]


class LargeBlob:
    """One large blob being cut, hashed and sealed.

    Args:
        store: what is stored already.
        is_new: whether a chunk must be stored; asked once for each, in order.
        threads: where hashing and compressing run.
        old: the chunks of the version that this one replaces.
        level: how hard chunks are compressed that stand on nothing.
    """

    def __init__(
        self,
        store: ObjectStore,
        is_new: Callable[[ObjectId], bool],
        threads: Executor,
        old: ChunkList | None,
        level: int = CHUNK_LEVEL,
    ) -> None:
        self._store = store
        self._is_new = is_new
        self._threads = threads
        self._old = old
        self._level = level
        self._alignment = None if old is None else Alignment(old)
        self._trials = Trials()
        self._digest = blake3()
        self._ids: list[ObjectId] = []
        self._lengths: list[int] = []
        self._group: list[_Work] = []
        self._sealing: deque[Future[list[SealedBlock]]] = deque()

    @property
    def id(self) -> ObjectId:
        """The blob's id, once all blocks were given."""
        return ObjectId(self._digest.digest())

    @property
    def chunks(self) -> ChunkList:
        """Its chunks, once all blocks were given."""
        return ChunkList(tuple(self._ids), tuple(self._lengths))

    def blocks(self, windows: Iterable[Window]) -> Iterator[SealedBlock]:
        """The new chunks of these windows as blocks, in order."""
        hashing: deque[tuple[Window, Future[list[ObjectId]]]] = deque()
        for window in windows:
            hashing.append((window, self._threads.submit(_ids_of, window)))
            whole = window.ends[-1]
            self._digest.update(memoryview(window.content)[:whole])
            if len(hashing) > _HASHED:
                self._decide(*hashing.popleft())
            yield from self._ready(_SEALED)
        for window, ids in hashing:
            self._decide(window, ids)
            yield from self._ready(_SEALED)
        if self._alignment is not None:
            self._collect(self._alignment.end())
            self._seal_group()
        yield from self._ready(0)

    def _decide(self, window: Window, hashed: "Future[list[ObjectId]]") -> None:
        for identifier, content in zip(hashed.result(), window.chunks(), strict=True):
            self._ids.append(identifier)
            self._lengths.append(len(content))
            is_new = self._is_new(identifier)
            if not is_new:
                self._trials.note_shared()
            if self._alignment is not None:
                # Held back, and few of many: a view would keep the whole window for each of them.
                fresh = bytes(content) if is_new else None
                self._collect(self._alignment.take(Piece(identifier, len(content), fresh)))
            elif is_new:
                self._group.append((Piece(identifier, len(content), content), None))
        self._seal_group()

    def _collect(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self._group.append((piece, self._footing(piece)))

    def _footing(self, piece: Piece) -> Footing | None:
        if self._old is None or not piece.replaces or not self._trials.goes_on:
            return None
        candidates = [self._old.ids[position] for position in piece.replaces]
        return footing(self._store, Kind.RAW, piece.length, candidates)

    def _seal_group(self) -> None:
        if self._group:
            group, self._group = self._group, []
            seal_one = partial(_seal, self._store, self._trials, self._level)
            self._sealing.append(self._threads.submit(_seal_all, seal_one, group))

    def _ready(self, most: int) -> Iterator[SealedBlock]:
        """Blocks that are sealed, until `most` groups are still being worked on."""
        while len(self._sealing) > most:
            yield from self._sealing.popleft().result()


def _ids_of(window: Window) -> list[ObjectId]:
    return [blob_id(chunk) for chunk in window.chunks()]


def _seal_all(
    seal_one: Callable[[Piece, Footing | None], SealedBlock], group: list[_Work]
) -> list[SealedBlock]:
    return [seal_one(piece, under) for piece, under in group]


def _seal(
    store: ObjectStore, trials: Trials, level: int, piece: Piece, under: Footing | None
) -> SealedBlock:
    assert piece.content is not None  # noqa: S101 - only new chunks are collected
    if under is not None and trials.goes_on:
        sealed = seal_delta(store, Kind.RAW, piece.id, piece.content, under)
        trials.note(kept=sealed is not None)
        if sealed is not None:
            return sealed
    return seal(bytes([Kind.RAW]), (piece.id,), (piece.content,), chunk_level=level)
