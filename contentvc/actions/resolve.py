"""Resolve: conflicts of a merge in progress are decided, as files are or by one side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.abort import by_folder, known_entry
from contentvc.actions.carrying import Carried, Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.heads import checked_head
from contentvc.actions.merging import (
    InProgress,
    conflict_of,
    in_progress,
    not_merging,
    with_conflicts,
)
from contentvc.actions.recording import record_paths
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.conflicts import edits_to
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import Entries, TreeChange, lookup
from contentvc.errors import Conflict, Missing
from contentvc.formats.contract import Side
from contentvc.history.draft import WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.merging import ConflictPaths, MergeKind, Merging
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import find_files, read_whole
from contentvc.worktree.state import State
from contentvc.worktree.statefile import load_state

__all__ = [
    "ResolveReport",
    "ResolveRequest",
    "carry_resolved",
    "chosen_conflicts",
    "file_at",
    "is_at",
    "resolve",
]

_MARKS: Final = re.compile(rb"^(?:<{7}|>{7}) .*$", re.MULTILINE)
"""Lines that a merge of text puts around the versions of a conflict."""
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class ResolveRequest:
    """Which conflicts are decided, and how."""

    paths: tuple[bytes, ...]
    """Files, and folders for all below them; the empty path is everything."""
    side: Side | None = None
    """None: as the files are now."""
    force: bool = False
    """As they are now, also with marks of conflicts in them."""


@dataclass(frozen=True, slots=True)
class ResolveReport:
    """What was decided, and what is left."""

    merging: Merging
    """The merge, with the conflicts that are left."""
    resolved: tuple[ConflictPaths, ...]
    overwritten: tuple[bytes, ...]
    """Files that were edited, and are as the side has them now."""
    saved: bool
    items: tuple[tuple[bytes, str], ...] = ()
    """Items of files that were decided: the path, and the item as people write it."""


def resolve(context: Context, request: ResolveRequest) -> ResolveReport:
    """Note that conflicts are decided; with a side, write its version first.

    Edits that are overwritten so are saved with the operation. The last conflict of a stash that
    was brought back ends what is in progress; of anything else, `commit` does.

    Raises:
        Declined: nothing is in progress (``not-merging``).
        Missing: there is no conflict at a path (``unknown-path``).
        Conflict: a file still has the marks of a conflict (``unresolved``).
    """
    with settled_lease(context):
        head = checked_head(context)
        progress = in_progress(context.repository, head)
        if progress is None:
            raise not_merging()
        chosen = chosen_conflicts(progress.merging, request.paths)
        if request.side is None and not request.force:
            _refuse_marks(context, progress, chosen)
        left = tuple(row for row in progress.merging.conflicts if row not in chosen)
        base = context.base_tree()
        state = based(context, load_state(context.place.state), base)
        side = request.side
        changes = [] if side is None else _changes(context, state, progress, chosen, side)
        with context.repository.writing() as writing:
            carried = carry_resolved(context, writing, head, progress, changes, left, state)
    merging = replace(progress.merging, conflicts=left)
    return ResolveReport(merging, chosen, carried.overwritten, carried.saved)


def chosen_conflicts(merging: Merging, paths: Sequence[bytes]) -> tuple[ConflictPaths, ...]:
    """The conflicts at these paths or below them, in order.

    Raises:
        Missing: a path has none (``unknown-path``).
    """
    for path in paths:
        if not any(is_at(row, path) for row in merging.conflicts):
            shown = path.decode("utf-8", "replace") or "the working tree"
            raise Missing(
                "unknown-path",
                f"there is no conflict in {shown}",
                "list them with: contentvc conflicts",
                path=shown,
            )
    return tuple(row for row in merging.conflicts if any(is_at(row, path) for path in paths))


def is_at(row: ConflictPaths, path: bytes) -> bool:
    """Whether a conflict is at a path, or below it."""
    return not path or row.path == path or row.path.startswith(path + b"/")


def _refuse_marks(context: Context, progress: InProgress, chosen: Sequence[ConflictPaths]) -> None:
    """A file with marks in it is hardly what anybody means to record."""
    marked = [row.path for row in chosen if _has_marks(context, progress, row)]
    if marked:
        names = [path.decode("utf-8", "replace") for path in marked]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise Conflict(
            "unresolved",
            f"both versions and their marks are still in {', '.join(names[:_SHOWN])}{more}",
            "edit it, or take a side with --ours, --theirs or --base; to keep it so: --force",
            paths=names,
        )


def _has_marks(context: Context, progress: InProgress, row: ConflictPaths) -> bool:
    """Whether a file has a mark that the merge put there, and no version had before."""
    merged = file_at(context.repository.entries, progress.merged, row.path)
    conflict = conflict_of(context.repository, progress, row)
    as_they_are = [one.entry.id for one in (conflict.ours, conflict.theirs) if one is not None]
    if merged is None or merged.mode is Mode.SYMLINK or merged.id in as_they_are:
        return False
    if not find_files(context.place.root, [row.path]):
        return False
    marks = set(_MARKS.findall(context.repository.blob(merged.id)))
    return not marks.isdisjoint(_MARKS.findall(read_whole(context.place.root, row.path)))


def carry_resolved(
    context: Context,
    writing: Writing,
    head: Head,
    progress: InProgress,
    changes: Sequence[TreeChange],
    left: tuple[ConflictPaths, ...],
    state: State,
) -> Carried:
    """Write what is decided, with the operation that leaves these conflicts."""
    after = Head(head.ref, head.commit)
    fresh = FreshTrees(context.repository, writing)
    progress = _settled_outside(context, fresh, writing, progress, changes, left)
    if left or progress.merging.kind is not MergeKind.STASH_POP:
        kept = with_conflicts(context, fresh, writing, progress, left)
        after = replace(after, merging=(kept,))
    draft = replace(
        context.draft("resolve"), workspaces=(WorkspaceMove(context.workspace, head, after),)
    )
    plan = Carrying("resolving", draft, changes, context.base_tree(), state=state)
    return carry(context, writing, plan, Overwrite(force=True))


def _settled_outside(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    progress: InProgress,
    changes: Sequence[TreeChange],
    left: tuple[ConflictPaths, ...],
) -> InProgress:
    """The merge, with what was decided of files that a sparse working tree need not keep.

    Whoever removes such a file once it is decided has not deleted it.
    """
    cover = context.cover
    open_ones = {row.path for row in left}
    decided = [row for row in progress.merging.conflicts if row.path not in open_ones]
    paths = [path for row in decided for path in (row.path, *row.also)]
    outside = [path for path in paths if not cover.covers(path)]
    if not outside:
        return progress
    edits: dict[bytes, FileEdit | None] = dict.fromkeys(outside)
    edits |= record_paths(context, writing, outside)
    edits |= {
        path: None if new is None else FileEdit(new.mode, new.size, new.id, new.attributes)
        for path, _, new in changes
        if path in edits
    }
    return replace(progress, merged=edit_tree(fresh.entries, progress.merged, edits, fresh.put)[0])


def _changes(
    context: Context,
    state: State,
    progress: InProgress,
    chosen: Sequence[ConflictPaths],
    side: Side,
) -> list[TreeChange]:
    """From what files are known to hold to what the side has."""
    entries = context.repository.entries
    wanted: dict[bytes, FileEdit | None] = {}
    for row in chosen:
        wanted |= edits_to(conflict_of(context.repository, progress, row), side)
    changes = []
    for path in sorted(wanted, key=by_folder):
        known = known_entry(context, state, path)
        known = known or file_at(entries, progress.merged, path)
        new = _entry(path, wanted[path])
        if known or new:
            changes.append(TreeChange(path, known, new))
    return changes


def file_at(entries: Entries, tree: ObjectId, path: bytes) -> Entry | None:
    """The file or symlink that a tree has at a path; None where it has none, or a folder."""
    found = lookup(entries, tree, path)
    return None if found is None or found.mode is Mode.DIRECTORY else found


def _entry(path: bytes, edit: FileEdit | None) -> Entry | None:
    if edit is None:
        return None
    name = path.rpartition(b"/")[2]
    return Entry(name, edit.mode, edit.size, edit.id, edit.attributes or ())
