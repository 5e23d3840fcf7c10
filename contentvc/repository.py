"""Repository: objects and log on one Storage."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from blake3 import blake3

from contentvc import limits
from contentvc.errors import Busy, Conflict, Damaged, Missing, NotAllowed, Usage
from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.history.dropped import Dropped, dropped_by, past_window
from contentvc.history.log import Clockwork, Log, operation_path
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, Kind, ObjectId, PackName, RepositoryId, WorkspaceId, short
from contentvc.objects.chunker import Chunking
from contentvc.objects.nearby import Nearby
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.commit import Commit, decode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Columns, Entry, Tree, decode_columns, decode_tree
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, StorageError
from contentvc.storage.probe import check_exclusive
from contentvc.storage.settle import create_settled

if TYPE_CHECKING:
    from contentvc.objects.writing import Writing

__all__ = [
    "DEFAULT_BRANCH",
    "DESCRIPTION",
    "Clockwork",
    "Description",
    "Repository",
    "decode_description",
    "read_description",
]

DEFAULT_BRANCH: Final = "branch/main"
DESCRIPTION: Final = "repository.json"
"""The storage name of what is fixed when a repository is made."""
_LAYOUT: Final = 1
_KEYS: Final = {"layout", "repository", "replica", "features", "chunking", "checksum"}
_READ_FEATURES: Final[frozenset[str]] = frozenset()
_WRITE_FEATURES: Final[frozenset[str]] = frozenset()
_KEPT_COMMITS: Final = 8192
_KEPT_ENTRIES: Final = 256 * 1024
"""Entries of the trees kept, each about 250 bytes of memory."""
_KEPT_NAMES: Final = 256 * 1024
"""Names of the columns kept, each about 150 bytes."""

_TOO_DEEP: Final = "the parts of a large directory are nested too deep"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Description:
    """What ``repository.json`` says; fixed when the repository is made."""

    repository: RepositoryId
    replica: RepositoryId
    chunking: Chunking
    checksum: bytes
    """BLAKE3 of the file; operation 1 repeats it."""


class Repository:
    """One replica: its objects, its log, and the view it was opened at.

    Reading and `refresh` are safe in several threads at once and go on in a forked child. Whoever
    appends has a repository of its own, as what it appends must fit the view it looked at.
    """

    def __init__(
        self,
        storage: Storage,
        description: Description,
        clockwork: Clockwork,
        log: Log | None = None,
    ) -> None:
        self.storage = storage
        self.description = description
        self.clockwork = clockwork
        self.log = log or Log(storage, description.repository, description.replica, clockwork)
        self._dropped = Dropped(self.log)
        self.objects = ObjectStore(storage, self._reload)
        self.objects.why_gone = self._why_gone
        self.written_at = 0
        """Sequence of the view from which on what was found stored is known to be so.

        That of the last `refresh` or `append`. A reader that meets a pack which is gone brings the
        view up to date and not this: what was found before may have been dropped since.
        """
        self.has_appended = False
        """Whether an operation was appended through this object."""
        self._fixed_at: int | None = None
        self._commits: _Kept[Commit] = _Kept(_KEPT_COMMITS, lambda _: 1)
        self._trees: _Kept[Tree] = _Kept(_KEPT_ENTRIES, lambda tree: 1 + len(tree.entries))
        self._columns: _Kept[Columns] = _Kept(_KEPT_NAMES, lambda one: 1 + len(one.modes))
        self.view = View(0, None, 0, {}, {}, {})

    @classmethod
    def create(
        cls,
        storage: Storage,
        clockwork: Clockwork,
        workspace: WorkspaceId | None,
        draft: Draft,
        like: Description | None = None,
    ) -> Self:
        """A new repository whose first operation is `draft`; the workspace stands on ``main``.

        A folder in which an earlier attempt was cut short is taken over.

        Args:
            storage: empty, but for what such an attempt left.
            clockwork: of the new repository.
            workspace: the one it begins with; None for a replica that nobody works in.
            draft: who begins it, and by which command.
            like: of a replica of the same repository: the new one has its repository id and cuts
                content as it does. Without it, it is the first replica of a new repository.

        Raises:
            Conflict: there is a repository already.
            NotAllowed: the storage does not create names exclusively.
        """
        check_exclusive(storage, clockwork.random)
        try:
            create_settled(storage, DESCRIPTION, _describe(clockwork.random, like))
        except AlreadyExists:
            if _has_operations(storage) or not _fits(read_description(storage), like):
                raise Conflict("already-exists", "there is a repository here already") from None
        repository = cls(storage, read_description(storage), clockwork)
        moves: tuple[WorkspaceMove, ...] = ()
        if workspace is not None:
            moves = (WorkspaceMove(workspace, None, Head(DEFAULT_BRANCH, None)),)
        repository.append(_first(draft, repository.description.checksum, moves), with_index=False)
        return repository

    @classmethod
    def open(cls, storage: Storage, clockwork: Clockwork, at: int | None = None) -> Self:
        """The repository on a storage, as of its last operation or as of operation `at`.

        Raises:
            Missing: there is none, or no such operation.
            Damaged: it needs a newer version, or ``repository.json`` is damaged.
        """
        repository = cls(storage, read_description(storage), clockwork)
        if at is not None:
            repository.stand_at(at)
        repository.refresh()
        return repository

    def stand_at(self, operation: int) -> None:
        """Read it as it was after an operation from now on; nothing can be appended any more.

        Raises:
            Missing: there is no such operation.
        """
        self.view = self.log.view_at(operation)
        self._fixed_at = operation

    def refresh(self) -> View:
        """Read what was appended since; the view that is now in force.

        As of an earlier operation the view stays, but objects lie where the newest one says.
        """
        self._update()
        self.written_at = self.view.sequence
        return self.view

    def _reload(self) -> None:
        """Look again where objects lie, also if this thread is the second to learn of it."""
        self._update()
        if self._fixed_at is None:
            self.objects.cover(self.view.packs)

    def _update(self) -> None:
        if self._fixed_at is not None:
            self.objects.cover(self.log.latest().packs)
            return
        view = self.log.latest(self.view if self.view.sequence else None)
        if view is not self.view:
            self.view = view
            self.objects.cover(view.packs)

    def append(self, draft: Draft, *, with_index: bool = True) -> View:
        """Make the draft the next operation.

        Raises:
            Conflict, Busy: as `Log.append`.
            Usage: the repository was opened at an earlier operation.
        """
        if self._fixed_at is not None:
            raise Usage(
                "usage", "nothing can be changed as of an earlier operation", "drop --at-operation"
            )
        draft = replace(draft, needs=draft.needs | self._needs(draft))
        self.view = self.log.append(draft, self.view)
        self.has_appended = True
        self.written_at = self.view.sequence
        self.objects.cover(self.view.packs)
        if with_index:
            # A cache, and the operation exists: what the storage says now is for the next command.
            with suppress(StorageError, Busy, NotAllowed):
                self.objects.index.save(self.clockwork.random(NAME_BYTES))
        return self.view

    def _needs(self, draft: Draft) -> frozenset[PackName]:
        """Packs that the draft's stand on; another command may have discarded one of these."""
        try:
            return self.objects.index.needs(draft.added)
        except NotFound as error:
            raise Busy("start-over", "packs changed while the command ran", "try again") from error

    def writing(self) -> "Writing":
        """A session that stores new objects."""
        from contentvc.objects.writing import Writing  # noqa: PLC0415 - 7 ms that readers spare

        return Writing(self.objects, self.clockwork.random, self.description.chunking)

    def commit(self, identifier: ObjectId) -> Commit:
        """A commit.

        Raises:
            Damaged: it is not stored, or not as it was.
        """
        commit = self._commits.get(identifier)
        if commit is None:
            commit = decode_commit(self.objects.read(Kind.COMMIT, identifier))
            self._commits.put(identifier, commit)
        return commit

    def tree(self, identifier: ObjectId) -> Tree:
        """One tree object; of a large directory, maybe a node or a part."""
        tree = self._trees.get(identifier)
        if tree is None:
            tree = decode_tree(self.objects.read(Kind.TREE, identifier))
            self._trees.put(identifier, tree)
        return tree

    def entries(self, identifier: ObjectId) -> tuple[Entry, ...]:
        """All entries of a directory, the parts of a large one joined."""
        tree = self.tree(identifier)
        if not tree.is_node:
            return tree.entries
        return tuple(self._joined(tree, b"", depth=0))

    def entry(self, identifier: ObjectId, name: bytes) -> Entry | None:
        """One entry of a directory, of a large one without joining its parts."""
        columns = self.columns(identifier)
        depth = 0
        while columns.is_node:
            part = columns.part(name)
            if part is None:
                return None
            columns = self.columns(part.id)
            if not columns.names or columns.names[0] != part.name:
                raise _unjoined(part.id)
            depth += 1
            if depth > limits.TREE_DEPTH:
                raise Damaged("beyond-limit", _TOO_DEEP)
        return columns.find(name)

    def blob(self, identifier: ObjectId) -> bytes:
        """All bytes of a blob."""
        return self.objects.blob(identifier)

    def blob_here(self, identifier: ObjectId) -> bytes:
        """As `blob`, of content that need not be asked for.

        Raises:
            Missing: it is at a remote (``elsewhere``), or as for `blob`.
        """
        objects = self.objects
        if objects.is_partial and not objects.has(identifier) and not self.is_purged(identifier):
            raise Missing("elsewhere", f"object {short(identifier)} is not here")
        return objects.blob(identifier)

    def blobs(self, wanted: Iterable[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        """Small blobs, in the order in which they lie in the packs."""
        return self.objects.blobs(wanted)

    def stream(self, identifier: ObjectId) -> Iterator[bytes]:
        """A blob's bytes in parts."""
        return self.objects.stream(identifier)

    def stream_near(
        self, identifier: ObjectId, old: ObjectId, read: Callable[[int, int], bytes]
    ) -> Iterator[bytes | memoryview]:
        """As `stream`, where a file that may still be the blob `old` can be read by ranges."""
        if not (self.objects.is_large(identifier) and self.objects.is_large(old)):
            return self.objects.stream(identifier)
        return self.objects.stream_near(identifier, Nearby(self.objects.chunks(old), read))

    def columns(self, identifier: ObjectId) -> Columns:
        """One tree object as its bytes have it."""
        columns = self._columns.get(identifier)
        if columns is None:
            columns = decode_columns(self.objects.read(Kind.TREE, identifier))
            self._columns.put(identifier, columns)
        return columns

    def _joined(self, tree: Tree, last: bytes, depth: int) -> Generator[Entry, None, bytes]:
        """The entries of a node's parts, which must all come after `last`; the new last name.

        A name that came twice would be a file and a symlink in one place. As every part starts
        with the name its node gives it, no part comes twice, however parts are nested.
        """
        if depth > limits.TREE_DEPTH:
            raise Damaged("beyond-limit", _TOO_DEEP)
        for part in tree.entries:
            inner = self.tree(part.id)
            if not last < part.name or not inner.entries or inner.entries[0].name != part.name:
                raise _unjoined(part.id)
            if inner.is_node:
                last = yield from self._joined(inner, last, depth + 1)
            else:
                yield from inner.entries
                last = inner.entries[-1].name
        return last

    def is_purged(self, identifier: ObjectId) -> bool:
        """Whether this is content that was purged: versions name it, and nobody has its bytes.

        What was merely forgotten is not meant: no version names that.
        """
        if self._fixed_at is None and identifier not in self.view.purged:
            return False
        gone = None if self.objects.has(identifier) else self._why_gone(identifier)
        return gone is not None and gone.code == "purged"

    def _why_gone(self, identifier: ObjectId) -> Missing | None:
        """The error for an object that an operation dropped on purpose."""
        view = self.view if self._fixed_at is None else self.log.latest()
        if identifier not in view.purged and view is self.view:
            view = self.log.latest()  # maybe it was dropped just now
        operation = self._dropped.operation(identifier, view)
        if operation is None:
            return past_window(identifier, self.log, view)
        return dropped_by(identifier, operation)


class _Kept(Generic[Value]):
    """Values that were read, the most recently used of them up to some weight.

    Two generations: what is used moves to the young one, and when that is full the old one goes.
    So threads need no lock here, which a forked child would find taken for ever: each step on a
    dictionary is atomic, and whatever order they come in, only a value may be forgotten too early.
    """

    def __init__(self, most: int, weigh: Callable[[Value], int]) -> None:
        self._half = most // 2
        self._weigh = weigh
        self._weight = 0
        self._young: dict[ObjectId, Value] = {}
        self._old: dict[ObjectId, Value] = {}

    def get(self, identifier: ObjectId) -> Value | None:
        value = self._young.get(identifier)
        if value is None:
            value = self._old.get(identifier)
            if value is not None:
                self.put(identifier, value)
        return value

    def put(self, identifier: ObjectId, value: Value) -> None:
        self._young[identifier] = value
        self._weight += self._weigh(value)
        if self._weight > self._half:
            self._old, self._young, self._weight = self._young, {}, 0


def _unjoined(part: ObjectId) -> Damaged:
    return Damaged("damaged", f"the parts of directory {short(part)} do not join")


def _first(draft: Draft, checksum: bytes, moves: tuple[WorkspaceMove, ...]) -> Draft:
    return replace(draft, checksum=checksum, workspaces=moves)


def _has_operations(storage: Storage) -> bool:
    try:
        storage.read(operation_path(1), (0, 1))
    except NotFound:
        return False
    return True


def _fits(found: Description, like: Description | None) -> bool:
    """Whether what an attempt left is what this one would make."""
    wanted = found if like is None else like
    return (found.repository, found.chunking) == (wanted.repository, wanted.chunking)


def _describe(random: Callable[[int], bytes], like: Description | None) -> bytes:
    """The bytes of ``repository.json``: indented JSON whose last member is its own checksum."""
    chunking = Chunking() if like is None else like.chunking
    repository = RepositoryId(random(NAME_BYTES)) if like is None else like.repository
    content: dict[str, object] = {
        "layout": _LAYOUT,
        "repository": repository.hex(),
        "replica": random(NAME_BYTES).hex(),
        "features": {"read": [], "write": []},
        "chunking": {
            "minimum": chunking.minimum,
            "average": chunking.average,
            "maximum": chunking.maximum,
            "whole": chunking.whole,
        },
    }
    content["checksum"] = _checksum(content)
    return json.dumps(content, indent=1).encode() + b"\n"


def _checksum(content: Mapping[str, object]) -> str:
    bare = {key: value for key, value in content.items() if key != "checksum"}
    return blake3(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_description(storage: Storage) -> Description:
    """What ``repository.json`` of a storage says.

    Raises:
        Missing: there is none.
        Damaged: it needs a newer version, or is damaged.
    """
    try:
        stored = storage.read(DESCRIPTION, (0, limits.JSON_BYTES))
    except NotFound:
        raise Missing(
            "not-a-repository", "there is no repository here", "make one with: contentvc init"
        ) from None
    return decode_description(stored)


def decode_description(stored: bytes) -> Description:
    """What the bytes of a ``repository.json`` say.

    Raises:
        Damaged: as `read_description`.
    """
    try:
        return _checked_description(json.loads(stored), stored)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(
            "damaged",
            f"repository.json is damaged: {error}",
            "restore it from a copy of the repository",
        ) from error


def _checked_description(content: dict[str, Any], stored: bytes) -> Description:
    _check_features(content)
    if set(content) != _KEYS or content["checksum"] != _checksum(content):
        raise ValueError("its checksum does not fit")
    return _description(content, stored)


def _check_features(content: dict[str, Any]) -> None:
    """Refuse what this version does not know, before anything else is believed."""
    unknown: set[str] = set(content["features"]["read"]) - _READ_FEATURES
    unknown |= set(content["features"]["write"]) - _WRITE_FEATURES
    if content["layout"] != _LAYOUT or unknown:
        wanted = ", ".join(sorted(unknown)) or f"layout {content['layout']!r}"
        raise Damaged(
            "needs-newer",
            f"the repository needs a newer contentvc: {wanted}",
            "upgrade with: pip install --upgrade contentvc",
        )


def _description(content: dict[str, Any], stored: bytes) -> Description:
    sizes: dict[str, Any] = content["chunking"]
    chunking = Chunking(**{key: int(value) for key, value in sizes.items()})
    ordered = (chunking.minimum, chunking.average, chunking.maximum)
    if not 256 <= ordered[0] < ordered[1] < ordered[2] <= 16 * limits.MIB:
        raise ValueError("its chunk sizes are impossible")
    repository, replica = bytes.fromhex(content["repository"]), bytes.fromhex(content["replica"])
    if len(repository) != NAME_BYTES or len(replica) != NAME_BYTES:
        raise ValueError("its ids have the wrong length")
    return Description(
        RepositoryId(repository), RepositoryId(replica), chunking, blake3(stored).digest()
    )
