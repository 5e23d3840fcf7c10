"""Editing: one record of a file, or one field of a record, set or taken out in its own text."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from contentvc.errors import Missing
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Path, Piece, Step, Value, item_name
from contentvc.formats.problems import Unfit
from contentvc.formats.records.delimited import Delimited, row_end
from contentvc.formats.records.dialect import Dialect, Key, Sheet, malformed
from contentvc.formats.records.items import key_fields, places_of
from contentvc.formats.records.json_elements import list_text
from contentvc.formats.records.json_members import is_object, object_text
from contentvc.formats.records.jsonl import json_text
from contentvc.formats.records.sheets import keys_of
from contentvc.formats.records.weaving import key_rank
from contentvc.formats.rules import Rules

__all__ = ["field_text", "put_record", "record_text", "with_field", "with_newline"]


def put_record(sheet: Sheet, item: Path, piece: Piece | None, rules: Rules) -> Sheet:
    """The sheet with one item set; None takes it out.

    A record that is new comes where its key belongs: after the last one with a lesser key if the
    records are in key order, else at the end.

    Raises:
        Missing: the record that a field would be in is not there (``unknown-item``).
        Unfit: the item is the whole file, or more than one record has its key.
    """
    if not item:
        raise malformed("a file of records is no item")
    places = places_of(sheet, item[0], rules)
    if len(places) > 1:
        raise malformed(f"more than one record is {item_name(item[:1])}")
    if not places:
        return _with_new(sheet, item, piece, rules)
    place, raws = places[0], list(sheet.raws)
    if len(item) > 1:
        raws[place] = with_field(sheet.dialect, raws[place], item[1:], piece)
    elif piece is None:
        del raws[place]
    else:
        raws[place] = record_text(sheet, piece, raws[place])
    return replace(sheet, raws=raws)


def record_text(sheet: Sheet, piece: Piece, like: bytes = b"") -> bytes:
    """A record as it is to be written, checked to be one record of that value.

    Where the file has one already, only the fields that differ are written anew.
    """
    raw = piece.raw
    if raw is None or not _is_written(sheet.dialect, raw, piece.value):
        raw = _rewritten(sheet.dialect, piece.value, like)
    raw = with_newline(raw, like[row_end(like) :] or sheet.newline)
    if sheet.dialect.split(raw) != [raw]:
        raise malformed("what is to be set is not one record")
    return raw


def with_newline(raw: bytes, newline: bytes) -> bytes:
    """A record that ends with a line end; its own, if it has one."""
    return raw if raw.endswith(b"\n") else raw + newline


def field_text(dialect: Dialect, raw: bytes, path: Path) -> bytes | None:
    """A field of a record as it is written there; None where it has no text of its own."""
    if isinstance(dialect, Delimited):
        return dialect.cells(raw)[dialect.columns.index(str(path[0]))]
    text: bytes | None = raw
    for step in path:
        if text is None:
            return None
        if is_object(text):
            member = object_text(text).member(str(step))
            text = None if member is None else member.value
        else:
            parts = list_text(text)
            text = parts.values[step] if parts and isinstance(step, int) else None
    return text


def with_field(dialect: Dialect, raw: bytes, path: Path, piece: Piece | None) -> bytes:
    """A record with one of its fields set, or taken out.

    Raises:
        Missing: what it would be in is not there (``unknown-item``).
        Unfit: the record has no such fields.
    """
    if isinstance(dialect, Delimited):
        return _with_cell(dialect, raw, path, piece)
    if piece is None:
        return _with_member(raw, path, None, path)
    text = piece.raw
    if text is None or not _is_written(dialect, text, piece.value):
        text = json_text(piece.value).encode()
    return _with_member(raw, path, text, path)


def _is_written(dialect: Dialect, raw: bytes, value: Value) -> bool:
    """Whether bytes from elsewhere are this value here too."""
    try:
        return is_same(dialect.value(raw), value)
    except Unfit:
        return False


def _with_new(sheet: Sheet, item: Path, piece: Piece | None, rules: Rules) -> Sheet:
    if len(item) > 1:
        raise Missing("unknown-item", f"no record is {item_name(item[:1])}")
    if piece is None:
        return sheet
    raw = record_text(sheet, piece)
    fields = item[0].fields if isinstance(item[0], Keyed) else key_fields(sheet, rules)
    (key,) = sheet.dialect.keys([raw], fields)
    if not _is_meant(item[0], key):
        raise malformed(f"the record that is set is not {item_name(item)}")
    raws = list(sheet.raws)
    raws.insert(_place_for(keys_of(sheet, fields), key), raw)
    is_closed = sheet.is_closed or not sheet.raws
    return replace(sheet, raws=raws, is_closed=is_closed)


def _is_meant(step: Step, key: Key | None) -> bool:
    if isinstance(step, Keyed):
        return key == step.values
    return key is None or key in {(str(step),), (json_text(str(step)),)}


def _place_for(keys: Sequence[Key | None], key: Key | None) -> int:
    """After the last lesser key, where all are in order; else the end."""
    ranks = [key_rank(one) for one in keys if one is not None]
    if key is None or len(ranks) < len(keys) or ranks != sorted(ranks):
        return len(keys)
    return bisect_right(ranks, key_rank(key))


def _rewritten(dialect: Dialect, value: Value, like: bytes) -> bytes:
    """A value written anew; what an older record has as well stays as it is written there."""
    if not like or not isinstance(value, dict):
        return dialect.written(value)
    if isinstance(dialect, Delimited):
        return _rewritten_row(dialect, value, like)
    if not is_object(like):
        return dialect.written(value)
    text = object_text(like)
    for member in text.members:
        if member.name not in value:
            text = text.without(member.name)
        elif not is_same(dialect.value(member.value), value[member.name]):
            text = text.with_value(member.name, json_text(value[member.name]).encode())
    for name, one in value.items():
        if text.member(name) is None:
            text = text.with_value(name, json_text(one).encode())
    return text.text


def _rewritten_row(dialect: Delimited, value: dict[str, Value], like: bytes) -> bytes:
    if not set(value) <= set(dialect.columns):
        raise malformed("a row has no other columns than its header")
    cells = [
        cell if text == value.get(name, "") else dialect.cell(value.get(name, ""))
        for name, text, cell in zip(
            dialect.columns, dialect.texts(like), dialect.cells(like), strict=True
        )
    ]
    return dialect.delimiter.join(cells) + like[row_end(like) :]


def _with_cell(dialect: Delimited, raw: bytes, path: Path, piece: Piece | None) -> bytes:
    name = str(path[0])
    if len(path) > 1 or name not in dialect.columns:
        raise Missing("unknown-item", f"there is no column {item_name(path)}")
    cells, place = dialect.cells(raw), dialect.columns.index(name)
    if piece is None:
        cells[place] = dialect.cell("")
    elif piece.raw is not None and dialect.is_cell(piece.raw):
        cells[place] = piece.raw
    else:
        cells[place] = dialect.cell(piece.value)
    return dialect.delimiter.join(cells) + raw[row_end(raw) :]


def _with_member(text: bytes, path: Path, value: bytes | None, whole: Path) -> bytes:
    """An object, or a list, with what the path leads to set in it."""
    step, rest = path[0], path[1:]
    if not is_object(text):
        return _with_element(text, path, value, whole)
    found, name = object_text(text), str(step)
    member = found.member(name)
    if not rest:
        return (found.without(name) if value is None else found.with_value(name, value)).text
    if member is None:
        raise Missing("unknown-item", f"there is no {item_name(whole[: -len(rest)])}")
    return found.with_value(name, _with_member(member.value, rest, value, whole)).text


def _with_element(text: bytes, path: Path, value: bytes | None, whole: Path) -> bytes:
    """A list is written anew as far as it is not entered: its elements have no names to keep."""
    step, rest = path[0], path[1:]
    parts = list_text(text)
    if parts is None or not isinstance(step, int) or step >= len(parts.values):
        raise Missing("unknown-item", f"there is no {item_name(whole[: len(whole) - len(rest)])}")
    if rest:
        return parts.with_value(step, _with_member(parts.values[step], rest, value, whole))
    return parts.without(step) if value is None else parts.with_value(step, value)
