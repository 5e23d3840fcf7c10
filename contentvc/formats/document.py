"""Document: a whole file as one value, for changes that are told by where something is in it."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from contentvc.formats.changes import RecordChanges
from contentvc.formats.contract import Format
from contentvc.formats.exchange import NotJson, dump_plain
from contentvc.formats.items import Piece, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.registry import OF_RECORDS
from contentvc.formats.rules import Rules
from contentvc.formats.source import NOTHING, Source, source_of

__all__ = ["document_of", "with_document"]

_DELIMITERS: Final = {"csv": ",", "tsv": "\t"}


def document_of(form: Format, content: Source, rules: Rules) -> Value:
    """What a document holds; a file of records is the list of them, in its order.

    Raises:
        Unfit: the format cannot read it, or has no values.
    """
    if form.name in OF_RECORDS:
        changes = form.diff(NOTHING, content, rules)
        assert isinstance(changes, RecordChanges)  # noqa: S101 - what formats of records give
        return [record.new for record in changes.records]
    piece = form.find(content, (), rules)
    if piece is None:
        raise Unfit(Problem("malformed", "it holds no value"))
    return piece.value


def with_document(form: Format, content: bytes, old: Value, new: Value, rules: Rules) -> bytes:
    """The content with another document in it; what both have stays byte for byte.

    Raises:
        Unfit: the format cannot write it.
        Conflict: records are not as the new ones expect (``does-not-fit``).
    """
    if form.name in OF_RECORDS:
        whole = _written(form.name, old, new)
        return form.apply(content, form.diff(source_of(content), source_of(whole), rules), rules)
    return form.put(content, (), Piece(new), rules)


def _written(name: str, old: Value, new: Value) -> bytes:
    """Records written anew, for being compared with those that are there."""
    if not isinstance(new, list):
        raise _no_records()
    if name == "jsonl":
        return b"".join(map(_json_line, new))
    if name not in _DELIMITERS:
        raise Unfit(Problem("malformed", f"records of {name} are not written here"))
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=_DELIMITERS[name], lineterminator="\n")
    writer.writerows(_rows(old if isinstance(old, list) else [], new))
    return text.getvalue().encode()


def _json_line(record: Value) -> bytes:
    try:
        return dump_plain(record).encode() + b"\n"
    except NotJson as error:
        raise Unfit(Problem("malformed", str(error))) from error


def _rows(old: list[Value], new: list[Value]) -> Iterator[list[str]]:
    """The columns, those there are first, then a row for each record."""
    columns = list(dict.fromkeys(key for record in (*old[:1], *new) for key in _record(record)))
    gone = [key for key in columns if new and not any(key in _record(one) for one in new)]
    columns = [key for key in columns if key not in gone]
    yield columns
    for one in new:
        record = _record(one)
        cells = [record.get(key, "") for key in columns]
        if not all(isinstance(cell, str) for cell in cells):
            raise Unfit(Problem("malformed", "the cells of a table are texts"))
        yield [str(cell) for cell in cells]


def _record(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise _no_records()
    return value


def _no_records() -> Unfit:
    return Unfit(Problem("malformed", "what the changes make is no list of records"))
