"""Binary content: the byte ranges that changed.

Small contents are compared as bytes. Large ones are compared chunk by chunk first, and only what
lies between shared chunks is read, in windows, so memory does not grow with the file.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.formats.sequences import shared_runs
from contentvc.ids import ObjectId

__all__ = ["Range", "ReadSpan", "changed_chunks", "changed_ranges"]

ReadSpan = Callable[[int, int], bytes]
"""The bytes of one version from a first offset to before a second; exactly that many."""

_APART: Final = 16
"""Equal bytes in a row that end a range: shorter islands are chance, and tell a reader nothing."""
_RANGES: Final = 1000
"""Ranges told apart in one window; where there are more, the window counts as one."""
_WINDOW: Final = 1 * limits.MIB
_DIFFERING: Final = re.compile(rb"[^\0]+(?:\0{1,%d}[^\0]+)*" % (_APART - 1))


class Range(NamedTuple):
    """Bytes old_start to old_end became bytes new_start to new_end; one of both may be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def changed_ranges(old: bytes, new: bytes) -> tuple[Range, ...]:
    """What differs between two contents, ascending; empty for equal ones.

    Contents of one length are compared in place, which suits arrays of numbers. Others differ in
    one range, from the first byte that differs to the last.
    """
    whole = Range(0, len(old), 0, len(new))
    return tuple(_refined(whole, lambda a, b: old[a:b], lambda a, b: new[a:b]))


def changed_chunks(
    old: Sequence[tuple[ObjectId, int]],
    new: Sequence[tuple[ObjectId, int]],
    read_old: ReadSpan,
    read_new: ReadSpan,
) -> tuple[Range, ...]:
    """What differs between two large contents, given their chunks as (id, length in bytes).

    Ascending; empty for equal contents. Bytes of chunks that both share in order are not read;
    between those, each run of other chunks is narrowed as by `changed_ranges`. A content of one
    chunk, or a list of none, is fine. Reads windows of at most 1 MiB, never two at once a side.
    """
    old_offsets, new_offsets = _offsets(old), _offsets(new)
    runs = shared_runs([chunk for chunk, _ in old], [chunk for chunk, _ in new])
    found: list[Range] = []
    i = j = 0
    for run in [*runs, (len(old), len(new), 0)]:
        region = Range(old_offsets[i], old_offsets[run[0]], new_offsets[j], new_offsets[run[1]])
        found += _refined(region, read_old, read_new)
        i, j = run[0] + run[2], run[1] + run[2]
    return _merged(found)


def _refined(region: Range, read_old: ReadSpan, read_new: ReadSpan) -> Iterator[Range]:
    """The parts of one region that differ."""
    if region.old_end - region.old_start == region.new_end - region.new_start:
        yield from _merged(_in_place(region, read_old, read_new))
        return
    shorter = min(region.old_end - region.old_start, region.new_end - region.new_start)
    head = _same_at_start(region, shorter, read_old, read_new)
    tail = _same_at_end(region, shorter - head, read_old, read_new)
    yield Range(
        region.old_start + head,
        region.old_end - tail,
        region.new_start + head,
        region.new_end - tail,
    )


def _in_place(region: Range, read_old: ReadSpan, read_new: ReadSpan) -> Iterator[Range]:
    old_start, old_end, new_start, _ = region
    for start in range(old_start, old_end, _WINDOW):
        length = min(_WINDOW, old_end - start)
        shift = new_start - old_start
        before = read_old(start, start + length)
        after = read_new(start + shift, start + shift + length)
        for first, last in _spans(before, after):
            yield Range(start + first, start + last, start + shift + first, start + shift + last)


def _spans(before: bytes, after: bytes) -> list[tuple[int, int]]:
    """Where two windows of one length differ."""
    if before == after:
        return []
    # One XOR over the whole window as a number: zero bytes are equal ones, found at C speed.
    mixed = int.from_bytes(before, "big") ^ int.from_bytes(after, "big")
    spans: list[tuple[int, int]] = []
    for match in _DIFFERING.finditer(mixed.to_bytes(len(before), "big")):
        spans.append(match.span())
        if len(spans) > _RANGES:
            last = len(before) - _equal_at_end(before, after)
            return [(spans[0][0], last)]
    return spans


def _same_at_start(region: Range, most: int, read_old: ReadSpan, read_new: ReadSpan) -> int:
    done = 0
    while done < most:
        length = min(_WINDOW, most - done)
        before = read_old(region.old_start + done, region.old_start + done + length)
        after = read_new(region.new_start + done, region.new_start + done + length)
        if before != after:
            return done + _equal_at_start(before, after)
        done += length
    return done


def _same_at_end(region: Range, most: int, read_old: ReadSpan, read_new: ReadSpan) -> int:
    done = 0
    while done < most:
        length = min(_WINDOW, most - done)
        before = read_old(region.old_end - done - length, region.old_end - done)
        after = read_new(region.new_end - done - length, region.new_end - done)
        if before != after:
            return done + _equal_at_end(before, after)
        done += length
    return done


def _equal_at_start(before: bytes, after: bytes) -> int:
    """Bytes that two different windows of one length share at their start."""
    mixed = int.from_bytes(before, "big") ^ int.from_bytes(after, "big")
    return len(before) - (mixed.bit_length() + 7) // 8


def _equal_at_end(before: bytes, after: bytes) -> int:
    """Bytes that two different windows of one length share at their end."""
    mixed = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
    return len(before) - (mixed.bit_length() + 7) // 8


def _offsets(chunks: Sequence[tuple[ObjectId, int]]) -> list[int]:
    offsets = [0]
    for _, length in chunks:
        offsets.append(offsets[-1] + length)
    return offsets


def _merged(ranges: Iterator[Range] | Sequence[Range]) -> tuple[Range, ...]:
    """Ranges with those that touch, or nearly do, made one: a window's border divides nothing."""
    merged: list[Range] = []
    for found in ranges:
        if merged:
            last = merged[-1]
            gap = found.old_start - last.old_end
            if gap < _APART and gap == found.new_start - last.new_end:
                merged[-1] = Range(last.old_start, found.old_end, last.new_start, found.new_end)
                continue
        merged.append(found)
    return tuple(merged)
