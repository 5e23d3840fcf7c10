"""The working tree as it is, compared with the commit it stands on."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.hashing import hash_files
from contentvc.actions.outside import as_covered, covered_files, file_in
from contentvc.changes.edit import FileEdit
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, lookup
from contentvc.errors import Missing
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.files import Files
from contentvc.worktree.found import Found, Noted, Scan
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.lease import hold_if_free
from contentvc.worktree.reading import read_whole
from contentvc.worktree.scan import scan, scan_paths
from contentvc.worktree.stamps import NEVER, is_unsure, now_by_touching
from contentvc.worktree.state import CLEAN, RECORDED, SAME, Row, State
from contentvc.worktree.statefile import keep_state, load_state

__all__ = [
    "UNREAD",
    "Look",
    "based",
    "edited",
    "look",
    "reader_of",
    "reflagged",
    "remember",
    "size_here",
    "sweep",
    "unstaged",
    "working_changes",
]

_WORTH_NOTING: Final = 100
"""Folders from which writing the state pays at once: listing that many takes about as long."""
UNREAD = ObjectId(b"")
"""The id of content that nobody needed to read."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a scan found, and what it was compared to."""

    state: State
    scan: Scan
    base_tree: ObjectId | None
    since: int
    """The file system's clock, in nanoseconds, before the scan."""


def look(
    context: Context,
    paths: Sequence[bytes] = (),
    *,
    want_ignored: bool = False,
    force: bool = False,
    rehash: bool = False,
) -> Look:
    """Scan the working tree, or only some files and folders of it.

    Args:
        context: whose working tree it is.
        paths: files and folders; none means all.
        want_ignored: list what rules ignore too.
        force: of `paths`, take also what is ignored or looks like a secret.
        rehash: believe no file's stat.

    Raises:
        Missing: a path is neither on disk nor recorded (``unknown-path``).
    """
    place, base_tree = context.place, context.base_tree()
    since = now_by_touching(place.marker)
    state = based(context, load_state(place.state), base_tree)
    if rehash:
        state = state.doubted()
    rules = IgnoreRules(place.root, use_git=context.use_gitignore)
    if paths:
        found = scan_paths(place.root, paths, state, rules, force=force)
    else:
        found = scan(place.root, state, rules, context.workers, want_ignored=want_ignored)
    if not context.cover.is_whole:
        found = as_covered(context, found, base_tree)
    _check_known(found.unknown)
    seen = Look(state.stamped(found.stamps, since), found, base_tree, since)
    return _without_purged(context, seen) if context.repository.view.purged else seen


def _without_purged(context: Context, seen: Look) -> Look:
    """What the base tree names and nobody has any more is not missed."""
    base, is_purged = _Base(context, seen), context.repository.is_purged
    missing = tuple(
        one
        for one in seen.scan.missing
        if (entry := base.entry(one)) is None or not is_purged(entry.id)
    )
    return replace(seen, scan=replace(seen.scan, missing=missing))


def based(context: Context, state: State, base_tree: ObjectId | None) -> State:
    """The state compared to `base_tree`: every file of that tree that belongs here has a row.

    Flags are right also of files outside of a sparse working tree that are known to be there.
    """
    cover, entries = context.cover, context.repository.entries
    is_of_cover = state.cover == cover.digest
    if is_of_cover and state.base_tree == base_tree and (base_tree is not None or not len(state)):
        return state
    rows = {path: row._replace(flags=0) for path, row in state.items()}
    for path, entry in covered_files(entries, base_tree, cover):
        rows[path] = _compared(rows.get(path), entry)
    if state.base_tree == base_tree:  # another cover: what is outside of it has the right flags
        rows |= {path: row for path, row in state.items() if not cover.covers(path)}
    elif not cover.is_whole:
        outside = [one for one in rows.items() if not cover.covers(one[0])]
        found = ((path, row, file_in(entries, base_tree, path)) for path, row in outside)
        rows |= {path: _compared(row, old) for path, row, old in found if old is not None}
    return State.empty(cover.digest).replace(rows, base_tree=base_tree)


