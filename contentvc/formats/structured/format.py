"""The formats of documents, one for each language they are written in."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from contentvc import limits
from contentvc.formats.changes import Changes, StructuredChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.items import Path, Piece, Value
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source
from contentvc.formats.structured.differences import differences
from contentvc.formats.structured.nodes import Document
from contentvc.formats.structured.values import too_large

__all__ = ["DocumentFormat", "Language"]


class Language(Protocol):
    """What documents are written in."""

    @property
    def name(self) -> str:
        """Its word."""

    def read(self, text: str) -> Document:
        """The document of a text.

        Raises:
            Unfit: it is none.
        """

    def warnings(self, text: str) -> Iterator[Problem]:
        """What is wrong with a text that could be read all the same."""


class DocumentFormat:
    """Documents in one language: compared and merged by path."""

    def __init__(
        self, name: str, fits: Callable[[bytes, bytes], bool], load: Callable[[], Language]
    ) -> None:
        """Args: its word; whether a file is one, by path and first bytes; what reads it."""
        self.name: Final = name
        self._fits = fits
        self._load = load

    def fits(self, path: bytes, head: bytes, rules: Rules) -> bool:
        """Whether it is called like one or, without a usual name, begins like one."""
        return self._fits(path, head)

    def diff(self, old: Source, new: Source, rules: Rules) -> StructuredChanges:
        """Changes by path.

        Raises:
            Unfit: a version is malformed, or they are documents of different kinds.
        """
        before, after = self._value(old), self._value(new)
        _check_kinds(before, after)
        return StructuredChanges(tuple(differences(before, after, rules)))

    def _value(self, content: Source) -> Value:
        if content.size > limits.DOCUMENT_BYTES:
            raise too_large()
        return self._load().read(decoded(content.read())).root.value

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """Not yet."""
        raise Unfit(Problem("malformed", "not yet"))

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """By line."""
        raise Unfit(Problem("malformed", "not yet"))

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What keeps it from being read, and what the schema says."""
        yield from ()

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """Not yet."""
        raise Unfit(Problem("malformed", "not yet"))

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """Not yet."""
        raise Unfit(Problem("malformed", "not yet"))


def decoded(content: bytes) -> str:
    """The text of a document.

    Raises:
        Unfit: it is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unfit(Problem("encoding", f"line {line}: it is not UTF-8", None, line)) from error


def _check_kinds(before: Value, after: Value) -> None:
    """Documents that are no collections, or not the same one, say more as text."""
    if type(before) is not type(after) or not isinstance(before, dict | list):
        raise Unfit(Problem("malformed", "the versions are different kinds of documents"))
