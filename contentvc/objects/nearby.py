"""Nearby: chunks of an old version that lie uncompressed in a file, and need not be unpacked.

Two versions of a large file share most chunks. Where a working file goes from one to the other, the
old file is read instead of the packs. Nobody vouches for it: what does not hash to the id that is
asked for is read from the packs after all.
"""

from collections.abc import Callable, Sequence

from contentvc.errors import ContentvcError
from contentvc.ids import ObjectId, blob_id
from contentvc.objects.lists import ChunkList

__all__ = ["Nearby"]

ReadSpan = Callable[[int, int], bytes]
"""The bytes of a half-open range of the file, fewer where it is shorter."""


class Nearby:
    """Where the chunks of an old version may be found, and a way to read them there."""

    def __init__(self, old: ChunkList, read: ReadSpan) -> None:
        self._read = read
        starts = zip(old.ids, old.offsets(), old.lengths, strict=False)
        self._spans = {identifier: (start, start + length) for identifier, start, length in starts}

    def take(self, wanted: Sequence[ObjectId]) -> dict[ObjectId, memoryview]:
        """Those of the chunks that are there, each verified; neighbours are read together."""
        taken: dict[ObjectId, memoryview] = {}
        for run in self._runs(wanted):
            start = self._spans[run[0]][0]
            try:
                content = memoryview(self._read(start, self._spans[run[-1]][1]))
            except (ContentvcError, OSError):
                return taken  # it is gone or closed to us by now, and the packs have it
            for identifier in run:
                low, high = self._spans[identifier]
                part = content[low - start : high - start]
                if blob_id(part) == identifier:
                    taken[identifier] = part
        return taken

    def _runs(self, wanted: Sequence[ObjectId]) -> list[list[ObjectId]]:
        """Chunks of the old version that follow each other there as well."""
        runs: list[list[ObjectId]] = []
        end = -1
        for identifier in wanted:
            span = self._spans.get(identifier)
            if span is None:
                continue
            if span[0] != end:
                runs.append([])
            runs[-1].append(identifier)
            end = span[1]
        return runs
