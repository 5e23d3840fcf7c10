"""Record changes: what happened to the records of a file, by key and field, as lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

from contentvc.cli.counts import counts_text
from contentvc.cli.diff_items import items_lines
from contentvc.cli.escape import escape, escape_line
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, width_of
from contentvc.cli.units import count
from contentvc.cli.values import key_text, shortened, value_text
from contentvc.formats.changes import (
    ColumnChange,
    ColumnKind,
    Duplicate,
    ItemKind,
    KeyChoice,
    RecordChange,
    RecordChanges,
)
from contentvc.formats.counts import counts_of

__all__ = ["key_choice_text", "record_lines"]

_SHOWN: Final = 100
"""Records of one file; more are counted, and all of them are in the JSON."""
_FEW: Final = 5
"""Records of a file that came or went as a whole."""
_FIELDS: Final = 20
_NAMES: Final = 10
"""Keys that are only listed: of records that moved, of duplicates."""
_LABEL: Final = 24
"""Columns of the keys before what changed; a longer key pushes its own line only."""
_LEAST: Final = 24


def record_lines(difference: RecordChanges, screen: Screen, *, is_whole: bool) -> Iterator[str]:
    """By what they are matched and how many differ, then columns, then each record.

    Args:
        difference: of one file.
        screen: where it is shown.
        is_whole: the file was added or deleted, so that a few records tell what it holds.
    """
    yield f"{key_choice_text(difference.key)}: {counts_text(counts_of(difference))}"
    for column in difference.columns:
        yield _column_line(column, screen)
    only_texts = _has_only_texts(difference)
    for duplicate in difference.duplicates[:_NAMES]:
        yield screen.paint(_duplicate_text(duplicate, only_texts=only_texts), Tone.CONFLICT)
    if len(difference.duplicates) > _NAMES:
        yield f"… and {count(len(difference.duplicates) - _NAMES, 'more key')} more than once"
    rows = _Rows.of(difference, _FEW if is_whole else _SHOWN, only_texts=only_texts)
    yield from rows.lines(screen)


def key_choice_text(key: KeyChoice) -> str:
    """``by case_id``, ``by id, inferred``, ``by content``."""
    if not key.fields:
        return "by content"
    return f"by {escape(', '.join(key.fields))}{', inferred' if key.inferred else ''}"


def _column_line(column: ColumnChange, screen: Screen) -> str:
    old, new = escape(column.old or ""), escape(column.new or "")
    types = [escape(one) for one in (column.old_type, column.new_type) if one]
    if column.kind is ColumnKind.ADDED:
        return screen.paint(f"+ column {new}{_typed(types)}", Tone.ADDED)
    if column.kind is ColumnKind.DELETED:
        return screen.paint(f"- column {old}{_typed(types)}", Tone.REMOVED)
    if column.kind is ColumnKind.RENAMED:
        return f"  column {screen.paint('renamed', Tone.CHANGED)}: {old} → {new}"
    if column.kind is ColumnKind.RETYPED:
        retyped = screen.paint("retyped", Tone.CHANGED)
        return f"  column {retyped}: {new or old} {' → '.join(types)}"
    return f"  column {screen.paint('moved', Tone.CHANGED)}: {new or old}"


def _typed(types: Sequence[str]) -> str:
    return f" ({types[-1]})" if types else ""


def _has_only_texts(difference: RecordChanges) -> bool:
    """Whether all keys that are shown are texts."""
    keys = [record.key for record in islice(difference.records, 2 * _SHOWN)]
    keys += [duplicate.key for duplicate in difference.duplicates[:_NAMES]]
    return all(value.startswith('"') for key in keys if key is not None for value in key.values)


def _duplicate_text(duplicate: Duplicate, *, only_texts: bool) -> str:
    lines = ", ".join(f"{line:,}" for line in duplicate.lines)
    where = f", lines {lines}" if lines else ""
    name = key_text(duplicate.key, only_texts=only_texts)
    return f"! {name} is there more than once ({duplicate.side}{where})"


@dataclass(frozen=True, slots=True)
class _Rows:
    """The records that are shown, each with its name, and how many are not."""

    shown: Sequence[tuple[str, RecordChange]]
    left: int
    moved: Sequence[str]
    """Names alone: there is nothing else to say of them."""
    moved_count: int

    @classmethod
    def of(cls, difference: RecordChanges, most: int, *, only_texts: bool) -> Self:
        """At most so many; each more that is looked at is read for nothing."""
        counts = difference.counts
        sought = islice(difference.records, most + min(counts.moved, most))
        rows = [(_label(record, only_texts=only_texts), record) for record in sought]
        shown = [row for row in rows if row[1].kind is not ItemKind.MOVED][:most]
        moved = [name for name, record in rows if record.kind is ItemKind.MOVED]
        left = counts.added + counts.deleted + counts.changed - len(shown)
        return cls(shown, left, moved, counts.moved)

    def lines(self, screen: Screen) -> Iterator[str]:
        """Each record, then what is not shown of them."""
        indent = 3 + min(_LABEL, max((width_of(label) for label, _ in self.shown), default=0))
        for label, record in self.shown:
            yield from _record_lines(label, record, screen, indent)
        if self.left > 0:
            yield f"  … and {count(self.left, 'more record')}"
        if self.moved:
            more = self.moved_count - len(self.moved[:_NAMES])
            told = ", ".join(self.moved[:_NAMES]) + (f" and {more:,} more" if more else "")
            yield f"  {screen.paint('moved', Tone.CHANGED)}: {told}"


def _label(record: RecordChange, *, only_texts: bool) -> str:
    """The key; where records have none, the line."""
    if record.key is not None:
        return key_text(record.key, only_texts=only_texts)
    line = record.old_line if record.kind is ItemKind.DELETED else record.new_line
    return "" if line is None else f"line {line:,}"


def _record_lines(label: str, record: RecordChange, screen: Screen, indent: int) -> Iterator[str]:
    blank = " " * max(1, indent - 2 - width_of(label))
    if record.kind is ItemKind.CHANGED:
        yield from _changed_lines(record, label + blank, screen, indent)
        return
    is_new = record.kind is ItemKind.ADDED
    sign, tone = ("+", Tone.ADDED) if is_new else ("-", Tone.REMOVED)
    room = max(_LEAST, screen.width - max(indent, 2 + width_of(label)) - 2)
    told = value_text(record.new if is_new else record.old, room)
    yield screen.paint(f"{sign} {label}{blank}  {told}", tone)


def _changed_lines(record: RecordChange, label: str, screen: Screen, indent: int) -> Iterator[str]:
    head = f"  {screen.paint(label, Tone.NAME)}"
    if not record.fields:
        yield f"{head}  the same values, written differently"
        yield from _written(record, screen, indent)
        return
    for number, line in enumerate(items_lines(record.fields, screen, indent, _FIELDS, "field")):
        yield (" " * indent if number else head) + line


def _written(record: RecordChange, screen: Screen, indent: int) -> Iterator[str]:
    room = max(_LEAST, screen.width - indent - 2)
    for sign, raw, tone in (
        ("-", record.old_raw, Tone.REMOVED),
        ("+", record.new_raw, Tone.ADDED),
    ):
        for line in raw[: 4 * room].decode("utf-8", "replace").splitlines()[:1]:
            told = shortened(escape_line(line), room)
            yield " " * indent + screen.paint(f"{sign} {told}", tone)
