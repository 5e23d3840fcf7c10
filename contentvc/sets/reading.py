"""Reading ``contentvc.toml``: text becomes a declaration, or is refused with all its mistakes."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import ContentvcError, Declined
from contentvc.sets.declaration import EMPTY, ContentSet, Declaration, Strictness
from contentvc.sets.fields import FIELDS, SET_NAME
from contentvc.sets.names import SCHEMA_SUFFIX
from contentvc.sets.patterns import compile_patterns, is_pattern
from contentvc.sets.places import Path, Place, Places, too_nested

__all__ = ["Mistake", "check_size", "examine_declaration", "read_declaration"]

_NAME: Final = re.compile(SET_NAME)
_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SETS: Final = "sets"
_SCHEMAS: Final = SCHEMA_SUFFIX.decode()
_REMEMBERED: Final = 16
"""Declarations kept: versions beside one another mostly have the same one."""
_CLOSE: Final = 64
"""Characters that are compared to find what was meant: it takes time by their square."""


class Mistake(NamedTuple):
    """Something in the file that cannot be."""

    message: str
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""


def read_declaration(content: bytes) -> Declaration:
    """The declaration that a file makes.

    Raises:
        Declined: there are mistakes in it (``bad-declaration``): the first one with its line and
            column in the message, up to `limits.MISTAKES` of them in the details.
    """
    declaration, mistakes = examine_declaration(content)
    if mistakes:
        raise _refused(mistakes)
    return declaration


@lru_cache(maxsize=_REMEMBERED)
def examine_declaration(content: bytes) -> tuple[Declaration, tuple[Mistake, ...]]:
    """What a file declares as far as it can be understood, and its mistakes by place."""
    try:
        text = _text(content)
        document = _document(text)
    except _Unreadable as unreadable:
        return EMPTY, (unreadable.mistake,)
    reader = _Reader(text)
    declaration = reader.read(document)
    return declaration, tuple(sorted(reader.mistakes, key=lambda one: one[1:]))


def check_size(size: int) -> None:
    """Refuse a file of so many bytes before it is read, if it is too large.

    Raises:
        Declined: it is (``bad-declaration``).
    """
    if size > limits.DECLARATION_BYTES:
        raise _refused([_too_large(size)])


class _Unreadable(Exception):
    """Nothing can be made of a file."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.mistake = Mistake(message, *place)


def _too_large(size: int) -> Mistake:
    return Mistake(f"it has {size:,} bytes, and {limits.DECLARATION_BYTES:,} at most", 1, 1)


def _text(content: bytes) -> str:
    if len(content) > limits.DECLARATION_BYTES:
        raise _Unreadable(_too_large(len(content)).message, Place(1, 1))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sound = content[: error.start].decode("utf-8-sig").rpartition("\n")
        place = Place(sound[0].count("\n") + bool(sound[1]) + 1, len(sound[2]) + 1)
        raise _Unreadable("it is not UTF-8", place) from None


def _document(text: str) -> Mapping[str, object]:
    nested = too_nested(text, limits.DECLARATION_DEPTH, limits.DECLARATION_DOTS)
    if nested is not None:
        raise _Unreadable("it is nested too deeply", nested)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, str(error)) from None
    except ValueError:  # Python turns no more than some thousand digits into a number
        raise _Unreadable("a number in it has too many digits", Place(1, 1)) from None


def _not_toml(text: str, message: str) -> _Unreadable:
    found = _AT.search(message)
    told = message if found is None else message[: found.start()]
    if found is not None and found[1]:
        return _Unreadable(told, Place(int(found[1]), int(found[2])))
    lines = text.split("\n")
    return _Unreadable(told, Place(len(lines), len(lines[-1]) + 1))


def _refused(mistakes: Sequence[Mistake]) -> ContentvcError:
    told = [
        f"contentvc.toml:{one.line}:{one.column}: {one.message}"
        for one in mistakes[: limits.MISTAKES]
    ]
    more = f" (and {len(mistakes) - 1:,} more)" if len(mistakes) > 1 else ""
    return Declined(
        "bad-declaration",
        told[0] + more,
        "what can stand there: docs/reference/contentvc-toml.md",
        mistakes=told,
    )


