"""Branches and tags: names of versions."""

from collections.abc import Callable, Iterator, Mapping

from contentvc.actions.branches import create_ref, delete_branch, delete_tag, rename_branch
from contentvc.actions.context import Context
from contentvc.errors import Missing
from contentvc.face.reader import Reader
from contentvc.face.version import Version
from contentvc.history.names import BRANCH, TAG
from contentvc.history.view import Ref

__all__ = ["Branches", "Refs", "Tags"]


class Refs(Mapping[str, Version]):
    """Branches, or tags, as they are whenever they are looked at: names and their versions.

    Example:
        >>> list(repository.tags), repository.tags["v1"] == repository.at("v1")
        (['v1'], True)
    """

    def __init__(self, reader: Reader, prefix: str) -> None:
        self._reader = reader
        self._prefix = prefix

    def __getitem__(self, name: str) -> Version:
        """The version of that name.

        Raises:
            Missing: there is none (``unknown-ref``); it is a `KeyError` too.
        """
        ref = self._refs().get(self._prefix + name)
        if ref is None:
            raise Missing("unknown-ref", f"there is no {self._prefix.rstrip('/')} {name}")
        return Version(self._reader, ref.id.hex())

    def __iter__(self) -> Iterator[str]:
        for name in self._refs():
            if name.startswith(self._prefix):
                yield name.removeprefix(self._prefix)

    def __len__(self) -> int:
        return sum(name.startswith(self._prefix) for name in self._refs())

    def _refs(self) -> Mapping[str, Ref]:
        return self._reader.view().refs


class _OwnRefs(Refs):
    """Those that a workspace may change; `context` is for one action."""

    def __init__(self, reader: Reader, prefix: str, context: Callable[[], Context]) -> None:
        super().__init__(reader, prefix)
        self._context = context

    def _create(self, name: str, at: str | Version, *, force: bool) -> Version:
        revision = at.id if isinstance(at, Version) else at
        create_ref(self._context(), self._prefix, name, revision, force=force)
        return self[name]


class Branches(_OwnRefs):
    """The branches of a workspace's repository: names and their newest versions.

    Example:
        >>> workspace.branches.current
        'main'
        >>> workspace.branches.create("experiment", "v1") == workspace.at("v1")
        True
        >>> list(workspace.branches)
        ['experiment', 'main']
        >>> workspace.branches["main"].message
        'Shorter'
    """

    def __init__(self, reader: Reader, context: Callable[[], Context]) -> None:
        super().__init__(reader, BRANCH, context)

    @property
    def current(self) -> str | None:
        """The branch the working tree is on; None where it is on none.

        Before its first commit it has no version, and is not among the branches.
        """
        ref = self._context().head.ref
        return None if ref is None else ref.removeprefix(BRANCH)

    def create(self, name: str, at: str | Version = "HEAD", *, force: bool = False) -> Version:
        """Make a branch that begins at a version; the working tree stays where it is.

        Args:
            name: of the new branch.
            at: a version or a revision.
            force: move a branch that exists.

        Raises:
            Conflict: it exists (``already-exists``), or is checked out (``checked-out``).
            Missing, Usage: the revision or the name is not understood.
        """
        return self._create(name, at, force=force)

    def rename(self, old: str, new: str) -> None:
        """Give a branch another name; workspaces on it follow.

        Raises:
            Missing, Conflict, Usage: there is no such branch, the new name is taken or not allowed.

        Example:
            >>> workspace.branches.rename("main", "trunk")
            >>> workspace.branches.current
            'trunk'
        """
        rename_branch(self._context(), old, new)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Remove a branch; the operation log keeps its commits.

        Args:
            name: of the branch.
            force: also one with commits that no other branch or tag reaches.

        Raises:
            Missing: there is none.
            Conflict: it is checked out, or has such commits (``not-merged``).

        Example:
            >>> _ = workspace.branches.create("experiment")
            >>> workspace.branches.delete("experiment")
            >>> "experiment" in workspace.branches
            False
        """
        delete_branch(self._context(), name, force=force)


class Tags(_OwnRefs):
    """The tags of a workspace's repository: names and their versions. A tag does not move.

    Example:
        >>> _ = workspace.tags.create("good")
        >>> {name: version.message for name, version in workspace.tags.items()}
        {'good': 'Shorter', 'v1': 'First version'}
        >>> workspace.tags.delete("good")
        >>> len(workspace.tags)
        1
    """

    def __init__(self, reader: Reader, context: Callable[[], Context]) -> None:
        super().__init__(reader, TAG, context)

    def create(self, name: str, at: str | Version = "HEAD") -> Version:
        """Give a version a name.

        Raises:
            Conflict: the tag exists (``already-exists``).
            Missing, Usage: the revision or the name is not understood.
        """
        return self._create(name, at, force=False)

    def delete(self, name: str) -> None:
        """Remove a tag; the version stays.

        Raises:
            Missing: there is none.
        """
        delete_tag(self._context(), name)
