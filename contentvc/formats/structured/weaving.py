"""Weaving: one order of members out of three."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

__all__ = ["Clash", "Rank", "woven"]

_Ids = Sequence[Hashable]
Rank: TypeAlias = tuple[tuple[int, int | str], ...]
"""What sorts members: numbers before texts."""


class Clash(Exception):
    """Both sides did something to the order of a collection, and nothing tells what it is now."""


def woven(
    base: _Ids,
    ours: _Ids,
    theirs: _Ids,
    kept: frozenset[Hashable],
    rank: Callable[[Hashable], Rank] | None,
) -> list[Hashable]:
    """The members that are kept, each after the neighbour that its side put it after.

    Those that both sides put at one place are ordered by `rank`, run by run.

    Raises:
        Clash: there is no rank for that; or both sides moved members, in different ways.
    """
    both = frozenset(ours) & frozenset(theirs) & frozenset(base) & kept
    bone = _order(*([one for one in side if one in both] for side in (base, ours, theirs)))
    places: dict[Hashable, int] = {one: place for place, one in enumerate(bone)}
    after_ours, after_theirs = _anchors(ours, both, kept), _anchors(theirs, both, kept)
    runs_ours = _runs(after_ours, after_theirs, places)
    runs_theirs = _runs(after_theirs, after_ours, places)
    result: list[Hashable] = []
    for anchor in [None, *bone]:
        result += [] if anchor is None else [anchor]
        result += _joined(runs_ours.get(anchor, []), runs_theirs.get(anchor, []), rank)
    return result


def _order(base: list[Hashable], ours: list[Hashable], theirs: list[Hashable]) -> list[Hashable]:
    if ours in (theirs, base):
        return theirs
    if theirs == base:
        return ours
    raise Clash


def _anchors(
    side: _Ids, both: frozenset[Hashable], kept: frozenset[Hashable]
) -> dict[Hashable, Hashable]:
    """For each member that not all versions have, the one it follows; None is the start."""
    found: dict[Hashable, Hashable] = {}
    last: Hashable = None
    for one in side:
        if one in both:
            last = one
        elif one in kept:
            found[one] = last
    return found


def _runs(
    side: dict[Hashable, Hashable], other: dict[Hashable, Hashable], places: dict[Hashable, int]
) -> dict[Hashable, list[Hashable]]:
    """What follows each member; of one that both sides added, the earlier place counts."""
    found: dict[Hashable, list[Hashable]] = {}
    for one, at in side.items():
        found.setdefault(_earlier(at, other.get(one, at), places), []).append(one)
    return found


def _joined(
    one: list[Hashable], other: list[Hashable], rank: Callable[[Hashable], Rank] | None
) -> list[Hashable]:
    if not one or not other or one == other:
        return one or other
    if rank is None:
        raise Clash
    first, second = sorted([one, other], key=lambda run: [rank(key) for key in run])
    known = set(first)
    return [*first, *(key for key in second if key not in known)]


def _earlier(one: Hashable, other: Hashable, places: dict[Hashable, int]) -> Hashable:
    return min(one, other, key=lambda anchor: -1 if anchor is None else places[anchor])
