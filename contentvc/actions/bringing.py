"""Bringing the working tree from one version to another, once it is decided."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from os import stat_result

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files
from contentvc.changes.trees import TreeChange
from contentvc.errors import Conflict
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.checkout import (
    Content,
    check_links,
    check_room,
    clear_way,
    row_of,
    write_files,
)
from contentvc.worktree.collisions import Survey, survey
from contentvc.worktree.files import Files, Stamp
from contentvc.worktree.names import check_distinct, probe
from contentvc.worktree.reading import hash_path, span_of
from contentvc.worktree.stamps import NEVER, seal_by_touching
from contentvc.worktree.state import CLEAN, RECORDED, Row, State

__all__ = [
    "bring",
    "of_content",
    "refuse_collisions",
    "shares_of",
    "survey_changes",
    "without_purged",
]

_SHOWN = 10
_WORTH_SPLITTING = 500
"""Files to write from which a second process pays: forking takes as long as writing about 100."""

_Wanted = tuple[bytes, Entry]


def without_purged(context: Context, changes: Sequence[TreeChange]) -> Sequence[TreeChange]:
    """The changes as far as they concern files on disk.

    What was purged is written nowhere, and what a working tree still holds of it is the user's
    alone: it is neither overwritten nor removed as if it were recorded.
    """
    if not context.repository.view.purged:
        return changes
    left: list[TreeChange] = []
    for change in changes:
        old, new = _unpurged(context, change.old), _unpurged(context, change.new)
        if (old, new) == change[1:]:
            left.append(change)
        elif old is not None or new is not None:
            left.append(TreeChange(change.path, old, new))
    return left


def _unpurged(context: Context, entry: Entry | None) -> Entry | None:
    return None if entry is not None and context.repository.is_purged(entry.id) else entry


def of_content(changes: Sequence[TreeChange]) -> Sequence[TreeChange]:
    """Of what differs between two trees, what concerns files on disk, which have no attributes.

    A file that somebody edited is in nobody's way where only its attributes change.
    """
    return [change for change in changes if not _is_of_attributes(change)]


def _is_of_attributes(change: TreeChange) -> bool:
    old, new = change.old, change.new
    return old is not None and new is not None and (old.id, old.mode) == (new.id, new.mode)


def survey_changes(context: Context, state: State, changes: Sequence[TreeChange]) -> Survey:
    """What stands on disk where files are to change.

    Raises:
        Conflict: names that the file system cannot tell apart.
        Busy: the new files need more room than there is.
    """
    root = context.place.root
    folding = probe(root, is_mac=context.is_mac)
    if not folding.is_exact:
        check_distinct(_paths_after(state, changes), folding)
    check_room(root, changes)
    check_links(changes, _content(context, {}))
    with Files(root) as files:
        return survey(files, state, changes, partial(hash_path, root), folding)


def _paths_after(state: State, changes: Sequence[TreeChange]) -> Iterator[bytes]:
    """Every path there will be."""
    gone = {change.path for change in changes}
    yield from (path for path, row in state.items() if row.flags & RECORDED and path not in gone)
    yield from (change.path for change in changes if change.new is not None)


def refuse_collisions(found: Survey, doing: str) -> None:
    """Stop before anything that nobody recorded is overwritten.

    Raises:
        Conflict: naming the paths (``would-overwrite``).
    """
    if found.collisions:
        names = [path.decode("utf-8", "replace") for path in found.collisions]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise Conflict(
            "would-overwrite",
            f"{doing} would overwrite uncommitted changes: {', '.join(names[:_SHOWN])}{more}",
            "commit them first, or give --force: what is overwritten is kept in the operation log",
            paths=names,
        )


def bring(
    context: Context,
    state: State,
    changes: Sequence[TreeChange],
    found: Survey,
    base_tree: ObjectId | None,
    *,
    overwrite: bool = False,
) -> State:
    """Make the changes on disk; the state afterwards, compared to `base_tree`.

    Paths that collide are left alone unless they are to be overwritten; what is there already is
    not written again. Half of the folders are written by another process where that pays.
    """
    kept = set() if overwrite else found.blocked
    todo = [change for change in changes if change.path not in kept]
    wanted = [(path, new) for path, _, new in todo if new is not None and path not in found.done]
    bring_files(context.repository, wanted)  # processes that are forked to write cannot ask
    mtime_ns = seal_by_touching(context.place.marker)
    with Files(context.place.root, found.seen) as files:
        clear_way(files, todo, found.obstacles if overwrite else ())
    olds = {path: old for path, old, new in todo if old is not None and new is not None}
    content = _content(context, olds)
    rows = dict(_write_all(context, content, wanted, found.seen, mtime_ns))
    rows |= _rows_without_writing(changes, kept, found.done)
    removed = [path for path, _, new in changes if new is None]
    return state.replace(rows, removed, base_tree=base_tree)


def _write_all(
    context: Context,
    content: Content,
    wanted: list[_Wanted],
    seen: Mapping[bytes, Stamp],
    mtime_ns: int,
) -> list[tuple[bytes, Row]]:
    """Files first, symlinks last, so that no path leads through a link just made."""
    plain = [(path, entry) for path, entry in wanted if entry.mode is not Mode.SYMLINK]
    links = [(path, entry) for path, entry in wanted if entry.mode is Mode.SYMLINK]
    write = partial(_write, context, content, seen, mtime_ns)
    parts = [plain]
    if len(plain) >= _WORTH_SPLITTING:
        parts = shares_of(plain, context.workers.count)
    context.progress.start(len(wanted), sum(entry.size for _, entry in wanted), "Writing files")
    rows = [row for part in context.workers.gather(write, parts) for row in part]
    rows += write(links)
    context.progress.finish()
    return rows


def _write(
    context: Context,
    content: Content,
    seen: Mapping[bytes, Stamp],
    mtime_ns: int,
    wanted: Sequence[_Wanted],
) -> list[tuple[bytes, Row]]:
    rows = []
    with Files(context.place.root, seen) as files:
        for path, row in write_files(files, wanted, content, mtime_ns):
            context.progress.advance(1, row.size)
            rows.append((path, row))
    return rows


def _content(context: Context, olds: Mapping[bytes, Entry]) -> Content:
    """Content by id; of a large file, what it shares with the one it replaces is read from that."""
    repository, root = context.repository, context.place.root

    def stream(path: bytes, identifier: ObjectId) -> Iterator[bytes | memoryview]:
        old = olds.get(path)
        if old is None or old.mode is Mode.SYMLINK or old.size <= limits.WHOLE_BLOB:
            return repository.stream(identifier)
        return repository.stream_near(identifier, old.id, partial(span_of, root, path))

    return Content(repository.blobs, stream)


def shares_of(wanted: Sequence[_Wanted], count: int) -> list[list[_Wanted]]:
    """Runs of about equal weight, where a file weighs what opening it costs and its bytes."""
    weights = [20_000 + entry.size for _, entry in wanted]
    share = sum(weights) / count
    parts: list[list[_Wanted]] = [[]]
    filled = 0
    for item, weight in zip(wanted, weights, strict=True):
        if filled >= share * len(parts) and len(parts) < count:
            parts.append([])
        parts[-1].append(item)
        filled += weight
    return parts


def _rows_without_writing(
    changes: Sequence[TreeChange], kept: set[bytes], done: dict[bytes, stat_result]
) -> dict[bytes, Row]:
    """Rows of files that hold the new content already, and of those left to their owner."""
    rows: dict[bytes, Row] = {}
    for path, old, new in changes:
        if new is None:
            continue
        if path in kept:
            rows[path] = Row(new.size, NEVER, 0, 0, new.mode, CLEAN, new.id)
        elif path in done and (old is None or (old.mode, old.id) != (new.mode, new.id)):
            # Others wrote it, maybe just now: it must be read once more to be sure of it.
            rows[path] = row_of(done[path], new)._replace(mtime_ns=NEVER)
    return rows
