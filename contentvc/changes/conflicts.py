"""Conflicts of a merge of trees: what it could not decide, path by path, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contentvc.changes.edit import FileEdit
from contentvc.formats.contract import ItemConflict, Side
from contentvc.snapshots.merging import ByItem
from contentvc.snapshots.tree import Entry

__all__ = ["ConflictKind", "PathConflict", "Version", "edits_to"]


class ConflictKind(StrEnum):
    """What clashes. The words are those of ``--json``."""

    CONTENT = "content"
    """Both changed the same lines; the file has markers in their place."""
    ITEMS = "items"
    """Both changed the same records or values; ours is in place, so the file stays parseable."""
    BINARY = "binary"
    """Both changed a file that is merged as a whole, or a symlink; ours is in place. So is text of
    which a version was purged."""
    ADDED_TWICE = "added-twice"
    """Both made a file of that name; text has markers, of other content ours is in place."""
    DELETED_BY_US = "deleted-by-us"
    """We deleted what they changed or renamed; theirs is in place."""
    DELETED_BY_THEM = "deleted-by-them"
    """They deleted what we changed or renamed; ours is in place."""
    RENAMED_APART = "renamed-apart"
    """Each renamed it differently; the merged content is in place under both names."""
    RENAMED_TOGETHER = "renamed-together"
    """Two files were given one name by a rename; as if both were added."""
    FILE_AND_FOLDER = "file-and-folder"
    """One made a file where the other made a folder; the file is beside it, as ``name~side``."""
    TYPE = "type"
    """A file on one side, a symlink on the other; ours is in place."""
    MODE = "mode"
    """Only one of two new files is executable; it is as ours."""
    ATTRIBUTES = "attributes"
    """Both changed one attribute; it is as ours."""


_OF_NAMES: Final = (ConflictKind.RENAMED_APART, ConflictKind.FILE_AND_FOLDER)


@dataclass(frozen=True, slots=True)
class Version:
    """A file or symlink as one side has it."""

    path: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class PathConflict:
    """One clash at one path."""

    path: bytes
    """Where its stand-in is in the merged tree, and what a person calls it by."""
    kind: ConflictKind
    base: Version | None
    ours: Version | None
    theirs: Version | None
    items: tuple[ItemConflict, ...] = ()
    """Of text: each place with markers; of documents and records, each value; in file order."""
    also: tuple[bytes, ...] = ()
    """Other paths whose stand-ins belong to it: the second name of a file renamed apart."""
    by_item: ByItem | None = None
    """What is left to be decided item by item, and by which rules; None: as a whole."""

    def version(self, side: Side) -> Version | None:
        """The file as that side has it; None where it does not."""
        return {Side.BASE: self.base, Side.OURS: self.ours, Side.THEIRS: self.theirs}[side]


def edits_to(conflict: PathConflict, side: Side) -> Mapping[bytes, FileEdit | None]:
    """What makes the merged tree as one side has the file: its stand-ins go, its version comes.

    It keeps the name that the merge gave it, unless the name is what they could not agree on.
    """
    edits: dict[bytes, FileEdit | None] = dict.fromkeys((conflict.path, *conflict.also))
    version = conflict.version(side)
    if version is not None:
        entry = version.entry
        path = version.path if conflict.kind in _OF_NAMES else conflict.path
        edits[path] = FileEdit(entry.mode, entry.size, entry.id, entry.attributes)
    return edits
