"""Alignment: which chunks of an old version the new chunks of a file replace.

Chunks that both versions share are fixed points. What lies between two of them in the new version
replaced what lies between the same two in the old one. Inside such a run, bytes before an edit
are as far from its start as they were, and bytes after it as far from its end.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from contentvc.ids import ObjectId
from contentvc.objects.lists import ChunkList

__all__ = ["Alignment", "Piece"]

_RUN: Final = 32
"""New chunks held back until the run's end shows: 8 MiB at most."""


class Piece(NamedTuple):
    """A chunk of the new version."""

    id: ObjectId
    length: int
    content: bytes | memoryview | None
    """None when it is stored already."""
    replaces: Sequence[int] = ()
    """Positions in the old list, those that share most bytes of its place first."""


class Alignment:
    """Takes the chunks of a new version in order, and tells what each replaces."""

    def __init__(self, old: ChunkList) -> None:
        self._old = old
        self._offsets = old.offsets()
        self._positions: defaultdict[ObjectId, list[int]] = defaultdict(list)
        for position, identifier in enumerate(old.ids):
            self._positions[identifier].append(position)
        self._next = 0
        """Position after the latest chunk that both share."""
        self._run: list[Piece] = []
        self._passed = 0
        """Bytes of the run that were given away before its end showed."""

    def take(self, piece: Piece) -> Iterator[Piece]:
        """The next chunk; gives those, in order, of which is known what they replace."""
        position = self._shared(piece)
        if position is None:
            self._run.append(piece)
            if len(self._run) >= _RUN:
                yield from self._settled(None)
            return
        yield from self._settled(position)
        self._next, self._passed = position + 1, 0

    def end(self) -> Iterator[Piece]:
        """There are no more chunks; gives those that were held back."""
        yield from self._settled(len(self._old.ids))

    def _shared(self, piece: Piece) -> int | None:
        """Where the old version has this chunk: after what was shared before, if it has it there.

        Content that moved backwards is a fixed point as well; what it passed is not replaced.
        """
        places = self._positions.get(piece.id)
        if places is None or piece.content is not None:
            return None
        return places[min(bisect_left(places, self._next), len(places) - 1)]

    def _settled(self, until: int | None) -> Iterator[Piece]:
        """The run, which ends where old position `until` starts; None where that is not known."""
        low = self._offsets[self._next]
        is_known = until is not None and until >= self._next
        high = self._offsets[until if until is not None and is_known else -1]
        whole = self._passed + sum([piece.length for piece in self._run])
        shift = high - low - whole if is_known else 0
        for piece in self._run:
            if piece.content is not None:
                start = low + self._passed
                spans = {
                    (start, start + piece.length),
                    (start + shift, start + shift + piece.length),
                }
                yield piece._replace(replaces=self._overlapped(spans, low, high))
            self._passed += piece.length
        self._run.clear()

    def _overlapped(self, spans: set[tuple[int, int]], low: int, high: int) -> list[int]:
        """Old positions between `low` and `high` bytes that have bytes in one of the spans."""
        shares: defaultdict[int, int] = defaultdict(int)
        for start, end in spans:
            first, last = max(start, low), min(end, high)
            position = bisect_right(self._offsets, first) - 1
            while first < last:
                after = self._offsets[position + 1]
                shares[position] += min(after, last) - first
                first, position = after, position + 1
        return sorted(shares, key=lambda position: -shares[position])
