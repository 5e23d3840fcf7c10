"""TOML documents: read by the standard library, and written statement by statement."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.formats.items import Path, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.structured.nodes import Branch, Document, Holds, Member, Node
from contentvc.formats.structured.rewriting import located, with_text
from contentvc.formats.structured.toml_editing import TomlEditing
from contentvc.formats.structured.toml_nodes import (
    parsed,
    section_paths,
    sections_branch,
    value_node,
)
from contentvc.formats.structured.toml_text import Section, Unclear, sections
from contentvc.formats.structured.toml_writing import inline, name
from contentvc.formats.structured.values import check_depth

__all__ = ["TomlText"]

_OWN_LINE: Final = re.compile(r"\r?\n[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a statement's value is, and which item it is."""

    path: Path
    start: int
    end: int


class TomlText:
    """The language of ``.toml`` files."""

    name = "toml"
    comment = "#"

    def read(self, text: str) -> Document:
        """The document; `text` may begin with a byte-order mark.

        Raises:
            Unfit: it is malformed, or beyond a limit.
        """
        start = int(text.startswith("\ufeff"))
        found = _sections(text, start)
        value = parsed(text[start:])
        check_depth(value)
        if found is None:
            return Document(text[:start], Node(text, start, len(text), value), "")
        root = Node(
            text, start, len(text), value, lambda: sections_branch(text, start, found, value)
        )
        return Document(text[:start], root, "")

    def warnings(self, text: str) -> Iterator[Problem]:
        """Nothing is read that is no TOML."""
        yield from ()

    def rewritten(self, document: Document, target: Value, rules: Rules) -> str | None:
        """The text, changed to say something else; None where it cannot be."""
        text = document.text
        found = _sections(text, len(document.before))
        if found is None or not isinstance(target, dict):
            return None
        return TomlEditing(text, found, document.root.value, target, self, rules).text()

    def with_raw(self, document: Document, item: Path, raw: str) -> str | None:
        """The text, with the text of one item set; None where there is none."""
        text, place = document.text, _statement_of(document, item)
        if place is None:
            return None
        node = value_node(text, place.start, place.end)
        inner = with_text(node, item[len(place.path) :], raw)
        return None if inner is None else text[: place.start] + inner + text[place.end :]

    def place(self, document: Document, item: Path) -> int | None:
        """Where an item begins; None where it has no text of its own."""
        found = _located(document, item)
        return None if found is None else found[1]

    def raw(self, document: Document, item: Path) -> str | None:
        """How an item is written; None where it has no text of its own."""
        found = _located(document, item)
        return None if found is None else found[0].text

    def written(self, value: Value, branch: Branch) -> str:
        """A value as a member between brackets has it."""
        return inline(value)

    def member(self, key: str, value: Value, branch: Branch) -> Member:
        """A new member between brackets."""
        text = inline(value)
        head = f"{name(key)} = " if branch.holds is Holds.MAPPING else ""
        last = _OWN_LINE.search(branch.members[-1].before) if branch.members else None
        before = last[0] if last is not None else " " * bool(branch.members)
        return Member(key, before, head, Node(text, 0, len(text), value))


def _sections(text: str, start: int) -> Sequence[Section] | None:
    try:
        return sections(text, start)
    except Unclear:
        # The standard library's reader needs memory by the square of the dots in a key.
        if any(line.count(".") > limits.SETTINGS_DOTS for line in text.splitlines()):
            raise Unfit(Problem("malformed", "it has a statement that goes too deep")) from None
        return None


def _located(document: Document, item: Path) -> tuple[Node, int] | None:
    place = _statement_of(document, item)
    if place is None:
        return None
    node = value_node(document.text, place.start, place.end)
    return located(node, item[len(place.path) :], place.start)


def _statement_of(document: Document, item: Path) -> _Place | None:
    """The statement that sets an item, or what it is in."""
    found = _sections(document.text, len(document.before)) or ()
    for section, path in zip(found, section_paths(found), strict=True):
        for one in section.statements:
            whole = (*path, *one.keys)
            if item[: len(whole)] == whole:
                return _Place(whole, one.value, one.value_end)
    return None
