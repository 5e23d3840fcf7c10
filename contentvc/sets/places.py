"""Places: where in a file of settings a table or a key is written.

What reads TOML tells no places of what it has read, and people need them to find a mistake.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["Place", "Places", "most_dots"]

_UNSEEN: Final = re.compile(
    r'"""[\s\S]*?"""' r"|'''[\s\S]*?'''" r'|"(?:\\.|[^"\\\n])*+"?' r"|'[^'\n]*+'?" r"|#[^\n]*"
)
"""Strings and comments. What is not closed goes on to the end of its line, so that no text makes
this look at a part of it again and again."""
_TOKEN: Final = re.compile(
    r"^[ \t]*\[\[?([^\[\]\n]*)\]|(?<![\w\-.\0 \t])([\w\-.\0 \t]++)=|([{}])", re.MULTILINE
)
_PART: Final = re.compile(r"\"((?:\\.|[^\"\\\n])*)\"|'([^'\n]*)'|([\w-]+)")


class Place(NamedTuple):
    """Both from 1; columns in characters."""

    line: int
    column: int


class Places:
    """Finds keys in the text of one file, by the way to them: ``("sets", "evals", "paths")``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offsets: dict[tuple[str, ...], int] | None = None

    def of(self, *way: str) -> Place:
        """Where a key or a table begins; if it is not found, where what it is in begins."""
        return self._place(self._offset(way))

    def of_word(self, word: str, *way: str) -> Place:
        """Where a string stands in the value of a key; else where the key does."""
        start = self._offset(way)
        found = [self._text.find(quote + word + quote, start) for quote in "\"'"]
        there = [offset for offset in found if offset >= 0]
        return self._place(min(there, default=start))

    def _offset(self, way: tuple[str, ...]) -> int:
        if self._offsets is None:
            self._offsets = {}
            for path, offset in _keys(self._text):
                self._offsets.setdefault(path, offset)
        ways = (way[:length] for length in range(len(way), 0, -1))
        return next((self._offsets[one] for one in ways if one in self._offsets), 0)

    def _place(self, offset: int) -> Place:
        line = self._text.count("\n", 0, offset) + 1
        return Place(line, offset - self._text.rfind("\n", 0, offset))


def most_dots(text: str) -> tuple[int, Place]:
    """The most dots on one line outside of strings and comments, and where that line begins."""
    lines = _seen(text).split("\n")
    dots, number = max((line.count("."), -number) for number, line in enumerate(lines, 1))
    return dots, Place(-number, 1)


def _seen(text: str) -> str:
    """The text with NUL in place of strings and comments; all else stays where it is."""
    return _UNSEEN.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each table and key, with the offset of its first character."""
    table: tuple[str, ...] = ()
    within: list[tuple[str, ...]] = []
    last: tuple[str, ...] = ()
    for token in _TOKEN.finditer(_seen(text)):
        header, key, brace = (token.start(group) for group in (1, 2, 3))
        if header >= 0:
            last = table = _parts(text[header : token.end(1)])
            within.clear()
            yield table, text.index("[", token.start())
        elif key >= 0:
            written = text[key : token.end(2)]
            last = (within[-1] if within else table) + _parts(written)
            yield last, key + len(written) - len(written.lstrip())
        elif text[brace] == "{":
            within.append(last)
        elif within:
            within.pop()


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next(filter(None, found.groups()), "") for found in _PART.finditer(dotted))
