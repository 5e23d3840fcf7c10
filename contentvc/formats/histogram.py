"""Which lines a merge takes for changed, in the same way as git does.

Two programs that merge the same versions should not disagree on what touches what. So lines are
compared as git's merges compare them: by the "histogram" algorithm of JGit (Shawn Pearce, 2010),
which splits at the longest run that holds the rarest line and goes on at both sides of it; then
each change is moved to where it meets others or faces one of the other version, else as far down
as it goes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc.formats.myers import Budget, mark_changed
from contentvc.formats.sequences import shared_runs

__all__ = ["Change", "changed_runs"]

_OFTEN: Final = 64
"""A line that stands more often in a region of the old version is no place to split at."""
_WORK: Final = 16
"""Looks at each line, on average, about a microsecond each."""
_LEAST_WORK: Final = 2_000_000
"""Looks that any two versions are worth: thousands of changes in ten thousand lines. Beyond, what
is left is compared in linear time, so that hostile input costs seconds and not hours; only there
may git see other changes."""


class Change(NamedTuple):
    """Items old_start to old_end became items new_start to new_end; one of both may be none."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


class _Run(NamedTuple):
    """Items that both sides share."""

    old: int
    new: int
    length: int


_Places = Mapping[int, Sequence[int]]
"""Of each item its positions in a region of the old version, ascending."""


def changed_runs(old: Sequence[int], new: Sequence[int]) -> list[Change]:
    """What changed between two sequences: ascending, with unchanged items between.

    Deterministic. Of equal items, which one counts as changed depends on the other sequence too.
    """
    comparison = _Comparison(old, new)
    comparison.compare()
    _compact(comparison.removed, old, comparison.added)
    _compact(comparison.added, new, comparison.removed)
    return list(_changes(comparison.removed, comparison.added))


class _Comparison:
    """Which items changed: a byte for each, and a zero after the last that ends every search."""

    def __init__(self, old: Sequence[int], new: Sequence[int]) -> None:
        self.old, self.new = old, new
        self.removed = bytearray(b"\1" * len(old) + b"\0")
        self.added = bytearray(b"\1" * len(new) + b"\0")
        self._budget = Budget(max(_LEAST_WORK, _WORK * (len(old) + len(new))))

    def compare(self) -> None:
        regions = [Change(0, len(self.old), 0, len(self.new))]
        while regions:
            region = regions.pop()
            if region.old_start == region.old_end or region.new_start == region.new_end:
                continue
            places = self._places(region)
            if self._keep_unique(region, places):
                continue
            run = self._best(region, places) if self._budget.left > 0 else None
            if run is None:
                self._keep_common(region)
                continue
            self._keep(run)
            end = (run.old + run.length, run.new + run.length)
            regions.append(Change(region.old_start, run.old, region.new_start, run.new))
            regions.append(Change(end[0], region.old_end, end[1], region.new_end))

    def _keep(self, run: _Run) -> None:
        self.removed[run.old : run.old + run.length] = bytes(run.length)
        self.added[run.new : run.new + run.length] = bytes(run.length)

    def _places(self, region: Change) -> _Places:
        places: defaultdict[int, list[int]] = defaultdict(list)
        for position in range(region.old_start, region.old_end):
            places[self.old[position]].append(position)
        return places

    def _keep_unique(self, region: Change, places: _Places) -> bool:
        """Whether all that both share stands once and in one order: splitting would keep it all."""
        last = -1
        shared: list[tuple[int, int]] = []
        for j in range(region.new_start, region.new_end):
            spots = places.get(self.new[j])
            if spots is None:
                continue
            if len(spots) > 1 or spots[0] <= last:
                return False
            last = spots[0]
            shared.append((last, j))
        for i, j in shared:
            self.removed[i] = self.added[j] = 0
        return True

    def _keep_common(self, region: Change) -> None:
        """A region in which all that is shared stands often."""
        old_start, old_end, new_start, new_end = region
        old, new = self.old[old_start:old_end], self.new[new_start:new_end]
        found = mark_changed(old, new, self._budget) if self._budget.left > 0 else None
        if found is not None:
            self.removed[old_start:old_end], self.added[new_start:new_end] = found
            return
        for run in shared_runs(old, new):
            self._keep(_Run(old_start + run.old, new_start + run.new, run.length))

    def _best(self, region: Change, places: _Places) -> _Run | None:
        """The run to split at; None where all that is shared stands too often."""
        best: _Run | None = None
        fewest = _OFTEN + 1
        j = region.new_start
        while j < region.new_end:
            spots = places.get(self.new[j], ())
            self._budget.left -= 1
            after = j + 1
            if len(spots) <= fewest:
                self._budget.left -= len(spots)
                end = -1
                for i in spots:
                    if i < end:
                        continue
                    run = self._grown(region, i, j)
                    self._budget.left -= run.length
                    end = run.old + run.length
                    after = max(after, run.new + run.length)
                    rarest = self._rarest(run, places) if len(spots) > 1 else 1
                    if best is None or run.length > best.length or rarest < fewest:
                        best, fewest = run, rarest
            j = after
        return best if fewest <= _OFTEN else None

    def _grown(self, region: Change, i: int, j: int) -> _Run:
        """All that is equal around two equal items."""
        old, new = self.old, self.new
        up = 0
        most = min(i - region.old_start, j - region.new_start)
        while up < most and old[i - up - 1] == new[j - up - 1]:
            up += 1
        down = 1
        most = min(region.old_end - i, region.new_end - j)
        while down < most and old[i + down] == new[j + down]:
            down += 1
        return _Run(i - up, j - up, up + down)

    def _rarest(self, run: _Run, places: _Places) -> int:
        return min([len(places[item]) for item in self.old[run.old : run.old + run.length]])


