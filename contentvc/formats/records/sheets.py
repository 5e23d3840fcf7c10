"""Sheets: opening the versions of a file of records."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.formats.problems import Unfit
from contentvc.formats.records.delimited import Delimited, delimiter_of, header_of
from contentvc.formats.records.dialect import BOM, Dialect, Key, Sheet, malformed
from contentvc.formats.records.jsonl import JsonLines
from contentvc.formats.source import Source

__all__ = [
    "HEADER_BYTES",
    "Opened",
    "Opener",
    "keys_of",
    "located",
    "open_csv",
    "open_jsonl",
    "open_sheet",
    "open_tsv",
    "opened",
]

HEADER_BYTES: Final = 1 * limits.MIB
"""Bytes at the start of a file in which its header must end."""

_FIRST_BYTES: Final = 64 * limits.KIB
"""Most headers end long before."""
_JSON_BLANKS: Final = re.compile(rb"(?:[ \t\r]*\n)*")
_LINE_ENDS: Final = re.compile(rb"[\r\n]*")
_HEADER: Final = re.compile(rb'(?:[^"\r\n]++|"[^"]*+")*+(?:\r\n|\r|\n|\Z)')
_FIRST_END: Final = re.compile(rb"\r\n|\r|\n")


class Opened(NamedTuple):
    """How a file is written, and where its records begin."""

    dialect: Dialect
    head: bytes
    """What is before them, closed by a line end if anything is."""


Opener = Callable[[bytes], Opened]
"""Given the first bytes of a file, at least `HEADER_BYTES` or all."""


def open_jsonl(start: bytes) -> Opened:
    """JSON Lines."""
    mark = BOM if start.startswith(BOM) else b""
    blanks = _JSON_BLANKS.match(start, len(mark))
    return Opened(JsonLines(), start[: blanks.end() if blanks else len(mark)])


def open_csv(start: bytes) -> Opened:
    """Rows whose cells are parted by what the header has most of: commas, semicolons, tabs."""
    return _open_delimited(start, None)


def open_tsv(start: bytes) -> Opened:
    """Rows whose cells are parted by tabs."""
    return _open_delimited(start, b"\t")


def open_sheet(content: bytes, opener: Opener) -> Sheet:
    """A whole version of a file.

    Raises:
        Unfit: malformed, with the line.
    """
    found = _FIRST_END.search(content)
    newline = found[0] if found else b"\n"
    dialect, head = opener(content)
    ends = (b"\n",) if dialect.quote is None else (b"\n", b"\r")
    is_closed = content.endswith(ends) or not content
    if not is_closed:
        newline = newline if newline != b"\r" or dialect.quote else b"\n"
        content += newline
        dialect, head = opener(content)
    lines = head.count(b"\n")
    try:
        raws = dialect.split(content[len(head) :])
    except Unfit as unfit:
        raise located(unfit, lines) from None
    return Sheet(dialect, head, raws, newline, is_closed)


def opened(source: Source, opener: Opener) -> Opened:
    """How a version is written, by its first bytes.

    Raises:
        Unfit: it has no sensible header, or one that does not end within `HEADER_BYTES`.
    """
    first = min(source.size, _FIRST_BYTES)
    try:
        found = opener(source.span(0, first))
    except Unfit:
        if first == source.size:
            raise
    else:
        if len(found.head) < first or first == source.size:
            return found
    return opener(source.span(0, min(source.size, HEADER_BYTES)))


def located(unfit: Unfit, lines: int | None) -> Unfit:
    """What is wrong in a stretch, as what is wrong in its file; None where nobody counted."""
    found = unfit.problem
    line = None if lines is None or found.line is None else found.line + lines
    return Unfit(found._replace(line=line, column=None if line is None else found.column))


def keys_of(sheet: Sheet, fields: tuple[str, ...]) -> list[Key | None]:
    """The keys of all records of a sheet.

    Raises:
        Unfit: a record is malformed, with its line.
    """
    try:
        return sheet.dialect.keys(sheet.raws, fields)
    except Unfit:
        raise _first_unfit(sheet) from None


def values_of(sheet: Sheet) -> Iterator[object]:
    """The values of all records.

    Raises:
        Unfit: a record is malformed, with its line.
    """
    try:
        yield from map(sheet.dialect.value, sheet.raws)
    except Unfit:
        raise _first_unfit(sheet) from None


def _first_unfit(sheet: Sheet) -> Unfit:
    """What is wrong with the first record that is malformed."""
    for place, raw in enumerate(sheet.raws):
        try:
            sheet.dialect.value(raw)
        except Unfit as unfit:
            return located(unfit, sheet.line_of([place])[0] - 1)
    raise AssertionError("every record can be read")


def _open_delimited(start: bytes, delimiter: bytes | None) -> Opened:
    first = len(BOM) if start.startswith(BOM) else 0
    first = _end(_LINE_ENDS, start, first)
    last = _end(_HEADER, start, first)
    if last == first < len(start):
        raise malformed("a quote of the header is not closed", 1)
    row = start[first:last]
    if not row.strip(b"\r\n"):
        return Opened(Delimited(delimiter or b",", ()), start)
    if len(start) >= HEADER_BYTES <= last:
        raise malformed("the header does not end", 1)
    sign = delimiter or delimiter_of(row)
    try:
        columns = header_of(row, sign)
    except Unfit as unfit:
        raise located(unfit, start.count(b"\n", 0, first)) from None
    return Opened(Delimited(sign, columns), start[: _end(_LINE_ENDS, start, last)])


def _end(pattern: "re.Pattern[bytes]", content: bytes, start: int) -> int:
    found = pattern.match(content, start)
    return found.end() if found else start
