"""Merge: what another line of history has done comes into this one."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum

from contentvc.actions.bringing import refuse_collisions, survey_changes
from contentvc.actions.carrying import REFUSE, Carried, Carrying, Overwrite, carry
from contentvc.actions.combine import Combined, Sides, base_tree, combine
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.heads import branch_of, check_not_merging, checked_head
from contentvc.actions.merging import Proposal
from contentvc.actions.outside import differing_here, of_here, with_conflicts_here
from contentvc.actions.standing import settled_lease
from contentvc.actions.stopping import favour_of, refused, rows_of, stopped_head
from contentvc.actions.working import based
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Conflict
from contentvc.formats.contract import Labels
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.history.graph import merge_bases
from contentvc.history.names import BRANCH, REMOTE, TAG, full_name, short_name
from contentvc.ids import ObjectId, short
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.merging import ConflictPaths, MergeKind, Merging
from contentvc.snapshots.operation import Head
from contentvc.surroundings.settings import OnConflict
from contentvc.worktree.statefile import load_state

__all__ = ["FastForward", "MergeReport", "MergeRequest", "Outcome", "merge"]


class FastForward(StrEnum):
    """Whether a branch that has nothing of its own may just move on."""

    ALLOWED = "allowed"
    ONLY = "only"
    """Refuse anything else."""
    NEVER = "never"
    """Record a merge all the same."""


class Outcome(StrEnum):
    """How a merge ended. The words are those of ``--json``."""

    UP_TO_DATE = "up-to-date"
    FAST_FORWARD = "fast-forward"
    MERGED = "merged"
    STOPPED = "stopped"
    """At conflicts, which people decide."""


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What is to be merged into the current branch, and how."""

    revision: str
    message: str | None = None
    """None makes one that names what is merged."""
    author: str | None = None
    fast_forward: FastForward = FastForward.ALLOWED
    on_conflict: OnConflict = OnConflict.FAIL
    allow_unrelated: bool = False
    dry_run: bool = False
    """Tell what would happen, and change nothing."""
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What was merged; of a dry run, what would be."""

    outcome: Outcome
    source: str
    theirs: ObjectId
    """The commit that is merged."""
    branch: str | None
    old: ObjectId | None
    """What the working tree stood on."""
    new: ObjectId | None
    """What it stands on now; of a merge that a dry run would make, the same as before."""
    message: str
    """Of the merge's commit, or of the one that is proposed; empty where there is none."""
    changes: tuple[FileChange, ...]
    """Files that differ from before in the working tree."""
    conflicts: tuple[ConflictPaths, ...]
    overwritten: tuple[bytes, ...]
    saved: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is merged into what."""

    head: Head
    theirs: ObjectId
    source: str
    proposal: Proposal


def merge(context: Context, request: MergeRequest) -> MergeReport:
    """Bring in what another history did since both were one; or change nothing.

    A branch that has nothing of its own just moves on. Otherwise what both sides did is put
    together, and a commit that follows both records it. Where both changed the same item in
    different ways, the request says what happens; stopped, the merge is in progress until `commit`
    concludes it.

    Raises:
        Missing, Usage: the revision is not understood.
        Conflict: there are conflicts, and they are to fail (``merge-conflict``); uncommitted
            changes are in the way (``would-overwrite``); the histories are ``unrelated``; it is
            not to be more than a fast-forward (``not-fast-forward``); another merge is in progress
            (``merging``).
    """
    lease = nullcontext() if request.dry_run else settled_lease(context)
    with lease, context.repository.writing() as writing:
        check_not_merging(context, "merging")
        plan = _plan(context, request)
        bases = _bases(context, plan)
        if bases == (plan.theirs,):
            return _report(request, plan, Outcome.UP_TO_DATE, plan.head.commit, ())
        is_behind = plan.head.commit is None or bases == (plan.head.commit,)
        if is_behind and request.fast_forward is not FastForward.NEVER:
            return _move_on(context, writing, request, plan)
        if request.fast_forward is FastForward.ONLY:
            raise _not_forward(plan)
        if not bases and not request.allow_unrelated:
            raise _unrelated(plan)
        return _merge(context, writing, request, plan)


def _plan(context: Context, request: MergeRequest) -> _Plan:
    head = checked_head(context)
    theirs = context.resolve(request.revision)
    author = request.author or context.actor
    message = request.message or _message(context, head, request.revision)
    return _Plan(head, theirs, request.revision, Proposal(message, author))


def _bases(context: Context, plan: _Plan) -> tuple[ObjectId, ...]:
    ours = plan.head.commit
    return () if ours is None else merge_bases(ours, plan.theirs, context.repository.commit)


def _move_on(context: Context, writing: Writing, request: MergeRequest, plan: _Plan) -> MergeReport:
    before, after = context.base_tree(), context.repository.commit(plan.theirs).tree
    changes = list(differing_here(context, before, after))
    new = Head(plan.head.ref, plan.theirs)
    carried = _carried(context, writing, request, plan, new, changes, (before, after))
    return _report(request, plan, Outcome.FAST_FORWARD, plan.theirs, changes, (), carried)


def _merge(context: Context, writing: Writing, request: MergeRequest, plan: _Plan) -> MergeReport:
    ours = context.base()
    assert ours is not None  # noqa: S101 - before the first commit, everything is ahead
    assert plan.head.commit is not None  # noqa: S101 - as above
    fresh = FreshTrees(context.repository, writing)
    combined = _combined(context, fresh, writing, request, plan, ours)
    changes = list(diff_trees(fresh.entries, ours.tree, combined.tree))
    conflicts = combined.conflicts
    trees = (ours.tree, combined.tree)
    if conflicts and not request.dry_run:
        if request.on_conflict is not OnConflict.STOP:
            raise refused(f"merging {plan.source}", conflicts)
        merging = Merging(MergeKind.MERGE, plan.source, plan.head.commit, (plan.theirs,))
        new = stopped_head(
            context, fresh, writing, plan.head, merging, plan.proposal, combined.tree, conflicts
        )
    else:
        new = Head(plan.head.ref, _put_commit(context, writing, plan, combined.tree))
    brought, kept = with_conflicts_here(
        context, fresh.entries, changes, combined.tree, rows_of(conflicts)
    )
    carried = _carried(context, writing, request, plan, new, brought, trees, kept)
    outcome = Outcome.STOPPED if conflicts else Outcome.MERGED
    commit = plan.head.commit if request.dry_run else new.commit
    return _report(request, plan, outcome, commit, changes, rows_of(conflicts), carried)


def _combined(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    request: MergeRequest,
    plan: _Plan,
    ours: Commit,
) -> Combined:
    assert plan.head.commit is not None  # noqa: S101 - `ours` is that commit
    base = base_tree(context, fresh, writing, plan.head.commit, plan.theirs)
    theirs = context.repository.commit(plan.theirs).tree
    labels = Labels("base", branch_of(plan.head) or "HEAD", plan.source)
    sides = Sides(base, ours.tree, theirs, labels)
    return combine(context, fresh, writing, sides, favour_of(request.on_conflict))


def _put_commit(context: Context, writing: Writing, plan: _Plan, tree: ObjectId) -> ObjectId:
    assert plan.head.commit is not None  # noqa: S101 - as in `_merge`
    commit = Commit(
        tree=tree,
        parents=(plan.head.commit, plan.theirs),
        author=plan.proposal.author,
        time=context.now,
        zone=context.zone,
        message=plan.proposal.message,
    )
    return writing.put_commit(encode_commit(commit))


def _carried(
    context: Context,
    writing: Writing,
    request: MergeRequest,
    plan: _Plan,
    new: Head,
    changes: Sequence[TreeChange],
    trees: tuple[ObjectId | None, ObjectId | None],
    kept: frozenset[bytes] = frozenset(),
) -> Carried:
    """Do it; of a dry run, only find what is in the way."""
    if request.dry_run:
        state = based(context, load_state(context.place.state), trees[0])
        found = survey_changes(context, state, of_here(context, changes, kept))
        if not request.overwrite.allowed:
            refuse_collisions(found, "merging")
        return Carried(tuple(found.collisions), saved=False)
    head = plan.head
    moves: tuple[RefMove, ...] = ()
    if head.ref and head.commit != new.commit:
        moves = (RefMove(head.ref, head.commit, new.commit),)
    draft = replace(
        context.draft("merge"),
        refs=moves,
        workspaces=(WorkspaceMove(context.workspace, head, new),),
    )
    has_moved = head.commit != new.commit
    after = trees[1] if has_moved else trees[0]
    carrying = Carrying("merging", draft, changes, after, trees, follows_head=has_moved, kept=kept)
    return carry(context, writing, carrying, request.overwrite)


def _report(
    request: MergeRequest,
    plan: _Plan,
    outcome: Outcome,
    new: ObjectId | None,
    changes: Sequence[TreeChange],
    conflicts: tuple[ConflictPaths, ...] = (),
    carried: Carried | None = None,
) -> MergeReport:
    return MergeReport(
        outcome=outcome,
        source=plan.source,
        theirs=plan.theirs,
        branch=branch_of(plan.head),
        old=plan.head.commit,
        new=new,
        message=plan.proposal.message if outcome in (Outcome.MERGED, Outcome.STOPPED) else "",
        changes=tuple(classify(changes)),
        conflicts=conflicts,
        overwritten=carried.overwritten if carried is not None else (),
        saved=carried is not None and carried.saved,
        dry_run=request.dry_run,
    )


def _message(context: Context, head: Head, revision: str) -> str:
    """In git's words: what was merged, and into what."""
    name = full_name(revision, context.repository.view.refs)
    into = f" into {branch_of(head)}" if head.ref else ""
    if name is None:
        return f"Merge commit '{revision}'{into}"
    words = {BRANCH: "branch", TAG: "tag", REMOTE: "remote-tracking branch"}
    kind = next((word for prefix, word in words.items() if name.startswith(prefix)), "commit")
    return f"Merge {kind} '{short_name(name)}'{into}"


def _not_forward(plan: _Plan) -> Conflict:
    return Conflict(
        "not-fast-forward",
        f"{branch_of(plan.head) or 'HEAD'} has commits that {plan.source} does not have",
        "merge them with a commit: leave --ff-only out",
    )


def _unrelated(plan: _Plan) -> Conflict:
    return Conflict(
        "unrelated",
        f"{plan.source} ({short(plan.theirs)}) has no commit in common with this branch",
        "to merge it all the same: --allow-unrelated-histories",
    )
