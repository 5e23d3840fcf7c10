"""What two sequences share, in order: lines of a text, words of a line, chunks of a large file.

Items that stand once on both sides anchor the comparison ("patience", Bram Cohen), which keeps
whole paragraphs and functions together; what lies between anchors is compared by Myers' greedy
algorithm ("An O(ND) Difference Algorithm and Its Variations", Algorithmica 1986). Both are bounded
by a fixed amount of work: an input that would take longer gets a coarser answer, never a wrong one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

__all__ = ["Run", "Shared", "shared_runs"]


class Run(NamedTuple):
    """`length` items that are equal, from position `old` and from position `new` on."""

    old: int
    new: int
    length: int


Shared = list[Run]
"""Ascending on both sides, never empty runs, never two that touch on both sides."""

_WORK: Final = 400_000
"""Steps spent beyond the first look at the items; about half a microsecond each."""
_DISTANCE: Final = 400
"""Insertions and deletions Myers' algorithm looks for between two anchors: its cost is their
square, and regions that differ more read no better for being minimal."""

_MANY_RUNS: Final = 10_000
_LONG_RUN: Final = 8

_Points = list[tuple[int, int]]
"""Equal items as (old position, new position), ascending on both sides."""


class _Region(NamedTuple):
    old_start: int
    old_end: int
    new_start: int
    new_end: int


class _Comparison:
    """The sequences as small numbers, the runs found so far and the work that is left."""

    def __init__(self, old: Sequence[Hashable], new: Sequence[Hashable], work: int) -> None:
        numbers: dict[Hashable, int] = {}
        self.old = [numbers.setdefault(item, len(numbers)) for item in old]
        self.new = [numbers.setdefault(item, len(numbers)) for item in new]
        self.runs: Shared = []
        # The first look at everything is always affordable: it is linear.
        self.work = work + len(old) + len(new)

    def compare(self) -> Shared:
        regions = [_Region(0, len(self.old), 0, len(self.new))]
        while regions:
            region = self._trim(regions.pop())
            if region.old_start == region.old_end or region.new_start == region.new_end:
                continue
            self.work -= region.old_end - region.old_start + region.new_end - region.new_start
            regions += self._split(region)
        return _joined(sorted(self.runs))

    def _trim(self, region: _Region) -> _Region:
        """The region without what both sides start and end with, which is noted as shared."""
        old, new = self.old, self.new
        i, old_end, j, new_end = region
        while i < old_end and j < new_end and old[i] == new[j]:
            i, j = i + 1, j + 1
        if i > region.old_start:
            self.runs.append(Run(region.old_start, region.new_start, i - region.old_start))
        last = old_end
        while i < old_end and j < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
        if old_end < last:
            self.runs.append(Run(old_end, new_end, last - old_end))
        return _Region(i, old_end, j, new_end)

    def _split(self, region: _Region) -> list[_Region]:
        """Regions between the anchors; none where the items between were compared one by one."""
        old_counts = Counter(self.old[region.old_start : region.old_end])
        new_counts = Counter(self.new[region.new_start : region.new_end])
        anchors = self._anchors(region, old_counts, new_counts) if self.work > 0 else []
        if anchors:
            return _between(region, _runs(anchors))
        # Items the other side lacks can match nothing; without them far less is left to search.
        old = [i for i in range(region.old_start, region.old_end) if self.old[i] in new_counts]
        new = [j for j in range(region.new_start, region.new_end) if self.new[j] in old_counts]
        points = self._myers(old, new)
        if points is None:
            # Always affordable: regions that come here do not overlap, so all of them are linear.
            self.runs += _legible(_runs(self._by_occurrence(old, new)))
        else:
            self.runs += _runs(points)
        return []

    def _anchors(
        self, region: _Region, old_counts: Counter[int], new_counts: Counter[int]
    ) -> _Points:
        once = {item for item, count in old_counts.items() if count == 1}
        once = {item for item in once if new_counts.get(item) == 1}
        if not once:
            return []
        places = {
            item: j
            for j, item in enumerate(self.new[region.new_start : region.new_end], region.new_start)
            if item in once
        }
        old = enumerate(self.old[region.old_start : region.old_end], region.old_start)
        return _ascending([(i, places[item]) for i, item in old if item in once])

    def _myers(self, old: Sequence[int], new: Sequence[int]) -> _Points | None:
        """A longest common subsequence of these positions; None if it takes too much work."""
        a, b = [self.old[i] for i in old], [self.new[j] for j in new]
        # Half of what is left, so that one bad region does not coarsen all that follow.
        reserve = self.work // 2
        reached = {1: 0}
        trace: list[dict[int, int]] = []
        for distance in range(min(len(a) + len(b), _DISTANCE) + 1):
            trace.append(reached.copy())
            for k in range(-distance, distance + 1, 2):
                down = k == -distance or (k != distance and reached[k - 1] < reached[k + 1])
                x = start = reached[k + 1] if down else reached[k - 1] + 1
                y = x - k
                while x < len(a) and y < len(b) and a[x] == b[y]:
                    x, y = x + 1, y + 1
                reached[k] = x
                self.work -= 1 + x - start
                if x >= len(a) and y >= len(b):
                    return [(old[x], new[y]) for x, y in _path(trace, len(a), len(b))]
            if self.work < reserve:
                return None
        return None

    def _by_occurrence(self, old: Sequence[int], new: Sequence[int]) -> _Points:
        """Coarse: the n-th occurrence of an item can only match the other side's n-th."""
        places: dict[int, list[int]] = {}
        for j in reversed(new):
            places.setdefault(self.new[j], []).append(j)
        points: _Points = []
        for i in old:
            waiting = places[self.old[i]]
            if waiting:
                points.append((i, waiting.pop()))
        return _ascending(points)


