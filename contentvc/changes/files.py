"""What happened to each file between two trees, in the words that people use."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contentvc.changes.trees import TreeChange
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["ChangeKind", "FileChange", "classify"]


class ChangeKind(StrEnum):
    """What happened to a file. The words are those of ``--json``."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE_CHANGED = "mode-changed"
    TYPE_CHANGED = "type-changed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file or symlink that differs."""

    path: bytes
    """Where it is now; of a deleted file, where it was."""
    change: ChangeKind
    old_path: bytes | None
    """Where a renamed file was; None for every other change."""
    old: Entry | None
    new: Entry | None


def classify(changes: Iterable[TreeChange]) -> list[FileChange]:
    """Each change named, in the same order; renames are not looked for.

    type-changed: a file became a symlink or the reverse. mode-changed: only whether it is
    executable. modified: content differs, or attributes alone.
    """
    return [FileChange(path, _kind(old, new), None, old, new) for path, old, new in changes]


def _kind(old: Entry | None, new: Entry | None) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.DELETED
    if old.mode != new.mode and old.id == new.id and Mode.SYMLINK not in (old.mode, new.mode):
        return ChangeKind.MODE_CHANGED
    if (old.mode == Mode.SYMLINK) != (new.mode == Mode.SYMLINK):
        return ChangeKind.TYPE_CHANGED
    return ChangeKind.MODIFIED
