"""Init: a new repository around a folder."""

import os
from dataclasses import dataclass

from contentvc.errors import Conflict
from contentvc.history.draft import Draft
from contentvc.ids import NAME_BYTES, WorkspaceId
from contentvc.repository import DEFAULT_BRANCH, Clockwork, Repository
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.storage import disk
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place as places
from contentvc.worktree.place import Place

__all__ = ["InitReport", "init"]


@dataclass(frozen=True, slots=True)
class InitReport:
    """Where the repository is, and whether it was there already."""

    place: Place
    branch: str
    existed: bool


def init(root: bytes, clockwork: Clockwork, actor: str, command: tuple[str, ...]) -> InitReport:
    """Put a folder (an absolute path, made if missing) under contentvc.

    Harmless where it is already; what an interrupted `init` left is completed.

    Raises:
        NotAllowed, Busy: the folder cannot be written, or its file system is not safe.
    """
    marker = os.path.join(root, OWN_FOLDER)
    if os.path.lexists(os.path.join(marker, b"workspace")) or os.path.isfile(marker):
        place = places.find(root)
        return InitReport(place, DEFAULT_BRANCH.removeprefix("branch/"), existed=True)
    folder = os.path.join(marker, b"repository")
    try:
        disk.make_folders(folder)
    except OSError as error:
        raise disk.explain(error, "make", folder) from error
    workspace = _create(os.fsdecode(folder), clockwork, actor, command)
    place = places.create(root, workspace)
    return InitReport(place, DEFAULT_BRANCH.removeprefix("branch/"), existed=False)


def _create(folder: str, clockwork: Clockwork, actor: str, command: tuple[str, ...]) -> WorkspaceId:
    """Make the repository; of one that an interrupted `init` made, the workspace in it."""
    storage = LocalStorage(folder)
    workspace = WorkspaceId(clockwork.random(NAME_BYTES))
    draft = Draft("init", actor, workspace, command)
    try:
        Repository.create(storage, clockwork, workspace, draft)
    except Conflict:
        existing = Repository.open(storage, clockwork).view.workspaces
        if len(existing) != 1:
            raise
        return next(iter(existing))
    return workspace
