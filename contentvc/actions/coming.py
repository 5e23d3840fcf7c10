"""Coming and going: undo of what added or removed another working tree."""

import os

from contentvc.actions.carrying import Overwrite
from contentvc.actions.context import Context
from contentvc.actions.elsewhere import list_workspaces
from contentvc.actions.workspaces import remove_workspace, revive_workspace
from contentvc.errors import Conflict
from contentvc.history.draft import RefMove
from contentvc.ids import short
from contentvc.snapshots.operation import Operation, WorkspaceChange

__all__ = ["take_back_elsewhere"]


def take_back_elsewhere(
    context: Context,
    operation: Operation,
    move: WorkspaceChange,
    refs: tuple[RefMove, ...],
    overwrite: Overwrite,
) -> bool:
    """Remove the workspace that came, or bring back the one that went; whether content was saved.

    Raises:
        Conflict: it has uncommitted changes, it was moved since, or nobody knows where it was.
    """
    if move.old is None:
        return _removed(context, operation, move, refs, overwrite)
    root = dict(operation.attributes).get("root")
    if root is None:
        raise Conflict(
            "ref-moved",
            f"operation {operation.sequence} does not tell where the working tree was",
            "make another: contentvc workspace add DIR",
        )
    revive_workspace(
        context,
        move.workspace,
        move.old,
        os.fsencode(root),
        saved=operation.saved,
        back=operation,
        refs=refs,
    )
    return False


def _removed(
    context: Context,
    operation: Operation,
    move: WorkspaceChange,
    refs: tuple[RefMove, ...],
    overwrite: Overwrite,
) -> bool:
    found = [one for one in list_workspaces(context) if one.id == move.workspace]
    if not found or found[0].head != move.new:
        raise Conflict(
            "ref-moved",
            f"operation {operation.sequence} cannot be taken back: workspace "
            f"{short(move.workspace)} is not where it was put",
            "look at it with: contentvc workspace list",
        )
    force, discard = overwrite.force, overwrite.discard
    done = remove_workspace(
        context, found[0], force=force, discard=discard, back=operation, refs=refs
    )
    return done.saved
