"""Recording: changed files are read, hashed and stored, each byte touched once.

Small files go in batches to the workers: one reads and hashes a batch, asks which ids are new,
and compresses only those. Large files are streamed one after the other.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.outside import refuse_displacing
from contentvc.actions.working import Look
from contentvc.changes.edit import FileEdit
from contentvc.changes.trees import lookup
from contentvc.errors import Conflict, Declined, NotAllowed
from contentvc.ids import Kind, ObjectId, blob_id
from contentvc.objects.blocks import SealedBlock
from contentvc.objects.deltas import footing, seal_delta
from contentvc.objects.store import ObjectStore
from contentvc.objects.writing import Writing, seal_small
from contentvc.snapshots.tree import Mode
from contentvc.worktree.found import Found, Reason
from contentvc.worktree.reading import Reader, find_files, hash_path
from contentvc.worktree.state import CLEAN, Row, State

__all__ = ["Recorded", "record", "record_more", "record_paths"]

_BATCH_FILES: Final = 512
_BATCH_BYTES: Final = 2 * limits.MIB
"""Measured: smaller batches wait for answers, larger ones leave one process idle at the end."""
_SHOWN: Final = 10


class _Read(NamedTuple):
    """A file that was read: its stat while it was, and its id."""

    found: Found
    id: ObjectId


class _Batch(NamedTuple):
    """What a worker made of a batch."""

    read: list[_Read]
    blocks: list[SealedBlock]
    vanished: list[bytes]
    refused: list[tuple[bytes, str]]
    """Files that cannot be read, and why."""


@dataclass(slots=True)
class Recorded:
    """Edits for the tree and rows for the state."""

    edits: dict[bytes, FileEdit | None] = field(default_factory=dict)
    rows: dict[bytes, Row] = field(default_factory=dict)
    removed: list[bytes] = field(default_factory=list)
    refused: list[tuple[bytes, str]] = field(default_factory=list)
    purged: dict[bytes, ObjectId] = field(default_factory=dict)
    """Files of content that was purged, which is not stored."""

    def state(self, before: State, base_tree: ObjectId | None) -> State:
        """The state once the edits are what the base tree has."""
        removed = self.removed + [path for path in self._folders() if before.find(path) is not None]
        return before.replace(self.rows, removed, base_tree=base_tree)

    def _folders(self) -> set[bytes]:
        """Folders of recorded files: one may have been a file that was recorded, and is no more."""
        folders: set[bytes] = set()
        for path in self.rows:
            folder = path.rpartition(b"/")[0]
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition(b"/")[0]
        return folders


def record(context: Context, seen: Look, writing: Writing, *, skip_unreadable: bool) -> Recorded:
    """Store everything that a scan found to differ.

    Raises:
        Declined: files cannot be read, and are not to be skipped (``unreadable``).
        Conflict: a file keeps changing while it is read, or takes the place of recorded ones that
            a sparse working tree does not have (``not-covered``).
    """
    refuse_displacing(context, (one.path for one in seen.scan.new), seen.base_tree)
    recorded = Recorded()
    to_read = [one.found for one in seen.scan.suspects] + list(seen.scan.new)
    for path, row in seen.scan.known:
        if writing.has(row.id):
            recorded.edits[path] = FileEdit(row.mode, row.size, row.id)
            recorded.rows[path] = row._replace(flags=CLEAN)
        else:
            to_read.append(Found(path, row.mode, row.size, row.mtime_ns, row.ctime_ns, row.inode))
    for path, _ in seen.scan.missing:
        recorded.edits[path] = None
        recorded.removed.append(path)
    recorded.removed += seen.scan.stale
    olds = _Olds(context, seen)
    _read_all(context, to_read, olds, writing, recorded, seen.since)
    recorded.refused += [
        (path, "it cannot be read")
        for path, reason in seen.scan.skipped
        if reason is Reason.UNREADABLE
    ]
    if recorded.refused and not skip_unreadable:
        raise _unreadable(recorded.refused)
    fresh = [path for path, one in recorded.purged.items() if olds.blob(path) != one]
    if fresh:
        raise _purged(context, recorded, fresh, "remove it, or have it ignored; what was purged")
    return recorded


def record_more(
    context: Context, writing: Writing, paths: Sequence[bytes], recorded: Recorded, seen: Look
) -> None:
    """Store also what is at some paths that the scan passed over.

    Raises:
        Declined, Conflict: as `record`.
    """
    files = find_files(context.place.root, paths)
    _read_all(context, files, _Olds(context, seen), writing, recorded, seen.since)
    if recorded.refused:
        raise _unreadable(recorded.refused)


def record_paths(
    context: Context, writing: Writing, paths: Sequence[bytes]
) -> dict[bytes, FileEdit | None]:
    """Store what is at some paths, whatever the state knows of them.

    Raises:
        Declined, Conflict: as `record`.
    """
    recorded = Recorded()
    files = find_files(context.place.root, paths)
    _read_all(context, files, _Olds(context), writing, recorded, since=0)
    if recorded.refused:
        raise _unreadable(recorded.refused)
    if recorded.purged:
        hint = "move it away, or give --discard to lose it; what was purged"
        raise _purged(context, recorded, list(recorded.purged), hint)
    return {path: edit for path, edit in recorded.edits.items() if edit is not None}


class _Olds:
    """What files held in the version that the working tree stands on."""

    def __init__(self, context: Context, seen: Look | None = None) -> None:
        self._entries = context.repository.entries
        self._tree = context.base_tree() if seen is None else seen.base_tree
        suspects = () if seen is None else seen.scan.suspects
        self._clean = {found.path: row.id for found, row in suspects if row.flags & CLEAN == CLEAN}

    def blob(self, path: bytes) -> ObjectId | None:
        """The blob that was at a path; None where none was."""
        known = self._clean.get(path)
        if known is not None or self._tree is None:
            return known
        entry = lookup(self._entries, self._tree, path)
        return None if entry is None or entry.mode == Mode.DIRECTORY else entry.id


def _read_all(
    context: Context,
    files: Iterable[Found],
    olds: _Olds,
    writing: Writing,
    recorded: Recorded,
    since: int,
) -> None:
    ordered = sorted(files, key=lambda found: found.path)
    small = [found for found in ordered if _is_small(found)]
    large = [found for found in ordered if not _is_small(found)]
    total = sum(found.size for found in ordered)
    if total >= limits.PACK_BYTES:  # a session that was killed may have left packs of it
        writing.adopt(context.repository.view.gone)
    context.progress.start(len(ordered), total, "Recording files")
    work = partial(_read_batch, context.place.root, context.repository.objects, olds)
    answer = partial(_are_new, context, writing)
    for batch in context.workers.converse(work, list(_batches(small)), answer):
        for block in batch.blocks:
            writing.add_block(block)
        _note(context, recorded, batch, since)
        context.progress.advance(len(batch.read), sum(one.found.size for one in batch.read))
    for found in large:
        batch = _read_large(context, found, olds.blob(found.path), writing)
        _note(context, recorded, batch, since)
    context.progress.finish()


def _are_new(context: Context, writing: Writing, ids: list[ObjectId]) -> list[bool]:
    is_purged = context.repository.is_purged
    return [not is_purged(identifier) and writing.is_new(identifier) for identifier in ids]


def _read_batch(
    root: bytes, store: ObjectStore, olds: _Olds, batch: Sequence[Found]
) -> Generator[list[ObjectId], list[bool], _Batch]:
    """Runs in a worker: read and hash, ask what is new, compress that."""
    result = _Batch([], [], [], [])
    contents: list[bytes] = []
    with Reader(root) as reader:
        for found in batch:
            try:
                content, now = reader.read(found.path)
            except FileNotFoundError:
                result.vanished.append(found.path)
            except NotAllowed as error:
                result.refused.append((found.path, error.message))
            else:
                contents.append(content)
                result.read.append(_Read(now, blob_id(content)))
    wanted = yield [one.id for one in result.read]
    fresh = [
        (one, content)
        for one, content, is_new in zip(result.read, contents, wanted, strict=True)
        if is_new
    ]
    alone = []
    for one, content in fresh:
        sealed = _as_delta(store, olds, one, content)
        if sealed is None:
            alone.append((one.id, content))
        else:
            result.blocks.append(sealed)
    result.blocks.extend(seal_small(alone))
    return result


def _as_delta(store: ObjectStore, olds: _Olds, one: _Read, content: bytes) -> SealedBlock | None:
    """A small file against what it was before; None where that does not pay."""
    if len(content) < limits.DELTA_FILE:
        return None
    old = olds.blob(one.found.path)
    under = None if old is None else footing(store, Kind.RAW, len(content), (old,))
    return None if under is None else seal_delta(store, Kind.RAW, one.id, content, under)


def _read_large(context: Context, found: Found, old: ObjectId | None, writing: Writing) -> _Batch:
    result = _Batch([], [], [], [])

    def store(parts: Iterator[bytes]) -> ObjectId:
        return writing.put_stream(_told(context, parts), old, found.size)[0]

    if context.repository.view.purged:  # it is known only in the end what a stream is
        store = partial(_stored_unless_purged, context, found.path, store)
    with Reader(context.place.root) as reader:
        try:
            identifier, now = reader.stream(found.path, store)
        except FileNotFoundError:
            result.vanished.append(found.path)
        except NotAllowed as error:
            result.refused.append((found.path, error.message))
        else:
            result.read.append(_Read(now, identifier))
            context.progress.advance(1, 0)
    return result


def _told(context: Context, parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        context.progress.advance(0, len(part))
        yield part


def _stored_unless_purged(
    context: Context,
    path: bytes,
    store: Callable[[Iterator[bytes]], ObjectId],
    parts: Iterator[bytes],
) -> ObjectId:
    identifier = hash_path(context.place.root, path)
    return identifier if context.repository.is_purged(identifier) else store(parts)


def _note(context: Context, recorded: Recorded, batch: _Batch, since: int) -> None:
    for now, identifier in batch.read:
        if context.repository.is_purged(identifier):
            recorded.purged[now.path] = identifier
        recorded.edits[now.path] = FileEdit(now.mode, now.size, identifier)
        recorded.rows[now.path] = now.row(identifier, CLEAN, since)
    for path in batch.vanished:
        recorded.edits[path] = None
        recorded.removed.append(path)
    recorded.refused.extend(batch.refused)


def _is_small(found: Found) -> bool:
    return found.size <= limits.WHOLE_BLOB or found.mode is Mode.SYMLINK


def _batches(files: Sequence[Found]) -> Iterator[Sequence[Found]]:
    start = size = 0
    for position, found in enumerate(files):
        if position - start >= _BATCH_FILES or size + found.size > _BATCH_BYTES:
            yield files[start:position]
            start, size = position, 0
        size += found.size
    if start < len(files):
        yield files[start:]


def _unreadable(refused: Sequence[tuple[bytes, str]]) -> Declined:
    names = [path.decode("utf-8", "replace") for path, _ in refused]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Declined(
        "unreadable",
        f"cannot read {', '.join(names[:_SHOWN])}{more}: {refused[0][1]}",
        "nothing was recorded; make them readable, or leave them out with --skip-unreadable",
        paths=names,
    )


def _purged(context: Context, recorded: Recorded, paths: Sequence[bytes], hint: str) -> Conflict:
    """The refusal to store what was purged, which tells of the first why."""
    names = [path.decode("utf-8", "replace") for path in paths]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    gone = context.repository.objects.why_gone(recorded.purged[paths[0]])
    return Conflict(
        "purged-content",
        f"{', '.join(names[:_SHOWN])}{more} would be stored again: {gone}",
        f"{hint} does not come back",
        paths=names,
    )
