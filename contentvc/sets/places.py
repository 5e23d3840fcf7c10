"""Places: where the keys and the values of a TOML file stand, for messages about them.

The text was read as TOML before, so what is no TOML need not be told here.
"""

import re
import tomllib
from bisect import bisect_right
from typing import Final, NamedTuple

__all__ = ["Path", "Place", "Places", "too_nested"]

Path = tuple[str | int, ...]
"""Keys, and places in arrays."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?|#[^\n]*|[\[{\]}.\n]",
    re.DOTALL,
)
"""What is not closed is taken as well: to look for its end again and again takes quadratic time."""
_DEEPER: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


class Place(NamedTuple):
    """Both from 1; a column is a character, whatever it is."""

    line: int
    column: int


class Places:
    """Where each key is first named, and where each value begins."""

    def __init__(self, text: str) -> None:
        """Of a text that `tomllib` can read."""
        self._text, self._at = text, 0
        self._keys: dict[Path, int] = {}
        self._values: dict[Path, int] = {}
        self._lines = _lines(text)
        self._read()

    def of_key(self, path: Path) -> Place:
        """Where the last key of a path is first named; of the empty path, where the file begins."""
        return self._place(self._keys.get(path, 0))

    def of_value(self, path: Path) -> Place:
        """Where a value begins; of a table that is none, its key."""
        return self._place(self._values.get(path, self._keys.get(path, 0)))

    def _place(self, offset: int) -> Place:
        return _place(self._lines, offset)

    def _read(self) -> None:
        table: Path = ()
        while self._skip() < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        marks = 2 if self._text.startswith("[[", self._at) else 1
        self._at += marks
        table = self._key(())
        self._at += marks
        return table

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self._at += 1  # the equals sign
        self._skip()
        self._value(path)

    def _key(self, path: Path) -> Path:
        """A dotted key; each part of it names a table, or at last the value."""
        while True:
            self._skip()
            start = self._at
            path = (*path, self._part())
            self._keys.setdefault(path, start)
            self._skip()
            if self._text[self._at] != ".":
                return path
            self._at += 1

    def _part(self) -> str:
        if self._text[self._at] not in "\"'":
            return self._taken(_BARE)
        return str(tomllib.loads("it = " + self._taken(_STRING))["it"])

    def _value(self, path: Path) -> None:
        self._values.setdefault(path, self._at)
        sign = self._text[self._at]
        if sign == "[":
            self._array(path)
        elif sign == "{":
            self._table(path)
        else:
            self._taken(_STRING if sign in "\"'" else _SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while not self._ends("]"):
            self._value((*path, number))
            number += 1

    def _table(self, path: Path) -> None:
        self._at += 1
        while not self._ends("}"):
            self._pair(path)

    def _ends(self, mark: str) -> bool:
        """Step over what separates elements; whether there are no more, and then over the end."""
        self._skip()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip()
        is_end = self._text[self._at] == mark
        self._at += is_end
        return is_end

    def _skip(self) -> int:
        self._taken(_BLANK)
        return self._at

    def _taken(self, expected: re.Pattern[str]) -> str:
        found = expected.match(self._text, self._at)
        if found is None:
            raise AssertionError("tomllib has read it")
        self._at = found.end()
        return found[0]


def too_nested(text: str, depth: int, dots: int) -> Place | None:
    """Where any text has more brackets inside one another, or more dots in a line, than these.

    `tomllib` needs its stack for the ones, and memory by the square of the others.
    """
    open_ones = seen = 0
    for found in _TOKEN.finditer(text):
        open_ones += _DEEPER.get(found[0], 0)
        seen = 0 if found[0] == "\n" else seen + (found[0] == ".")
        if open_ones > depth or seen > dots:
            return _place(_lines(text), found.start())
    return None


def _lines(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _place(lines: list[int], offset: int) -> Place:
    line = bisect_right(lines, offset)
    return Place(line, offset - lines[line - 1] + 1)
