"""The contract of a format, as far as merging goes: base, ours and theirs of one file become one.

Laws that every format keeps: merging with an unchanged side gives the other side byte for byte; a
merge without conflicts is the same in both directions; a merge never drops an edit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

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
    """In the words of the format, by ours: "lines 12-14"."""
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge made of one file."""

    content: bytes
    """Where there are conflicts: what stands in the working tree until a person decides."""
    conflicts: tuple[ItemConflict, ...] = ()


class Format(Protocol):
    """What is inside one file, for one kind of file."""

    @property
    def name(self) -> str:
        """Its word: text, binary."""

    def accepts(self, path: bytes, contents: Sequence[bytes]) -> bool:
        """Whether all versions of a file can be merged by this format."""

    def merge(
        self, base: bytes | None, ours: bytes, theirs: bytes, labels: Labels, favour: Favour | None
    ) -> Merged:
        """The content that has what both sides did to the base.

        Without a base both sides made the file. With `favour` there are no conflicts: each item
        that both changed is as on that side. Deterministic.
        """
