"""The contract of a format: what is inside one kind of file, compared, merged and checked.

Laws that every format keeps: `diff(a, a)` has no changes; `apply(a, diff(a, b))` equals b in the
format's terms; merging with an unchanged side gives the other side byte for byte; a merge without
conflicts is the same in both directions; a merge never drops an edit; what nobody changed stays
byte for byte. Content is hostile: nesting, sizes and references have limits, and what is beyond
them ends in `Unfit` or one clear error, before memory is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from contentvc.formats.changes import Changes
from contentvc.formats.items import Path, Piece
from contentvc.formats.problems import Check, Problem
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source

__all__ = ["Favour", "Format", "ItemConflict", "Labels", "Merged", "Side"]


class Side(StrEnum):
    """The versions that meet in a merge."""

    BASE = "base"
    OURS = "ours"
    THEIRS = "theirs"


class Favour(StrEnum):
    """The side that decides what a merge cannot."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Labels:
    """What the sides are called where a person reads of them: a branch, a commit's id."""

    base: str
    ours: str
    theirs: str
    marks: int = 7
    """Signs in a conflict marker. More in a base that is a merge itself, so that markers of it and
    those around them are told apart."""


@dataclass(frozen=True, slots=True)
class ItemConflict:
    """One item that a merge could not decide; None where a side does not have it."""

    item: str
    """In the words of the format, by ours: "lines 12-14"; what `item_name` gives where `path`
    is not None."""
    base: bytes | None
    """As it is written there."""
    ours: bytes | None
    theirs: bytes | None
    path: Path | None = None
    """Where the format can set this item alone: `resolve PATH#ITEM` takes it."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge made of one file."""

    content: bytes
    """Where there are conflicts: what stands in the working tree until a person decides. Text has
    marks; of structured files and records, ours stands in place, so the file stays parseable."""
    conflicts: tuple[ItemConflict, ...] = ()


class Format(Protocol):
    """What is inside one file, for one kind of file."""

    @property
    def name(self) -> str:
        """Its word: text, json, csv."""

    def diff(self, old: Source, new: Source, rules: Rules) -> Changes:
        """What turns `old` into `new`.

        Raises:
            Unfit: a version cannot be read by this format.
        """

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """The content with these changes made; what they do not touch stays byte for byte.

        Raises:
            Conflict: something that the changes expect is not so (``does-not-fit``).
            Unfit: `old` cannot be read by this format.
        """

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """The content that has what both sides did to the base.

        Without a base both sides made the file. With `favour` there are no conflicts: each item
        that both changed is as on that side. Deterministic.

        Raises:
            Unfit: a version cannot be read by this format, or it is not sure of its merge.
        """

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What is wrong with a file, as its format, its set's rules and a schema have it.

        The path is for the words of a message. Never raises `Unfit`: that is a problem too.
        """

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """One item of a file; None where it has none.

        Raises:
            Unfit: it cannot be read by this format, or has no items.
        """

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """The content with one item set, or taken out; the rest stays byte for byte.

        Raises:
            Missing: what the item would be in is not there (``unknown-item``).
            Unfit: it cannot be read by this format, or has no items.
        """
