"""Roots: where the working trees of a repository's workspaces lie, as far as it knows.

Each workspace's own folder has a note of it. People move, copy and delete folders, and the note may
be anything: so it is a hint. A folder is a workspace's only where its marker says the same.
"""

import os
from collections.abc import Iterator
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import NAME_BYTES, WorkspaceId
from contentvc.storage import disk
from contentvc.worktree.place import Place, at, workspace_folder

__all__ = ["are_same_folder", "is_root_of", "note_root", "noted_root", "own_folders"]

_ROOT: Final = b"root"


def note_root(place: Place) -> None:
    """Note where a workspace's working tree is; durable when it returns.

    Raises:
        NotAllowed, Busy: it cannot be written.
    """
    path = os.path.join(place.own, _ROOT)
    try:
        disk.replace_file_durably(path, place.root)
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def noted_root(folder: bytes, workspace: WorkspaceId) -> bytes | None:
    """The root that was noted in `folder`, a ``.contentvc``; None without a note that is a path."""
    path = os.path.join(workspace_folder(folder, workspace), _ROOT)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None  # a hint that cannot be had is none
    with open(fd, "rb") as file:
        root = file.read(limits.PATH_LENGTH + 1)
    is_path = os.path.isabs(root) and b"\0" not in root and os.path.normpath(root) == root
    return root if is_path and len(root) <= limits.PATH_LENGTH else None


def is_root_of(root: bytes, folder: bytes, workspace: WorkspaceId) -> bool:
    """Whether this folder says itself that it is that workspace's, of the repository there."""
    try:
        place = at(root)
    except Damaged:
        return False
    return (
        place is not None and place.workspace == workspace and are_same_folder(place.folder, folder)
    )


def are_same_folder(one: bytes, other: bytes) -> bool:
    """Whether both paths lead to one folder, which is there."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def own_folders(folder: bytes) -> Iterator[WorkspaceId]:
    """The workspaces that have a folder of their own in this ``.contentvc``."""
    try:
        names = os.listdir(os.path.join(folder, b"workspaces"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "read", os.path.join(folder, b"workspaces")) from error
    for name in sorted(names):
        try:
            identifier = bytes.fromhex(name.decode())
        except ValueError:
            continue  # nothing of ours
        if len(identifier) == NAME_BYTES:
            yield WorkspaceId(identifier)
