"""Pairing: which records of two versions are the same one, and which of those moved."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

from contentvc.formats.records.dialect import Key
from contentvc.formats.sequences import Run, shared_runs

__all__ = ["Pairs", "aligned", "in_place", "paired"]


class Pairs(NamedTuple):
    """For each record of the new version its number in the old one, -1 for none."""

    old_of: "array[int]"
    is_kept: bytearray
    """For each record of the old version, whether it is in the new one."""

    def __iter__(self) -> Iterator[tuple[int, int]]:  # type: ignore[override]
        return ((i, j) for j, i in enumerate(self.old_of) if i >= 0)


def aligned(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Run]:
    """What two stretches of records share in order. Edits in place, the usual case, cost least."""
    if len(old) == len(new):
        same = [one == other for one, other in zip(old, new, strict=True)]
        if 2 * sum(same) >= len(same):
            return _runs_of(same)
    return shared_runs(old, new)


def paired(
    old_keys: Sequence[Key | None],
    new_keys: Sequence[Key | None],
    content: Callable[[], tuple[Sequence[Hashable], Sequence[Hashable]]],
) -> Pairs:
    """Records with the same key; those whose key is there twice, or is none, by content too.

    Args:
        old_keys: of each record, or none at all.
        new_keys: likewise.
        content: something for each record that is equal where what it holds is; asked for once,
            if need be.
    """
    pairs = Pairs(array("q", [-1]) * len(new_keys), bytearray(len(old_keys)))
    doubled = _doubled(old_keys) | _doubled(new_keys)
    places = {key: i for i, key in enumerate(old_keys) if key not in doubled}
    left = False
    for j, key in enumerate(new_keys):
        i = -1 if key in doubled else places.get(key, -1)
        left = left or key in doubled
        if i >= 0:
            pairs.old_of[j] = i
            pairs.is_kept[i] = 1
    if left and doubled:
        _pair_by_content(pairs, old_keys, new_keys, doubled, *content())
    return pairs


def in_place(pairs: Pairs, old_gaps: Sequence[int], new_gaps: Sequence[int]) -> bytearray:
    """For each new record, whether it stands where it stood among those that both versions have.

    Those are the most that keep their order, given that what the gaps lie between stays.
    """
    stays = bytearray(len(pairs.old_of))
    inside = [(i, j) for i, j in pairs if old_gaps[i] == new_gaps[j]]
    for place in _longest_ascending([i for i, _ in inside]):
        stays[inside[place][1]] = 1
    return stays


def _doubled(keys: Sequence[Key | None]) -> set[Key | None]:
    """Keys that do not name one record; no key never does."""
    if len(set(keys)) == len(keys) and None not in keys:
        return set()
    return {key for key, count in Counter(keys).items() if count > 1 or key is None}


def _pair_by_content(
    pairs: Pairs,
    old_keys: Sequence[Key | None],
    new_keys: Sequence[Key | None],
    among: set[Key | None],
    old: Sequence[Hashable],
    new: Sequence[Hashable],
) -> None:
    waiting: dict[tuple[Key | None, Hashable], list[int]] = {}
    for i in range(len(old) - 1, -1, -1):
        if old_keys[i] in among:
            waiting.setdefault((old_keys[i], old[i]), []).append(i)
    for j, key in enumerate(new_keys):
        found = waiting.get((key, new[j])) if key in among else None
        if found:
            pairs.old_of[j] = found.pop()
            pairs.is_kept[pairs.old_of[j]] = 1


def _runs_of(same: Sequence[bool]) -> list[Run]:
    """Places of equal records, as runs."""
    runs: list[Run] = []
    start = 0
    for end in [*(place for place, is_same in enumerate(same) if not is_same), len(same)]:
        if end > start:
            runs.append(Run(start, start, end - start))
        start = end + 1
    return runs


def _longest_ascending(numbers: Sequence[int]) -> list[int]:
    """Places of a longest ascending part, by Fredman's patience sorting."""
    tops: list[int] = []
    top_places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(top_places[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            top_places.append(place)
        else:
            tops[pile], top_places[pile] = number, place
    chosen: list[int] = []
    place = top_places[-1] if top_places else -1
    while place >= 0:
        chosen.append(place)
        place = before[place]
    return chosen[::-1]
