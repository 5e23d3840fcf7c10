"""Workspaces: several working trees on one repository."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contentvc.actions.elsewhere import WorkspaceEntry as Found
from contentvc.actions.elsewhere import find_workspace, list_workspaces
from contentvc.actions.heads import branch_of
from contentvc.actions.workspaces import add_workspace, remove_workspace
from contentvc.errors import Missing
from contentvc.face.change import Change, working_changes
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.session import Session
from contentvc.face.version import Version, revision_of
from contentvc.worktree.place import Place, at

if TYPE_CHECKING:
    from contentvc.face.workspace import Workspace

__all__ = ["Removed", "WorkspaceEntry", "Workspaces"]


@dataclass(frozen=True, slots=True)
class WorkspaceEntry:
    """One of the workspaces of a repository.

    Example:
        >>> (entry,) = workspace.workspaces
        >>> entry.is_here, entry.is_main, entry.branch, entry.condition
        (True, True, 'main', 'ready')
        >>> entry.open().at("v1").message
        'First version'
    """

    _session: Session = field(repr=False, compare=False)
    id: str
    path: str | None
    """Its folder, or where that was last; None where nobody noted it."""
    branch: str | None
    """None where it is on no branch."""
    version: Version | None
    """What it stands on; None before the first commit."""
    is_here: bool
    """It is the workspace that was asked."""
    is_main: bool
    """Its folder holds the repository."""
    condition: str
    """``ready``; ``missing`` where its folder is not there; ``unfinished`` where the folder does
    not say that it is this workspace's, and adding it again completes it."""
    is_behind: bool
    """Others moved its branch since its working tree was made from it."""

    def open(self, author: str | None = None) -> "Workspace":
        """Open it.

        Args:
            author: as for `contentvc.open`; without it, that of the workspace that was asked.

        Raises:
            Missing: its folder is not there, or not its own (``not-a-repository``).
        """
        place = None if self.path is None else at(os.fsencode(self.path))
        if place is None or place.workspace.hex() != self.id:
            where = self.path or "nobody noted where"
            raise Missing("not-a-repository", f"workspace {self.id[:12]} is not there: {where}")
        return _opened(self._session, place, author)


@dataclass(frozen=True, slots=True)
class Removed:
    r"""A workspace that is no more; its versions stay.

    Example:
        >>> attempt = workspace.workspaces.add("../attempt", create="attempt")
        >>> _ = Path("attempt/notes.md").write_text("To do.\n")
        >>> removed = workspace.workspaces.remove(attempt, force=True)
        >>> [change.path for change in removed.changes], removed.is_saved
        (['notes.md'], True)
    """

    path: str | None
    """Where its folder was; None where nobody noted it."""
    branch: str | None
    """What it was on; None for no branch."""
    version: Version | None
    """What it stood on; None before the first commit."""
    changes: tuple[Change, ...]
    """What was not recorded."""
    is_saved: bool
    """Whether that was kept in the operation log."""
    stays: bool
    """Whether the folder is still there, with files that no version has."""


class Workspaces:
    r"""The workspaces of a repository: folders with a branch and uncommitted changes of their own.

    They share versions, branches, tags and stashes, and several programs may work in as many of
    them at the same time. The main one comes first, the others by path.

    Example:
        >>> attempt = workspace.workspaces.add("../attempt", create="attempt")
        >>> _ = Path("attempt/prompts/support.md").write_text("Be kind.\n")
        >>> attempt.commit("Kinder") == workspace.branches["attempt"]
        True
        >>> [(entry.branch, entry.is_main) for entry in workspace.workspaces]
        [('main', True), ('attempt', False)]
        >>> _ = workspace.workspaces.remove(attempt)
        >>> len(workspace.workspaces), workspace.at("attempt").message
        (1, 'Kinder')
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __len__(self) -> int:
        return len(self._session.reader.view().workspaces)

    def __iter__(self) -> Iterator[WorkspaceEntry]:
        return map(self._entry, list_workspaces(self._session.context()))

    def add(
        self,
        path: Path,
        revision: str | Version = "HEAD",
        *,
        create: str | None = None,
        author: str | None = None,
    ) -> "Workspace":
        """Make a folder a working tree of this repository, and open it.

        It is on the branch that the revision names if no other workspace is on it, else on no
        branch. A folder that is one of this repository already is completed; what is in it stays.

        Args:
            path: the folder, empty or missing; relative to that of this workspace.
            revision: a version or a revision.
            create: the name of a new branch, which begins at the revision.
            author: of what is recorded there; without it, that of this workspace.

        Raises:
            Conflict: the folder is not empty, belongs to another repository, or is recorded in the
                working tree around it; the new branch exists (``already-exists``).
            Missing, Usage: the revision is not understood.
        """
        root = self._root(path)
        context = self._session.context()
        done = add_workspace(context, root, revision_of(revision), create=create)
        return _opened(self._session, done.place, author)

    def remove(
        self,
        workspace: "Workspace | WorkspaceEntry | Path",
        *,
        force: bool = False,
        discard: bool = False,
    ) -> Removed:
        """Remove a workspace and its recorded files; what no version has stays in the folder.

        Args:
            workspace: it, its folder, or at least 4 digits of its id.
            force: also with uncommitted changes, which the operation keeps: `Workspace.undo`
                brings all of it back.
            discard: also with uncommitted changes, which are lost.

        Raises:
            Missing: there is none (``unknown-workspace``).
            Usage: it is the main one, or the one that is asked to remove it.
            Conflict: it has uncommitted changes (``would-overwrite``); nothing was changed.
        """
        context = self._session.context()
        name, path = self._named(workspace)
        entry = find_workspace(context, name, path)
        done = remove_workspace(context, entry, force=force, discard=discard)
        return Removed(
            path=None if done.root is None else os.fsdecode(done.root),
            branch=branch_of(done.head),
            version=self._session.standing(done.head),
            changes=working_changes(self._session.reader, done.changes, None),
            is_saved=done.saved,
            stays=done.stays,
        )

    def _root(self, path: Path) -> bytes:
        """Absolute, without symlinks."""
        return os.path.realpath(os.path.join(self._session.place.root, to_bytes(path)))

    def _named(self, given: "Workspace | WorkspaceEntry | Path") -> tuple[str, bytes]:
        """What `find_workspace` takes: as it was given, and as a path."""
        if isinstance(given, WorkspaceEntry):
            return given.id, b""
        if isinstance(given, str | bytes | os.PathLike):
            return to_text(to_bytes(given)), self._root(given)
        return "", os.fsencode(given.path)

    def _entry(self, found: Found) -> WorkspaceEntry:
        return WorkspaceEntry(
            self._session,
            id=found.id.hex(),
            path=None if found.root is None else os.fsdecode(found.root),
            branch=branch_of(found.head),
            version=self._session.standing(found.head),
            is_here=found.is_here,
            is_main=found.is_main,
            condition=str(found.condition),
            is_behind=found.is_behind,
        )


def _opened(session: Session, place: Place, author: str | None) -> "Workspace":
    from contentvc.face.workspace import Workspace  # noqa: PLC0415 - which has these workspaces

    return Workspace(Session(place, session.world, author or session.author))
