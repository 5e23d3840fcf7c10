"""Delimited text: a header row, then rows of cells, with quoting as in RFC 4180."""

import re
from collections.abc import Iterator, Sequence
from csv import reader
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Final

from contentvc import limits
from contentvc.formats.items import Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.records.dialect import Key, malformed, with_blanks

__all__ = ["Delimited", "delimiter_of", "header_of", "row_end"]

_NUMBER: Final = re.compile(r"\s*[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\s*")
_NEEDS_QUOTES: Final = re.compile(rb'[\r\n"]|\A[ \t]|[ \t]\Z')
_CSV_LIMIT: Final = 128 * limits.KIB
"""Python's reader takes cells up to here, unless a setting of all programs' parts is changed."""
_SNIFFED: Final = (b",", b";", b"\t")


class Delimited:
    """Rows under one header; every cell is text."""

    quote = b'"'

    def __init__(self, delimiter: bytes, columns: tuple[str, ...]) -> None:
        self.delimiter: Final = delimiter
        self._sign = delimiter.decode()
        self.columns: Final[tuple[str, ...]] = columns
        sign = re.escape(delimiter)
        cell = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"\r\n' + sign + rb"]*+)"
        self._cell = re.compile(cell + rb"(" + sign + rb"|\Z)")
        self._commas = len(columns) - 1
        more = b"(?:%s%s){%d}" % (sign, cell, max(0, self._commas))
        self._row = re.compile(rb"[\r\n]*+" + cell + more + rb"[\r\n]*+")

    def split(self, content: bytes) -> list[bytes]:
        """Rows; a row with a quote that is not closed goes on in the next line."""
        lines = content.splitlines(keepends=True)
        is_quoted = b'"' in content
        if is_quoted:
            lines = list(_whole_rows(lines))
        # Most files have no blank line, and no line as short.
        if lines and len(min(lines, key=len)) <= len(b"\r\n"):
            lines = with_blanks(lines, _is_blank)
        sign = self.delimiter
        if is_quoted or {row.count(sign) for row in lines} - {self._commas}:
            self._check(lines)
        if lines and len(max(lines, key=len)) > limits.RECORD_BYTES:
            raise malformed(f"a record is longer than {limits.RECORD_BYTES >> 20} MiB")
        return lines

    def cells(self, raw: bytes) -> list[bytes]:
        """The cells of a row as they are written, without its line end."""
        row = raw[: row_end(raw)].lstrip(b"\r\n")
        if b'"' not in row:
            return row.split(self.delimiter)
        found, place = [], 0
        while True:
            match = self._cell.match(row, place)
            if match is None:
                raise malformed("a quote stands in a cell that is not quoted", 1, place + 1)
            found.append(row[match.start() : match.start(1)])
            if match.end() == match.start(1):
                return found
            place = match.end()

    def texts(self, raw: bytes) -> list[str]:
        """What the cells of a row hold."""
        try:
            row = raw.strip(b"\r\n").decode()
        except UnicodeDecodeError:
            raise Unfit(Problem("encoding", "it is not UTF-8", None, 1)) from None
        if '"' not in row:
            return row.split(self._sign)
        if len(row) > _CSV_LIMIT:
            return [text_of(cell).decode() for cell in self.cells(raw)]
        return next(reader([row], delimiter=self._sign, strict=True))

    def value(self, raw: bytes) -> Value:
        """The row as an object, by column."""
        texts = self.texts(raw)
        if len(texts) != len(self.columns):
            raise malformed(f"{len(texts)} cells under {len(self.columns)} columns", 1)
        return dict(zip(self.columns, texts, strict=True))

    def keys(self, raws: Sequence[bytes], fields: tuple[str, ...]) -> list[Key | None]:
        """The cells of these columns; an empty cell is no key."""
        if any(name not in self.columns for name in fields):
            return [None] * len(raws)
        places = [self.columns.index(name) for name in fields]
        if len(places) == 1:
            return self._single_keys(raws, places[0])
        chosen = itemgetter(*places)
        return [_key(chosen(self.texts(raw))) for raw in raws]

    def written(self, value: Value) -> bytes:
        """A row with the cells of the columns; a column that the value lacks is empty."""
        if not isinstance(value, dict) or not set(value) <= set(self.columns):
            raise malformed("a row has a text for each column, and no others")
        return self.delimiter.join([self.cell(value.get(name, "")) for name in self.columns])

    def cell(self, value: Value) -> bytes:
        """One cell as it is written: in quotes only where it must be."""
        if value is None:
            return b""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise malformed("a cell holds text")
        text = str(value).encode()
        if self.delimiter in text or _NEEDS_QUOTES.search(text):
            return b'"' + text.replace(b'"', b'""') + b'"'
        # The only cell of a row that is empty would be a blank line.
        return text or (b"" if self._commas else b'""')

    def is_cell(self, text: bytes) -> bool:
        """Whether this is one cell, as it may be written here."""
        found = self._cell.fullmatch(text)
        return found is not None and not found[1]

    def _single_keys(self, raws: Sequence[bytes], place: int) -> list[Key | None]:
        sign, most = self.delimiter, place + 1
        keys: list[Key | None] = []
        for raw in raws:
            if b'"' in raw:
                keys.append(_key((self.texts(raw)[place],)))
            else:
                cell = raw.split(sign, most)[place].strip(b"\r\n")
                keys.append((encode_basestring(cell.decode()),) if cell else None)
        return keys

    def _check(self, rows: Sequence[bytes]) -> None:
        sign, commas = self.delimiter, self._commas
        for place, row in enumerate(rows):
            if b'"' in row:
                is_sound = self._row.fullmatch(row) is not None
            else:
                is_sound = row.count(sign) == commas
            if not is_sound:
                line = 1 + sum([one.count(b"\n") for one in rows[:place]])
                raise self._unsound(row, line)

    def _unsound(self, row: bytes, line: int) -> Unfit:
        try:
            found = len(self.cells(row))
        except Unfit as unfit:
            return Unfit(unfit.problem._replace(line=line))
        return malformed(f"{found} cells under {self._commas + 1} columns", line)


