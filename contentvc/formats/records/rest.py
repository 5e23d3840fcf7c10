"""Rest: the records of one version that stand at no place that both versions share."""

from array import array
from typing import Final

from contentvc import limits
from contentvc.formats.source import Source

__all__ = ["Rest"]


class Rest:
    """Records in file order; each is kept, or read again where they are too many to keep."""

    def __init__(self, source: Source, newline: bytes) -> None:
        self._source: Final = source
        self._newline: Final = newline
        self._raws: list[bytes | None] = []
        self._starts, self._ends = array("q"), array("q")
        self._bytes = 0
        self.gaps: Final = array("q")
        """For each, how many shared runs come before it: the same number on both sides."""
        self.places: Final[list[int | None]] = []
        """For each, its place among all records from 0; None where nobody counted."""
        self.lines: Final[list[int | None]] = []
        """For each, its line from 1; None where nobody counted."""

    def __len__(self) -> int:
        return len(self._raws)

    def add(self, raw: bytes, start: int, gap: int, place: int | None, line: int | None) -> None:
        """One more record, that begins at this offset of the source."""
        self._bytes += len(raw)
        self._raws.append(raw if self._bytes <= limits.RECORDS_HELD else None)
        self._starts.append(start)
        self._ends.append(min(start + len(raw), self._source.size))
        self.gaps.append(gap)
        self.places.append(place)
        self.lines.append(line)

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return self._bytes

    def raw(self, number: int) -> bytes:
        """The bytes of a record, with its line end."""
        held = self._raws[number]
        if held is not None:
            return held
        read = self._source.span(self._starts[number], self._ends[number])
        return read if read.endswith((b"\n", b"\r")) else read + self._newline