class _Reader:
    """A parsed file becomes a declaration; what cannot be is collected."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.mistakes: list[Mistake] = []

    def read(self, document: Mapping[str, object]) -> Declaration:
        self._unknown(document, (_SETS,), ())
        sets = document.get(_SETS, {})
        if not isinstance(sets, dict):
            self._wrong((_SETS,), "'sets' is a table of tables: [sets.NAME]")
            return EMPTY
        if len(sets) > limits.CONTENT_SETS:
            most = f"{limits.CONTENT_SETS:,} at most"
            self._wrong((_SETS,), f"there are {len(sets):,} content sets, and {most}")
            return EMPTY
        patterns = sum(map(_length, sets.values()))
        if patterns > limits.SET_PATTERNS:
            most = f"{limits.SET_PATTERNS:,} at most"
            self._wrong((_SETS,), f"there are {patterns:,} paths, and {most}")
            return EMPTY
        return Declaration(tuple(self._sets(sets)))

    def _sets(self, sets: Mapping[str, object]) -> Iterator[ContentSet]:
        for name, table in sets.items():
            if not _NAME.fullmatch(name):
                told = f"{_shown(name)} is no name of a set: up to 64 letters, digits, '-' and '_'"
                self._at_key((_SETS, name), told)
            elif not isinstance(table, dict):
                self._wrong((_SETS, name), f"'{name}' is a table: [sets.{name}]")
            elif (found := self._set(table, (_SETS, name))) is not None:
                yield found

    def _set(self, table: Mapping[str, object], at: Path) -> ContentSet | None:
        before = len(self.mistakes)
        self._unknown(table, tuple(FIELDS), at)
        if "paths" not in table:
            self._at_key(at, 'paths are missing: paths = ["evals/**/*.jsonl"]')
        words = _Words(table, at, self._wrong)
        paths = words.strings("paths")
        self._check_patterns(paths, (*at, "paths"))
        strictness = words.one_of("validate", tuple(Strictness))
        named = words.one_of("format", _formats()) if "format" in table else None
        key = words.strings("key", also_one=True)
        unordered = words.strings("unordered")
        schema = words.path("schema")
        required = words.strings("required_attributes")
        if len(self.mistakes) > before:
            return None
        return ContentSet(
            name=str(at[-1]),
            paths=paths,
            has=compile_patterns(paths),
            format=named,
            key=key,
            unordered=unordered,
            schema=schema,
            required_attributes=required,
            validate=Strictness(strictness or Strictness.ERROR),
        )

    def _check_patterns(self, paths: Sequence[str], at: Path) -> None:
        for number, pattern in enumerate(paths):
            if not is_pattern(pattern):
                told = f"{_shown(pattern)} is not a pattern of paths from the root"
                self._wrong((*at, number), told)

    def _unknown(self, table: Mapping[str, object], known: tuple[str, ...], at: Path) -> None:
        for key in table:
            if key not in known:
                is_told = len(self.mistakes) < limits.MISTAKES  # to find what is meant takes time
                near = get_close_matches(key[:_CLOSE], known, 1) if is_told else []
                meant = f"is '{near[0]}' meant?" if near else f"known: {', '.join(known)}"
                self._at_key((*at, key), f"there is no {_shown(key)} here; {meant}")

    def _at_key(self, path: Path, message: str) -> None:
        self.mistakes.append(Mistake(message, *self._places.of_key(path)))

    def _wrong(self, path: Path, message: str) -> None:
        self.mistakes.append(Mistake(message, *self._places.of_value(path)))

    @cached_property
    def _places(self) -> Places:
        return Places(self._text)


class _Words(NamedTuple):
    """The values of one table as they should be; what cannot be is told, and left out."""

    table: Mapping[str, object]
    at: Path
    wrong: Callable[[Path, str], None]

    def strings(self, key: str, *, also_one: bool = False) -> tuple[str, ...]:
        value = self.table.get(key)
        if value is None:
            return ()
        if also_one and isinstance(value, str):
            return (value,) if self._is_word(value, (*self.at, key)) else ()
        if not isinstance(value, list) or not value:
            self.wrong((*self.at, key), f"'{key}' is {_wanted(also_one=also_one)}")
            return ()
        if len(value) > limits.SET_WORDS:
            told = f"'{key}' has {len(value):,} words, and {limits.SET_WORDS:,} at most"
            self.wrong((*self.at, key), told)
            return ()
        places = enumerate(value)
        return tuple(one for place, one in places if self._is_word(one, (*self.at, key, place)))

    def one_of(self, key: str, known: Sequence[str]) -> str | None:
        value = self.table.get(key)
        if value is None or (isinstance(value, str) and value in known):
            return value
        self.wrong((*self.at, key), f"'{key}' is one of {', '.join(known)}")
        return None

    def path(self, key: str) -> str | None:
        value = self.table.get(key)
        if value is None:
            return None
        names = value.split("/") if isinstance(value, str) else [""]
        is_path = not any(one in ("", ".", "..") for one in names)
        if not isinstance(value, str) or not is_path or not value.endswith(_SCHEMAS):
            told = f"'{key}' is a path from the root, without '..', that ends with {_SCHEMAS}"
            self.wrong((*self.at, key), told)
            return None
        return value

    def _is_word(self, value: object, at: Path) -> bool:
        if not isinstance(value, str) or not value:
            self.wrong(at, "this is a string that is not empty")
            return False
        if len(value) > limits.SET_WORD:
            told = f"this has {len(value):,} characters, and {limits.SET_WORD:,} at most"
            self.wrong(at, told)
            return False
        return True


def _wanted(*, also_one: bool) -> str:
    return "a string, or a list of them" if also_one else "a list of strings that is not empty"


def _length(table: object) -> int:
    """Patterns of a set; of more than a list may have, the list itself is told."""
    paths = table.get("paths") if isinstance(table, dict) else None
    return len(paths) if isinstance(paths, list) and len(paths) <= limits.SET_WORDS else 0


def _shown(word: str) -> str:
    return repr(word if len(word) <= _CLOSE else word[:_CLOSE] + "…")


def _formats() -> tuple[str, ...]:
    from contentvc.formats.registry import FORMATS  # noqa: PLC0415 - only where one is declared

    return tuple(one.name for one in FORMATS)
