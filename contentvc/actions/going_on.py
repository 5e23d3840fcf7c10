"""Going on: the rest of a cherry-pick or revert that stopped at conflicts."""

from dataclasses import replace

from contentvc.actions.abort import checked_kind, known_entry
from contentvc.actions.carrying import Carrying, Overwrite, carry
from contentvc.actions.commit import CommitReport, CommitRequest, commit
from contentvc.actions.context import Context
from contentvc.actions.heads import checked_head
from contentvc.actions.merging import InProgress, head_between, in_progress, unresolved
from contentvc.actions.outside import of_here
from contentvc.actions.picks import GoneOn, PickReport, Run, run_picks
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Declined
from contentvc.history.draft import WorkspaceMove
from contentvc.objects.writing import Writing
from contentvc.snapshots.merging import MergeKind
from contentvc.snapshots.operation import Head
from contentvc.surroundings.settings import OnConflict
from contentvc.worktree.statefile import load_state

__all__ = ["continue_picks", "skip_pick"]


def continue_picks(
    context: Context, kind: MergeKind, on_conflict: OnConflict, overwrite: Overwrite
) -> GoneOn:
    """Record the commit that it stopped at, and go on with those after it.

    Raises:
        Declined: no such thing is in progress (``not-merging``), or nothing is left to record.
        Conflict: conflicts are left (``unresolved``), or as `pick`.
    """
    merging = checked_kind(context, context.head, kind)
    if merging.conflicts:
        raise unresolved(merging.conflicts)
    committed = None if merging.picked is None else _committed(context, kind)
    return GoneOn(committed, _rest(context, kind, on_conflict, overwrite))


def skip_pick(
    context: Context, kind: MergeKind, on_conflict: OnConflict, overwrite: Overwrite
) -> GoneOn:
    """Leave the commit out that it stopped at, and go on with those after it.

    What was edited meanwhile in the files it wrote is saved with the operation.

    Raises:
        Declined: no such thing is in progress (``not-merging``).
        Conflict: as `pick`.
    """
    with settled_lease(context):
        head = checked_head(context)
        checked_kind(context, head, kind)
        progress = in_progress(context.repository, head)
        if progress is not None and progress.merging.picked is not None:
            with context.repository.writing() as writing:
                _leave_out(context, writing, head, progress)
    return GoneOn(None, _rest(context, kind, on_conflict, overwrite))


def _committed(context: Context, kind: MergeKind) -> CommitReport:
    try:
        return commit(context, CommitRequest(message=None))
    except Declined as error:
        if error.code != "nothing-to-commit":
            raise
        raise Declined(
            error.code,
            "nothing of it is left to record",
            f"leave it out with: contentvc {kind} --skip",
        ) from error


def _rest(
    context: Context, kind: MergeKind, on_conflict: OnConflict, overwrite: Overwrite
) -> PickReport | None:
    if not context.head.merging:
        return None
    with settled_lease(context):
        head = checked_head(context)
        merging = checked_kind(context, head, kind)
        assert merging.began is not None  # noqa: S101 - nothing is picked before the first commit
        run = Run(kind, merging.left, merging.mainline, merging.began, on_conflict, overwrite)
        return run_picks(context, head, run)


def _leave_out(context: Context, writing: Writing, head: Head, progress: InProgress) -> None:
    """Files are as HEAD has them where the commit changed them."""
    base = context.base_tree()
    state = based(context, load_state(context.place.state), base)
    changes = [
        TreeChange(path, known_entry(context, state, path) or after, before)
        for path, before, after in diff_trees(context.repository.entries, base, progress.merged)
    ]
    draft = replace(
        context.draft(progress.merging.kind.value),
        workspaces=(WorkspaceMove(context.workspace, head, head_between(context, writing, head)),),
    )
    changes = list(of_here(context, changes))
    plan = Carrying("leaving it out", draft, changes, base, state=state)
    carry(context, writing, plan, Overwrite(force=True))
