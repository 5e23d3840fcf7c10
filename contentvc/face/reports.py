"""Reports: what a workspace answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from contentvc.face.change import Change
from contentvc.face.version import Version

__all__ = ["Restored", "Status", "Switched"]


@dataclass(frozen=True, slots=True)
class Status:
    r"""Where a working tree stands, and what is not recorded yet.

    Example:
        >>> workspace.status().is_clean
        True
        >>> _ = Path("support/notes.md").write_text("To do.\n")
        >>> [(change.path, str(change.kind)) for change in workspace.status().changes]
        [('notes.md', 'added')]
    """

    branch: str | None
    """None where the working tree is on no branch."""
    version: Version | None
    """What the working tree came from; None before the first commit."""
    changes: tuple[Change, ...]
    files: int
    """Recorded files that are as they were."""
    size: int
    """Bytes of those."""
    skipped: Mapping[str, str]
    """What was passed over, and why: ``secret``, ``special``, ``unreadable`` …"""
    moved_to: Version | None
    """Where the branch is now, when others moved it away from `version`."""
    is_interrupted: bool
    """A checkout was interrupted; the next change of the working tree finishes it."""

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.changes


@dataclass(frozen=True, slots=True)
class Switched:
    """What switching did.

    Example:
        >>> _ = workspace.branches.create("old", "v1")
        >>> switched = workspace.switch("old")
        >>> switched.branch, [change.path for change in switched.changes]
        ('old', ['model.json', 'prompts/support.md'])
    """

    branch: str | None
    """None where the working tree is on no branch now."""
    version: Version | None
    """What it stands on now; None on a branch without a commit."""
    changes: tuple[Change, ...]
    """What differs between the two versions."""
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring wrote.

    Example:
        >>> _ = Path("support/model.json").write_text("{}")
        >>> restored = workspace.restore(["model.json"])
        >>> restored.overwritten, restored.is_saved
        (('model.json',), True)
        >>> workspace.operations[5].saved["model.json"].text()
        '{}'
    """

    paths: tuple[str, ...]
    """The files that were written."""
    overwritten: tuple[str, ...]
    """Those of them that had uncommitted content."""
    is_saved: bool
    """Whether that content was kept in the operation log."""
