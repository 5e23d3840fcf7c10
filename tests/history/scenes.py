"""Small repositories for tests, the same at every run."""

from collections.abc import Callable, Mapping
from itertools import count
from random import Random

from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.ids import ObjectId, WorkspaceId
from contentvc.objects.writing import Writing
from contentvc.repository import Clockwork, Repository
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Mode
from contentvc.storage.contract import Storage
from contentvc.storage.memory import MemoryStorage

WORKSPACE = WorkspaceId(bytes(range(16)))
START = 1_700_000_000_000_000
SECOND = 1_000_000


def clockwork(seed: int = 1, start: int = START) -> Clockwork:
    """A clock that ticks a second each time it is read, seeded random bytes, no waiting."""
    ticks = count(start, SECOND)
    return Clockwork(lambda: next(ticks), Random(seed).randbytes, lambda _: None)


class Scene:
    """A repository and one workspace in it; commits are given as paths and contents."""

    def __init__(self, storage: Storage | None = None, seed: int = 1) -> None:
        self.storage = storage if storage is not None else MemoryStorage()
        self.clockwork = clockwork(seed)
        draft = Draft("init", "A <a@example.org>", WORKSPACE, ("init",))
        self.repository = Repository.create(self.storage, self.clockwork, WORKSPACE, draft)

    def open(self, at: int | None = None) -> Repository:
        """The same repository, read again from its storage."""
        return Repository.open(self.storage, self.clockwork, at)

    @property
    def head(self) -> Head:
        return self.repository.view.workspaces[WORKSPACE].head

    def commit(
        self,
        files: Mapping[bytes, bytes | None],
        message: str = "change",
        *,
        modes: Mapping[bytes, Mode] | None = None,
        parents: tuple[ObjectId, ...] | None = None,
        ref: str | None = None,
        time: int | None = None,
        first: Callable[[Writing], None] = lambda _: None,
    ) -> ObjectId:
        """Record files (None removes one) on top of HEAD and move the branch there.

        `first` may put objects into the session before the files are.
        """
        repository, head = self.repository, self.head
        parents = parents if parents is not None else ((head.commit,) if head.commit else ())
        base = repository.commit(parents[0]).tree if parents else None
        with repository.writing() as writing:
            first(writing)
            edits: dict[bytes, FileEdit | None] = {}
            for path, content in files.items():
                if content is None:
                    edits[path] = None
                    continue
                mode = (modes or {}).get(path, Mode.FILE)
                if len(content) > repository.description.chunking.whole:
                    identifier, _ = writing.put_stream([content])
                else:
                    identifier = writing.put_blob(content)
                edits[path] = FileEdit(mode, len(content), identifier)
            tree, _ = edit_tree(repository.entries, base, edits, writing.put_tree)
            now = time if time is not None else self.clockwork.now()
            commit = Commit(tree, parents, "A <a@example.org>", now, 60, message)
            new = writing.put_commit(encode_commit(commit))
            packs = writing.finish()
            ref = ref or head.ref or "branch/main"
            current = repository.view.refs.get(ref)
            draft = Draft(
                "commit",
                "A <a@example.org>",
                WORKSPACE,
                ("commit", "-m", message),
                refs=(RefMove(ref, current.id if current else None, new),),
                workspaces=(WorkspaceMove(WORKSPACE, head, Head(ref, new)),),
                added=packs,
                written_at=repository.view.sequence,
            )
            writing.publish()
            repository.append(draft)
        return new

    def move(self, ref: str, new: ObjectId | None) -> None:
        """Set or delete a ref."""
        current = self.repository.view.refs.get(ref)
        move = RefMove(ref, current.id if current else None, new)
        self.repository.append(Draft("branch", "A <a@example.org>", WORKSPACE, refs=(move,)))
