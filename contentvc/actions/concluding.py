"""Concluding: what a commit does that ends a merge in progress."""

from contentvc.actions.context import Context
from contentvc.actions.merging import InProgress, in_progress, in_the_way, unresolved
from contentvc.actions.outside import of_here
from contentvc.actions.recording import Recorded, record_more
from contentvc.actions.working import Look
from contentvc.changes.edit import FileEdit
from contentvc.changes.trees import diff_trees
from contentvc.objects.writing import Writing
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry

__all__ = ["checked_progress", "record_merged"]


def checked_progress(context: Context, head: Head, *, is_whole: bool) -> InProgress | None:
    """The merge in progress, which must be ready to be concluded; None where there is none.

    Raises:
        Conflict: conflicts are left (``unresolved``), or the commit is not to be a new one of the
            whole working tree (``merging``).
    """
    progress = in_progress(context.repository, head)
    if progress is None:
        return None
    if not is_whole:
        raise in_the_way(context, "amending a commit, or recording only some paths,")
    if progress.merging.conflicts:
        raise unresolved(progress.merging.conflicts)
    return progress


def record_merged(
    context: Context, seen: Look, writing: Writing, recorded: Recorded, progress: InProgress
) -> None:
    """Record also those merged files that a scan passes over, as rules here ignore them.

    They are recorded on the other side, and a merge drops nothing. So are those that a sparse
    working tree does not have, as they were merged.
    """
    entries = context.repository.entries
    differing = [
        one
        for one in diff_trees(entries, seen.base_tree, progress.merged)
        if one.path not in recorded.edits
    ]
    here = set(of_here(context, differing))
    for change in differing:
        if change not in here:
            recorded.edits[change.path] = _edit(change.new)
    came = [one.path for one in here if one.old is None and one.new is not None]
    record_more(context, writing, sorted(came), recorded, seen)


def _edit(entry: Entry | None) -> FileEdit | None:
    if entry is None:
        return None
    return FileEdit(entry.mode, entry.size, entry.id, entry.attributes)
