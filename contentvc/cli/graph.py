r"""Graph: lines of history drawn beside commits.

Each commit stands in a column; below it, its column goes on to its first parent. Between two
commits lines move by one column a row: ``\`` to the right where a merge opens columns, ``/`` to
the left where lines meet or a column closes.
"""

from collections.abc import Iterator, Sequence

from contentvc.ids import ObjectId

__all__ = ["Graph"]

_Edge = tuple[int, int]
"""A line from a column to a column."""
_Column = ObjectId | None
"""The commit that a line leads to; None is a line that ended."""


class Graph:
    """Draws beside one commit after the other; children must come before their parents."""

    def __init__(self) -> None:
        self._columns: list[_Column] = []

    def beside(
        self, identifier: ObjectId, parents: Sequence[ObjectId], lines: Sequence[str]
    ) -> Iterator[str]:
        """The lines of a commit with the graph before them."""
        if identifier not in self._columns:
            self._columns.append(identifier)
        place = self._columns.index(identifier)
        row = " ".join("*" if column == place else "|" for column in range(len(self._columns)))
        rows = [row, *self._moved_on(place, tuple(dict.fromkeys(parents)))]
        margin = "| " * len(self._columns)
        width = max(len(margin), *(len(drawn) + 1 for drawn in rows))
        for number in range(max(len(rows), len(lines))):
            drawn = rows[number] if number < len(rows) else margin
            text = lines[number] if number < len(lines) else ""
            yield (drawn.ljust(width) + text).rstrip()

    @property
    def margin(self) -> str:
        """What stands beside an empty line."""
        return ("| " * len(self._columns)).rstrip()

    def _moved_on(self, place: int, parents: tuple[ObjectId, ...]) -> list[str]:
        """Lead the lines on to a commit's parents; the rows in which they move."""
        opened, first = self._open(place, parents)
        closed, second = _close(opened)
        self._columns = closed
        if all(start >= end for start, end in first):
            return _rows([(start, second[end]) for start, end in first])
        return _rows(first) + _rows(
            [(start, end) for start, end in enumerate(second) if opened[start] is not None]
        )

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
        edges = [(column, column) for column in range(place)]
        edges += [(place, columns.index(parent)) for parent in parents]
        shift = len(middle) - 1
        edges += [(place + 1 + one, place + 1 + one + shift) for one in range(len(after))]
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


def _rows(edges: Sequence[_Edge]) -> list[str]:
    """Lines on their way, a row for each step; no rows where all stay in place."""
    rows: list[str] = []
    while any(start != end for start, end in edges):
        cells: dict[int, str] = {}
        moved: list[_Edge] = []
        for start, end in edges:
            step = (end > start) - (end < start)
            cells[2 * start + step] = "/|\\"[step + 1]
            moved.append((start + step, end))
        rows.append("".join(cells.get(column, " ") for column in range(max(cells) + 1)))
        edges = sorted(set(moved))
    return rows