def reflagged(
    context: Context, state: State, paths: Collection[bytes], base_tree: ObjectId | None
) -> State:
    """The rows at some paths compared with another base tree; elsewhere both bases are the same."""
    entries, cover = context.repository.entries, context.cover
    rows: dict[bytes, Row] = {}
    for path in paths:
        row = state.get(path)
        base = file_in(entries, base_tree, path)
        if base is not None and (row is not None or cover.covers(path)):
            rows[path] = _compared(row, base)
        elif row is not None:
            rows[path] = row._replace(flags=0)
    return state.replace(rows, base_tree=base_tree)


def _compared(row: Row | None, entry: Entry) -> Row:
    """The row of a file that the base tree has; without one, of a file that must be read."""
    if row is None:
        return Row(entry.size, NEVER, 0, 0, entry.mode, CLEAN, entry.id)
    same = (row.id, row.mode) == (entry.id, entry.mode)
    return row._replace(flags=RECORDED | (SAME if same else 0))


def working_changes(context: Context, seen: Look, *, with_ids: bool) -> list[FileChange]:
    """What differs from the base, renames found.

    A file is read only where its stat does not tell whether it changed, or, if it is small, to
    find what it was called before; `with_ids` reads every changed file. Where nobody read the new
    content its id is `UNREAD`.
    """
    base = _Base(context, seen)
    changes = [TreeChange(one.path, base.entry(one), None) for one in seen.scan.missing]
    to_hash = [one.found for one in seen.scan.suspects if with_ids or base.may_be_same(one)]
    moved = _moved(seen.scan)
    to_hash += [
        found
        for found in seen.scan.new
        if found.path not in moved
        and (with_ids or (seen.scan.missing and found.size <= limits.RENAME_BLOB))
    ]
    hashed = hash_files(context, to_hash)
    remember(context, seen, hashed)
    ids = moved | hashed
    changes += [_change(base, one, _found(one), one.row.id) for one in seen.scan.known]
    changes += [
        _change(base, Noted(found.path, row), found, ids.get(found.path, UNREAD))
        for found, row in seen.scan.suspects
    ]
    changes += [
        TreeChange(found.path, None, _entry(found, ids.get(found.path, UNREAD)))
        for found in seen.scan.new
    ]
    from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, if anything changed

    differing = [change for change in changes if not _is_same(change)]
    differing.sort(key=lambda change: change.path.split(b"/"))
    return find_renames(classify(differing), reader_of(context, differing))


def size_here(context: Context, seen: Look) -> tuple[int, int]:
    """Bytes of recorded files that are in the working tree, and of all, as they are recorded."""
    columns, tree = seen.state.columns, seen.base_tree
    pairs = zip(columns.sizes, columns.flags, strict=True)
    here = sum(size for size, flags in pairs if flags & RECORDED)
    gone = [one.row for one in seen.scan.missing]
    gone += [row for path in seen.scan.stale if (row := seen.state.get(path)) is not None]
    here -= sum(row.size for row in gone if row.flags & RECORDED)
    return here, 0 if tree is None else sum(one.size for one in context.repository.entries(tree))


def edited(
    context: Context, seen: Look, edits: Mapping[bytes, FileEdit | None]
) -> Iterator[TreeChange]:
    """What edits of scanned files change against the base; those that change nothing left out."""
    base = _Base(context, seen)
    rows = {one.path: one for one in (*seen.scan.missing, *seen.scan.known)}
    rows |= {found.path: Noted(found.path, row) for found, row in seen.scan.suspects}
    for path in sorted(edits, key=lambda path: path.split(b"/")):
        edit, noted = edits[path], rows.get(path)
        old = base.outside(path) if noted is None else base.entry(noted)
        name = path.rpartition(b"/")[2]
        new = None if edit is None else Entry(name, edit.mode, edit.size, edit.id)
        change = TreeChange(path, old, new)
        if (old or new) and not _is_same(change):
            yield change


def unstaged(seen: Look) -> bool:
    """Whether the scan alone shows that nothing differs."""
    found = seen.scan
    return not (found.known or found.suspects or found.new or found.missing)


def sweep(context: Context, seen: Look) -> None:
    """Remove files that killed commands were writing. Only for whoever holds the lease."""
    with Files(context.place.root) as files:
        for folder in sorted({path.rpartition(b"/")[0] for path in seen.scan.leftovers}):
            files.sweep(folder)


