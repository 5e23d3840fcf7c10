"""Changes: what differs between two versions of a file, in the terms of its format."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from contentvc.formats.binary import Range
from contentvc.formats.items import Keyed, Path, Value
from contentvc.formats.text import Hunk

__all__ = [
    "BinaryChanges",
    "Changes",
    "ColumnChange",
    "ColumnKind",
    "Duplicate",
    "ItemChange",
    "ItemKind",
    "KeyChoice",
    "RecordChange",
    "RecordChanges",
    "RecordCounts",
    "StructuredChanges",
    "TextChanges",
]


@dataclass(frozen=True, slots=True)
class TextChanges:
    """Changed lines, with the changed words in them."""

    hunks: tuple[Hunk, ...]
    old_encoding: str = "utf-8"
    """How the removed lines are to be shown."""
    new_encoding: str = "utf-8"
    """How the other lines are to be shown."""

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(line.mark == "added" for hunk in self.hunks for line in hunk.lines)

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(line.mark == "removed" for hunk in self.hunks for line in hunk.lines)


@dataclass(frozen=True, slots=True)
class BinaryChanges:
    """Sizes in bytes and the ranges that differ."""

    old_size: int
    new_size: int
    ranges: tuple[Range, ...]


class ItemKind(StrEnum):
    """What happened to an item."""

    ADDED = "added"
    DELETED = "deleted"
    CHANGED = "changed"
    MOVED = "moved"
    """It stands elsewhere among its neighbours; if its content differs too, that is a change of
    its own."""


class ItemChange(NamedTuple):
    """One value in a document, or one field of a record. A tuple, as there may be many."""

    path: Path
    """In the new version; in the old one if it was deleted. Within a record: below the record."""
    kind: ItemKind
    old: Value = None
    """None (as JSON's null) where `kind` says that there was nothing."""
    new: Value = None
    source: Path | None = None
    """Where it stood in the old version, if that is not `path`."""


@dataclass(frozen=True, slots=True)
class StructuredChanges:
    """What differs between two documents. No changes, if only the writing differs."""

    changes: tuple[ItemChange, ...]
    """In the order of the new document, what was deleted at its old place."""
    text: TextChanges | None = None
    """Of Markdown with front matter: what differs in the body."""


class ColumnKind(StrEnum):
    """What happened to a column, told apart from changes in its cells."""

    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    RETYPED = "retyped"
    MOVED = "moved"


class ColumnChange(NamedTuple):
    """One column of a table."""

    kind: ColumnKind
    old: str | None
    """Its name before; None if it is new."""
    new: str | None
    old_type: str | None = None
    """Where columns have types: ``int64``; None where they have none."""
    new_type: str | None = None
    place: int | None = None
    """Of one that was added or moved: where it stands in the new version, from 0."""
    cells: Sequence[Value] = ()
    """Of one that was added or retyped: what it holds in each record of the new version, in their
    order. `apply` fills it in; programs that show changes leave it out."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """By what records were matched."""

    fields: tuple[str, ...]
    """None: by their content."""
    inferred: bool = False
    """Not declared: found to be unique in every version at hand."""


class Duplicate(NamedTuple):
    """A key that more than one record of a version has."""

    key: Keyed
    side: str
    """``old``, ``new``; in a merge ``base``, ``ours``, ``theirs``."""
    lines: tuple[int, ...]
    """Where these records begin, from 1; the first few."""


class RecordChange(NamedTuple):
    """One record that differs."""

    kind: ItemKind
    key: Keyed | None
    """None where records are matched by content."""
    old_line: int | None
    """Where it begins in the old version, from 1; None where it is not, or nobody counted."""
    new_line: int | None
    fields: tuple[ItemChange, ...] = ()
    """Of a changed record."""
    old: Value = None
    """The whole record before; None where it was not there."""
    new: Value = None
    old_raw: bytes = b""
    """Its bytes, with the line end."""
    new_raw: bytes = b""
    place: int | None = None
    """Of one that was added or moved: its place among the records of the new version, from 0;
    None where nobody counted."""


class RecordCounts(NamedTuple):
    """How many records differ in which way; `fields` counts fields of changed records."""

    added: int = 0
    deleted: int = 0
    changed: int = 0
    moved: int = 0
    fields: int = 0


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """What differs between two versions of a file of records."""

    key: KeyChoice
    columns: tuple[ColumnChange, ...]
    records: Sequence[RecordChange]
    """In the order of the new version, what was deleted at its old place. Read when asked for
    where the file is large."""
    counts: RecordCounts
    duplicates: tuple[Duplicate, ...] = ()


Changes: TypeAlias = TextChanges | BinaryChanges | StructuredChanges | RecordChanges
