"""Regions: the stretches of two versions that differ, from one border of records to another.

What lies between regions is the same bytes on both sides, record by record, and is not read where
the versions' chunks tell so.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.formats.records.dialect import Dialect, malformed
from contentvc.formats.sequences import shared_runs
from contentvc.formats.source import Source

__all__ = ["Region", "differing_regions"]

_WINDOW: Final = 64 * limits.KIB
_STEP: Final = 8 * limits.KIB
"""Bytes in which the next border is looked for: a few records."""


class Region(NamedTuple):
    """Bytes of the old version and of the new one, each from a border of records to another."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def differing_regions(
    old: Source, new: Source, heads: tuple[int, int], dialect: Dialect
) -> Iterator[Region]:
    """Where the versions differ, ascending; found while the caller reads on.

    Args:
        old: one version.
        new: another.
        heads: bytes before the first record of each.
        dialect: how both are written, under the same header.
    """
    whole = Region(heads[0], old.size, heads[1], new.size)
    if max(old.size, new.size) <= limits.RECORDS_WHOLE or old.chunks is None or new.chunks is None:
        return iter([whole])
    return _grown(_between_chunks(old, new, whole), old, new, dialect, whole)


def _between_chunks(old: Source, new: Source, whole: Region) -> list[Region]:
    """What lies between the chunks that both versions have, in order."""
    before, after = (source.chunks() if source.chunks else [] for source in (old, new))
    old_at, new_at = (
        [0, *accumulate(length for _, length in chunks)] for chunks in (before, after)
    )
    runs = shared_runs([chunk for chunk, _ in before], [chunk for chunk, _ in after])
    found: list[Region] = []
    i = j = 0
    for run in [*runs, (len(before), len(after), 0)]:
        if (i, j) != run[:2]:
            region = Region(old_at[i], old_at[run[0]], new_at[j], new_at[run[1]])
            found.append(_within(region, whole))
        i, j = run[0] + run[2], run[1] + run[2]
    return found


def _within(region: Region, whole: Region) -> Region:
    return Region(
        max(region.old_start, whole.old_start),
        max(region.old_end, whole.old_start),
        max(region.new_start, whole.new_start),
        max(region.new_end, whole.new_start),
    )


def _grown(
    regions: Sequence[Region], old: Source, new: Source, dialect: Dialect, whole: Region
) -> Iterator[Region]:
    """The regions with the rest of the records that they begin and end in; those that meet, one."""
    parity = _Parity(new, dialect.quote)
    last = Region(whole.old_start, whole.old_start, whole.new_start, whole.new_start)
    for region in regions:
        head, tail = (0, 0) if dialect.quote else _same_ends(old, new, region)
        if head:
            if last.old_start < last.old_end or last.new_start < last.new_end:
                yield last
            start_old, start_new = region.old_start + head, region.new_start + head
        elif region.new_start <= last.new_end:
            start_old, start_new = last.old_start, last.new_start
        else:
            if last.old_start < last.old_end or last.new_start < last.new_end:
                yield last
            back = _back_to_border(new, region.new_start, last.new_end, parity)
            start_old, start_new = region.old_start - back, region.new_start - back
        last = Region(start_old, region.old_end, start_new, region.new_end)
        if not _is_in_step(old, new, last, dialect.quote):
            yield Region(start_old, whole.old_end, start_new, whole.new_end)
            return
        on = -tail if tail else _on_to_border(new, region.new_end, parity)
        last = Region(start_old, region.old_end + on, start_new, region.new_end + on)
    if last.old_start < last.old_end or last.new_start < last.new_end:
        yield last


def _same_ends(old: Source, new: Source, region: Region) -> tuple[int, int]:
    """Bytes at the start and at the end of a region that are the same in both versions.

    Up to the first border and from the last one, where these are so; most edits are between, and
    then what is around the region need not be read. 0 where there is no such border.
    """
    head = _same_head(old, new, region, _STEP) or _same_head(old, new, region, _WINDOW)
    rest = region._replace(old_start=region.old_start + head, new_start=region.new_start + head)
    return head, _same_tail(old, new, rest, _STEP) or _same_tail(old, new, rest, _WINDOW)


def _same_head(old: Source, new: Source, region: Region, window: int) -> int:
    """Bytes up to the first border, which has to be in a window, if they are the same."""
    before = old.span(region.old_start, min(region.old_end, region.old_start + window))
    after = new.span(region.new_start, min(region.new_end, region.new_start + window))
    head = before.find(b"\n") + 1
    return head if before[:head] == after[:head] else 0


def _same_tail(old: Source, new: Source, region: Region, window: int) -> int:
    """Bytes from the last border, which has to be in a window, if they and it are the same."""
    before = old.span(max(region.old_start, region.old_end - window), region.old_end)
    after = new.span(max(region.new_start, region.new_end - window), region.new_end)
    tail = len(before) - before.rfind(b"\n") - 1
    is_same = 0 < tail < min(len(before), len(after)) and before[-tail - 1 :] == after[-tail - 1 :]
    return tail if is_same else 0


def _is_in_step(old: Source, new: Source, region: Region, quote: bytes | None) -> bool:
    """Whether both versions are inside quotes, or both outside, where the region ends."""
    if quote is None:
        return True
    before = _count(old, region.old_start, region.old_end, quote)
    after = _count(new, region.new_start, region.new_end, quote)
    return before % 2 == after % 2


class _Parity:
    """Whether a place of a source is inside quotes: found by reading on from the last one."""

    def __init__(self, source: Source, quote: bytes | None) -> None:
        self.source, self.quote = source, quote
        self._place = self._count = 0

    def at(self, place: int) -> int:
        """1 inside quotes, 0 outside."""
        if self.quote is None:
            return 0
        if place < self._place:
            return (self._count - _count(self.source, place, self._place, self.quote)) % 2
        self._count += _count(self.source, self._place, place, self.quote)
        self._place = place
        return self._count % 2


def _count(source: Source, start: int, end: int, quote: bytes) -> int:
    step = 64 * _WINDOW
    pieces = (source.span(at, min(at + step, end)) for at in range(start, end, step))
    return sum(piece.count(quote) for piece in pieces)


def _back_to_border(source: Source, place: int, floor: int, parity: _Parity) -> int:
    """Bytes from the last border of records up to a place."""
    inside, end = parity.at(place), place
    while end > floor:
        start = max(floor, end - _STEP)
        window = source.span(start, end)
        at = len(window)
        while (found := window.rfind(b"\n", 0, at)) >= 0:
            if parity.quote is not None:
                inside ^= window.count(parity.quote, found, at) & 1
            if not inside:
                return place - (start + found) - 1
            at = found
        if parity.quote is not None:
            inside ^= window.count(parity.quote, 0, at) & 1
        end = start
        _check_length(place - end)
    return place - floor


def _on_to_border(source: Source, place: int, parity: _Parity) -> int:
    """Bytes from a place to the next border of records."""
    inside, start = parity.at(place), place
    while start < source.size:
        window = source.span(start, min(source.size, start + _STEP))
        at = 0
        while (found := window.find(b"\n", at)) >= 0:
            if parity.quote is not None:
                inside ^= window.count(parity.quote, at, found) & 1
            at = found + 1
            if not inside:
                return start + at - place
        if parity.quote is not None:
            inside ^= window.count(parity.quote, at) & 1
        start += len(window)
        _check_length(start - place)
    return source.size - place


def _check_length(length: int) -> None:
    if length > limits.RECORD_BYTES:
        raise malformed(f"a record is longer than {limits.RECORD_BYTES >> 20} MiB")
