"""Repair: the repository of a working tree, from another copy of it."""

import os

from contentvc.errors import Missing, Usage
from contentvc.history.draft import Draft
from contentvc.remotes.lazy import is_lazy
from contentvc.repository import Clockwork, Repository
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.storage.local import LocalStorage
from contentvc.upkeep.repair import Mended, mend
from contentvc.worktree.place import Place

__all__ = ["Mended", "repair"]


def repair(
    place: Place, copy: bytes, clockwork: Clockwork, actor: str, command: tuple[str, ...]
) -> list[Mended]:
    """What was damaged or missing, and whether the copy had it; the copy is only read.

    It takes no opened repository, since damage may be what keeps it from being opened.

    Args:
        place: whose repository is repaired.
        copy: a working tree, its ``.contentvc`` or a repository's folder; an absolute path.
        clockwork: clock and randomness.
        actor: ``Name <address>`` of who runs the command.
        command: as the log keeps it.

    Raises:
        Usage: the copy is of another repository, or is this one.
        Missing, Damaged: the copy is none, or cannot be opened; the log cannot be repaired.
    """
    folder = _repository_in(copy)
    if os.path.realpath(folder) == os.path.realpath(place.repository):
        raise Usage("bad-value", "that is this repository itself", "name another copy of it")
    draft = Draft(kind="repair", actor=actor, workspace=place.workspace, command=command)
    return mend(
        place.repository,
        folder,
        lambda one: Repository.open(LocalStorage(one), clockwork),
        draft,
        is_partial=is_lazy(place.folder),
    )


def _repository_in(folder: bytes) -> str:
    for below in (b"", b"repository", os.path.join(OWN_FOLDER, b"repository")):
        candidate = os.path.normpath(os.path.join(folder, below))
        if os.path.isfile(os.path.join(candidate, b"repository.json")):
            return os.fsdecode(candidate)
    shown = folder.decode("utf-8", "replace")
    raise Missing("not-a-repository", f"there is no repository in {shown}", path=shown)
