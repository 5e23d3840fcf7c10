"""Change: one file that differs between two versions, or a version and the working tree."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contentvc.changes.files import ChangeKind, FileChange
from contentvc.face.file import File
from contentvc.face.paths import to_text
from contentvc.face.reader import Reader
from contentvc.snapshots.tree import Entry

__all__ = ["Change", "changes_between", "working_changes"]


@dataclass(frozen=True, slots=True)
class Change:
    r"""What happened to one file.

    Example:
        >>> _ = Path("support/prompts/support.md").write_text("Be kind.\n")
        >>> (change,) = workspace.diff()
        >>> change.path, str(change.kind), change.old.text()
        ('prompts/support.md', 'modified', 'Be brief.\n')
    """

    path: str
    """Where the file is now; of a deleted one, where it was."""
    kind: ChangeKind
    """A `str`: ``added``, ``modified``, ``deleted``, ``renamed``, ``mode-changed`` or
    ``type-changed`` (a file became a link or the reverse)."""
    old_path: str | None
    """Where a renamed file was; None for every other change."""
    old: File | None = field(repr=False)
    """None where there was no file."""
    new: File | None = field(repr=False)
    """None where there is no file any more, and where its content is only in the working tree."""


def changes_between(reader: Reader, changes: Iterable[FileChange]) -> tuple[Change, ...]:
    """Of two stored versions."""
    return tuple(_change(reader, one, one.new) for one in changes)


def working_changes(reader: Reader, changes: Iterable[FileChange]) -> tuple[Change, ...]:
    """Of a stored version and the working tree, whose content is not stored."""
    return tuple(_change(reader, one, None) for one in changes)


def _change(reader: Reader, one: FileChange, new: Entry | None) -> Change:
    path = to_text(one.path)
    old_path = None if one.old_path is None else to_text(one.old_path)
    return Change(
        path=path,
        kind=one.change,
        old_path=old_path,
        old=None if one.old is None else File(reader, old_path or path, one.old),
        new=None if new is None else File(reader, path, new),
    )
