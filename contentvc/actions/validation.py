"""Validation: what is wrong with the files of one version, as its content sets have it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from contentvc import limits
from contentvc.errors import Declined
from contentvc.formats.problems import Problem
from contentvc.formats.registry import HEAD, candidates
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import Source
from contentvc.sets.declaration import ContentSet, Declaration
from contentvc.sets.names import DECLARATION, TELLING
from contentvc.snapshots.tree import Entry
from contentvc.worktree.sound import Sound

if TYPE_CHECKING:
    from contentvc.sets.reading import Mistake
    from contentvc.sets.schema import ReadFile, Schema

__all__ = ["Content", "FileProblems", "Validation", "is_checked", "mistaken"]

_MEANING: Final = 2
"""Of contents that are known to be sound; another number where formats begin to see more."""
_WITHOUT_VALUES: Final = frozenset({"text", "binary"})


@dataclass(frozen=True, slots=True)
class FileProblems:
    """What is wrong with one file."""

    path: bytes
    set: str | None
    problems: tuple[Problem, ...]
    is_cut: bool = False
    """Whether there may be more of them."""


class Content(NamedTuple):
    """A file's content."""

    source: Source
    is_same: Callable[[], bool]
    """Whether what was read from it is what the file's id says; asked after reading."""


class Validation:
    """Checks the files of one version; a schema is compiled when the first file asks for it."""

    def __init__(self, declaration: Declaration, read: "ReadFile", sound: Sound) -> None:
        """What it declares; what reads its schema files; contents that are known to be sound."""
        self._declaration = declaration
        self._read = read
        self._sound = sound
        self._schemas: dict[str, Schema | None] = {}
        self.broken: dict[str, FileProblems] = {}
        """Schemas that cannot be used, by the sets that ask for them."""
        self.known = 0
        """Files that nobody read, since they are known to be sound."""

    def of(self, path: bytes, entry: Entry, content: Callable[[], Content]) -> FileProblems:
        """What is wrong with a file, which has this entry in the version.

        `content` is called only if the file has to be read.

        Raises:
            ContentvcError: the content cannot be read.
        """
        one = self._declaration.set_for(path)
        name = None if one is None else one.name
        lacking = [] if one is None else list(_lacking(one, entry))
        check = None if one is None else self.schema(one)
        asked = _asked(path, one, check)
        if self._sound.has(asked, entry.id):
            self.known += 1
            return FileProblems(path, name, tuple(lacking))
        there = content()
        found = list(islice(_problems(path, there.source, one, check), limits.PROBLEMS + 1))
        if there.is_same() and not found:
            self._sound.add(asked, entry.id)
        told = (*lacking, *found[: limits.PROBLEMS])
        return FileProblems(path, name, told, len(found) > limits.PROBLEMS)

    def knows(self, path: bytes, entry: Entry) -> bool:
        """Whether a file need not be read: it is known to be sound."""
        one = self._declaration.set_for(path)
        check = None if one is None else self.schema(one)
        return self._sound.has(_asked(path, one, check), entry.id)

    def schema(self, one: ContentSet) -> "Schema | None":
        """The schema of a set; None where it has none, or one that is `broken`."""
        if one.schema is None:
            return None
        if one.name not in self._schemas:
            self._schemas[one.name] = self._compiled(one, one.schema)
        return self._schemas[one.name]

    def _compiled(self, one: ContentSet, schema: str) -> "Schema | None":
        from contentvc.sets.schema import compile_schema  # noqa: PLC0415 - 20 ms, where there is one

        try:
            return compile_schema(schema.encode(), self._read)
        except Declined as error:
            path = str(error.details["path"]).encode()
            line, column = int(str(error.details["line"])), int(str(error.details["column"]))
            problem = Problem("bad-schema", str(error.details["reason"]), None, line, column)
            self.broken[one.name] = FileProblems(path, one.name, (problem,))
            return None


def is_checked(path: bytes) -> bool:
    """Whether a file outside of every set is looked at: its name says what it should hold."""
    return path.lower().endswith(TELLING)


def mistaken(mistakes: "Sequence[Mistake]") -> FileProblems:
    """Mistakes in contentvc.toml, as problems of that file."""
    told = [Problem("bad-declaration", one.message, None, one.line, one.column) for one in mistakes]
    return FileProblems(DECLARATION, None, tuple(told))


def _lacking(one: ContentSet, entry: Entry) -> Iterator[Problem]:
    has = dict(entry.attributes)
    for name in one.required_attributes:
        if name not in has:
            yield Problem("missing-attribute", f"it has no attribute {name}")


def _asked(path: bytes, one: ContentSet | None, schema: "Schema | None") -> bytes:
    """What a content is measured by: all that the answer depends on, besides the content."""
    rules = NO_RULES if one is None else one.rules
    files = sorted(schema.files.items()) if schema is not None else None
    name = path.rpartition(b"/")[2]
    return repr((_MEANING, name, rules.format, rules.key, rules.unordered, files)).encode()


def _problems(
    path: bytes, source: Source, one: ContentSet | None, schema: "Schema | None"
) -> Iterator[Problem]:
    rules = NO_RULES if one is None else one.rules
    head = source.span(0, min(HEAD, source.size))
    reads = next(candidates(path, head, rules))
    if schema is not None and reads.name in _WITHOUT_VALUES:
        yield Problem("schema", f"it is read as {reads.name}, which no schema can describe")
    yield from reads.problems(path, source, rules, None if schema is None else schema.check)
