"""Merged: what merging and picking did, and the files that they could not decide."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contentvc.face.change import Change
from contentvc.face.file import File
from contentvc.face.paths import to_text
from contentvc.face.session import Session
from contentvc.face.version import Version

if TYPE_CHECKING:
    from contentvc.changes.conflicts import PathConflict
    from contentvc.changes.conflicts import Version as Found

__all__ = ["ConflictingFile", "ConflictingItem", "Merged", "Picked", "conflicting"]


@dataclass(frozen=True, slots=True)
class ConflictingItem:
    r"""One place in a file that both sides changed, each in its own way.

    Example:
        >>> _ = workspace.merge("kind", on_conflict="stop")
        >>> (file,) = workspace.conflicts()
        >>> file.items[0].ours, file.items[0].theirs
        (b'Be brief.\n', b'Be kind.\nBe polite.\n')
    """

    item: str
    """What it is: ``lines 3-4``, or a record or value as `Workspace.resolve_items` takes it."""
    base: bytes | None
    """What was there before both changed it; None where nothing was."""
    ours: bytes | None
    theirs: bytes | None
    is_alone: bool = False
    """Whether `Workspace.resolve_items` can decide it."""


@dataclass(frozen=True, slots=True)
class ConflictingFile:
    """A file that a merge could not decide, with all its versions.

    Example:
        >>> _ = workspace.merge("kind", on_conflict="stop")
        >>> [(file.path, file.kind) for file in workspace.conflicts()]
        [('prompts/support.md', 'content')]
    """

    path: str
    """Where it is in the working tree."""
    kind: str
    """``content``, ``items``, ``binary``, ``added-twice``, ``deleted-by-us``, ``deleted-by-them``,
    ``renamed-apart``, ``renamed-together``, ``file-and-folder``, ``type``, ``mode`` or
    ``attributes``."""
    base: File | None = field(repr=False)
    """Before both changed it; None where there was none."""
    ours: File | None = field(repr=False)
    """On the side that is merged into; None where it was deleted."""
    theirs: File | None = field(repr=False)
    """On the side that is merged; None where it was deleted."""
    items: tuple[ConflictingItem, ...] = field(repr=False)
    """Of text each place, of documents and records each value that is left. Of other content
    none."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging did.

    Example:
        >>> merged = workspace.merge("kind", on_conflict="theirs")
        >>> merged.outcome, [change.path for change in merged.changes]
        ('merged', ['prompts/support.md'])
        >>> merged.version.message
        "Merge branch 'kind' into main"
    """

    outcome: str
    """``up-to-date``, ``fast-forward``, ``merged`` or ``stopped`` at conflicts."""
    version: Version | None
    """What the working tree stands on now; None before the first commit."""
    changes: tuple[Change, ...]
    """Files that differ from before in the working tree."""
    conflicts: tuple[ConflictingFile, ...]
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What picking or reverting did.

    Example:
        >>> picked = workspace.cherry_pick(["kind"], on_conflict="theirs")
        >>> [version.message for version in picked.versions], picked.stopped_at
        (['Kinder'], None)
    """

    versions: tuple[Version, ...]
    """The new ones, in order. What changed nothing here made none."""
    stopped_at: Version | None
    """The one whose conflicts are to be decided; None where all went through."""
    changes: tuple[Change, ...]
    """Files that differ from before in the working tree."""
    conflicts: tuple[ConflictingFile, ...]
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


def conflicting(session: Session, conflict: "PathConflict") -> ConflictingFile:
    """A conflict, for programs."""
    return ConflictingFile(
        path=to_text(conflict.path),
        kind=conflict.kind.value,
        base=_file(session, conflict.base),
        ours=_file(session, conflict.ours),
        theirs=_file(session, conflict.theirs),
        items=tuple(
            ConflictingItem(one.item, one.base, one.ours, one.theirs, one.path is not None)
            for one in conflict.items
        ),
    )


def _file(session: Session, version: "Found | None") -> File | None:
    if version is None:
        return None
    return File(session.reader, to_text(version.path), version.entry)
