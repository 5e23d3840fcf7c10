"""The declaration: what ``contentvc.toml`` says about the content beside it."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import ContentvcError, Declined, Usage
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.sets.names import DECLARATION
from contentvc.sets.patterns import compile_choice, compile_patterns
from contentvc.sets.places import Place, Places, most_dots

__all__ = [
    "DECLARATION",
    "EMPTY",
    "ContentSet",
    "Declaration",
    "Mistake",
    "Strictness",
    "examine_declaration",
    "read_declaration",
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_AT_LINE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")
_REMEMBERED: Final = 16
"""Declarations kept: versions beside one another mostly have the same one."""
_SHOWN: Final = 64
"""Characters of a word of the file that are shown, and for which a similar one is looked for."""


class Strictness(StrEnum):
    """What `commit` does about content that breaks what its set asks."""

    ERROR = "error"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ContentSet:
    """One named part of the content."""

    name: str
    paths: tuple[str, ...]
    """Patterns, see `compile_patterns`."""
    has: Callable[[bytes], bool] = field(compare=False, repr=False)
    """Whether a path is in it; the first set of the file that has it is the one that counts."""
    format: str | None = None
    key: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    schema: str | None = None
    """Path of a JSON Schema in the same tree."""
    required_attributes: tuple[str, ...] = ()
    validate: Strictness = Strictness.ERROR

    @property
    def rules(self) -> Rules:
        """How its files are read."""
        return Rules(self.name, self.format, self.key, self.unordered)


class Declaration:
    """All content sets, in the order of the file. Immutable."""

    __slots__ = ("_choose", "_rules", "sets")

    def __init__(self, sets: tuple[ContentSet, ...] = ()) -> None:
        self.sets: Final = sets
        self._choose = compile_choice([one.paths for one in sets])
        self._rules = tuple(one.rules for one in sets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declaration) and self.sets == other.sets

    def __hash__(self) -> int:
        return hash(self.sets)

    def set_for(self, path: bytes) -> ContentSet | None:
        """The first set that has the path: sets may overlap, and the file's order decides."""
        place = self._choose(path)
        return None if place is None else self.sets[place]

    def rules_for(self, path: bytes) -> Rules:
        """How a file is read; no set has no rules."""
        place = self._choose(path)
        return NO_RULES if place is None else self._rules[place]


EMPTY: Final = Declaration()


class Mistake(NamedTuple):
    """Something in the file that cannot be."""

    message: str
    line: int
    """From 1."""
    column: int


def read_declaration(content: bytes) -> Declaration:
    """The declaration that a file makes.

    Raises:
        Declined: there are mistakes in it (``bad-declaration``): the first one with its line and
            column in the message, all of them in the details.
    """
    declaration, mistakes = examine_declaration(content)
    if mistakes:
        raise _refused(mistakes)
    return declaration


