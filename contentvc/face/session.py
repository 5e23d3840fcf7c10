"""Session: one program in one working tree, from which each action gets its context."""

import os
from collections.abc import Callable, Iterable

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.progress import Silent
from contentvc.errors import Missing, Usage
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.reader import Reader, open_replica
from contentvc.face.version import Version
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.operation import Head
from contentvc.surroundings.author import author as author_of
from contentvc.surroundings.author import checked_author
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World
from contentvc.upkeep.compact_runs import run_count
from contentvc.worktree.place import Place, find
from contentvc.worktree.workers import Inline

__all__ = ["Session", "context_in"]


class Session:
    """A working tree, who works in it, and its repository for reading.

    Any number of threads may use one, and forked children too; pickled, it is the folder's path
    and the author.
    """

    __slots__ = ("author", "place", "reader", "world")

    def __init__(self, place: Place, world: World, author: str | None) -> None:
        self.place = place
        self.world = world
        self.author = None if author is None else checked_author(author, "author")
        self.reader = Reader(place.repository, world, place.workspace)

    def __reduce__(self) -> tuple[object, ...]:
        return _reopened, (self.place.root, self.author)

    def context(self) -> Context:
        """What one action is given: the repository as it is now, and nothing that others share."""
        repository = open_replica(self.place.repository, self.world)
        return context_in(repository, self.place, self.world, self._who)

    def compact_a_little(self, context: Context) -> None:
        """Merge small packs if many have piled up and the settings let it; after a command."""
        if run_count(context.repository.view.packs.keys()) < limits.COMPACT_RUNS:
            return
        from contentvc.actions.compact_a_little import (  # noqa: PLC0415 - seldom needed
            compact_a_little,
        )

        if self._settings().flag("compact.auto"):
            compact_a_little(context)

    def version(self, identifier: ObjectId) -> Version:
        """The version of a commit."""
        return Version(self.reader, identifier.hex())

    def standing(self, head: Head) -> Version | None:
        """The version that a working tree stands on; None before the first commit."""
        return None if head.commit is None else self.version(head.commit)

    def paths(self, paths: Iterable[Path]) -> tuple[bytes, ...]:
        """Paths inside of the working tree, as repositories have them.

        Raises:
            Usage: it is one path instead of several.
            Missing: one is outside (``unknown-path``).
        """
        if isinstance(paths, str | bytes | os.PathLike):
            raise Usage("bad-value", f"paths must be several: [{os.fspath(paths)!r}]")
        return tuple(map(self._path, paths))

    def _settings(self) -> Settings:
        return _settings(self.world, self.place)

    def _who(self) -> str:
        return self.author or author_of(self.world, self._settings(), self.place.root)

    def _path(self, path: Path) -> bytes:
        root = self.place.root
        whole = os.path.normpath(os.path.join(root, to_bytes(path)))
        if whole == root:
            return b""
        if not whole.startswith(os.path.join(root, b"")):
            shown = os.fsdecode(root)
            raise Missing("unknown-path", f"{to_text(to_bytes(path))} is outside of {shown}")
        return os.path.relpath(whole, root)


def context_in(
    repository: Repository, place: Place, world: World, who: Callable[[], str]
) -> Context:
    """What an action is given in a working tree."""
    return Context(
        repository=repository,
        place=place,
        who=who,
        command=(),
        now=world.now(),
        zone=world.zone,
        workers=Inline(),
        progress=Silent(),
        on_wait=lambda: None,
        use_gitignore=_settings(world, place).flag("ignore.git"),
        is_mac=world.platform == "darwin",
        variables=world.variables,
        here=world.here or place.root,
    )


def _settings(world: World, place: Place) -> Settings:
    return Settings.load(world.config_file, place.config)


def _reopened(root: bytes, author: str | None) -> Session:
    return Session(find(root), World.current(), author)
