"""What changed in one file, as tables of a page."""

from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from contentvc.actions.differences import Difference
from contentvc.changes.files import FileChange
from contentvc.cli.counts import counts_text
from contentvc.cli.diff_items import path_text
from contentvc.cli.diff_records import key_choice_text
from contentvc.cli.html import element, text
from contentvc.cli.units import size
from contentvc.cli.values import Part, key_text, value_parts, value_text
from contentvc.formats.binary import Range
from contentvc.formats.changes import (
    BinaryChanges,
    Changes,
    ColumnChange,
    ItemChange,
    ItemKind,
    RecordChange,
    RecordChanges,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.counts import counts_of
from contentvc.formats.items import Value
from contentvc.formats.text import Hunk, Line, Mark

__all__ = ["inside", "row"]

_ROOM: Final = 2_000
"""Characters shown of one value."""
_LINE: Final = 4_000
"""Characters shown of one line of text."""

_Pieces = Generator[str, None, int]
"""Markup, line by line; gives the rows it took."""


def inside(difference: Difference, most: int) -> _Pieces:
    """Attributes and content of one file, in at most so many rows; what is left is counted."""
    attributes = list(_attributes(difference.change))
    if attributes:
        yield from _table("", attributes)
    if difference.purged is not None:
        yield element("p", text(difference.purged), "dim")
    if not difference.is_of_content:
        return len(attributes)
    changes, note = _shown(difference)
    if note:
        yield element("p", note, "dim")
    kind = "text" if isinstance(changes, TextChanges) else ""
    rows = _rows(changes)
    shown = list(islice(rows, most))
    if shown:
        yield from _table(kind, shown)
    if next(rows, None) is not None:
        yield element("p", "there is more, which a page of this size does not show", "dim")
    return len(attributes) + len(shown)


def row(kind: str, *cells: str) -> str:
    """A row of a table, of markup."""
    return element("tr", "".join(map(_cell, cells)), kind)


def _cell(cell: str) -> str:
    return cell if cell.startswith("<td") else element("td", cell)


def _table(kind: str, rows: Sequence[str]) -> Iterator[str]:
    yield f'<table class="{"diff " + kind if kind else "diff"}">'
    yield from rows
    yield "</table>"


def _shown(difference: Difference) -> tuple[Changes, str]:
    """What is shown of the content, and a sentence on it."""
    is_whole = difference.old is None or difference.new is None
    changes, _ = difference.whole() if is_whole else difference.terms()
    if isinstance(changes, StructuredChanges):
        if not changes.changes and changes.text is None:
            return difference.lines(), "the values are the same, only the writing differs"
        return changes, text(counts_text(counts_of(changes)))
    if isinstance(changes, RecordChanges):
        told = f"{key_choice_text(changes.key)}: {counts_text(counts_of(changes))}"
        return changes, text(told)
    return changes, ""


def _rows(changes: Changes) -> Iterator[str]:
    if isinstance(changes, TextChanges):
        return _text_rows(changes)
    if isinstance(changes, BinaryChanges):
        return map(_range_row, changes.ranges)
    if isinstance(changes, StructuredChanges):
        body = iter(()) if changes.text is None else _text_rows(changes.text)
        return chain(map(_item_row, changes.changes), body)
    records = chain.from_iterable(map(_record_rows, changes.records))
    return chain(map(_column_row, changes.columns), records)


def _attributes(change: FileChange) -> Iterator[str]:
    if change.old is None or change.new is None:
        return
    old, new = dict(change.old.attributes), dict(change.new.attributes)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            before, after = old.get(key), new.get(key)
            yield row(
                "",
                element("td", f"attribute {text(key)}", "item"),
                element("td", "" if before is None else text(before), "del" if before else ""),
                element("td", "" if after is None else text(after), "ins" if after else ""),
            )


def _text_rows(changes: TextChanges) -> Iterator[str]:
    for hunk in changes.hunks:
        place = f"@@ -{hunk.old_start + 1},{hunk.old_count} +{hunk.new_start + 1},{hunk.new_count}"
        yield row("head", element("td", place, colspan="4"))
        yield from _hunk_rows(hunk, changes)


def _hunk_rows(hunk: Hunk, changes: TextChanges) -> Iterator[str]:
    old, new = hunk.old_start, hunk.new_start
    for line in hunk.lines:
        old += line.mark is not Mark.ADDED
        new += line.mark is not Mark.REMOVED
        removed = line.mark is Mark.REMOVED
        encoding = changes.old_encoding if removed else changes.new_encoding
        before = "" if line.mark is Mark.ADDED else str(old)
        after = "" if removed else str(new)
        yield row(
            {Mark.ADDED: "ins", Mark.REMOVED: "del"}.get(line.mark, ""),
            element("td", before, "at"),
            element("td", after, "at"),
            element("td", {Mark.ADDED: "+", Mark.REMOVED: "-"}.get(line.mark, ""), "sign"),
            element("td", _line(line, encoding)),
        )


def _line(line: Line, encoding: str) -> str:
    """A line with the words in it that changed; of a very long one, its beginning."""
    tag = "del" if line.mark is Mark.REMOVED else "ins"
    told, position = [], 0
    for start, end in line.words or ():
        told.append(_piece(line.content[position:start], encoding))
        if start < end:
            told.append(element(tag, _piece(line.content[start:end], encoding)))
        position = end
    told.append(_piece(line.content[position:], encoding))
    return "".join(told)


def _piece(content: bytes, encoding: str) -> str:
    shown = content[: 4 * _LINE].decode(encoding, "replace").rstrip("\r\n")
    return text(shown[:_LINE] + ("…" if len(shown) > _LINE else ""))


def _range_row(one: Range) -> str:
    removed, added = one.old_end - one.old_start, one.new_end - one.new_start
    return row(
        "",
        element("td", f"from byte {one.old_start:,}", "item"),
        f"{size(removed)} → {size(added)}",
    )


def _item_row(change: ItemChange) -> str:
    name = text(path_text(change.path))
    if change.source is not None:
        name += f" (was {text(path_text(change.source))})"
    return row("", element("td", name, "item"), *_sides(change.kind, change.old, change.new))


def _sides(kind: ItemKind, old: Value, new: Value) -> tuple[str, str]:
    """A value before and after, the words marked that changed."""
    if kind is ItemKind.MOVED:
        return element("td", "moved", "dim"), ""
    if kind is ItemKind.ADDED:
        return "", element("td", text(value_text(new, _ROOM)), "ins")
    if kind is ItemKind.DELETED:
        return element("td", text(value_text(old, _ROOM)), "del"), ""
    before, after = value_parts(old, new, _ROOM)
    return element("td", _parts("del", before), "del"), element("td", _parts("ins", after), "ins")


def _parts(tag: str, parts: Sequence[Part]) -> str:
    is_all = all(part.is_changed for part in parts if part.text not in ("", '"'))
    return "".join(
        element(tag, text(part.text)) if part.is_changed and not is_all else text(part.text)
        for part in parts
    )


def _column_row(column: ColumnChange) -> str:
    old = " ".join(one for one in (column.old, column.old_type) if one)
    new = " ".join(one for one in (column.new, column.new_type) if one)
    return row(
        "",
        element("td", f"column {column.kind.value}", "item"),
        element("td", text(old), "del" if old else ""),
        element("td", text(new), "ins" if new else ""),
    )


def _record_rows(record: RecordChange) -> Iterator[str]:
    if record.kind is not ItemKind.CHANGED:
        sides = _sides(record.kind, record.old, record.new)
        yield row("", element("td", _label(record), "item"), *sides)
        return
    yield row("record", element("td", f"{_label(record)} changed", colspan="3"))
    yield from map(_item_row, record.fields)


def _label(record: RecordChange) -> str:
    if record.key is not None:
        return text(key_text(record.key))
    line = record.old_line if record.new_line is None else record.new_line
    return "" if line is None else f"line {line:,}"
