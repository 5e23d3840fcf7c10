"""Changes as lines of JSON, for programs: one change a line, none of them kept."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from contentvc.actions.diff import DiffReport
from contentvc.actions.differences import Difference
from contentvc.cli.changes import entry_json
from contentvc.cli.documents import Json, dump_item, json_path
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
from contentvc.formats.exchange import dump_value, load_value
from contentvc.formats.items import Keyed, item_name
from contentvc.formats.text import Hunk, Line, Mark

__all__ = ["SCHEMA", "head_line", "jsonl_lines"]

SCHEMA: Final = 1
"""Raised when a key changes its meaning or goes away; a new key does not raise it."""
_SIGNS: Final = {Mark.SAME: " ", Mark.REMOVED: "-", Mark.ADDED: "+"}
_Members = dict[str, str]
"""The members of a line: JSON text by key, in the order in which they are written."""


def head_line(report: DiffReport) -> str:
    """The first line, which is there also where nothing differs."""
    old, new = (None if one is None else one.hex() for one in (report.old, report.new))
    return _line({"type": '"diff"', "schema": str(SCHEMA), "from": _told(old), "to": _told(new)})


def jsonl_lines(difference: Difference) -> Iterator[str]:
    """The line of one file, then a line for each change in it."""
    change = difference.change
    changes: Changes | None = None
    form: str | None = None
    if difference.is_of_content:
        is_whole = change.old is None or change.new is None
        changes, form = difference.whole() if is_whole else difference.terms()
    yield _file_line(difference, form, changes)
    path = {key: _told(value) for key, value in json_path(change.path).items()}
    if changes is None or (change.new is None and not isinstance(changes, RecordChanges)):
        return  # of a file that is gone there is nothing to tell but its records
    if isinstance(changes, StructuredChanges) and _is_rewritten(changes):
        changes = difference.lines()
    for members in _inside(changes):
        kind = members.pop("type")
        yield _line({"type": kind} | path | members)


def _file_line(difference: Difference, form: str | None, changes: Changes | None) -> str:
    change = difference.change
    members: dict[str, Json] = {"type": "file", **json_path(change.path)}
    if change.old_path is not None:
        members |= json_path(change.old_path, "old_path")
    members |= {
        "kind": change.change.value,
        "format": form,
        "old": None if change.old is None else entry_json(change.old),
        "new": None if change.new is None else entry_json(change.new),
    }
    if isinstance(changes, RecordChanges):
        members["key"] = list(changes.key.fields)
        members["key_inferred"] = changes.key.inferred
        members["records"] = dict(changes.counts._asdict())
    if difference.purged is not None:
        members["purged"] = difference.purged
    return _line({key: _told(value) for key, value in members.items()})


def _is_rewritten(changes: StructuredChanges) -> bool:
    return not changes.changes and changes.text is None


def _inside(changes: Changes) -> Iterator[_Members]:
    if isinstance(changes, TextChanges):
        yield from (_hunk(hunk, changes) for hunk in changes.hunks)
    elif isinstance(changes, BinaryChanges):
        if changes.ranges:
            yield {"type": '"bytes"', "ranges": _told([list(one) for one in changes.ranges])}
    elif isinstance(changes, StructuredChanges):
        yield from ({"type": '"item"'} | _item(change) for change in changes.changes)
        if changes.text is not None:
            body = {"part": '"body"'}
            yield from (_hunk(hunk, changes.text) | body for hunk in changes.text.hunks)
    else:
        yield from _records(changes)


def _hunk(hunk: Hunk, changes: TextChanges) -> _Members:
    """Lines with their ends, each behind its sign; places count from 1."""
    lines = [_text_line(line, changes) for line in hunk.lines]
    return {
        "type": '"lines"',
        "old_start": str(hunk.old_start + 1),
        "old_count": str(hunk.old_count),
        "new_start": str(hunk.new_start + 1),
        "new_count": str(hunk.new_count),
        "lines": _told(lines),
    } | _encodings(changes)


def _encodings(changes: TextChanges) -> _Members:
    encodings = [changes.old_encoding, changes.new_encoding]
    return {} if set(encodings) == {"utf-8"} else {"encodings": _told(encodings)}


def _text_line(line: Line, changes: TextChanges) -> Json:
    """A line whose bytes are not valid in its encoding is in base64."""
    encoding = changes.old_encoding if line.mark is Mark.REMOVED else changes.new_encoding
    try:
        text = line.content.decode(encoding)
    except UnicodeDecodeError:
        return [_SIGNS[line.mark], {"base64": b64encode(line.content).decode("ascii")}]
    return [_SIGNS[line.mark], text]


def _item(change: ItemChange) -> _Members:
    """Of a change of one value: what was there is told only where something was."""
    members = {"item": _told(item_name(change.path)), "kind": _told(change.kind.value)}
    if change.source is not None:
        members["source"] = _told(item_name(change.source))
    if change.kind in (ItemKind.DELETED, ItemKind.CHANGED):
        members["old"] = dump_value(change.old)
    if change.kind in (ItemKind.ADDED, ItemKind.CHANGED):
        members["new"] = dump_value(change.new)
    return members


def _records(changes: RecordChanges) -> Iterator[_Members]:
    yield from map(_column, changes.columns)
    for duplicate in changes.duplicates:
        yield {
            "type": '"duplicate"',
            "key": _key(duplicate.key),
            "side": _told(duplicate.side),
            "lines": _told(list(duplicate.lines)),
        }
    yield from map(_record, changes.records)


def _column(column: ColumnChange) -> _Members:
    names = {"old": column.old, "new": column.new}
    types = {"old_type": column.old_type, "new_type": column.new_type}
    told: dict[str, Json] = {"type": "column", "kind": column.kind.value, **names, **types}
    members = {key: _told(value) for key, value in told.items() if value is not None}
    if column.place is not None:
        members["place"] = str(column.place)
    if column.cells:
        members["cells"] = "[" + ", ".join(map(dump_value, column.cells)) + "]"
    return members


def _record(record: RecordChange) -> _Members:
    members: _Members = {"type": '"record"'}
    if record.key is not None:
        members |= {"item": _told(item_name((record.key,))), "key": _key(record.key)}
    members["kind"] = _told(record.kind.value)
    numbers = {"old_line": record.old_line, "new_line": record.new_line, "place": record.place}
    members |= {name: str(number) for name, number in numbers.items() if number is not None}
    if record.kind is ItemKind.CHANGED:
        fields = ("{" + _joined(_item(field)) + "}" for field in record.fields)
        members["fields"] = "[" + ", ".join(fields) + "]"
    if record.kind in (ItemKind.DELETED, ItemKind.CHANGED):
        members["old"] = dump_value(record.old)
    if record.kind in (ItemKind.ADDED, ItemKind.CHANGED):
        members["new"] = dump_value(record.new)
    return members


def _key(key: Keyed) -> str:
    pairs = zip(key.fields, key.values, strict=True)
    return "{" + ", ".join(f"{_told(name)}: {_ascii(value)}" for name, value in pairs) + "}"


def _ascii(canonical: str) -> str:
    """JSON text as it is, or without what is not ASCII."""
    return canonical if canonical.isascii() else dump_value(load_value(canonical))


def _told(value: Json) -> str:
    return dump_item(value)


def _line(members: _Members) -> str:
    return "{" + _joined(members) + "}"


def _joined(members: _Members) -> str:
    return ", ".join(f'"{key}": {text}' for key, text in members.items())
