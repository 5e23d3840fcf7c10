"""Reading ahead: the chunks of a large blob, read and verified in threads before they are needed.

While the caller writes what it was given, the next chunks are read and decompressed. Only a few
windows of them are under way, whatever the blob's size.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from contentvc import limits
from contentvc.objects.lists import ChunkList
from contentvc.objects.segment import Place

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["contiguous", "read_ahead"]

_THREADS: Final = 2
_AHEAD: Final = 4
"""Windows read before they are asked for: with what they were stored as, 32 MiB."""
_WINDOW: Final = 4 * limits.MIB
"""Measured: one read of a pack for so many bytes costs nothing beside decompressing them."""

Parts = list[bytes | memoryview]


def read_ahead(
    chunks: ChunkList, read: Callable[[ChunkList], Parts]
) -> Iterator[tuple[ChunkList, Callable[[], Parts]]]:
    """The chunks in windows, in order, each with a call that gives its parts or raises.

    `read` gives the parts of a window; it is called in threads if there is more than one window.
    No thread is left when this ends or is closed.
    """
    windows = list(_windows(chunks))
    if len(windows) == 1:
        yield windows[0], lambda: read(windows[0])
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, only large files

    pool = ThreadPoolExecutor(_THREADS)
    try:
        coming = iter(windows)
        under_way: deque[tuple[ChunkList, Future[Parts]]] = deque()
        for window in islice(coming, _AHEAD):
            under_way.append((window, pool.submit(read, window)))
        while under_way:
            window, future = under_way.popleft()
            yield window, future.result
            for following in islice(coming, 1):
                under_way.append((following, pool.submit(read, following)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def contiguous(places: list[Place]) -> Iterator[list[Place]]:
    """Places in the order given; those together whose blocks follow each other in a pack."""
    run: list[Place] = []
    for place in places:
        if run and not _follows(run[-1], place):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _windows(chunks: ChunkList) -> Iterator[ChunkList]:
    start = size = 0
    for position, length in enumerate(chunks.lengths):
        if size and size + length > _WINDOW:
            yield ChunkList(chunks.ids[start:position], chunks.lengths[start:position])
            start, size = position, 0
        size += length
    yield ChunkList(chunks.ids[start:], chunks.lengths[start:])


def _follows(before: Place, place: Place) -> bool:
    return (
        place.pack == before.pack
        and place.block.offset == before.block.offset + before.block.stored
    )
