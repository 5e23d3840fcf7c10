"""Change: one file that differs between two versions, or a version and the working tree."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contentvc.changes.files import ChangeKind, FileChange
from contentvc.face.edits import Edit, Inside
from contentvc.face.file import File
from contentvc.face.paths import to_text
from contentvc.face.reader import Reader
from contentvc.ids import ObjectId
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
    _inside: Inside = field(repr=False, compare=False)

    def edits(self) -> tuple[Edit, ...]:
        r"""What changed inside the file, in its own terms: records with their fields, or values.

        Records are matched by the key that their content set declares, or by one that is unique in
        both versions. Of text and binary content, and of a document that came or went as a whole,
        there are none.

        Raises:
            Missing: content of a version was purged.

        Example:
            >>> (change,) = workspace.diff("v1", "main", ["model.json"])
            >>> [(edit.item, edit.old, edit.new) for edit in change.edits()]
            [('temperature', 0.2, 0.1)]
        """
        return self._inside.edits()


def changes_between(
    reader: Reader, changes: Iterable[FileChange], newer: ObjectId | None = None
) -> tuple[Change, ...]:
    """Of two stored versions; the content sets of the newer commit say how files are read."""
    return tuple(_change(Inside(reader, one, newer), one.new) for one in changes)


def working_changes(
    reader: Reader, changes: Iterable[FileChange], root: bytes | None
) -> tuple[Change, ...]:
    """Of a stored version and a working tree, whose content is not stored; None is one gone."""
    return tuple(_change(Inside(reader, one, None, root), None) for one in changes)


def _change(inside: Inside, new: Entry | None) -> Change:
    reader, one = inside.reader, inside.change
    path = to_text(one.path)
    old_path = None if one.old_path is None else to_text(one.old_path)
    return Change(
        path=path,
        kind=one.change,
        old_path=old_path,
        old=None if one.old is None else File(reader, old_path or path, one.old),
        new=None if new is None else File(reader, path, new),
        _inside=inside,
    )
