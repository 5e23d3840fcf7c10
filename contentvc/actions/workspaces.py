"""Workspaces: several working trees on one repository."""

import os
from dataclasses import dataclass, replace

from contentvc.actions.context import Context
from contentvc.actions.standing import settled_lease
from contentvc.errors import Conflict
from contentvc.history.draft import WorkspaceMove
from contentvc.history.names import BRANCH
from contentvc.ids import NAME_BYTES, WorkspaceId
from contentvc.snapshots.operation import Head
from contentvc.storage import disk
from contentvc.worktree import place as places
from contentvc.worktree.journal import Journal, write_journal
from contentvc.worktree.place import Place, workspace_folder

__all__ = ["WorkspaceReport", "add_workspace"]


@dataclass(frozen=True, slots=True)
class WorkspaceReport:
    """A working tree that was added."""

    place: Place
    head: Head


def add_workspace(context: Context, root: bytes, revision: str) -> WorkspaceReport:
    """Make a folder (an absolute path, empty or missing) a working tree of this repository.

    It is on the branch that `revision` names where no other workspace is, or else on no branch.

    Raises:
        Conflict: the folder is not empty.
        Missing, Usage: the revision is not understood.
    """
    _check_empty(root)
    head = _head(context, revision)
    repository = context.repository
    workspace = WorkspaceId(repository.clockwork.random(NAME_BYTES))
    place = Place(root, context.place.folder, workspace)
    tree = repository.commit(head.commit).tree if head.commit else None
    nonce = repository.clockwork.random(NAME_BYTES)
    try:
        disk.make_folders(workspace_folder(context.place.folder, workspace))
        disk.make_folders(root)
    except OSError as error:
        raise disk.explain(error, "make", root) from error
    write_journal(place.checkout, Journal(None, tree, nonce, repository.view.sequence))
    move = WorkspaceMove(workspace, None, head)
    repository.append(replace(context.draft("workspace"), nonce=nonce, workspaces=(move,)))
    places.link(root, context.place.folder, workspace)
    with settled_lease(replace(context, place=place)):
        pass  # the files are those of a checkout that was interrupted before its first
    return WorkspaceReport(place, head)


def _head(context: Context, revision: str) -> Head:
    view = context.repository.view
    ref = view.refs.get(BRANCH + revision)
    taken = {standing.head.ref for standing in view.workspaces.values()}
    if ref is not None and BRANCH + revision not in taken:
        return Head(BRANCH + revision, ref.id)
    return Head(None, context.resolve(revision))


def _check_empty(root: bytes) -> None:
    try:
        names = os.listdir(root)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "read", root) from error
    if names:
        shown = root.decode("utf-8", "replace")
        raise Conflict("already-exists", f"{shown} is not empty", "name an empty or new folder")
