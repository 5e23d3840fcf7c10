"""Differences: the changes by path that turn one document into another."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Final

from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.fields import is_same
from contentvc.formats.items import Path, Value
from contentvc.formats.rules import Rules
from contentvc.formats.structured.matching import (
    aligned,
    is_unordered,
    key_fields,
    keyed,
    occurrences,
)
from contentvc.formats.structured.pairing import Pairing
from contentvc.formats.structured.values import is_surely_same

__all__ = ["differences"]

_RUN: Final = 256
"""Values compared at once: few enough that one change costs little."""


def differences(old: Value, new: Value, rules: Rules) -> Iterator[ItemChange]:
    """What differs, in the order of the new document, what was deleted at its old place.

    Steps into lists whose elements have a key are known by it; but an element that came stands at
    its place in the new list (an `int`), as does one that moved, whose `source` is known by key.
    """
    return _Comparison(rules).changes(old, new, (), ())


class _Comparison:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.pairing = Pairing()

    def changes(self, old: Value, new: Value, was: Path, path: Path) -> Iterator[ItemChange]:
        if old is new:
            return
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._of_mappings(old, new, was, path)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._of_lists(old, new, was, path)
        elif not is_same(old, new):
            source = was if was != path else None
            yield ItemChange(path, ItemKind.CHANGED, old, new, source)

    def _of_mappings(
        self, old: dict[str, Value], new: dict[str, Value], was: Path, path: Path
    ) -> Iterator[ItemChange]:
        if list(old) == list(new):
            yield from self._of_values(old, new, was, path)
            return
        gone = _leading(old, new)
        yield from (_deleted((*was, key), old[key]) for key in gone.get(None, ()))
        for key, value in new.items():
            if key not in old:
                yield ItemChange((*path, key), ItemKind.ADDED, None, value)
                continue
            before = old[key]
            if not _is_at_once_same(before, value):
                yield from self.changes(before, value, (*was, key), (*path, key))
            yield from (_deleted((*was, one), old[one]) for one in gone.get(key, ()))

    def _of_values(
        self, old: dict[str, Value], new: dict[str, Value], was: Path, path: Path
    ) -> Iterator[ItemChange]:
        """Of mappings with the same keys; runs of values that are the same are passed at once."""
        keys, before, after = list(new), list(old.values()), list(new.values())
        for start in range(0, len(keys), _RUN):
            run = slice(start, start + _RUN)
            if not is_surely_same(before[run], after[run]):
                for key, one, other in zip(keys[run], before[run], after[run], strict=True):
                    if not _is_at_once_same(one, other):
                        yield from self.changes(one, other, (*was, key), (*path, key))

    def _of_lists(
        self, old: list[Value], new: list[Value], was: Path, path: Path
    ) -> Iterator[ItemChange]:
        if is_unordered(path, self.rules):
            yield from self._of_bags(old, new, was, path)
        elif fields := key_fields((old, new), self.rules):
            yield from self._of_keyed(old, new, was, path, fields)
        elif not is_same(old, new):
            for i, j in aligned(old, new, partial(self.pairing.in_order, old, new)):
                if j is None:
                    assert i is not None  # noqa: S101 - one of a pair is there
                    yield _deleted((*was, i), old[i])
                elif i is None:
                    yield ItemChange((*path, j), ItemKind.ADDED, None, new[j])
                else:
                    yield from self.changes(old[i], new[j], (*was, i), (*path, j))

    def _of_bags(
        self, old: list[Value], new: list[Value], was: Path, path: Path
    ) -> Iterator[ItemChange]:
        before, after = occurrences(old), occurrences(new)
        kept = set(before) & set(after)
        gone = [place for place, one in enumerate(before) if one not in kept]
        came = [place for place, one in enumerate(after) if one not in kept]
        pairs = {j: i for i, j in self.pairing.matched(old, new, gone, came)}
        gone = [place for place in gone if place not in pairs.values()]
        yield from (_deleted((*was, place), old[place]) for place in gone)
        moved = _displaced(gone, came, pairs, len(old))
        for place in came:
            one = pairs.get(place)
            if one is None:
                yield ItemChange((*path, place), ItemKind.ADDED, None, new[place])
                continue
            if one in moved:
                yield ItemChange((*path, place), ItemKind.MOVED, old[one], old[one], (*was, one))
            yield from self.changes(old[one], new[place], (*was, one), (*path, place))

    def _of_keyed(
        self,
        old: list[Value],
        new: list[Value],
        was: Path,
        path: Path,
        fields: tuple[str, ...],
    ) -> Iterator[ItemChange]:
        if is_surely_same(old, new):
            return
        before = {keyed(one, fields): one for one in old}
        after = {keyed(one, fields): one for one in new}
        yield from (_deleted((*was, key), before[key]) for key in before if key not in after)
        moved = _moved([key for key in before if key in after], [k for k in after if k in before])
        for place, (key, value) in enumerate(after.items()):
            if key not in before:
                yield ItemChange((*path, place), ItemKind.ADDED, None, value)
                continue
            if key in moved:
                source = (*was, key)
                yield ItemChange((*path, place), ItemKind.MOVED, before[key], before[key], source)
            yield from self.changes(before[key], value, (*was, key), (*path, key))


def _is_at_once_same(old: Value, new: Value) -> bool:
    """Most of most documents is, and then nobody needs its path."""
    if type(old) is not type(new):
        return False
    if isinstance(old, str | int):
        return old == new
    return isinstance(old, dict | list) and old == new and is_surely_same(old, new)


def _deleted(path: Path, value: Value) -> ItemChange:
    return ItemChange(path, ItemKind.DELETED, value, None)


def _leading(old: dict[str, Value], new: dict[str, Value]) -> dict[str | None, list[str]]:
    """Deleted keys by the kept key they stood after; None is the start."""
    if old.keys() <= new.keys():
        return {}
    gone: dict[str | None, list[str]] = {}
    last = None
    for key in old:
        if key in new:
            last = key
        else:
            gone.setdefault(last, []).append(key)
    return gone


def _displaced(
    gone: Collection[int], came: Collection[int], pairs: dict[int, int], length: int
) -> frozenset[int]:
    """Old places of pairs that stand elsewhere once others are out, and those before are in."""
    moved: set[int] = set()
    is_settled = not pairs
    while not is_settled:
        is_settled = True
        left = [place for place in range(length) if place not in gone and place not in moved]
        for place in sorted(came):
            before = pairs.get(place)
            if before is None or before in moved:
                left.insert(place, -1)
            elif left[place : place + 1] != [before]:
                moved.add(before)
                is_settled = False
                break
    return frozenset(moved)


def _moved(old: Sequence[object], new: Sequence[object]) -> frozenset[object]:
    """The fewest elements that, taken out and put elsewhere, make one order of the other."""
    if old == new:
        return frozenset()
    places = {key: place for place, key in enumerate(old)}
    return frozenset(new) - frozenset(old[place] for place in _longest([places[k] for k in new]))


def _longest(places: Sequence[int]) -> list[int]:
    """The longest part of the places that ascends."""
    tops: list[int] = []
    chains: list[tuple[int, int]] = []
    last: list[int] = []
    for number, place in enumerate(places):
        pile = bisect_left(tops, place)
        chains.append((place, last[pile - 1] if pile else -1))
        if pile == len(tops):
            tops.append(place)
            last.append(number)
        else:
            tops[pile], last[pile] = place, number
    found: list[int] = []
    number = last[-1] if last else -1
    while number >= 0:
        place, number = chains[number]
        found.append(place)
    return found
