"""Picks: what single commits changed, done again here (cherry-pick) or taken back (revert).

Both put a commit's two versions together with what is here; a revert has them the other way round.
All commits of one command are one operation: they are there, or none is, and one `undo` takes them
back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from contentvc import limits
from contentvc.actions.carrying import REFUSE, Carried, Carrying, Overwrite, carry
from contentvc.actions.combine import Sides, combine
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.heads import branch_of, check_not_merging, checked_head
from contentvc.actions.merging import Proposal, outermost
from contentvc.actions.outside import with_conflicts_here
from contentvc.actions.standing import settled_lease
from contentvc.actions.stopping import favour_of, refused, rows_of, stopped_head
from contentvc.changes.conflicts import PathConflict
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Missing, Usage
from contentvc.formats.contract import Labels
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.history.graph import walk
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId, short
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.merging import MergeKind, Merging
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import build_tree
from contentvc.surroundings.settings import OnConflict

if TYPE_CHECKING:
    from contentvc.actions.commit import CommitReport

__all__ = ["GoneOn", "Pick", "PickReport", "PickRequest", "Run", "pick", "run_picks"]

_KEPT_BESIDE = 4
"""Parents that a merge in progress has besides the commits still to be picked, at most."""


@dataclass(frozen=True, slots=True)
class PickRequest:
    """Which commits, and how."""

    kind: MergeKind
    """`CHERRY_PICK` or `REVERT`."""
    revisions: tuple[str, ...]
    """Commits, and ranges ``A..B``."""
    mainline: int = 0
    """Of a merge commit: which parent counts as what it changed, from 1; 0 refuses merges."""
    on_conflict: OnConflict = OnConflict.FAIL
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class Pick:
    """A commit that was picked or reverted."""

    source: ObjectId
    id: ObjectId | None
    """The new commit; None where nothing was left to change, so that there is none."""
    subject: str
    """The first line of the new commit's message, or of the source's."""


@dataclass(frozen=True, slots=True)
class PickReport:
    """What was recorded, and where it stopped."""

    kind: MergeKind
    branch: str | None
    old: ObjectId
    new: ObjectId
    """What the working tree stands on now."""
    picks: tuple[Pick, ...]
    stopped: Merging | None
    """What is in progress now: the commit whose conflicts people decide, and those after it."""
    changes: tuple[FileChange, ...]
    """Files that differ from before in the working tree."""
    overwritten: tuple[bytes, ...]
    saved: bool


@dataclass(frozen=True, slots=True)
class GoneOn:
    """What was recorded of the rest."""

    committed: "CommitReport | None"
    """The commit whose conflicts were resolved; None where it was skipped, or recorded before."""
    rest: PickReport | None
    """The commits after it; None where there are none."""


@dataclass(frozen=True, slots=True)
class Run:
    """Commits to be picked or reverted, in order."""

    kind: MergeKind
    sources: tuple[ObjectId, ...]
    mainline: int
    began: ObjectId
    """The commit that the working tree stood on before the first of all."""
    on_conflict: OnConflict
    overwrite: Overwrite


@dataclass(slots=True)
class _Line:
    """The commits that grow on top of HEAD, and what they have so far."""

    tip: ObjectId
    tree: ObjectId
    picks: list[Pick] = field(default_factory=list)
    conflicts: Sequence[PathConflict] = ()
    stopped: Merging | None = None


def pick(context: Context, request: PickRequest) -> PickReport:
    """Do again, or take back, what commits changed; each becomes a commit of its own.

    A range ``A..B`` is what B has and A has not: picked oldest first, reverted newest first. A
    commit that changes nothing here any more is passed over. Where the request says that conflicts
    stop, the commits before are recorded, and the rest waits for `continue_picks`.

    Raises:
        Missing, Usage: a revision is not understood, names no commit, or a merge without a
            mainline.
        Conflict: as `merge`.
    """
    with settled_lease(context):
        check_not_merging(context, "picking" if _is_pick(request.kind) else "reverting")
        head = checked_head(context)
        if head.commit is None:
            raise Missing("no-commits", "there is no commit yet to go on from")
        sources = tuple(_sources(context, request))
        run = Run(
            request.kind, sources, request.mainline, head.commit, request.on_conflict,
            request.overwrite,
        )  # fmt: skip
        return run_picks(context, head, run)


def run_picks(context: Context, head: Head, run: Run) -> PickReport:
    """The commits of a run on top of HEAD, as one operation. Only for whoever holds the lease.

    Raises:
        Usage, Conflict: as `pick`.
    """
    _check(context, run)
    base = context.base()
    assert base is not None  # noqa: S101 - whoever begins a run has checked it
    assert head.commit is not None  # noqa: S101 - as above
    with context.repository.writing() as writing:
        fresh = FreshTrees(context.repository, writing)
        line = _Line(head.commit, base.tree)
        after = _grown(context, fresh, writing, run, line)
        new = Head(head.ref, line.tip)
        if line.stopped is not None:
            new = _stopped(context, fresh, writing, run, line, new, after)
        changes = list(diff_trees(fresh.entries, base.tree, after))
        brought, kept = with_conflicts_here(
            context, fresh.entries, changes, after, rows_of(line.conflicts)
        )
        trees = (base.tree, after)
        carried = _carry(context, writing, run, head, new, brought, trees, line, kept)
    return _report(run, head, line, changes, carried)


def _is_pick(kind: MergeKind) -> bool:
    return kind is MergeKind.CHERRY_PICK


def _sources(context: Context, request: PickRequest) -> Iterator[ObjectId]:
    for revision in request.revisions:
        ends = split_range(revision)
        if ends is None:
            yield context.resolve(revision)
            continue
        if ends[2]:
            raise Usage(
                "bad-value", f"{revision} has three dots", "write A..B for what B adds to A"
            )
        first, last = map(context.resolve, ends[:2])
        found = [one for one, _ in walk([last], context.repository.commit, [first])]
        if not found:
            raise Usage("bad-value", f"{revision} has no commits", "the older end comes first")
        yield from reversed(found) if _is_pick(request.kind) else found


def _check(context: Context, run: Run) -> None:
    read = context.repository.commit
    if len(outermost(read, run.sources)) > limits.PARENTS - _KEPT_BESIDE:
        raise Usage(
            "bad-value", "these are too many commits at once", "give some of them, or a range"
        )
    for source in run.sources:
        parents = read(source).parents
        if len(parents) > 1 and not 1 <= run.mainline <= len(parents):
            raise Usage(
                "usage",
                f"{short(source)} is a merge of {len(parents)} commits",
                "say which of them counts as what came before: --mainline 1",
            )


def _grown(
    context: Context, fresh: FreshTrees, writing: Writing, run: Run, line: _Line
) -> ObjectId:
    """Let the line grow by all commits, or up to the first conflict; the tree files are to have."""
    for number, source in enumerate(run.sources):
        commit = context.repository.commit(source)
        base, theirs = _versions(context, fresh, run, commit)
        subject = _subject(commit)
        labels = _labels(context, run, source, subject)
        sides = Sides(base, line.tree, theirs, labels)
        combined = combine(context, fresh, writing, sides, favour_of(run.on_conflict))
        if combined.conflicts:
            if run.on_conflict is not OnConflict.STOP:
                raise refused(_doing(run, source), combined.conflicts)
            line.conflicts = combined.conflicts
            line.stopped = _merging(run, source, run.sources[number + 1 :], subject)
            return combined.tree
        if combined.tree == line.tree:
            line.picks.append(Pick(source, None, subject))
            continue
        proposal = _proposal(context, run, source, commit)
        line.tip = _put(context, writing, line.tip, combined.tree, proposal)
        line.tree = combined.tree
        line.picks.append(Pick(source, line.tip, proposal.message.strip().split("\n", 1)[0]))
    return line.tree


def _versions(
    context: Context, fresh: FreshTrees, run: Run, commit: Commit
) -> tuple[ObjectId, ObjectId]:
    """What a commit went from and to; for a revert the other way round."""
    number = run.mainline - 1 if len(commit.parents) > 1 else 0
    if commit.parents:
        before = context.repository.commit(commit.parents[number]).tree
    else:
        before, _ = build_tree((), fresh.put)
    return (before, commit.tree) if _is_pick(run.kind) else (commit.tree, before)


def _labels(context: Context, run: Run, source: ObjectId, subject: str) -> Labels:
    told, before = f"{short(source)} ({subject})", f"before {short(source)}"
    ours = branch_of(context.head) or "HEAD"
    return Labels(before, ours, told) if _is_pick(run.kind) else Labels(told, ours, before)


def _doing(run: Run, source: ObjectId) -> str:
    return f"{'picking' if _is_pick(run.kind) else 'reverting'} {short(source)}"


def _subject(commit: Commit) -> str:
    return commit.message.strip().split("\n", 1)[0]


def _proposal(context: Context, run: Run, source: ObjectId, commit: Commit) -> Proposal:
    """A pick keeps message and author; attributes speak of the other content, so they stay."""
    if _is_pick(run.kind):
        return Proposal(commit.message, commit.author, (("cherry-picked-from", source.hex()),))
    body = f"This reverts commit {source.hex()}."
    if len(commit.parents) > 1:
        kept = commit.parents[run.mainline - 1].hex()
        body = f"This reverts commit {source.hex()}, reversing\nchanges made to {kept}."
    message = f'Revert "{_subject(commit)}"\n\n{body}'
    return Proposal(message, context.actor, (("reverts", source.hex()),))


def _put(
    context: Context, writing: Writing, parent: ObjectId, tree: ObjectId, proposal: Proposal
) -> ObjectId:
    commit = Commit(
        tree=tree,
        parents=(parent,),
        author=proposal.author,
        time=context.now,
        zone=context.zone,
        message=proposal.message,
        attributes=proposal.attributes,
    )
    return writing.put_commit(encode_commit(commit))


def _stopped(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    run: Run,
    line: _Line,
    head: Head,
    merged: ObjectId,
) -> Head:
    assert line.stopped is not None  # noqa: S101 - the caller has seen it
    assert line.stopped.picked is not None  # noqa: S101 - it stopped at one
    source = line.stopped.picked
    proposal = _proposal(context, run, source, context.repository.commit(source))
    return stopped_head(
        context, fresh, writing, head, line.stopped, proposal, merged, line.conflicts
    )


def _merging(run: Run, source: ObjectId, left: tuple[ObjectId, ...], subject: str) -> Merging:
    name = f"{short(source)} {subject}".strip()
    return Merging(run.kind, name, run.began, picked=source, left=left, mainline=run.mainline)


def _carry(
    context: Context,
    writing: Writing,
    run: Run,
    head: Head,
    new: Head,
    changes: Sequence[TreeChange],
    trees: tuple[ObjectId, ObjectId],
    line: _Line,
    kept: frozenset[bytes],
) -> Carried:
    if new == head:
        return Carried((), saved=False)
    moves: tuple[RefMove, ...] = ()
    if head.ref and head.commit != new.commit:
        moves = (RefMove(head.ref, head.commit, new.commit),)
    draft = replace(
        context.draft(run.kind.value),
        refs=moves,
        workspaces=(WorkspaceMove(context.workspace, head, new),),
    )
    doing = "picking" if _is_pick(run.kind) else "reverting"
    follows = line.stopped is None
    plan = Carrying(doing, draft, changes, line.tree, trees, follows_head=follows, kept=kept)
    return carry(context, writing, plan, run.overwrite)


def _report(
    run: Run, head: Head, line: _Line, changes: Sequence[TreeChange], carried: Carried
) -> PickReport:
    assert head.commit is not None  # noqa: S101 - as in `run_picks`
    return PickReport(
        kind=run.kind,
        branch=branch_of(head),
        old=head.commit,
        new=line.tip,
        picks=tuple(line.picks),
        stopped=line.stopped and replace(line.stopped, conflicts=rows_of(line.conflicts)),
        changes=tuple(classify(changes)),
        overwritten=carried.overwritten,
        saved=carried.saved,
    )
