r"""Graph: lines of history drawn beside commits.

Each commit stands in a column; below it, its column goes on to its first parent. Between two
commits lines move by one column a row: ``\`` to the right where a merge opens columns, ``/`` to
the left where lines meet or a column closes. Each line has a number, by which it may be coloured,
and keeps it from where it begins to where it meets another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from contentvc.ids import ObjectId

__all__ = ["UNICODE", "Draw", "Graph", "plain"]

Draw = Callable[[str, int], str]
r"""How ``*``, ``|``, ``/`` or ``\`` is shown as a part of the line of that number."""
_Column = ObjectId | None
"""The commit that a line leads to; None is a line that ended."""
_Row = Mapping[int, tuple[str, int]]
"""What stands in which column of the screen, and of which line it is a part."""

UNICODE: Final = str.maketrans("*|/\\", "\u25cf\u2502\u2571\u2572")
"""The same signs where the terminal has lines that meet."""


class _Edge(NamedTuple):
    """A line from a column to a column."""

    start: int
    end: int
    line: int


def plain(sign: str, line: int) -> str:  # noqa: ARG001 - all lines look the same
    """Signs as they are."""
    return sign


class Graph:
    """Draws beside one commit after the other; children must come before their parents."""

    def __init__(self, draw: Draw = plain) -> None:
        self._draw = draw
        self._columns: list[_Column] = []
        self._lines: dict[ObjectId, int] = {}
        self._fresh = count()

    def beside(
        self, identifier: ObjectId, parents: Sequence[ObjectId], lines: Sequence[str]
    ) -> Iterator[str]:
        """The lines of a commit with the graph before them."""
        if identifier not in self._columns:
            self._columns.append(identifier)
            self._lines[identifier] = next(self._fresh)
        place = self._columns.index(identifier)
        standing = {**self._standing(), 2 * place: ("*", self._lines[identifier])}
        rows = [standing, *self._moved_on(place, tuple(dict.fromkeys(parents)))]
        margin = self._standing()
        width = max(2 * len(self._columns), *(max(row, default=-1) + 2 for row in rows))
        for number in range(max(len(rows), len(lines))):
            row = rows[number] if number < len(rows) else margin
            text = lines[number] if number < len(lines) else ""
            yield (self._drawn(row, width) + text).rstrip()

    @property
    def margin(self) -> str:
        """What stands beside an empty line."""
        return self._drawn(self._standing(), 0)

    def _drawn(self, row: _Row, width: int) -> str:
        cells = {column: self._draw(sign, line) for column, (sign, line) in row.items()}
        width = max(width, max(row, default=-1) + 1)
        return "".join(cells.get(column, " ") for column in range(width))

    def _standing(self) -> _Row:
        return {2 * at: ("|", self._line(one)) for at, one in enumerate(self._columns)}

    def _line(self, column: _Column) -> int:
        return 0 if column is None else self._lines[column]

    def _moved_on(self, place: int, parents: tuple[ObjectId, ...]) -> list[_Row]:
        """Lead the lines on to a commit's parents; the rows in which they move."""
        self._name_lines(place, parents)
        opened, first = self._open(place, parents)
        closed, second = _close(opened)
        self._columns = closed
        if all(edge.start >= edge.end for edge in first):
            return _rows([edge._replace(end=second[edge.end]) for edge in first])
        return _rows(first) + _rows(
            [
                _Edge(start, end, self._line(opened[start]))
                for start, end in enumerate(second)
                if opened[start] is not None
            ]
        )

    def _name_lines(self, place: int, parents: tuple[ObjectId, ...]) -> None:
        """The line of a commit goes on to its first parent; others begin new ones."""
        here = self._columns[place]
        ended = self._lines.pop(here) if here is not None else 0
        for number, parent in enumerate(parents):
            if parent not in self._lines:
                self._lines[parent] = next(self._fresh) if number else ended

    def _open(self, place: int, parents: tuple[ObjectId, ...]) -> tuple[list[_Column], list[_Edge]]:
        """The columns with new ones for the parents that have none, and the lines to them.

        Lines left of the commit stay. What is right of it moves right or stays: so no two lines
        cross between the same columns in opposite directions.
        """
        before, after = self._columns[:place], self._columns[place + 1 :]
        fresh: list[_Column] = [one for one in parents if one not in before and one not in after]
        if parents and parents[0] in after:  # it comes over here: the other line is closed
            fresh.insert(0, parents[0])
        middle: list[_Column] = fresh or [None]
        columns = [*before, *middle, *after]
        shift = len(middle) - 1
        edges = [_Edge(at, at, self._line(one)) for at, one in enumerate(before)]
        edges += [_Edge(place, columns.index(one), self._lines[one]) for one in parents]
        edges += [_Edge(at, at + shift, self._line(one)) for at, one in enumerate(after, place + 1)]
        return columns, edges


def _close(columns: Sequence[_Column]) -> tuple[list[_Column], list[int]]:
    """The columns without ended lines and doubles; and for each of them, where it goes."""
    kept: list[_Column] = []
    targets: list[int] = []
    for column in columns:
        if column is None:
            targets.append(len(kept))
        elif column in kept:
            targets.append(kept.index(column))
        else:
            targets.append(len(kept))
            kept.append(column)
    return kept, targets


def _rows(edges: Sequence[_Edge]) -> list[_Row]:
    """Lines on their way, a row for each step; no rows where all stay in place."""
    rows: list[_Row] = []
    while any(edge.start != edge.end for edge in edges):
        cells: dict[int, tuple[str, int]] = {}
        moved: list[_Edge] = []
        for start, end, line in edges:
            step = (end > start) - (end < start)
            cells.setdefault(2 * start + step, ("/|\\"[step + 1], line))
            moved.append(_Edge(start + step, end, line))
        rows.append(cells)
        edges = sorted(set(moved))
    return rows
