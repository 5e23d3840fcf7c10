"""The declaration: what ``contentvc.toml`` says about the content beside it."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import ContentvcError, Declined, Usage
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.sets.names import DECLARATION
from contentvc.sets.patterns import compile_patterns

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


@dataclass(frozen=True, slots=True)
class Declaration:
    """All content sets, in the order of the file."""

    sets: tuple[ContentSet, ...] = ()

    def set_for(self, path: bytes) -> ContentSet | None:
        """The first set that has the path."""
        return next((one for one in self.sets if one.has(path)), None)

    def rules_for(self, path: bytes) -> Rules:
        """How a file is read; no set has no rules."""
        found = self.set_for(path)
        return NO_RULES if found is None else found.rules


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


def examine_declaration(content: bytes) -> tuple[Declaration, list[Mistake]]:
    """What a file declares as far as it can be understood, and the mistakes in it by place."""
    if len(content) > limits.DECLARATION_BYTES:
        return EMPTY, [Mistake(f"it has {len(content):,} bytes", 1, 1)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return EMPTY, [Mistake("it is not UTF-8", line, 1)]
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return EMPTY, [_not_toml(str(error))]
    reader = _Reader(text)
    declaration = reader.read(document)
    return declaration, sorted(reader.mistakes, key=lambda one: (one.line, one.column))


def _not_toml(message: str) -> Mistake:
    found = _AT_LINE.search(message)
    if found is None:
        return Mistake(message or "it is nested too deeply", 1, 1)
    return Mistake(message[: found.start()], int(found[1]), int(found[2]))


def _refused(mistakes: list[Mistake]) -> ContentvcError:
    told = [f"contentvc.toml:{one.line}:{one.column}: {one.message}" for one in mistakes]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return Declined(
        "bad-declaration",
        told[0] + more,
        "what can stand there: docs/reference/contentvc-toml.md",
        mistakes=told[: limits.MISTAKES],
    )


class _Reader:
    """A parsed file becomes a declaration; what cannot be is collected."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self.mistakes: list[Mistake] = []

    def read(self, document: Mapping[str, object]) -> Declaration:
        self._unknown(document, ("sets",), None)
        sets = document.get("sets", {})
        if not isinstance(sets, dict):
            self._mistake("'sets' is a table of tables: [sets.NAME]", None, "sets")
            return EMPTY
        if len(sets) > limits.CONTENT_SETS:
            self._mistake(f"there are {len(sets):,} sets", None, "sets")
            return EMPTY
        return Declaration(tuple(self._sets(sets)))

    def _sets(self, sets: Mapping[str, object]) -> Iterator[ContentSet]:
        for name, table in sets.items():
            if not _NAME.fullmatch(name):
                self._mistake(
                    f"{name!r} is no name of a set: letters, digits, '-' and '_'", name, None
                )
            elif not isinstance(table, dict):
                self._mistake(f"'{name}' is a table: [sets.{name}]", None, name)
            elif (found := self._set(name, table)) is not None:
                yield found

    def _set(self, name: str, table: Mapping[str, object]) -> ContentSet | None:
        before = len(self.mistakes)
        self._unknown(table, _FIELDS, name)
        paths = self._strings(name, table, "paths")
        if "paths" not in table:
            self._mistake('paths are missing: paths = ["evals/**/*.jsonl"]', name, None)
        has = self._patterns(name, paths)
        found = ContentSet(
            name=name,
            paths=paths,
            has=has,
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
        try:
            return compile_patterns(paths)
        except Usage as error:
            self._mistake(error.message, name, "paths")
            return compile_patterns(())

    def _strings(
        self, name: str, table: Mapping[str, object], key: str, *, also_one: bool = False
    ) -> tuple[str, ...]:
        value = table.get(key, [])
        if also_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            wanted = "a string, or a list of them" if also_one else "a list of strings"
            self._mistake(f"'{key}' is {wanted}", name, key)
            return ()
        if len(value) > limits.SET_WORDS or any(len(one) > limits.SET_WORD for one in value):
            self._mistake(f"'{key}' has too many words, or one that is too long", name, key)
            return ()
        if key in table and not value:
            self._mistake(f"'{key}' is empty", name, key)
        return tuple(value)

    def _word(
        self, name: str, table: Mapping[str, object], key: str, known: tuple[str, ...]
    ) -> str | None:
        value = table.get(key)
        if value is None or (isinstance(value, str) and value in known):
            return value
        self._mistake(f"'{key}' is one of {', '.join(known)}", name, key)
        return None

    def _schema(self, name: str, table: Mapping[str, object]) -> str | None:
        value = table.get("schema")
        if value is None:
            return None
        names = value.split("/") if isinstance(value, str) else []
        if not isinstance(value, str) or any(one in ("", ".", "..") for one in names):
            self._mistake("'schema' is a path from the root, without '..'", name, "schema")
            return None
        return value

    def _unknown(
        self, table: Mapping[str, object], known: tuple[str, ...], name: str | None
    ) -> None:
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, 1)
                meant = f"; is '{near[0]}' meant?" if near else f"; known: {', '.join(known)}"
                self._mistake(f"there is no '{key}' here{meant}", name, key)

    def _mistake(self, message: str, name: str | None, key: str | None) -> None:
        self.mistakes.append(Mistake(message, *self._place(name, key)))

    def _place(self, name: str | None, key: str | None) -> tuple[int, int]:
        """Where a table begins, or a key stands in it; a guess where it is written in one line."""
        first = 0
        if name is not None:
            first = self._find(rf"\s*\[\s*sets\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*\]", 0) or 0
        if key is None:
            return first + 1, 1
        line = self._find(rf"\s*\[?\s*[\"']?{re.escape(key)}\b", first)
        if line is None:
            return first + 1, 1
        return line + 1, self._lines[line].index(key) + 1

    def _find(self, pattern: str, first: int) -> int | None:
        expression = re.compile(pattern)
        rows = enumerate(self._lines[first:], first)
        return next((number for number, line in rows if expression.match(line)), None)


_FIELDS: Final = (
    "paths",
    "format",
    "key",
    "unordered",
    "schema",
    "required_attributes",
    "validate",
)


def _formats() -> tuple[str, ...]:
    from contentvc.formats.registry import FORMATS  # noqa: PLC0415 - only where one is declared

    return tuple(one.name for one in FORMATS)
