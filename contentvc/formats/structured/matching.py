"""Matching: which elements of lists are the same element in another version."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeAlias

from contentvc.formats.items import Keyed, Path, Value
from contentvc.formats.rules import Rules
from contentvc.formats.sequences import shared_runs
from contentvc.formats.structured.values import pin

__all__ = ["Pairs", "aligned", "by_place", "is_unordered", "key_fields", "keyed", "occurrences"]

_KEYS: Final = ("id", "name", "key")
"""Fields that are taken for a key where nothing is declared, if they are unique."""

Pairs: TypeAlias = list[tuple[int | None, int | None]]
"""Places of elements that belong together; None where one came or went."""


def is_unordered(path: Path, rules: Rules) -> bool:
    """Whether the order of the list at a path means nothing."""
    if not rules.unordered:
        return False
    named = next((step for step in reversed(path) if isinstance(step, str)), None)
    return "*" in rules.unordered or named in rules.unordered


def key_fields(versions: Sequence[Sequence[Value]], rules: Rules) -> tuple[str, ...]:
    """The fields by which elements are known in all of these versions; none: by their place."""
    declared = [rules.key] if rules.key else []
    for fields in [*declared, *((name,) for name in _KEYS)]:
        if any(versions) and all(_is_key(one, fields) for one in versions):
            return fields
    return ()


def _is_key(elements: Sequence[Value], fields: tuple[str, ...]) -> bool:
    seen: set[Hashable] = set()
    for element in elements:
        if not isinstance(element, dict) or not all(_is_plain(element, name) for name in fields):
            return False
        seen.add(tuple(pin(element[name]) for name in fields))
    return len(seen) == len(elements)


def _is_plain(element: dict[str, Value], name: str) -> bool:
    value = element.get(name)
    return isinstance(value, str | int) and not isinstance(value, bool)


def keyed(element: Value, fields: tuple[str, ...]) -> Keyed:
    """The step to an element that is known by these fields."""
    assert isinstance(element, dict)  # noqa: S101 - such elements alone have keys
    values = tuple(json.dumps(element[name], ensure_ascii=False) for name in fields)
    return Keyed(fields, values)


def occurrences(elements: Sequence[Value]) -> list[Hashable]:
    """For each element what it is, and the how manyth of its like."""
    counts: Counter[Hashable] = Counter()
    found: list[Hashable] = []
    for one in map(pin, elements):
        found.append((one, counts[one]))
        counts[one] += 1
    return found


def by_place(olds: range, news: range) -> Pairs:
    """The first with the first, and so on; what one of them has more came or went."""
    both = min(len(olds), len(news))
    return [
        *zip(olds[:both], news[:both], strict=True),
        *((place, None) for place in olds[both:]),
        *((None, place) for place in news[both:]),
    ]


def aligned(
    old: Sequence[Value],
    new: Sequence[Value],
    paired: Callable[[range, range], Pairs] = by_place,
) -> Pairs:
    """Places of elements that belong together, in order; None where an element came or went.

    Equal elements first, so that one that is put in is one change. Runs of others are `paired`.
    """
    pairs: Pairs = []
    i = j = 0
    for run in [*shared_runs(list(map(pin, old)), list(map(pin, new))), (len(old), len(new), 0)]:
        pairs += paired(range(i, run[0]), range(j, run[1]))
        pairs += [(run[0] + k, run[1] + k) for k in range(run[2])]
        i, j = run[0] + run[2], run[1] + run[2]
    return pairs
