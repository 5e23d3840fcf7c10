"""Concluding: what a commit does that ends a merge in progress."""

from contentvc.actions.context import Context
from contentvc.actions.merging import InProgress, in_progress, in_the_way, unresolved
from contentvc.actions.recording import Recorded, record_more
from contentvc.actions.working import Look
from contentvc.changes.trees import diff_trees
from contentvc.objects.writing import Writing
from contentvc.snapshots.operation import Head

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

    They are recorded on the other side, and a merge drops nothing.
    """
    came = [
        path
        for path, old, new in diff_trees(
            context.repository.entries, seen.base_tree, progress.merged
        )
        if old is None and new is not None and path not in recorded.edits
    ]
    record_more(context, writing, came, recorded, seen)
