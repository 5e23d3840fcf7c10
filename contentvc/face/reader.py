"""Reader: a repository opened to be read, which finds its way into other processes."""

import os
from functools import lru_cache
from typing import Final

from contentvc.errors import Damaged, Missing
from contentvc.history.log import Clockwork
from contentvc.history.view import View
from contentvc.ids import ObjectId, RepositoryId, WorkspaceId
from contentvc.remotes.elsewhere import FromRemotes
from contentvc.repository import Repository as Replica
from contentvc.storage.local import LocalStorage
from contentvc.surroundings.author import author
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World

__all__ = ["Reader", "open_replica"]

_REOPENED: Final = 16
"""Repositories that a worker process keeps open between the tasks it is sent."""


class Reader:
    """One repository for any number of threads.

    Nothing in it is locked and no file stays open, so a forked child reads on. Pickled, it is the
    folder's path, and opens the repository anew where it is unpickled, once in each process. What
    is in a bucket is read as well; connections are, however, nothing that a forked child can use.
    """

    __slots__ = ("__weakref__", "_at", "_world", "folder", "replica", "workspace")

    def __init__(
        self, folder: str, world: World, workspace: WorkspaceId | None, at: int | None = None
    ) -> None:
        self.folder = folder
        self.workspace = workspace
        self.replica = open_replica(folder, world, at)
        self._world = world
        self._at = at

    def __reduce__(self) -> tuple[object, ...]:
        identifier = self.replica.description.replica
        return _reopened, (self.folder, identifier, self.workspace, self._at)

    def as_of(self, operation: int) -> "Reader":
        """The same repository as it was after an operation."""
        return Reader(self.folder, self._world, self.workspace, operation)

    def view(self) -> View:
        """The view in force now."""
        return self.replica.refresh()

    def resolve(self, revision: str) -> ObjectId:
        """The commit that a revision names now."""
        from contentvc.history.revisions import Resolver  # noqa: PLC0415 - 4 ms, as in `Context`

        return Resolver(
            view=self.view(),
            log=self.replica.log,
            read=self.replica.commit,
            find_objects=self.replica.objects.index.starting_with,
            workspace=self.workspace,
            now=self._world.now(),
            zone=self._world.zone,
        ).resolve(revision)


def open_replica(folder: str, world: World, at: int | None = None) -> Replica:
    """The repository in a folder or bucket, as it is or as of operation `at`."""
    if "://" in folder:
        return _in_bucket(folder, world, at)
    if not os.path.isdir(folder):
        shown = os.fsencode(folder).decode("utf-8", "replace")
        raise Missing("not-a-repository", f"there is no repository in {shown}", path=shown)
    clockwork = Clockwork(world.now, world.random, world.pause)
    replica = Replica.open(LocalStorage(folder), clockwork, at)
    own = os.path.dirname(os.fsencode(os.path.abspath(folder)))
    replica.objects.elsewhere = FromRemotes(replica, own, world.variables, lambda: _who(world))
    return replica


def _who(world: World) -> str:
    return author(world, Settings.load(world.config_file, None), world.here or b"/")


def _in_bucket(url: str, world: World, at: int | None) -> Replica:
    """What is there is not asked for yet: the first look at a revision does that."""
    from contentvc.remotes.location import parse_location  # noqa: PLC0415 - only for buckets
    from contentvc.remotes.remotes import to_be_read  # noqa: PLC0415

    clockwork = Clockwork(world.now, world.random, world.pause)
    location = parse_location(url, world.here or b"/")
    replica = to_be_read(location, world.variables, clockwork).as_repository
    if at is not None:
        replica.stand_at(at)
    return replica


@lru_cache(maxsize=_REOPENED)
def _reopened(
    folder: str, identifier: RepositoryId, workspace: WorkspaceId | None, at: int | None
) -> Reader:
    """What was pickled, opened again here."""
    reader = Reader(folder, World.current(), workspace, at)
    if reader.replica.description.replica != identifier:
        raise Damaged("damaged", f"the repository in {folder} is not the one it was")
    return reader
