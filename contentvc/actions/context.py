"""Context: what every action is given."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import hexdigits
from typing import TYPE_CHECKING

from contentvc.actions.progress import Progress
from contentvc.errors import Missing
from contentvc.history.draft import Draft
from contentvc.ids import ID_BYTES, Kind, ObjectId, WorkspaceId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.operation import Head
from contentvc.worktree.cover import WHOLE, Cover
from contentvc.worktree.place import Place
from contentvc.worktree.workers import Workers

if TYPE_CHECKING:
    from contentvc.history.revisions import Resolver
    from contentvc.remotes.remotes import Remotes

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """A repository, the workspace that is spoken for, and what the edge knows of the world."""

    repository: Repository
    place: Place
    who: Callable[[], str]
    """``Name <address>`` of the person; asked only by commands that record something."""
    command: tuple[str, ...]
    """The command line as the log keeps it: without values that may be secret."""
    now: int
    """Microseconds since 1970 UTC."""
    zone: int
    """Minutes the local clock is ahead of UTC."""
    workers: Workers
    progress: Progress
    on_wait: Callable[[], None]
    """Called once when another command holds the working tree and this one has to wait."""
    use_gitignore: bool = False
    is_mac: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables, for the credentials of remotes; the log never holds one."""
    here: bytes = b""
    """The folder that relative locations of remotes start at; absolute."""

    @property
    def actor(self) -> str:
        """``Name <address>`` of who runs the command."""
        return self.who()

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace this working tree is."""
        return self.place.workspace

    @property
    def cover(self) -> Cover:
        """Which files belong into the working tree."""
        return Cover(self.place.sparse) if self.place.sparse else WHOLE

    @property
    def head(self) -> Head:
        """What the workspace stands on.

        Raises:
            Missing: the log does not know this workspace.
        """
        standing = self.repository.view.workspaces.get(self.workspace)
        if standing is None:
            raise self._unknown_workspace()
        return standing.head

    @property
    def remotes(self) -> "Remotes":
        """The remotes of the repository."""
        from contentvc.remotes.remotes import Remotes  # noqa: PLC0415 - few commands need them

        repository = self.repository
        return Remotes(
            self.place.remotes,
            repository.description,
            repository.clockwork,
            self.variables,
            self.here or self.place.root,
        )

    @property
    def resolver(self) -> "Resolver":
        """Finds the commits that revisions name."""
        from contentvc.history.revisions import Resolver  # noqa: PLC0415 - 4 ms, few commands ask

        repository = self.repository
        return Resolver(
            view=repository.view,
            log=repository.log,
            read=repository.commit,
            find_objects=repository.objects.index.starting_with,
            workspace=self.workspace,
            now=self.now,
            zone=self.zone,
        )

    def resolve(self, revision: str) -> ObjectId:
        """The id of the commit that a revision names.

        Raises:
            Missing, Usage: as `Resolver.resolve`.
        """
        return self.resolver.resolve(revision)

    def version(self, revision: str) -> tuple[ObjectId, ObjectId]:
        """The id that a revision names, and its root tree: of a commit, or the tree itself.

        Operations name saved changes as trees, and this is how people get at them.

        Raises:
            Missing, Usage: as `Resolver.resolve`.
        """
        try:
            commit = self.resolve(revision)
        except Missing:
            tree = self._tree(revision)
            if tree is None:
                self._check_not_forgotten(revision)
                raise
            return tree, tree
        return commit, self.repository.commit(commit).tree

    def _tree(self, digits: str) -> ObjectId | None:
        """The one tree whose id starts with these digits."""
        if not _is_id(digits):
            return None
        found = self.repository.objects.index.starting_with(digits.lower())
        trees = [identifier for identifier, kind in found if kind is Kind.TREE]
        return trees[0] if len(trees) == 1 else None

    def _check_not_forgotten(self, digits: str) -> None:
        purged = self.repository.view.purged if _is_id(digits) else ()
        for identifier in purged:
            if identifier.hex().startswith(digits.lower()):
                gone = self.repository.objects.why_gone(identifier)
                if gone is not None:
                    raise gone

    def base(self) -> Commit | None:
        """The commit that the working tree stands on; None before the first."""
        commit = self.head.commit
        return None if commit is None else self.repository.commit(commit)

    def base_tree(self) -> ObjectId | None:
        """The root tree that the working tree stands on."""
        base = self.base()
        return None if base is None else base.tree

    def _unknown_workspace(self) -> Missing:
        if not self.place.is_linked:
            return Missing(
                "not-a-repository",
                "this working tree's workspace is not in the repository's log",
                "was the repository replaced? put the one back that this folder was made with",
            )
        main = os.path.dirname(self.place.folder).decode("utf-8", "replace")
        root = self.place.root.decode("utf-8", "replace")
        return Missing(
            "not-a-repository",
            "this working tree's workspace was removed from the repository",
            f"the files stay; to work here again: contentvc -C {main} workspace add {root}",
        )

    def draft(self, kind: str) -> Draft:
        """An operation of this command, still without changes."""
        return Draft(
            kind=kind,
            actor=self.actor,
            workspace=self.workspace,
            command=self.command,
            written_at=self.repository.written_at,
        )


def _is_id(digits: str) -> bool:
    return 4 <= len(digits) <= 2 * ID_BYTES and set(digits) <= set(hexdigits)
