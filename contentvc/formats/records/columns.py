"""Columns: what happened to those of a table, told apart from what happened in its cells."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contentvc.formats.changes import ColumnChange, ColumnKind
from contentvc.formats.items import Value
from contentvc.formats.sequences import shared_runs

__all__ = ["SAME", "Shape", "shape_of", "type_of"]

_SAMPLE: Final = 2000
"""Rows that are compared to find a column under a new name."""
_NEARLY_ALL: Final = 0.9

_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")

Rows = Sequence[Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the columns of two versions belong together."""

    changes: tuple[ColumnChange, ...] = ()
    common: tuple[tuple[str, str], ...] | None = None
    """Names, old and new, of the columns that both have, in the new order; None: all, as named."""

    def old_view(self, value: Value) -> Value:
        """An old record, with the columns that both have, as they are called now."""
        if self.common is None or not isinstance(value, dict):
            return value
        return {new: value[old] for old, new in self.common}

    def new_view(self, value: Value) -> Value:
        """A new record, with the columns that both have."""
        if self.common is None or not isinstance(value, dict):
            return value
        return {new: value[new] for _, new in self.common}

    def old_fields(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """What fields are called in the old version."""
        names = {new: old for old, new in self.common or ()}
        return tuple(names.get(name, name) for name in fields)


SAME: Final = Shape()
"""Of versions with the same columns."""


def shape_of(
    old: tuple[str, ...], new: tuple[str, ...], rows: Callable[[], tuple[Rows, Rows]]
) -> Shape:
    """How the columns of two tables belong together.

    Args:
        old: names in order.
        new: names in order.
        rows: records of both that belong together, by which new names are found.
    """
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    renamed = _renamed(gone, come, *rows()) if gone and come else {}
    common = tuple(
        (renamed.get(name, name), name) for name in new if name in old or name in renamed
    )
    deleted = [name for name in gone if name not in renamed.values()]
    changes = [
        *(ColumnChange(ColumnKind.DELETED, name, None) for name in deleted),
        *(_came(name, place, renamed) for place, name in enumerate(new) if name not in old),
        *_moved([name for name in old if name not in deleted], common, new),
    ]
    return Shape(tuple(changes), common)


def type_of(texts: Sequence[str]) -> str:
    """What the cells of a column look like: ``integer``, ``float``, ``text``; empty ones aside."""
    filled = [text for text in texts if text]
    if filled and all(map(_INTEGER.fullmatch, filled)):
        return "integer"
    if filled and all(_FLOAT.fullmatch(text) or _INTEGER.fullmatch(text) for text in filled):
        return "float"
    return "text"


def _came(name: str, place: int, renamed: Mapping[str, str]) -> ColumnChange:
    if name in renamed:
        return ColumnChange(ColumnKind.RENAMED, renamed[name], name)
    return ColumnChange(ColumnKind.ADDED, None, name, place=place)


def _moved(
    kept: Sequence[str], common: Sequence[tuple[str, str]], new: tuple[str, ...]
) -> list[ColumnChange]:
    """Columns that stand elsewhere among those that both have."""
    order = [old for old, _ in common]
    still = {kept[run.old + step] for run in shared_runs(kept, order) for step in range(run.length)}
    return [
        ColumnChange(ColumnKind.MOVED, old, name, place=new.index(name))
        for old, name in common
        if old not in still
    ]


def _renamed(gone: Sequence[str], come: Sequence[str], old: Rows, new: Rows) -> dict[str, str]:
    """New names by the old ones, where nearly all cells are the same: the likeliest pairs first."""
    likely: list[tuple[float, int, int]] = []
    step = max(1, len(old) // _SAMPLE)
    sampled = list(zip(old[::step], new[::step], strict=True))
    for i, before in enumerate(gone):
        for j, after in enumerate(come):
            share = _share(before, after, sampled)
            if share >= _NEARLY_ALL:
                likely.append((-share, i, j))
    found: dict[str, str] = {}
    taken: set[int] = set()
    for _, i, j in sorted(likely):
        if i not in taken and come[j] not in found:
            taken.add(i)
            found[come[j]] = gone[i]
    return found


def _share(
    before: str, after: str, rows: Sequence[tuple[Mapping[str, Value], Mapping[str, Value]]]
) -> float:
    """The part of rows that have the same in both columns, of those that have anything."""
    pairs = [(old[before], new[after]) for old, new in rows]
    filled = [(one, other) for one, other in pairs if one or other]
    return sum(one == other for one, other in filled) / len(filled) if filled else 0.0
