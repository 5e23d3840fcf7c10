"""Sparse: which files of the version are in the working tree, shown and changed.

Files that are to come are written first, then the marker, and files that are to go are removed
last. So at every moment what the marker covers is there, and what lies outside of it is recorded
and unchanged: whatever ends the command, doing it again completes it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contentvc.actions.bringing import bring, refuse_collisions, survey_changes, without_purged
from contentvc.actions.context import Context
from contentvc.actions.heads import check_not_merging
from contentvc.actions.outside import Here, covered_files, file_in
from contentvc.actions.standing import settled_lease
from contentvc.actions.stored import Stored
from contentvc.actions.working import Look, based, look, size_here, sweep, working_changes
from contentvc.changes.trees import TreeChange, list_files, lookup
from contentvc.errors import Conflict, Missing
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry
from contentvc.worktree import place as places
from contentvc.worktree.cover import Cover
from contentvc.worktree.marker import check_sparse
from contentvc.worktree.state import CLEAN, RECORDED, Row, State
from contentvc.worktree.statefile import keep_state

__all__ = ["SparseReport", "set_sparse", "sparse_here", "sparse_paths"]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SparseReport:
    """What is in the working tree, and what a command changed about it."""

    paths: tuple[bytes, ...]
    """The sparse set; empty where everything is here."""
    size: int
    """Bytes of recorded files that are here."""
    recorded: int
    """Bytes of all files of the version."""
    brought: int = 0
    """Files that were written."""
    removed: int = 0
    """Files that were taken away; the repository has them."""
    stays: tuple[bytes, ...] = ()
    """Files outside of the set that stay, as they are not recorded, or were edited there before."""


def sparse_paths(
    stored: Stored, tree: ObjectId | None, paths: Sequence[bytes], names: Sequence[str]
) -> tuple[bytes, ...]:
    """The sparse set of some paths, and of content sets as a version declares them.

    A content set stands for the folders that all its files are in, as its patterns tell, so that
    files which join it later come too. Where a pattern may match at the top, the files that the
    version has of it are named instead.

    Raises:
        Missing: there is nothing at a path (``unknown-path``), no such set (``unknown-set``), or
            the sets have no files.
        Usage, NotAllowed: as `check_sparse`.
        Declined: there are mistakes in contentvc.toml (``bad-declaration``).
    """
    for path in paths:
        if tree is None or lookup(stored.entries, tree, path) is None:
            shown = path.decode("utf-8", "replace")
            raise Missing(
                "unknown-path",
                f"{shown} is not in that version",
                "list what is there with: contentvc ls -r REVISION",
                path=shown,
            )
    of_sets = list(_of_sets(stored, tree, names)) if names else []
    if names and not of_sets:
        raise Missing("unknown-path", f"the version has no files of {', '.join(names)}")
    return check_sparse([*paths, *of_sets])


def sparse_here(context: Context) -> SparseReport:
    """What is in the working tree. Changes nothing and waits for nobody."""
    return _report(context, look(context))


def set_sparse(context: Context, paths: Sequence[bytes]) -> SparseReport:
    """Have only these paths in the working tree, with everything below them; none are all.

    Recorded files outside that are as recorded are taken away; others stay.

    Raises:
        Conflict: a file that is to go has uncommitted changes, something is in the way of one that
            is to come (``would-overwrite``), or a merge is in progress (``merging``).
        Usage, NotAllowed: as `check_sparse`.
    """
    sparse = check_sparse(paths)
    with settled_lease(context):
        check_not_merging(context, "changing what is here")
        seen = look(context)
        sweep(context, seen)
        cover = Cover(sparse)
        going, stays = _going(context, seen, cover)
        state, coming = _bring(context, seen, cover)
        if sparse != context.place.sparse:
            context = replace(context, place=replace(context.place, sparse=sparse))
            places.mark(context.place)
        state = based(context, state, seen.base_tree)
        found = survey_changes(context, state, going)
        state = bring(context, state, going, found, seen.base_tree)
        keep_state(context.place.state, state)
        removed = len(going) - len(found.blocked)
        report = _report(context, look(context))
    return replace(report, brought=coming, removed=removed, stays=stays)


def _of_sets(stored: Stored, tree: ObjectId | None, names: Sequence[str]) -> Iterator[bytes]:
    from contentvc.actions.selected import selected_in  # noqa: PLC0415 - 10 ms, where it counts
    from contentvc.sets.patterns import compile_patterns, literal_folder  # noqa: PLC0415 - as above

    selection = selected_in(stored, tree, names)
    assert selection is not None  # noqa: S101 - names are given
    chosen = [one for one in selection.declaration.sets if one.name in selection.names]
    patterns = [pattern for one in chosen for pattern in one.paths]
    yield from filter(None, map(literal_folder, patterns))
    anywhere = [pattern for pattern in patterns if not literal_folder(pattern)]
    if anywhere:
        fits = compile_patterns(anywhere)
        yield from (path for path, _ in list_files(stored.entries, tree) if fits(path))


def _going(
    context: Context, seen: Look, cover: Cover
) -> tuple[list[TreeChange], tuple[bytes, ...]]:
    """Files to be taken away, and those outside that stay.

    Raises:
        Conflict: one that was covered until now has uncommitted changes.
    """
    before = context.cover
    changes = working_changes(context, seen, with_ids=False)
    changed = {path for one in changes for path in (one.path, one.old_path or one.path)}
    entries, base = context.repository.entries, seen.base_tree
    stays = sorted(path for path in changed if not cover.covers(path))
    leaving = [path for path in stays if before.covers(path) and file_in(entries, base, path)]
    if leaving:
        raise _has_changes(leaving)
    going = [
        TreeChange(path, Entry(path.rpartition(b"/")[2], row.mode, row.size, row.id), None)
        for path, row in _as_recorded(context, seen)
        if path not in changed and not cover.covers(path)
    ]
    going.sort(key=lambda change: change.path.replace(b"/", b"\0"))
    return going, tuple(stays)


def _as_recorded(context: Context, seen: Look) -> Iterator[tuple[bytes, Row]]:
    """Recorded files that are there, with rows that tell what the base tree has of them."""
    gone = {one.path for one in seen.scan.missing} | set(seen.scan.stale)
    rows = {path: row for path, row in seen.state.items() if row.flags & RECORDED}
    rows |= {one.found.path: one.row for one in seen.scan.suspects}
    for path, row in rows.items():
        if path in gone:
            continue
        if row.flags & CLEAN == CLEAN:
            yield path, row
        elif (old := file_in(context.repository.entries, seen.base_tree, path)) is not None:
            yield path, row._replace(mode=old.mode, size=old.size, id=old.id)


def _bring(context: Context, seen: Look, cover: Cover) -> tuple[State, int]:
    """Write the files that were not covered and are from now on; how many."""
    before, repository = context.cover, context.repository
    with Here(context) as here:
        coming = without_purged(
            context,
            [
                TreeChange(path, None, entry)
                for path, entry in covered_files(repository.entries, seen.base_tree, cover)
                if not before.covers(path) and not here.is_there(path)
            ],
        )
    found = survey_changes(context, seen.state, coming)
    refuse_collisions(found, "bringing files here")
    return bring(context, seen.state, coming, found, seen.base_tree), len(coming)


def _has_changes(paths: Sequence[bytes]) -> Conflict:
    names = [path.decode("utf-8", "replace") for path in paths]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Conflict(
        "would-overwrite",
        f"uncommitted changes would be left out: {', '.join(names[:_SHOWN])}{more}",
        "commit them first, set them aside with contentvc stash, or keep their paths here",
        paths=names,
    )


def _report(context: Context, seen: Look) -> SparseReport:
    return SparseReport(context.place.sparse, *size_here(context, seen))
