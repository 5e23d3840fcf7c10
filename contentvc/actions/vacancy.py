"""Vacancy: whether a folder may become a working tree."""

import os

from contentvc.actions.context import Context
from contentvc.actions.elsewhere import Condition, list_workspaces
from contentvc.changes.trees import lookup
from contentvc.errors import Conflict, Usage
from contentvc.ids import WorkspaceId
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.storage import disk
from contentvc.worktree import place as places
from contentvc.worktree.roots import are_same_folder, is_root_of, noted_root

__all__ = ["check_empty", "check_not_recorded", "in_use", "known_workspace"]


def known_workspace(context: Context, root: bytes) -> WorkspaceId | None:
    """The workspace of this repository whose working tree is, or was to be, in this folder.

    Raises:
        Conflict: it is another repository's, or a copy of a working tree.
        Damaged: what it says of itself is not understood.
    """
    folder, view = context.place.folder, context.repository.view
    place = places.at(root)
    if place is None:
        noted = (one for one in view.workspaces if noted_root(folder, one) == root)
        return next(noted, None)
    is_moved = place.is_linked and not os.path.isdir(place.folder)
    is_ours = are_same_folder(place.folder, folder) or (
        is_moved and place.workspace in view.workspaces
    )
    if not place.is_linked or not is_ours:
        raise in_use(root)
    noted_at = noted_root(folder, place.workspace)
    if noted_at not in (None, root) and is_root_of(noted_at or b"", folder, place.workspace):
        raise Conflict(
            "already-exists",
            f"{_shown(root)} is a copy of the working tree {_shown(noted_at or b'')}",
            "remove the file .contentvc in the copy; it can then be added when it is empty",
        )
    return place.workspace


def in_use(root: bytes) -> Conflict:
    """The refusal of a folder that belongs to another workspace."""
    return Conflict(
        "already-exists",
        f"{_shown(root)} is a working tree of its own already",
        "name an empty or new folder",
    )


def check_empty(root: bytes) -> None:
    """Refuse a folder with something in it; one that is missing is empty.

    What a killed command was about to write there does not count.

    Raises:
        Conflict: it is not empty.
        NotAllowed, Busy: it cannot be read.
    """
    try:
        names = os.listdir(root)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "read", root) from error
    if not all(map(disk.is_temporary, names)):
        raise Conflict(
            "already-exists", f"{_shown(root)} is not empty", "name an empty or new folder"
        )


def check_not_recorded(context: Context, root: bytes) -> None:
    """Refuse a folder whose files another working tree around it has recorded.

    Both would write the same files. A folder of which nothing is recorded is passed over there.

    Raises:
        Conflict: something of it is recorded.
        Usage: it is inside of a folder of contentvc's own.
    """
    if OWN_FOLDER in root.split(b"/"):
        raise Usage("bad-name", f"{_shown(root)} is inside of a folder of contentvc's own")
    for entry in list_workspaces(context):
        outer = entry.root if entry.condition is Condition.READY else None
        if outer is None or not root.startswith(outer.rstrip(b"/") + b"/"):
            continue
        head = entry.head.commit
        tree = context.repository.commit(head).tree if head else None
        inside = root[len(outer.rstrip(b"/")) + 1 :]
        if tree is not None and lookup(context.repository.entries, tree, inside) is not None:
            raise Conflict(
                "already-exists",
                f"{_shown(root)} is recorded in the working tree {_shown(outer)}",
                "name a folder that nothing is recorded in",
            )


def _shown(root: bytes) -> str:
    return root.decode("utf-8", "replace")
