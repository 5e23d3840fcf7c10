"""Stat: how much changed in each file, at a glance."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from contentvc.actions.content import ContentDiff, PurgedDiff, RewrittenDiff
from contentvc.changes.files import FileChange
from contentvc.cli.changes import CHANGE_WORDS, change_name
from contentvc.cli.counts import counts_text, totals_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, width_of
from contentvc.cli.units import count, size
from contentvc.formats.changes import (
    BinaryChanges,
    RecordChanges,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.counts import NO_COUNTS, Counts, counts_of

__all__ = ["stat_lines"]

_BAR: Final = 40
"""Columns of a bar at most; more tell nothing."""
_LEAST: Final = 10
"""And at least, however long the names are."""
_NAME: Final = 20
"""Columns that a name has even on the narrowest terminal."""


_NO_TEXT: Final = TextChanges(())


class _Row(NamedTuple):
    """One file: its name, and lines added and removed, or a note instead."""

    name: str
    added: int
    removed: int
    note: str
    counts: Counts = NO_COUNTS


def stat_lines(changes: Iterable[tuple[FileChange, ContentDiff]], screen: Screen) -> Iterator[str]:
    """A line for each file with a bar of its added and removed lines, then the totals."""
    rows = [_row(change, difference, screen) for change, difference in changes]
    if not rows:
        return
    numbers = max(len(str(row.added + row.removed)) for row in rows)
    names = max(width_of(row.name) for row in rows)
    least = max(_LEAST, *(len(row.note) - numbers - 1 for row in rows))
    names = min(names, max(_NAME, screen.width - numbers - least - 6))
    most = max(row.added + row.removed for row in rows)
    bar = min(_BAR, max(least, screen.width - names - numbers - 6))
    for row in rows:
        name = _shortened(row.name, names)
        blank = " " * (names - width_of(name))
        told = row.note or f"{row.added + row.removed:>{numbers}} {_bar(row, most, bar, screen)}"
        yield f" {name}{blank} | {told}".rstrip()
    yield " " + _totals(rows)


def _row(change: FileChange, difference: ContentDiff, screen: Screen) -> _Row:
    name = change_name(change, screen)
    if isinstance(difference, PurgedDiff):
        return _Row(name, 0, 0, "purged")
    if isinstance(difference, BinaryChanges):
        old, new = size(difference.old_size), size(difference.new_size)
        return _Row(name, 0, 0, f"Binary {old} → {new}")
    if isinstance(difference, RewrittenDiff):
        return _Row(name, 0, 0, "rewritten, the same values")
    if isinstance(difference, RecordChanges | StructuredChanges):
        counts = counts_of(difference)
        lines = (difference.text if isinstance(difference, StructuredChanges) else None) or _NO_TEXT
        return _Row(name, lines.added, lines.removed, counts_text(counts), counts)
    note = "" if difference.hunks else CHANGE_WORDS[change.change][1]
    return _Row(name, difference.added, difference.removed, note)


def _bar(row: _Row, most: int, width: int, screen: Screen) -> str:
    """Pluses and minuses, as many as there are lines or, if these are too many, in proportion."""
    added, removed = row.added, row.removed
    if most > width:
        added, removed = -(-added * width // most), -(-removed * width // most)
    return screen.paint("+" * added, Tone.ADDED) + screen.paint("-" * removed, Tone.REMOVED)


def _shortened(name: str, width: int) -> str:
    """The end of a name that is too long; there is where names differ."""
    while width_of(name) > width:
        name = "…" + name[1 + max(1, width_of(name) - width) :]
    return name


def _totals(rows: Sequence[_Row]) -> str:
    added, removed = sum(row.added for row in rows), sum(row.removed for row in rows)
    told = [f"{count(len(rows), 'file')} changed"]
    if added:
        told.append(f"{count(added, 'line')} added")
    if removed:
        told.append(f"{count(removed, 'line')} removed")
    told += totals_of([row.counts for row in rows])
    return ", ".join(told)
