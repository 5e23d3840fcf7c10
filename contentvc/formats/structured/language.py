"""Language: what a document is written in, and what all of them share."""

from collections.abc import Iterator
from typing import Protocol

from contentvc.formats.fields import is_same
from contentvc.formats.items import Path, Tagged, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.structured.nodes import Branch, Document, Member
from contentvc.formats.structured.rewriting import Rewriting, located, with_text

__all__ = ["Language", "TreeLanguage", "bare", "decoded", "encoded", "says"]


class Language(Protocol):
    """What documents are written in."""

    @property
    def name(self) -> str:
        """Its word."""

    @property
    def comment(self) -> str:
        """What begins a comment; empty where there are none."""

    def read(self, text: str) -> Document:
        """The document of a text.

        Raises:
            Unfit: it is none.
        """

    def warnings(self, text: str) -> Iterator[Problem]:
        """What is wrong with a text that could be read all the same."""

    def rewritten(self, document: Document, target: Value, rules: Rules) -> str | None:
        """The text, changed to say something else; None where it cannot be."""

    def with_raw(self, document: Document, item: Path, raw: str) -> str | None:
        """The text, with the text of one item set; None where there is none."""

    def place(self, document: Document, item: Path) -> int | None:
        """Where an item begins; None where it has no text of its own."""

    def raw(self, document: Document, item: Path) -> str | None:
        """How an item is written; None where it has no text of its own."""


class TreeLanguage:
    """A language whose documents are written as they are nested."""

    def written(self, value: Value, branch: Branch) -> str:
        """A value as a member of a branch has it."""
        raise NotImplementedError

    def member(self, key: str, value: Value, branch: Branch) -> Member:
        """A new member, as those of the branch are written."""
        raise NotImplementedError

    def rewritten(self, document: Document, target: Value, rules: Rules) -> str | None:
        """The text, changed to say something else; None where it cannot be."""
        root = Rewriting(self, rules).rewritten(document.root, target)
        if root is not None:
            return document.before + root.text + document.after
        # As a whole it is written anew only where that loses nothing.
        if document.root.value and target:
            return None
        return document.before + self.fresh(target) + document.after

    def fresh(self, value: Value) -> str:
        """A whole document."""
        raise NotImplementedError

    def with_raw(self, document: Document, item: Path, raw: str) -> str | None:
        """The text, with the text of one item set; None where there is none."""
        root = with_text(document.root, item, raw)
        return None if root is None else document.before + root + document.after

    def place(self, document: Document, item: Path) -> int | None:
        """Where an item begins; None where it has no text of its own."""
        found = located(document.root, item, len(document.before))
        return None if found is None else found[1]

    def raw(self, document: Document, item: Path) -> str | None:
        """How an item is written; None where it has no text of its own."""
        found = located(document.root, item)
        return None if found is None else found[0].text


def says(language: Language, text: str, value: Value) -> bool:
    """Whether a text is a document that has exactly this value."""
    try:
        return is_same(language.read(text).root.value, value)
    except Unfit:
        return False


def bare(value: Value) -> Value:
    """The value without tags, as a schema sees it."""
    if isinstance(value, Tagged):
        return bare(value.value)
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items()}
    return [bare(one) for one in value] if isinstance(value, list) else value


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


def encoded(text: str) -> bytes:
    """The bytes of a document.

    Raises:
        Unfit: it has no bytes: halves of surrogate pairs.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unfit(Problem("encoding", "a text in it cannot be written as UTF-8")) from error