@lru_cache(maxsize=_REMEMBERED)
def examine_declaration(content: bytes) -> tuple[Declaration, tuple[Mistake, ...]]:
    """What a file declares as far as it can be understood, and the mistakes in it by place."""
    if len(content) > limits.DECLARATION_BYTES:
        return EMPTY, (Mistake(f"it has {len(content):,} bytes", 1, 1),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return EMPTY, (Mistake("it is not UTF-8", line, 1),)
    dots, place = most_dots(text)
    if dots > limits.DECLARATION_DOTS:
        return EMPTY, (Mistake(f"there are {dots:,} dots in keys of one line", *place),)
    try:
        document = tomllib.loads(text)
    except RecursionError:
        return EMPTY, (Mistake("it is nested too deeply", 1, 1),)
    except ValueError as error:
        return EMPTY, (_not_toml(error, text),)
    reader = _Reader(text)
    declaration = reader.read(document)
    return declaration, tuple(sorted(reader.mistakes, key=lambda one: (one.line, one.column)))


def _not_toml(error: ValueError, text: str) -> Mistake:
    if not isinstance(error, tomllib.TOMLDecodeError):
        return Mistake("a number in it has too many digits", 1, 1)
    message = str(error)
    found = _AT_LINE.search(message)
    if found is not None:
        return Mistake(message[: found.start()], int(found[1]), int(found[2]))
    end = text.count("\n") + 1, len(text) - text.rfind("\n")
    return Mistake(message.removesuffix(" (at end of document)"), *end)


def _refused(mistakes: Sequence[Mistake]) -> ContentvcError:
    told = [f"contentvc.toml:{one.line}:{one.column}: {one.message}" for one in mistakes]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return Declined(
        "bad-declaration",
        told[0] + more,
        "what can stand there: docs/reference/contentvc-toml.md",
        mistakes=told[: limits.MISTAKES],
    )


class _Enough(Exception):
    """So many mistakes that more are not worth finding. Never leaves this module."""


class _Reader:
    """A parsed file becomes a declaration; what cannot be is collected."""

    def __init__(self, text: str) -> None:
        self._places = Places(text)
        self._patterns_left = limits.SET_PATTERNS
        self.mistakes: list[Mistake] = []

    def read(self, document: Mapping[str, object]) -> Declaration:
        try:
            return self._declaration(document)
        except _Enough:
            return EMPTY

    def _declaration(self, document: Mapping[str, object]) -> Declaration:
        self._unknown(document, ("sets",))
        sets = document.get("sets", {})
        if not isinstance(sets, dict):
            self._mistake("'sets' is a table of tables: [sets.NAME]", "sets")
            return EMPTY
        if len(sets) > limits.CONTENT_SETS:
            self._mistake(f"there are {len(sets):,} sets", "sets")
            return EMPTY
        return Declaration(tuple(self._sets(sets)))

    def _sets(self, sets: Mapping[str, object]) -> Iterator[ContentSet]:
        for name, table in sets.items():
            if not _NAME.fullmatch(name):
                self._mistake(
                    f"{_shown(name)} is no name of a set: letters, digits, '-' and '_'",
                    "sets",
                    name,
                )
            elif not isinstance(table, dict):
                self._mistake(f"'{name}' is a table: [sets.{name}]", "sets", name)
            elif (found := self._set(name, table)) is not None:
                yield found

    def _set(self, name: str, table: Mapping[str, object]) -> ContentSet | None:
        before = len(self.mistakes)
        self._unknown(table, _FIELDS, "sets", name)
        paths = self._strings(name, table, "paths")
        if "paths" not in table:
            self._mistake('paths are missing: paths = ["evals/**/*.jsonl"]', "sets", name)
        found = ContentSet(
            name=name,
            paths=paths,
            has=self._patterns(name, paths),
            format=self._word(name, table, "format", _formats()),
            key=self._strings(name, table, "key", also_one=True),
            unordered=self._strings(name, table, "unordered"),
            schema=self._schema(name, table),
            required_attributes=self._strings(name, table, "required_attributes"),
            validate=Strictness(
                self._word(name, table, "validate", tuple(Strictness)) or Strictness.ERROR
            ),
        )
        return found if len(self.mistakes) == before else None

    def _patterns(self, name: str, paths: tuple[str, ...]) -> Callable[[bytes], bool]:
        self._patterns_left -= len(paths)
        if self._patterns_left < 0:
            self._mistake(f"there are more than {limits.SET_PATTERNS:,} paths", "sets", name)
            raise _Enough
        for path in paths:
            try:
                compile_patterns([path])
            except Usage as error:
                place = self._places.of_word(path, "sets", name, "paths")
                self._mistake_at(error.message, place)
                return compile_patterns(())
        return compile_patterns(paths)

    def _strings(
        self, name: str, table: Mapping[str, object], key: str, *, also_one: bool = False
    ) -> tuple[str, ...]:
        value = table.get(key, [])
        if also_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            wanted = "a string, or a list of them" if also_one else "a list of strings"
            self._mistake(f"'{key}' is {wanted}", "sets", name, key)
            return ()
        if len(value) > limits.SET_WORDS or any(len(one) > limits.SET_WORD for one in value):
            self._mistake(f"'{key}' has too many words, or a too long one", "sets", name, key)
            return ()
        if key in table and not value:
            self._mistake(f"'{key}' is empty", "sets", name, key)
        return tuple(value)

    def _word(
        self, name: str, table: Mapping[str, object], key: str, known: tuple[str, ...]
    ) -> str | None:
        value = table.get(key)
        if value is None or (isinstance(value, str) and value in known):
            return value
        near = _near(value, known)
        self._mistake(f"'{key}' is one of {', '.join(known)}{near}", "sets", name, key)
        return None

    def _schema(self, name: str, table: Mapping[str, object]) -> str | None:
        value = table.get("schema")
        if value is None:
            return None
        names = value.split("/") if isinstance(value, str) else []
        if not isinstance(value, str) or any(one in ("", ".", "..") for one in names):
            self._mistake("'schema' is a path from the root, without '..'", "sets", name, "schema")
            return None
        return value

    def _unknown(self, table: Mapping[str, object], known: tuple[str, ...], *way: str) -> None:
        for key in table:
            if key not in known:
                meant = _near(key, known) or f"; known: {', '.join(known)}"
                self._mistake(f"there is no {_shown(key)} here{meant}", *way, key)

    def _mistake(self, message: str, *way: str) -> None:
        self._mistake_at(message, self._places.of(*way))

    def _mistake_at(self, message: str, place: Place) -> None:
        self.mistakes.append(Mistake(message, *place))
        if len(self.mistakes) >= limits.MISTAKES:
            raise _Enough


_FIELDS: Final = (
    "paths",
    "format",
    "key",
    "unordered",
    "schema",
    "required_attributes",
    "validate",
)


def _shown(word: str) -> str:
    return f"'{word}'" if len(word) <= _SHOWN else f"'{word[:_SHOWN]}…'"


def _near(word: object, known: tuple[str, ...]) -> str:
    is_short = isinstance(word, str) and len(word) <= _SHOWN
    near = get_close_matches(word, known, 1) if isinstance(word, str) and is_short else []
    return f"; is '{near[0]}' meant?" if near else ""


def _formats() -> tuple[str, ...]:
    from contentvc.formats.registry import FORMATS  # noqa: PLC0415 - only where one is declared

    return tuple(one.name for one in FORMATS)
