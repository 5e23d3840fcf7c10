"""Workspace: a working tree with its repository, for Python programs."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from contentvc.actions.carrying import Overwrite
from contentvc.actions.commit import CommitRequest, commit
from contentvc.actions.restore import restore
from contentvc.actions.switch import SwitchRequest, switch
from contentvc.errors import Usage
from contentvc.face.evicting import EvictingTree
from contentvc.face.operations import Operation, Operations
from contentvc.face.paths import Path
from contentvc.face.refs import Branches, Tags
from contentvc.face.reports import (
    Forgotten,
    Purged,
    Restored,
    Switched,
    Undone,
    forgotten,
    purged,
    restored,
    switched,
    undone,
)
from contentvc.face.version import Version, revision_of
from contentvc.ids import ObjectId
from contentvc.surroundings.author import checked_author

if TYPE_CHECKING:
    from contentvc.face.attributes import Attributes, Notes
    from contentvc.face.stashes import Stashes
    from contentvc.face.workspaces import Workspaces

__all__ = ["Workspace"]


class Workspace(EvictingTree):
    r"""A folder under contentvc: what a person or a program works in.

    Each call does what the command of that name does, sees what others did before it, prints
    nothing and never asks. Calls that change the working tree or record it wait for one another,
    also for those of other programs. Any number of threads may use one workspace, and forked
    children too; pickled, it is the folder's path.

    Paths are relative to the folder, or absolute and inside it; never to the current folder.

    Example:
        >>> workspace = contentvc.open("support")
        >>> Path("support/prompts/support.md").write_text("Be kind.\n")
        9
        >>> version = workspace.commit("Kinder", attributes={"run": 17})
        >>> version.message, version.attributes["run"], workspace.status().is_clean
        ('Kinder', '17', True)
    """

    @property
    def branches(self) -> Branches:
        """The branches: to look up, create, rename, delete."""
        return Branches(self._session)

    @property
    def tags(self) -> Tags:
        """The tags: to look up, create, delete."""
        return Tags(self._session)

    @property
    def operations(self) -> Operations:
        """What happened in the repository, newest first."""
        return Operations(self._session)

    @property
    def stashes(self) -> "Stashes":
        """Uncommitted changes that were set aside: to look at, push, pop, drop."""
        from contentvc.face.stashes import Stashes  # noqa: PLC0415 - seldom needed

        return Stashes(self._session)

    @property
    def attributes(self) -> "Attributes":
        """Metadata of recorded files: to set and take away; `File.attributes` tells it."""
        from contentvc.face.attributes import Attributes  # noqa: PLC0415 - seldom needed

        return Attributes(self._session)

    @property
    def notes(self) -> "Notes":
        """What is attached to versions later: to set and take away; `Version.notes` tells it."""
        from contentvc.face.attributes import Notes  # noqa: PLC0415 - seldom needed

        return Notes(self._session)

    @property
    def workspaces(self) -> "Workspaces":
        """The workspaces of the repository: to look up, add, remove."""
        from contentvc.face.workspaces import Workspaces  # noqa: PLC0415 - seldom needed

        return Workspaces(self._session)

    def commit(
        self,
        message: str | None = None,
        paths: Iterable[Path] = (),
        *,
        attributes: Mapping[str, str | float] | None = None,
        author: str | None = None,
        amend: bool = False,
        allow_empty: bool = False,
        force: bool = False,
        verify: bool = True,
    ) -> Version:
        r"""Record what changed as the next version of the current branch.

        Args:
            message: why; needed unless a commit is amended, which keeps its own without one, or a
                merge is concluded, which proposes one.
            paths: files and folders to record; none means all changes. What looks like a secret is
                recorded only if its own path is among them.
            attributes: metadata; numbers become text.
            author: ``Name <address>``, when it is not the workspace's.
            amend: record it instead of the newest version; message, author and attributes of that
                one stay where nothing else is given.
            allow_empty: record a version also when nothing changed.
            force: of the paths, record also what is ignored.
            verify: validate what is recorded; if not, it has the attribute ``validation``.

        Raises:
            Declined: there is nothing to record (``nothing-to-commit``), a file cannot be read, or
                content breaks what its content set asks (``invalid-content``).
            Conflict: the branch moved meanwhile (``ref-moved``), a file keeps changing, or what is
                in progress has conflicts left (``unresolved``).
            Missing: a path is neither on disk nor recorded (``unknown-path``).
            Usage: the author or an attribute is not allowed, or there is no message.

        Example:
            >>> Path("support/notes.md").write_text("To do.\n")
            7
            >>> [change.path for change in workspace.commit("Notes", ["notes.md"]).changes()]
            ['notes.md']
        """
        context = self._session.context()
        if message is None and not amend and not context.head.merging:
            raise Usage("usage", "a version needs a message")
        request = CommitRequest(
            message=message,
            paths=self._session.paths(paths),
            attributes=tuple(sorted((key, str(one)) for key, one in (attributes or {}).items())),
            author=None if author is None else checked_author(author, "author"),
            amend=amend,
            allow_empty=allow_empty,
            force=force,
            is_verified=verify,
        )
        context = self._session.context()
        report = commit(context, request)
        self._session.compact_a_little(context)
        return self._session.version(report.id)

    def switch(
        self,
        branch: str,
        *,
        create: bool = False,
        force: bool = False,
        discard: bool = False,
    ) -> Switched:
        """Go to another branch, and take uncommitted changes along.

        Args:
            branch: its name, or ``-`` for the one before.
            create: make the branch; to begin it elsewhere than here, there is `Branches.create`.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing: there is no such branch.
            Conflict: uncommitted changes are in the way (``would-overwrite``), or the branch is
                checked out in another workspace (``checked-out``), or is to be made and exists
                (``already-exists``); nothing was changed.

        Example:
            >>> workspace.switch("terse", create=True).branch, list(workspace.branches)
            ('terse', ['main', 'terse'])
        """
        overwrite = Overwrite(force, discard)
        return self._switched(SwitchRequest(branch, create, overwrite=overwrite))

    def detach(
        self, revision: str | Version, *, force: bool = False, discard: bool = False
    ) -> Switched:
        r"""Go to a version that need be no branch's newest; the working tree is on no branch then.

        Raises:
            Missing, Usage: the revision is not understood.
            Conflict: as `switch`.

        Example:
            >>> _ = workspace.detach("v1")
            >>> Path("support/prompts/support.md").read_text()
            'Be brief.\nBe polite.\n'
        """
        overwrite = Overwrite(force, discard)
        request = SwitchRequest(revision_of(revision), detach=True, overwrite=overwrite)
        return self._switched(request)

    def restore(
        self,
        paths: Iterable[Path],
        source: str | Version | None = None,
        *,
        discard: bool = False,
    ) -> Restored:
        """Write files as they are in a version; no commit is made and nothing new is removed.

        Args:
            paths: files and folders.
            source: a version or a revision; None is what the working tree came from.
            discard: do not keep the uncommitted content that is overwritten.

        Raises:
            Missing: the version has none of a path (``unknown-path``).
            Conflict: content in the way is too much to be kept, or looks like a secret.
        """
        wanted = self._session.paths(paths)
        version = None if source is None else revision_of(source)
        return restored(restore(self._session.context(), wanted, version, discard=discard))

    def rollback(
        self,
        revision: str | Version,
        paths: Iterable[Path] = (),
        *,
        message: str | None = None,
        author: str | None = None,
        force: bool = False,
        discard: bool = False,
    ) -> Version:
        """Record a new version whose content is that of an old one; history stays.

        Args:
            revision: the version, or a revision.
            paths: only these files and folders; none means all content.
            message: why; without it, the old version is named.
            author: ``Name <address>``, when it is not the workspace's.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Declined: everything is as in that version already (``nothing-to-commit``).
            Missing, Usage: the revision, a path or the author is not understood.
            Conflict: uncommitted changes are in the way (``would-overwrite``), or the branch moved
                (``ref-moved``); nothing was changed.

        Example:
            >>> version = workspace.rollback("v1", message="The short one scores less")
            >>> version.tree == workspace.at("v1").tree, version.parents[0].message
            (True, 'Shorter')
        """
        from contentvc.actions.rollback import RollbackRequest, rollback  # noqa: PLC0415 - as undo

        request = RollbackRequest(
            revision=revision_of(revision),
            paths=self._session.paths(paths),
            message=message,
            author=None if author is None else checked_author(author, "author"),
            overwrite=Overwrite(force, discard),
        )
        return self._session.version(rollback(self._session.context(), request).id)

    def undo(
        self,
        operation: int | Operation | None = None,
        *,
        force: bool = False,
        discard: bool = False,
    ) -> Undone:
        r"""Take an operation back: branches, tags and files are as before it.

        What was edited since and is not in the way comes along. Undone again, the one before it is
        taken back, and so on.

        Args:
            operation: it, or its number; None is the last of this workspace that stands.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Declined: there is nothing to take back (``nothing-to-undo``).
            Missing, Usage: there is no such operation, or it is none that can be taken back.
            Conflict: what it changed was changed again since (``ref-moved``), or uncommitted
                changes are in the way (``would-overwrite``); nothing was changed.

        Example:
            >>> _ = Path("support/prompts/support.md").write_text("Be kind.\n")
            >>> _ = workspace.restore(["prompts"])
            >>> _ = workspace.undo()
            >>> Path("support/prompts/support.md").read_text()
            'Be kind.\n'
        """
        from contentvc.actions.undo import undo  # noqa: PLC0415 - opening takes half as long again

        number = operation.number if isinstance(operation, Operation) else operation
        done = undo(self._session.context(), number, Overwrite(force, discard))
        return undone(self._session, done)

    def redo(self, *, force: bool = False, discard: bool = False) -> Undone:
        """Do again what `undo` took back last; anything else that was done since ends that.

        Args:
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Declined: nothing was taken back (``nothing-to-undo``).
            Conflict: as `undo`.

        Example:
            >>> before = workspace.head
            >>> workspace.undo().version == workspace.at("v1")
            True
            >>> workspace.redo().version == before
            True
        """
        from contentvc.actions.undo import redo  # noqa: PLC0415 - as undo

        return undone(self._session, redo(self._session.context(), Overwrite(force, discard)))

    def forget(
        self, operations: Iterable[int | Operation] = (), paths: Iterable[Path] = ()
    ) -> Forgotten:
        """Drop uncommitted content that operations kept: secrets, and large things.

        When it returns, no file of the repository holds the bytes, and nothing brings them back.
        What is also in a version, or kept by another operation, stays. Working files stay.

        Args:
            operations: everything that these kept.
            paths: every kept copy of these files and folders.

        Raises:
            Missing: nothing of that kind is kept, or there is no such operation.
            Declined: all of it is recorded elsewhere too (``nothing-kept``).
            Usage: neither an operation nor a path is given.
            Damaged: the repository cannot be read whole, so nobody can tell what is needed.
        """
        from contentvc.actions.forget import forget  # noqa: PLC0415 - as undo

        numbers = [one.number if isinstance(one, Operation) else one for one in operations]
        wanted = self._session.paths(paths)
        if not numbers and not wanted:
            raise Usage("usage", "name the operations or the paths that are to be forgotten")
        return forgotten(forget(self._session.context(), numbers, wanted))

    def purge(self, paths: Iterable[Path] = (), *, reason: str, ids: Iterable[str] = ()) -> Purged:
        """Make content be gone from every version: a key, a person's data.

        When it returns, no file of the repository holds the bytes, and nothing brings them back.
        Versions keep their ids and files their names. Working files stay.

        Args:
            paths: every version of these files, and of all files in these folders.
            reason: who misses the content is told.
            ids: contents by their whole ids, wherever they are.

        Raises:
            Missing: no version has a path (``unknown-path``).
            Declined: all of it is gone, or is part of what must stay (``nothing-to-purge``).
            Usage: nothing is named, or no reason.
            Damaged: the repository cannot be read whole, so nobody can tell what is needed.
        """
        from contentvc.actions.purge import PurgeRequest, purge  # noqa: PLC0415 - as undo

        named = tuple(ObjectId(bytes.fromhex(one)) for one in ids)
        request = PurgeRequest(tuple(self._session.paths(paths)), named)
        if not request.paths and not request.ids:
            raise Usage("usage", "name the paths or the ids that are to be purged")
        return purged(purge(self._session.context(), request, reason))

    def _switched(self, request: SwitchRequest) -> Switched:
        return switched(self._session, switch(self._session.context(), request))
