"""Chunked sources: spans of two versions read chunk by chunk, what both share once for both."""

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import Final

from contentvc import limits
from contentvc.formats.source import Source
from contentvc.ids import ObjectId

__all__ = ["chunked"]

_KEPT: Final = 4 * limits.MIB
"""Bytes of chunks kept: regions are read in file order, so only neighbours are asked for again."""


class _Chunks:
    """Chunks read last, by id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[ObjectId, bytes] = OrderedDict()
        self._size = 0

    def get(self, identifier: ObjectId, source: Source, start: int, end: int) -> bytes:
        """A chunk, that lies so in this source."""
        kept = self._kept.get(identifier)
        if kept is not None:
            return kept
        read = source.span(start, end)
        self._kept[identifier] = read
        self._size += len(read)
        while self._size > _KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])
        return read


def chunked(old: Source, new: Source) -> tuple[Source, Source]:
    """The same sources, whose spans take each chunk from the store once while it is near."""
    chunks = _Chunks()
    return _reading(old, chunks), _reading(new, chunks)


def _reading(source: Source, chunks: _Chunks) -> Source:
    if source.chunks is None:
        return source
    listed = source.chunks()
    starts = [0, *accumulate(length for _, length in listed)]

    def span(start: int, end: int) -> bytes:
        parts: list[bytes] = []
        place = bisect_right(starts, start) - 1
        while start < end:
            low, high = starts[place], starts[place + 1]
            chunk = chunks.get(listed[place][0], source, low, high)
            parts.append(chunk[start - low : end - low] if low < start or end < high else chunk)
            start, place = high, place + 1
        return b"".join(parts)

    return Source(source.size, source.read, span, lambda: listed)
