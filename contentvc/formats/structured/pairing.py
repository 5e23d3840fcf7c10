"""Pairing: which of the elements that are left over in two lists are edits of one another.

Elements that are the same are matched before; here are those that nothing names. A pair has to
have half of its values in common. Where an element has several such partners, DeepDiff's distance
chooses; beyond the limits, what they have in common does.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contentvc import limits
from contentvc.formats.items import Tagged, Value
from contentvc.formats.structured.distance import distance
from contentvc.formats.structured.matching import Pairs, by_place

__all__ = ["Pairing"]

_Leaves: TypeAlias = Counter[Hashable]


@dataclass(frozen=True, slots=True)
class _Likely:
    """Two elements that may be one."""

    old: int
    new: int
    apart: float
    """What they do not have in common, from 0 to 1/2."""


@dataclass(slots=True)
class Pairing:
    """The pairs of one comparison of two documents, which share its limits."""

    pairs: int = limits.SIMILAR_PAIRS
    """That may still be looked at."""
    measured: int = limits.MEASURED_PAIRS
    """That may still be measured by DeepDiff."""

    def in_order(
        self, old: Sequence[Value], new: Sequence[Value], olds: range, news: range
    ) -> Pairs:
        """What the elements of two runs became; what lies between pairs is paired by place."""
        if len(olds) == len(news) == 1:
            return by_place(olds, news)
        found: Pairs = []
        i, j = olds.start, news.start
        for before, after in _ascending(self.matched(old, new, olds, news)):
            found += [*by_place(range(i, before), range(j, after)), (before, after)]
            i, j = before + 1, after + 1
        return found + by_place(range(i, olds.stop), range(j, news.stop))

    def matched(
        self, old: Sequence[Value], new: Sequence[Value], olds: Sequence[int], news: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Pairs of places, the nearest first; no place is in two of them."""
        likely = self._likely(old, new, olds, news)
        times = Counter(one.old for one in likely) + Counter(-1 - one.new for one in likely)
        if any(count > 1 for count in times.values()) and len(likely) <= self.measured:
            self.measured -= len(likely)
            near = [(distance(old[x.old], new[x.new]), x.apart, x.old, x.new) for x in likely]
        else:
            near = [(x.apart, 0.0, x.old, x.new) for x in likely]
        return list(_apart([(before, after) for _, _, before, after in sorted(near)]))

    def _likely(
        self, old: Sequence[Value], new: Sequence[Value], olds: Sequence[int], news: Sequence[int]
    ) -> list[_Likely]:
        if len(olds) * len(news) > self.pairs:
            return []
        self.pairs -= len(olds) * len(news)
        before, after = _all_leaves(old, olds), _all_leaves(new, news)
        pairs = [
            _Likely(i, j, _difference(one, other))
            for i, one in before.items()
            for j, other in after.items()
            if type(old[i]) is type(new[j])
        ]
        return [one for one in pairs if one.apart <= 1 / 2]


def _all_leaves(elements: Sequence[Value], places: Sequence[int]) -> dict[int, _Leaves]:
    """Of the collections among them that are small enough."""
    found: dict[int, _Leaves] = {}
    for place in places:
        one = elements[place]
        if isinstance(one, dict | list):
            leaves = Counter(leaf for leaf, _ in zip(_leaves(one, ()), _MOST, strict=False))
            if 0 < leaves.total() <= limits.SIMILAR_VALUES:
                found[place] = leaves
    return found


_MOST = range(limits.SIMILAR_VALUES + 1)


def _leaves(value: Value, path: tuple[str, ...]) -> Iterator[Hashable]:
    """Scalars with the keys that lead to them; where they stand in a list does not count."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, (*path, ""))
    elif isinstance(value, Tagged):
        yield from _leaves(value.value, (*path, value.tag))
    else:
        yield path, type(value), repr(value)


def _difference(one: _Leaves, other: _Leaves) -> float:
    return 1 - 2 * (one & other).total() / (one.total() + other.total())


def _apart(pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    olds: set[int] = set()
    news: set[int] = set()
    for before, after in pairs:
        if before not in olds and after not in news:
            olds.add(before)
            news.add(after)
            yield before, after


def _ascending(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The nearest pairs that do not cross."""
    found: list[tuple[int, int]] = []
    for before, after in pairs:
        if all((before < i) == (after < j) for i, j in found):
            found.append((before, after))
    return sorted(found)
