"""Workspace: a working tree with its repository, for Python programs."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from contentvc.actions.carrying import Overwrite
from contentvc.actions.commit import CommitRequest, commit
from contentvc.actions.context import Context
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.log import LogRequest, log
from contentvc.actions.progress import Silent
from contentvc.actions.restore import restore
from contentvc.actions.status import StatusRequest, status
from contentvc.actions.switch import SwitchRequest, switch
from contentvc.errors import Missing, Usage
from contentvc.face.change import Change, changes_between, working_changes
from contentvc.face.operations import Operations
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.reader import Reader, open_replica
from contentvc.face.refs import Branches, Tags
from contentvc.face.reports import Restored, Status, Switched
from contentvc.face.repository import Repository
from contentvc.face.version import Version
from contentvc.ids import ObjectId
from contentvc.snapshots.operation import Head
from contentvc.surroundings.author import author as author_of
from contentvc.surroundings.author import checked_author
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World
from contentvc.worktree.place import Place, find
from contentvc.worktree.workers import Inline

__all__ = ["Workspace"]


class Workspace:
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

    def __init__(self, place: Place, world: World, author: str | None) -> None:
        """For `contentvc.open` and `contentvc.init`, which make them."""
        self._place = place
        self._world = world
        self._author = None if author is None else checked_author(author, "author")
        self._reader = Reader(place.repository, world, place.workspace)

    def __repr__(self) -> str:
        return f"Workspace({self.path!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _reopened, (self._place.root, self._author)

    @property
    def path(self) -> str:
        """The folder whose content is recorded; absolute."""
        return os.fsdecode(self._place.root)

    @property
    def repository(self) -> Repository:
        """All versions, to be read; ``HEAD`` is that of this workspace."""
        return Repository(self._reader)

    @property
    def branches(self) -> Branches:
        """The branches: to look up, create, rename, delete."""
        return Branches(self._reader, self._context)

    @property
    def tags(self) -> Tags:
        """The tags: to look up, create, delete."""
        return Tags(self._reader, self._context)

    @property
    def operations(self) -> Operations:
        """What happened in the repository, newest first."""
        return Operations(self._reader, self._context)

    @property
    def head(self) -> Version | None:
        """The version that the working tree came from; None before the first commit.

        Example:
            >>> workspace.head == workspace.at("main")
            True
        """
        return self._standing(self._context().head)

    def at(self, revision: str = "HEAD") -> Version:
        """The version that a revision names: the same as ``repository.at``.

        Raises:
            Missing, Usage: as `Repository.at`.

        Example:
            >>> workspace.at("main~1").tree["model.json"].json()["temperature"]
            0.2
        """
        return self.repository.at(revision)

    def status(self) -> Status:
        """Compare the working tree with what it came from; changes nothing, waits for nobody.

        Example:
            >>> Path("support/model.json").unlink()
            >>> [(change.path, str(change.kind)) for change in workspace.status().changes]
            [('model.json', 'deleted')]
        """
        context = self._context()
        found = status(context, StatusRequest())
        return Status(
            branch=_branch(found.head),
            version=self._standing(found.head),
            changes=working_changes(self._reader, found.changes),
            files=found.files,
            size=found.size,
            skipped={to_text(one.path): str(one.reason.value) for one in found.skipped},
            moved_to=None if found.moved_to is None else self._version(found.moved_to),
            is_interrupted=found.interrupted,
        )

    def commit(
        self,
        message: str,
        paths: Iterable[Path] = (),
        *,
        attributes: Mapping[str, str | float] | None = None,
        author: str | None = None,
        allow_empty: bool = False,
        force: bool = False,
    ) -> Version:
        r"""Record what changed as the next version of the current branch.

        Args:
            message: why.
            paths: files and folders to record; none means all changes. What looks like a secret is
                recorded only if its own path is among them.
            attributes: metadata; numbers become text.
            author: ``Name <address>``, when it is not the workspace's.
            allow_empty: record a version also when nothing changed.
            force: of the paths, record also what is ignored.

        Raises:
            Declined: there is nothing to record (``nothing-to-commit``), or a file cannot be read.
            Conflict: the branch moved meanwhile (``ref-moved``), or a file keeps changing.
            Missing: a path is neither on disk nor recorded (``unknown-path``).
            Usage: the author or an attribute is not allowed.

        Example:
            >>> Path("support/notes.md").write_text("To do.\n")
            7
            >>> [change.path for change in workspace.commit("Notes", ["notes.md"]).changes()]
            ['notes.md']
        """
        request = CommitRequest(
            message=message,
            paths=self._paths(paths),
            attributes=tuple(sorted((key, str(one)) for key, one in (attributes or {}).items())),
            author=None if author is None else checked_author(author, "author"),
            allow_empty=allow_empty,
            force=force,
        )
        return self._version(commit(self._context(), request).id)

    def diff(
        self,
        old: str | Version | None = None,
        new: str | Version | None = None,
        paths: Iterable[Path] = (),
    ) -> tuple[Change, ...]:
        """What differs, in the order of the paths; renames found.

        Args:
            old: a version, a revision or a range ``A..B``; None is what the working tree came from.
            new: a version or a revision; None is the working tree.
            paths: only these files and folders.

        Raises:
            Missing, Usage: a revision is not understood.

        Example:
            >>> [change.path for change in workspace.diff("v1", "main", ["prompts"])]
            ['prompts/support.md']
        """
        request = DiffRequest(_revision(old), _revision(new), self._paths(paths))
        found = diff(self._context(), request)
        if found.new is None:
            return working_changes(self._reader, found.changes)
        return changes_between(self._reader, found.changes)

    def log(
        self,
        revision: str = "HEAD",
        paths: Iterable[Path] = (),
        *,
        most: int | None = None,
        since: str | datetime = "",
        until: str | datetime = "",
        author: str = "",
        grep: str = "",
    ) -> Iterator[Version]:
        """The versions that a revision reaches, newest first, each read when it is asked for.

        Args:
            revision: a revision, or a range ``A..B`` of what B has and A has not.
            paths: only versions that changed these; a single file is followed through renames.
            most: how many at most.
            since: not before this time, which may be written as ``"2 hours ago"``.
            until: not after this time.
            author: a regular expression that the author fits, whatever the case.
            grep: the same, for the message.

        Raises:
            Missing, Usage: a revision, a time or an expression is not understood.

        Example:
            >>> [version.message for version in workspace.log(paths=["evals"])]
            ['First version']
        """
        request = LogRequest(
            revision=revision,
            paths=self._paths(paths),
            most=most,
            since=_moment(since),
            until=_moment(until),
            author=author,
            grep=grep,
        )
        for entry in log(self._context(), request):
            yield self._version(entry.id)

    def switch(self, branch: str, *, force: bool = False, discard: bool = False) -> Switched:
        """Go to another branch, and take uncommitted changes along.

        Args:
            branch: its name, or ``-`` for the one before.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing: there is no such branch.
            Conflict: uncommitted changes are in the way (``would-overwrite``), or the branch is
                checked out in another workspace; nothing was changed.
        """
        return self._switched(SwitchRequest(branch, overwrite=Overwrite(force, discard)))

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
        target = revision.id if isinstance(revision, Version) else revision
        overwrite = Overwrite(force, discard)
        return self._switched(SwitchRequest(target, detach=True, overwrite=overwrite))

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
        wanted = self._paths(paths)
        done = restore(self._context(), wanted, _revision(source), discard=discard)
        restored, overwritten = _texts(done.restored), _texts(done.overwritten)
        return Restored(restored, overwritten, done.saved)

    def _context(self) -> Context:
        """What one action is given: the repository as it is now, and nothing that others share."""
        world, place = self._world, self._place
        return Context(
            repository=open_replica(place.repository, world),
            place=place,
            who=self._who,
            command=(),
            now=world.now(),
            zone=world.zone,
            workers=Inline(),
            progress=Silent(),
            on_wait=lambda: None,
            use_gitignore=self._settings().flag("ignore.git"),
            is_mac=world.platform == "darwin",
        )

    def _settings(self) -> Settings:
        return Settings.load(self._world.config_file, self._place.config)

    def _who(self) -> str:
        return self._author or author_of(self._world, self._settings(), self._place.root)

    def _switched(self, request: SwitchRequest) -> Switched:
        done = switch(self._context(), request)
        return Switched(
            branch=_branch(done.new),
            version=self._standing(done.new),
            changes=changes_between(self._reader, done.changes),
            overwritten=_texts(done.overwritten),
            is_saved=done.saved,
        )

    def _standing(self, head: Head) -> Version | None:
        return None if head.commit is None else self._version(head.commit)

    def _version(self, identifier: ObjectId) -> Version:
        return Version(self._reader, identifier.hex())

    def _paths(self, paths: Iterable[Path]) -> tuple[bytes, ...]:
        if isinstance(paths, str | bytes | os.PathLike):
            raise Usage("bad-value", f"paths must be several: [{os.fspath(paths)!r}]")
        return tuple(map(self._path, paths))

    def _path(self, path: Path) -> bytes:
        root = self._place.root
        whole = os.path.normpath(os.path.join(root, to_bytes(path)))
        if whole == root:
            return b""
        if not whole.startswith(os.path.join(root, b"")):
            raise Missing("unknown-path", f"{to_text(to_bytes(path))} is outside of {self.path}")
        return os.path.relpath(whole, root)


def _reopened(root: bytes, author: str | None) -> Workspace:
    return Workspace(find(root), World.current(), author)


def _branch(head: Head) -> str | None:
    return None if head.ref is None else head.ref.removeprefix("branch/")


def _revision(given: str | Version | None) -> str | None:
    return given.id if isinstance(given, Version) else given


def _moment(given: str | datetime) -> str:
    return given.isoformat() if isinstance(given, datetime) else given


def _texts(paths: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(map(to_text, paths))
