"""A folder under contentvc, as tests of actions drive it: every command anew, as a process would."""

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from random import Random

from contentvc.actions.abort import AbortReport, abort
from contentvc.actions.carrying import Overwrite
from contentvc.actions.commit import CommitReport, CommitRequest, commit
from contentvc.actions.conflicts import ConflictsReport, list_conflicts
from contentvc.actions.context import Context
from contentvc.actions.fetch import FetchReport, FetchRequest, fetch
from contentvc.actions.going_on import GoneOn, continue_picks, skip_pick
from contentvc.actions.init import init
from contentvc.actions.merge import MergeReport, MergeRequest, merge
from contentvc.actions.picks import PickReport, PickRequest, pick
from contentvc.actions.progress import Silent
from contentvc.actions.pull import PullReport, PullRequest, pull
from contentvc.actions.push import PushReport, PushRequest, push
from contentvc.actions.remotes_change import RemoteAdded, add_remote
from contentvc.actions.resolve import ResolveReport, ResolveRequest, resolve
from contentvc.actions.resolve_items import ItemsRequest, resolve_items
from contentvc.actions.rollback import RollbackReport, RollbackRequest, rollback
from contentvc.actions.sparse import SparseReport, set_sparse
from contentvc.actions.standing import settled_lease
from contentvc.actions.stashes import Popped, StashEntry, pop_stash, push_stash
from contentvc.actions.status import StatusReport, StatusRequest, status
from contentvc.actions.switch import SwitchReport, SwitchRequest, switch
from contentvc.actions.sync import SyncReport, SyncRequest, sync
from contentvc.actions.undo import UndoReport, redo, undo
from contentvc.changes.trees import list_files
from contentvc.formats.contract import Side
from contentvc.formats.items import Piece
from contentvc.history.draft import Draft
from contentvc.history.revisions import Resolver
from contentvc.ids import NAME_BYTES, ObjectId, WorkspaceId
from contentvc.remotes.elsewhere import FromRemotes
from contentvc.repository import Clockwork, Repository, read_description
from contentvc.snapshots.merging import MergeKind
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk
from contentvc.storage.contract import Storage
from contentvc.storage.local import LocalStorage
from contentvc.surroundings.settings import OnConflict
from contentvc.upkeep.verify import Verdict, verify
from contentvc.worktree.place import create, find
from contentvc.worktree.workers import Inline, Workers

__all__ = ["ACTOR", "Link", "Program", "Site", "any_bytes", "content_of", "write_files"]

ACTOR = "Ada <ada@example.org>"


class Link(bytes):
    """A symlink's target, where content is expected."""


class Program(bytes):
    """Content of an executable file."""


Files = Mapping[bytes, bytes]


