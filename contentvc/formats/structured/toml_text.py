"""TOML's text: its statements, and where each of their parts stands."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contentvc import limits

__all__ = ["Section", "Statement", "Unclear", "blank_end", "keys_at", "sections", "value_end"]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_REST: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'")
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[\]{},]|[^\s,\[\]{}#\"']+|\s+",
    re.DOTALL,
)
_SPACED: Final = re.compile(r"[ \t]*(?:#|\r?\n|$)")


class Unclear(Exception):
    """The text has something that is no statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """``key = value``; offsets in the text."""

    keys: tuple[str, ...]
    begin: int
    """Of the white space and comments before it."""
    start: int
    value: int
    value_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """A header and the statements after it; the first one has no header."""

    keys: tuple[str, ...]
    is_element: bool
    """``[[header]]``."""
    begin: int
    start: int
    head_end: int
    statements: tuple[Statement, ...]
    end: int


def sections(text: str, start: int) -> list[Section]:
    """All of a text, in order; what follows the last statement belongs to nothing.

    Raises:
        Unclear: it has something that is no statement, or goes too deep.
    """
    return list(_sections(text, start))


def _sections(text: str, start: int) -> Iterator[Section]:
    keys: tuple[str, ...] = ()
    is_element, begin, head, head_end = False, start, start, start
    while True:
        statements, place, following = _statements(text, head_end)
        yield Section(keys, is_element, begin, head, head_end, tuple(statements), place)
        if following == len(text):
            return
        begin, head = place, following
        is_element = text.startswith("[[", head)
        keys, place = keys_at(text, head + 1 + is_element)
        closing = "]]" if is_element else "]"
        if not text.startswith(closing, place):
            raise Unclear
        head_end = _rest(text, place + len(closing))


def _statements(text: str, place: int) -> tuple[list[Statement], int, int]:
    """Those that follow, where the last one ends, and where what is none begins."""
    found: list[Statement] = []
    while True:
        start = blank_end(text, place)
        if start == len(text) or text[start] == "[":
            return found, place, start
        keys, equals = keys_at(text, start)
        if not text.startswith("=", equals):
            raise Unclear
        value = _end(_SPACE, text, equals + 1)
        end = value_end(text, value)
        found.append(Statement(keys, place, start, value, end, _rest(text, end)))
        place = found[-1].end


def blank_end(text: str, place: int) -> int:
    """After white space, line ends and comments."""
    return _end(_BLANK, text, place)


def keys_at(text: str, place: int) -> tuple[tuple[str, ...], int]:
    """A key, dotted or not, and what comes after it.

    Raises:
        Unclear: it is none, or goes too deep.
    """
    keys: list[str] = []
    while True:
        name = _NAME.match(text, _end(_SPACE, text, place))
        if name is None or len(keys) == limits.DOCUMENT_DEPTH:
            raise Unclear
        keys.append(_meant(name[0]))
        place = _end(_SPACE, text, name.end())
        if not text.startswith(".", place):
            return tuple(keys), place
        place += 1


def _meant(name: str) -> str:
    if name[0] == "'":
        return name[1:-1]
    if name[0] != '"':
        return name
    try:
        return str(tomllib.loads(f"x = {name}")["x"])
    except tomllib.TOMLDecodeError as error:
        raise Unclear from error


def value_end(text: str, place: int) -> int:
    """Where the value that begins there ends: after its brackets, or with its line.

    Raises:
        Unclear: it does not end, or goes too deep.
    """
    depth = 0
    last = place
    while depth or last == place or not _SPACED.match(text, last):
        token = _TOKEN.match(text, last)
        if token is None:
            raise Unclear
        depth += (token[0] in "[{") - (token[0] in "]}")
        last = token.end()
        if depth < 0 or depth > limits.DOCUMENT_DEPTH:
            raise Unclear
        if not depth and (token[0] in "]}" or text.startswith((",", "]", "}"), last)):
            return last
    return last


def _rest(text: str, place: int) -> int:
    found = _REST.match(text, place)
    if found is None:
        raise Unclear
    return found.end()


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    assert found is not None  # noqa: S101 - these match nothing too
    return found.end()
