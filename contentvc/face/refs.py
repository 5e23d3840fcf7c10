"""Branches and tags: names of versions."""

from collections.abc import Iterator, Mapping

from contentvc.actions.branches import create_ref, delete_branch, delete_tag, rename_branch
from contentvc.actions.heads import branch_of
from contentvc.errors import Missing
from contentvc.face.reader import Reader
from contentvc.face.session import Session
from contentvc.face.version import Version, revision_of
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
    """Those that a workspace may change."""

    def __init__(self, session: Session, prefix: str) -> None:
        super().__init__(session.reader, prefix)
        self._session = session

    def _create(self, name: str, at: str | Version, *, force: bool) -> Version:
        create_ref(self._session.context(), self._prefix, name, revision_of(at), force=force)
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

    def __init__(self, session: Session) -> None:
        super().__init__(session, BRANCH)

    @property
    def current(self) -> str | None:
        """The branch the working tree is on; None where it is on none.

        Before its first commit it has no version, and is not among the branches.
        """
        return branch_of(self._session.context().head)

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
        rename_branch(self._session.context(), old, new)

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
        delete_branch(self._session.context(), name, force=force)


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

    def __init__(self, session: Session) -> None:
        super().__init__(session, TAG)

    def create(self, name: str, at: str | Version = "HEAD", *, force: bool = False) -> Version:
        """Give a version a name; `force` moves a tag that exists, in one step.

        Raises:
            Conflict: the tag exists (``already-exists``).
            Missing, Usage: the revision or the name is not understood.
        """
        return self._create(name, at, force=force)

    def delete(self, name: str) -> None:
        """Remove a tag; the version stays.

        Raises:
            Missing: there is none.
        """
        delete_tag(self._session.context(), name)