class Site:
    """One working tree; each call opens the repository again."""

    def __init__(
        self,
        root: str | bytes | os.PathLike[str],
        *,
        wrap: Callable[[Storage], Storage] = lambda storage: storage,
        workers: Workers | None = None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
        progress: object = None,
    ) -> None:
        self.root = os.fsencode(root)
        self._wrap = wrap
        self._workers = workers or Inline()
        self._clock = clock
        self._progress = progress or Silent()

    @property
    def clockwork(self) -> Clockwork:
        return Clockwork(self._clock, os.urandom, lambda seconds: time.sleep(seconds / 10))

    @property
    def repository_folder(self) -> str:
        return find(self.root).repository

    def init(self) -> "Site":
        init(self.root, self.clockwork, ACTOR, ("init",))
        return self

    def replica_of(self, other: "Site") -> "Site":
        """Make the folder a working tree of a new replica of another's repository, empty as yet."""
        folder = os.path.join(os.fsdecode(self.root), ".contentvc", "repository")
        disk.make_folders(folder)
        own = read_description(LocalStorage(other.repository_folder))
        workspace = WorkspaceId(os.urandom(NAME_BYTES))
        draft = Draft("init", ACTOR, workspace, ("init",))
        Repository.create(LocalStorage(folder), self.clockwork, workspace, draft, own)
        create(self.root, workspace)
        return self

    def repository(self) -> Repository:
        storage = self._wrap(LocalStorage(find(self.root).repository))
        repository = Repository.open(storage, self.clockwork)
        folder = find(self.root).folder
        repository.objects.elsewhere = FromRemotes(repository, folder, {}, lambda: ACTOR)
        return repository

    def context(self) -> Context:
        return Context(
            repository=self.repository(),
            place=find(self.root),
            who=lambda: ACTOR,
            command=("test",),
            now=self._clock(),
            zone=0,
            workers=self._workers,
            progress=self._progress,  # type: ignore[arg-type]
            on_wait=lambda: None,
            here=self.root,
        )

    def commit(self, message: str = "a commit", *paths: bytes, **more: object) -> CommitReport:
        return commit(self.context(), CommitRequest(message=message, paths=paths, **more))  # type: ignore[arg-type]

    def switch(
        self, target: str, *, force: bool = False, discard: bool = False, **more: object
    ) -> SwitchReport:
        overwrite = Overwrite(force=force, discard=discard)
        request = SwitchRequest(target=target, overwrite=overwrite, **more)  # type: ignore[arg-type]
        return switch(self.context(), request)

    def undo(self, number: int | None = None, *, force: bool = False) -> UndoReport:
        return undo(self.context(), number, Overwrite(force=force))

    def redo(self, *, force: bool = False) -> UndoReport:
        return redo(self.context(), Overwrite(force=force))

    def rollback(self, revision: str, *paths: bytes, force: bool = False) -> RollbackReport:
        request = RollbackRequest(revision, paths, overwrite=Overwrite(force=force))
        return rollback(self.context(), request)

    def merge(self, revision: str, *, force: bool = False, **more: object) -> MergeReport:
        more.setdefault("on_conflict", OnConflict.STOP)
        request = MergeRequest(revision, overwrite=Overwrite(force=force), **more)  # type: ignore[arg-type]
        return merge(self.context(), request)

    def pick(self, *revisions: str, force: bool = False, **more: object) -> PickReport:
        return self._pick(MergeKind.CHERRY_PICK, revisions, force=force, **more)

    def revert(self, *revisions: str, force: bool = False, **more: object) -> PickReport:
        return self._pick(MergeKind.REVERT, revisions, force=force, **more)

    def _pick(
        self, kind: MergeKind, revisions: tuple[str, ...], *, force: bool, **more: object
    ) -> PickReport:
        more.setdefault("on_conflict", OnConflict.STOP)
        request = PickRequest(kind, revisions, overwrite=Overwrite(force=force), **more)  # type: ignore[arg-type]
        return pick(self.context(), request)

    def go_on(self, kind: MergeKind = MergeKind.CHERRY_PICK, *, skip: bool = False) -> GoneOn:
        act = skip_pick if skip else continue_picks
        return act(self.context(), kind, OnConflict.STOP, Overwrite())

    def resolve(
        self, *paths: bytes, side: Side | None = None, force: bool = False
    ) -> ResolveReport:
        return resolve(self.context(), ResolveRequest(paths, side, force=force))

    def resolve_items(
        self, path: bytes, *items: str, side: Side | None = None, value: Piece | None = None
    ) -> ResolveReport:
        named = tuple((path, item) for item in items)
        return resolve_items(self.context(), ItemsRequest(named, side, value))

    def abort(self, kind: MergeKind = MergeKind.MERGE) -> AbortReport:
        return abort(self.context(), kind)

    def conflicts(self, *paths: bytes) -> ConflictsReport:
        return list_conflicts(self.context(), paths)

    def stash(self, *paths: bytes, message: str | None = None) -> StashEntry:
        return push_stash(self.context(), message, paths)

    def pop(
        self,
        number: int | None = None,
        *,
        force: bool = False,
        on_conflict: OnConflict = OnConflict.FAIL,
    ) -> Popped:
        return pop_stash(self.context(), number, Overwrite(force=force), on_conflict)

    def add_remote(self, name: str, location: str) -> RemoteAdded:
        return add_remote(self.context(), name, location)

    def fetch(self, remote: str | None = None, *, prune: bool = False) -> FetchReport:
        return fetch(self.context(), FetchRequest(remote, prune))

    def push(self, remote: str | None = None, *refs: str, **more: bool) -> PushReport:
        return push(self.context(), PushRequest(remote, refs, **more))

    def pull(self, remote: str | None = None, *, force: bool = False, **more: object) -> PullReport:
        request = PullRequest(remote, overwrite=Overwrite(force=force), **more)  # type: ignore[arg-type]
        return pull(self.context(), request)

    def sync(self, *remotes: str, **more: object) -> SyncReport:
        return sync(self.context(), SyncRequest(remotes, **more))  # type: ignore[arg-type]

    def status(self, *, rehash: bool = False) -> StatusReport:
        return status(self.context(), StatusRequest(rehash=rehash))

    def sparse(self, *paths: bytes) -> SparseReport:
        return set_sparse(self.context(), paths)

    def settle(self) -> None:
        """What every command that changes something does first."""
        with settled_lease(self.context()):
            pass

    def verify(self, *, quick: bool = False) -> Verdict:
        return verify(self.repository(), quick=quick)

    def resolver(self) -> Resolver:
        return self.context().resolver

    def refs(self) -> dict[str, ObjectId]:
        return {name: ref.id for name, ref in self.repository().view.refs.items()}

    def write(self, files: Files) -> "Site":
        write_files(self.root, files)
        return self

    def remove(self, *paths: bytes) -> "Site":
        for path in paths:
            os.unlink(os.path.join(self.root, path))
        return self

    def files(self) -> dict[bytes, bytes]:
        """All that is in the working tree, contentvc's own aside."""
        return dict(self._files())

    def _files(self) -> Iterable[tuple[bytes, bytes]]:
        for above, folders, names in os.walk(self.root):
            if above == self.root:
                folders[:] = [one for one in folders if one != b".contentvc"]
                names = [one for one in names if one != b".contentvc"]  # noqa: PLW2901
            links = [one for one in folders if os.path.islink(os.path.join(above, one))]
            for name in (*names, *links):
                if not disk.is_temporary(name):
                    path = os.path.join(above, name)
                    yield os.path.relpath(path, self.root), content_of(path)

    def at(self, revision: str | ObjectId) -> dict[bytes, bytes]:
        """All files of a commit."""
        context = self.context()
        commit_id = context.resolve(revision) if isinstance(revision, str) else revision
        return self.in_tree(context.repository.commit(commit_id).tree)

    def in_tree(self, tree: ObjectId | None) -> dict[bytes, bytes]:
        repository = self.repository()
        kinds = {Mode.FILE: bytes, Mode.EXECUTABLE: Program, Mode.SYMLINK: Link}
        return {
            path: kinds[entry.mode](repository.blob(entry.id))
            for path, entry in list_files(repository.entries, tree)
        }

    def kinds(self, files: Files) -> dict[bytes, tuple[type, bytes]]:
        """With what tells equal bytes of another mode apart."""
        return {path: (type(content), bytes(content)) for path, content in files.items()}

    def saved(self) -> list[dict[bytes, bytes]]:
        """The content that operations saved, oldest first."""
        walk = self.repository().log.walk()
        return [self.in_tree(one.operation.saved) for one in walk if one.operation.saved]


def write_files(root: bytes, files: Files) -> None:
    """Write files, links and programs as an editor would: what stands in the way is replaced."""
    for path, content in files.items():
        whole = os.path.join(root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        if os.path.islink(whole) or (isinstance(content, Link) and os.path.lexists(whole)):
            os.unlink(whole)
        if isinstance(content, Link):
            os.symlink(content, whole)
            continue
        with open(whole, "wb") as file:
            file.write(content)
        os.chmod(whole, 0o755 if isinstance(content, Program) else 0o644)


def content_of(path: bytes) -> bytes:
    """A file's content in the type that tells its mode."""
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return Link(os.readlink(path))
    if not stat.S_ISREG(status.st_mode):
        return b"<special>"
    with open(path, "rb") as file:
        content = file.read()
    return Program(content) if status.st_mode & stat.S_IXUSR else content


def any_bytes(seed: int, length: int) -> bytes:
    """Content that does not compress."""
    return Random(seed).randbytes(length)
