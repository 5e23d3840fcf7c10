"""Weaving: the order of what three versions have, by ids that are unique in each."""

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

__all__ = ["both_moved", "key_rank", "pick", "woven"]

Id = TypeVar("Id", bound=Hashable)
Part = TypeVar("Part")

_Groups = dict[Any, tuple[list[Id], list[Id]]]
"""What each side put after an id of the skeleton; None is before all."""


def woven(
    base: Sequence[Id],
    ours: Sequence[Id],
    theirs: Sequence[Id],
    rank: Callable[[Id], Any],
) -> list[Id]:
    """All ids of the three, each once, also those that a side deleted.

    Those of the base are in its order, or in that of the one side that moved any. What a side
    added comes after what it followed there; what both added to one place is ordered by rank.
    The same whichever side is which.
    """
    if ours == theirs:
        return _put_in(_skeleton(base, ours, theirs), [], [], rank)
    return _put_in(_skeleton(base, ours, theirs), ours, theirs, rank)


def both_moved(base: Sequence[Id], ours: Sequence[Id], theirs: Sequence[Id]) -> bool:
    """Whether both sides put what the base has into other orders, and not the same."""
    if not (_has_moved(base, ours) and _has_moved(base, theirs)):
        return False
    known, other = set(base) & set(theirs), set(base) & set(ours)
    return [one for one in ours if one in known] != [one for one in theirs if one in other]


def pick(base: Part, ours: Part, theirs: Part) -> Part | None:
    """The part that changed, or that changed to the same on both sides; None if they clash."""
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else None


def key_rank(key: Sequence[str] | None) -> list[tuple[int, Decimal, str]]:
    """Ascending by key, given as canonical JSON: numbers before texts, and as numbers."""
    return [_value_rank(value) for value in key or ()]


def _value_rank(canonical: str) -> tuple[int, Decimal, str]:
    try:
        # A cell is text also where it is a number to everyone.
        number = Decimal(canonical.strip('"'))
    except InvalidOperation:
        return (1, Decimal(0), canonical)
    return (0, number, canonical) if number.is_finite() else (1, Decimal(0), canonical)


def _skeleton(base: Sequence[Id], ours: Sequence[Id], theirs: Sequence[Id]) -> Sequence[Id]:
    """What the base has, in the order of the merge."""
    if ours == theirs:
        return _put_in(ours, base, [], _never)
    moved = ours if _has_moved(base, ours) else theirs
    if not _has_moved(base, moved) or both_moved(base, ours, theirs):
        return base
    known = set(base)
    return _put_in([one for one in moved if one in known], base, [], _never)


def _has_moved(base: Sequence[Id], side: Sequence[Id]) -> bool:
    if side[: len(base)] == base:
        return False
    known, kept = set(base), set(side)
    return [one for one in side if one in known] != [one for one in base if one in kept]


def _put_in(
    skeleton: Sequence[Id], ours: Sequence[Id], theirs: Sequence[Id], rank: Callable[[Id], Any]
) -> list[Id]:
    groups = _groups(skeleton, ours, theirs)
    if not groups:
        return list(skeleton)
    order = _ordered(*groups.pop(None, ([], [])), rank)
    for one in skeleton:
        order.append(one)
        if one in groups:
            order += _ordered(*groups[one], rank)
    return order


def _groups(skeleton: Sequence[Id], ours: Sequence[Id], theirs: Sequence[Id]) -> "_Groups[Id]":
    known = set(skeleton)
    anchors: tuple[dict[Id, Id | None], dict[Id, Id | None]] = ({}, {})
    for found, side in zip(anchors, (ours, theirs), strict=True):
        after = _after_gone(skeleton, side) if not known.issuperset(side) else {}
        anchor: Id | None = None
        for one in side:
            if one in known:
                anchor = one
            else:
                found[one] = after.get(anchor, anchor)
    _settle(anchors, skeleton)
    groups: _Groups[Id] = {}
    for number, found in enumerate(anchors):
        for one, anchor in found.items():
            groups.setdefault(anchor, ([], []))[number].append(one)
    return groups


def _after_gone(skeleton: Sequence[Id], side: Sequence[Id]) -> dict[Id | None, Id]:
    """For what is followed by ids that a side deleted, the last of these.

    What the side added there comes after them, and so beside what the other side added.
    """
    kept = set(side)
    after: dict[Id | None, Id] = {}
    anchor: Id | None = None
    for one in skeleton:
        if one in kept:
            anchor = one
        else:
            after[anchor] = one
    return after


def _settle(anchors: tuple[dict[Id, Id | None], dict[Id, Id | None]], order: Sequence[Id]) -> None:
    """What both sides added, to different places, goes to the first of these."""
    ours, theirs = anchors
    torn = [one for one in ours.keys() & theirs.keys() if ours[one] != theirs[one]]
    if not torn:
        return
    places: dict[Id | None, int] = {one: place for place, one in enumerate(order)}
    for one in torn:
        pair = (ours[one], theirs[one])
        ours[one] = theirs[one] = min(pair, key=lambda anchor: places.get(anchor, -1))


def _ordered(ours: list[Id], theirs: list[Id], rank: Callable[[Id], Any]) -> list[Id]:
    if not ours or not theirs or ours == theirs:
        return ours or theirs
    return sorted(dict.fromkeys([*ours, *theirs]), key=rank)


def _never(one: Id) -> Any:
    raise AssertionError(f"only one side adds {one!r}")