def row_end(raw: bytes) -> int:
    """Where the line end of a row begins."""
    return len(raw.rstrip(b"\r\n"))


def text_of(cell: bytes) -> bytes:
    """What a cell holds."""
    if cell.startswith(b'"'):
        return cell[1:-1].replace(b'""', b'"')
    return cell


def delimiter_of(first: bytes) -> bytes:
    """The sign between the cells of a header: the one it has most of, a comma if none."""
    plain = re.sub(rb'"[^"]*"', b"", first)
    return max(_SNIFFED, key=lambda sign: (plain.count(sign), -_SNIFFED.index(sign)))


def header_of(row: bytes, delimiter: bytes) -> tuple[str, ...]:
    """The columns that a header names.

    Raises:
        Unfit: it names one twice or holds only numbers, so it is none.
    """
    names = tuple(Delimited(delimiter, ("",)).texts(row))
    if len(names) > limits.COLUMNS:
        raise malformed(f"more than {limits.COLUMNS:,} columns", 1)
    if len(set(names)) < len(names):
        raise malformed("the header names a column twice", 1)
    if all(not name or _NUMBER.fullmatch(name) for name in names):
        raise malformed("the first row is no header", 1)
    return names


def _key(texts: tuple[str, ...]) -> Key | None:
    return tuple(map(encode_basestring, texts)) if all(texts) else None


def _is_blank(line: bytes) -> bool:
    return not line.strip(b"\r\n")


def _whole_rows(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Lines joined until their quotes come in pairs."""
    held: list[bytes] = []
    for line in lines:
        is_odd = line.count(b'"') & 1
        if not held and not is_odd:
            yield line
            continue
        held.append(line)
        if is_odd and len(held) > 1:
            yield b"".join(held)
            held = []
    if held:
        raise malformed("a quote is not closed", len(lines) - len(held) + 1)
