"""Cloning: how a program gets a repository that lies elsewhere."""

import os
from collections.abc import Iterable

from contentvc.actions.clone import CloneRequest, Surroundings, clone
from contentvc.face.paths import Path, to_bytes
from contentvc.face.session import Session, context_in
from contentvc.face.workspace import Workspace
from contentvc.history.log import Clockwork
from contentvc.surroundings.author import author as author_of
from contentvc.surroundings.author import checked_author
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World
from contentvc.worktree.place import check_platform

__all__ = ["clone_workspace"]


def clone_workspace(
    url: Path,
    folder: Path,
    *,
    branch: str | None = None,
    lazy: bool = False,
    paths: Iterable[Path] = (),
    sets: Iterable[str] = (),
    author: str | None = None,
) -> Workspace:
    """Get a repository from a folder or bucket, with its history, and check out a branch.

    The place becomes the remote ``origin``. Whatever ends the call, the same call goes on.

    Args:
        url: a path, ``file://``, ``s3://``, ``gs://`` or ``az://``.
        folder: the new working tree; it must be empty, or not exist.
        branch: a branch, or a tag to look at; None is the usual branch.
        lazy: leave content there until it is needed.
        paths: only files at these paths and below are in the working tree.
        sets: likewise those of these content sets.
        author: as for `contentvc.open`.

    Raises:
        Conflict: the folder is not empty (``not-empty``).
        Missing: there is no repository at that place, or it has no such branch or tag.
        Unreachable, NotAllowed, Damaged: it cannot be read, or is not to be trusted.
        Busy: there is no room.

    Example:
        >>> copy = contentvc.clone("support", "copy", lazy=True)
        >>> copy.head == workspace.head, [str(name) for name in copy.remotes]
        (True, ['origin'])
    """
    world = World.current()
    check_platform(world.platform)
    here = world.here or b"/"
    name = None if author is None else checked_author(author, "author")

    def who() -> str:
        return name or author_of(world, Settings.load(world.config_file, None), here)

    request = CloneRequest(
        url=os.fsdecode(to_bytes(url)),
        root=os.path.realpath(os.path.join(here, to_bytes(folder))),
        branch=branch,
        lazy=lazy,
        paths=tuple(map(to_bytes, paths)),
        sets=tuple(sets),
    )
    surroundings = Surroundings(
        clockwork=Clockwork(world.now, world.random, world.pause),
        who=who,
        command=(),
        variables=world.variables,
        here=here,
        context=lambda repository, place: context_in(repository, place, world, who),
    )
    report = clone(request, surroundings)
    return Workspace(Session(report.place, world, author))
