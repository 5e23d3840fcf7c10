"""Nodes: a document as it is written, in pieces that give its text again when put together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from contentvc.formats.items import Tagged, Value

__all__ = ["Branch", "Document", "Holds", "Member", "Node", "leaf", "plain"]


class Holds(StrEnum):
    """What a branch is."""

    MAPPING = "mapping"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it is written."""

    source: str
    start: int
    end: int
    value: Value
    opened: Callable[[], "Branch"] | None = field(default=None, compare=False)
    """The members of a collection, found when they are asked for; None where there are none to
    go into: scalars, references."""

    @property
    def text(self) -> str:
        """How it is written."""
        return self.source[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a mapping, or one element of a sequence, with the writing around it."""

    key: str
    """Empty in a sequence."""
    before: str
    """From where the one before it ends: white space and comments."""
    head: str
    """What leads to the value: the key and its colon, a dash."""
    node: Node
    after: str = ""
    """Up to the separator, or to the end of the line."""
    spreads: bool = False
    """Whether it is YAML's ``<<``: the keys of its value count as keys beside it."""

    @property
    def text(self) -> str:
        """All of it."""
        return self.before + self.head + self.node.text + self.after

    def with_text(self, text: str, value: Value) -> "Member":
        """The same place, with another value in it."""
        return replace(self, node=leaf(text, value))

    def with_before(self, before: str) -> "Member":
        """The same entry, elsewhere."""
        return replace(self, before=before)


@dataclass(frozen=True, slots=True)
class Branch:
    """A collection as it is written."""

    holds: Holds
    separator: str
    """Between members; empty where each has lines of its own."""
    opening: str
    members: tuple[Member, ...]
    closing: str
    indent: str = ""
    """Where members have lines of their own: what stands before each. The first one has it too,
    but it is not written there: what leads to the branch has it already."""

    @property
    def text(self) -> str:
        """All of it."""
        if self.separator:
            inner = self.separator.join(one.text for one in self.members)
        else:
            inner = _lines([one.text for one in self.members]).removeprefix(self.indent)
        is_empty = bool(self.separator) and not self.members
        # What is left of a collection that had a comma after its last member.
        closing = self.closing.replace(",", "", 1) if is_empty else self.closing
        return self.opening + inner + closing


def _lines(texts: list[str]) -> str:
    """Each on lines of its own, though it may have been the last of a file without a line end."""
    ends = [text if not text or text.endswith(("\n", "\r")) else text + "\n" for text in texts[:-1]]
    return "".join([*ends, *texts[-1:]])


@dataclass(frozen=True, slots=True)
class Document:
    """One file."""

    before: str
    """White space, a byte-order mark, comments."""
    root: Node
    after: str

    @property
    def text(self) -> str:
        """All of it."""
        return self.before + self.root.text + self.after


def plain(value: Value) -> Node:
    """A value that is written nowhere, as a node to go into."""
    inner = value.value if isinstance(value, Tagged) else value
    if not isinstance(inner, dict | list):
        return Node("", 0, 0, value)
    return Node("", 0, 0, value, lambda: _plain_branch(inner))


def _plain_branch(value: dict[str, Value] | list[Value]) -> Branch:
    if isinstance(value, dict):
        members = tuple(Member(key, "", "", plain(one)) for key, one in value.items())
        return Branch(Holds.MAPPING, ",", "", members, "")
    return Branch(Holds.SEQUENCE, ",", "", tuple(Member("", "", "", plain(x)) for x in value), "")


def leaf(text: str, value: Value) -> Node:
    """A node that is nothing but its text."""
    return Node(text, 0, len(text), value)