def remember(context: Context, seen: Look, ids: Mapping[bytes, ObjectId]) -> None:
    """Note what was read, so that the next command need not; not while another command works.

    Stamps of folders are noted too, where they are many: each spares a listing.
    """
    rows: dict[bytes, Row] = {}
    for found, row in seen.scan.suspects:
        if (identifier := ids.get(found.path)) is not None:
            same = row.flags & CLEAN == CLEAN and (identifier, found.mode) == (row.id, row.mode)
            flags = CLEAN if same else row.flags & RECORDED
            rows[found.path] = found.row(identifier, flags, seen.since)
    sure = any(row.mtime_ns != NEVER for row in rows.values())
    stamps = sum(not is_unsure(one.mtime_ns, one.ctime_ns, seen.since) for one in seen.scan.stamps)
    if not sure and stamps < _WORTH_NOTING:
        return
    with hold_if_free(context.place.lease) as is_held:
        now = load_state(context.place.state) if is_held else seen.state
        # Another command may have noted more meanwhile; a state that was lost has nothing to keep.
        known = (now.base_tree, now.cover) == (seen.base_tree, seen.state.cover)
        if is_held and (known or not len(now)):
            state = seen.state.replace(rows, base_tree=seen.base_tree)
            keep_state(context.place.state, state)


class _Base:
    """Entries of the base tree, without attributes: most are told by the state's rows."""

    def __init__(self, context: Context, seen: Look) -> None:
        self._entries = context.repository.entries
        self._tree = seen.base_tree
        self._is_whole = context.cover.is_whole

    def entry(self, noted: Noted) -> Entry | None:
        """What the base has at a path; None when it has nothing."""
        path, row = noted
        if row.flags & CLEAN == CLEAN:
            return Entry(path.rpartition(b"/")[2], row.mode, row.size, row.id)
        if not row.flags & RECORDED or self._tree is None:
            return None
        found = lookup(self._entries, self._tree, path)
        return None if found is None else found._replace(attributes=())

    def outside(self, path: bytes) -> Entry | None:
        """What the base has at a path of which no scan tells: where a working tree is sparse."""
        if self._is_whole:
            return None
        found = file_in(self._entries, self._tree, path)
        return None if found is None else found._replace(attributes=())

    def may_be_same(self, suspect: tuple[Found, Row]) -> bool:
        """Whether only reading can tell if a file is as in the base."""
        found, row = suspect
        old = self.entry(Noted(found.path, row))
        return old is not None and old.size == found.size


def _change(base: _Base, noted: Noted, found: Found, identifier: ObjectId) -> TreeChange:
    return TreeChange(noted.path, base.entry(noted), _entry(found, identifier))


def _entry(found: Found, identifier: ObjectId) -> Entry:
    return Entry(found.path.rpartition(b"/")[2], found.mode, found.size, identifier)


def _found(noted: Noted) -> Found:
    path, row = noted
    return Found(path, row.mode, row.size, row.mtime_ns, row.ctime_ns, row.inode)


def _is_same(change: TreeChange) -> bool:
    old, new = change.old, change.new
    return old is not None and new is not None and (old.id, old.mode) == (new.id, new.mode)


def _moved(found: Scan) -> dict[bytes, ObjectId]:
    """New files that are a missing file under another name: same inode, size and times."""
    gone = {
        (row.inode, row.size, row.mtime_ns): row.id
        for _, row in found.missing
        if row.mtime_ns != NEVER
    }
    return {
        new.path: gone[key]
        for new in found.new
        if (key := (new.inode, new.size, new.mtime_ns)) in gone
    }


def reader_of(context: Context, changes: Sequence[TreeChange]) -> Callable[[ObjectId], bytes]:
    """Bytes by id, from disk for what is only there; what is at a remote is not asked for."""
    paths = {new.id: path for path, old, new in changes if new is not None and old is None}
    links = {new.id for _, _, new in changes if new is not None and new.mode is Mode.SYMLINK}

    def read(identifier: ObjectId) -> bytes:
        if identifier in paths and identifier not in links:
            return read_whole(context.place.root, paths[identifier])
        return context.repository.blob_here(identifier)

    return read


def _check_known(unknown: Sequence[bytes]) -> None:
    if unknown:
        shown = unknown[0].decode("utf-8", "replace")
        raise Missing(
            "unknown-path",
            f"{shown} is neither in the working tree nor recorded",
            "see what is there with: contentvc status",
            path=shown,
        )