def shared_runs(old: Sequence[Hashable], new: Sequence[Hashable], work: int = _WORK) -> Shared:
    """What both sequences share, in order; what lies between the runs differs.

    Deterministic. Near linear in the items, plus at most about `work` steps; once those are spent,
    regions that are not compared yet get the coarse answer.
    """
    return _Comparison(old, new, work).compare()


def _between(region: _Region, anchors: Shared) -> list[_Region]:
    """From each anchor to the next, the anchors included: trimming notes them and grows them."""
    starts = [(region.old_start, region.new_start), *[(run.old, run.new) for run in anchors]]
    ends = [*starts[1:], (region.old_end, region.new_end)]
    return [_Region(a, c, b, d) for (a, b), (c, d) in zip(starts, ends, strict=True)]


def _ascending(points: _Points) -> _Points:
    """The longest part of the points, ascending in old, that ascends in new too."""
    news = [j for _, j in points]
    if news == sorted(news):
        return points
    tops: list[int] = []
    top_points: list[int] = []
    before: list[int] = []
    for position, j in enumerate(news):
        pile = bisect_left(tops, j)
        before.append(top_points[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            top_points.append(position)
        else:
            tops[pile] = j
            top_points[pile] = position
    chosen: _Points = []
    position = top_points[-1]
    while position >= 0:
        chosen.append(points[position])
        position = before[position]
    return chosen[::-1]


def _path(trace: Sequence[dict[int, int]], x: int, y: int) -> _Points:
    """The equal items on the way that Myers' search found, backwards through its trace."""
    points: _Points = []
    for distance in range(len(trace) - 1, -1, -1):
        reached = trace[distance]
        k = x - y
        down = k == -distance or (k != distance and reached[k - 1] < reached[k + 1])
        before = k + 1 if down else k - 1
        start_x = reached[before]
        start_y = start_x - before
        while x > start_x and y > start_y and x > 0 and y > 0:
            x, y = x - 1, y - 1
            points.append((x, y))
        x, y = start_x, start_y
    return points[::-1]


def _runs(points: _Points) -> Shared:
    """Ascending points as runs."""
    runs: Shared = []
    start = (-1, -1)
    length = 0
    for i, j in points:
        if i == start[0] + length and j == start[1] + length:
            length += 1
            continue
        if length:
            runs.append(Run(*start, length))
        start, length = (i, j), 1
    if length:
        runs.append(Run(*start, length))
    return runs


def _legible(runs: Shared) -> Shared:
    """Without short runs where there are very many: nobody reads such a comparison."""
    return runs if len(runs) <= _MANY_RUNS else [run for run in runs if run.length >= _LONG_RUN]


def _joined(runs: Shared) -> Shared:
    """Ascending runs with those that touch on both sides made one."""
    joined: Shared = []
    for run in runs:
        if joined:
            last = joined[-1]
            if last.old + last.length == run.old and last.new + last.length == run.new:
                joined[-1] = Run(last.old, last.new, last.length + run.length)
                continue
        joined.append(run)
    return joined