@dataclass(slots=True)
class _Group:
    """Changed items in a row, or the empty place between two unchanged ones.

    Both versions have as many groups, since they share the items between.
    """

    flags: bytearray
    items: Sequence[int]
    start: int = 0
    end: int = 0

    def grow_down(self) -> None:
        while self.flags[self.end]:
            self.end += 1

    def next(self) -> None:
        self.start = self.end = self.end + 1
        self.grow_down()

    def previous(self) -> None:
        self.end = self.start - 1
        self.start = self.end
        while self.start and self.flags[self.start - 1]:
            self.start -= 1

    def slide_up(self) -> bool:
        if not self.start or self.items[self.start - 1] != self.items[self.end - 1]:
            return False
        self.start -= 1
        self.end -= 1
        self.flags[self.start], self.flags[self.end] = 1, 0
        while self.start and self.flags[self.start - 1]:
            self.start -= 1
        return True

    def slide_down(self) -> bool:
        if self.end >= len(self.items) or self.items[self.start] != self.items[self.end]:
            return False
        self.flags[self.start], self.flags[self.end] = 0, 1
        self.start += 1
        self.end += 1
        self.grow_down()
        return True


def _compact(flags: bytearray, items: Sequence[int], others: bytearray) -> None:
    """Move each group of one version to where it reads best."""
    group = _Group(flags, items)
    facing = _Group(others, range(len(others) - 1))
    group.grow_down()
    facing.grow_down()
    while True:
        if group.end > group.start:
            _settle(group, facing)
        ahead, facing_ahead = flags.find(1, group.end), others.find(1, facing.end)
        if ahead < 0:
            return
        empty = ahead - group.end - 1
        if facing_ahead >= 0:
            empty = min(empty, facing_ahead - facing.end - 1)
        group.end += empty
        facing.end += empty
        group.next()
        facing.next()


def _settle(group: _Group, facing: _Group) -> None:
    while True:
        length = group.end - group.start
        while group.slide_up():
            facing.previous()
        highest = group.end
        faced = facing.end > facing.start
        while group.slide_down():
            facing.next()
            faced = faced or facing.end > facing.start
        if length == group.end - group.start:
            break
    if group.end == highest or not faced:
        return
    while facing.end == facing.start:
        group.slide_up()
        facing.previous()


def _changes(removed: bytearray, added: bytearray) -> Iterator[Change]:
    """Groups that face each other, as changes."""
    i = j = 0
    while True:
        old, new = removed.find(1, i), added.find(1, j)
        if old < 0 and new < 0:
            return
        same = min([place - start for place, start in ((old, i), (new, j)) if place >= 0])
        i, j = i + same, j + same
        old_end, new_end = removed.index(0, i), added.index(0, j)
        yield Change(i, old_end, j, new_end)
        i, j = old_end, new_end
