"""Abort: a merge in progress is taken back as a whole, however many commands it took so far."""

from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.carrying import Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import branch_of, checked_head
from contentvc.actions.merging import WORDS, in_progress, not_merging
from contentvc.actions.standing import settled_lease, trees_of
from contentvc.actions.working import based
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Declined
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.merging import MergeKind, Merging
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry
from contentvc.worktree.state import State
from contentvc.worktree.statefile import load_state

__all__ = ["AbortReport", "abort", "by_folder", "checked_kind", "known_entry"]

_BEGAN: Final = frozenset(map(str, MergeKind))
"""Kinds of operations that a merge begins with."""
_WROTE: Final = _BEGAN | {"resolve"}
"""Kinds that wrote files for it. Undo and redo wrote where one of these did, others their own."""


@dataclass(frozen=True, slots=True)
class AbortReport:
    """What was taken back."""

    kind: MergeKind
    source: str
    branch: str | None
    old: ObjectId | None
    new: ObjectId | None
    """What the working tree stands on: where it stood before."""
    changes: tuple[FileChange, ...]
    """Files that are as they were."""
    overwritten: tuple[bytes, ...]
    """Those of them that were edited since; `undo` has what they held."""
    saved: bool


def abort(context: Context, kind: MergeKind, *, discard: bool = False) -> AbortReport:
    """Branch and files are as before the merge, pick or revert that is in progress.

    Uncommitted changes that were there before it are there again. What was edited since in the
    files it wrote is saved with the operation, unless it is discarded; other files stay.

    Raises:
        Declined: no such thing is in progress (``not-merging``).
        Conflict: the branch was moved by others, or what would be overwritten is not saved.
    """
    with settled_lease(context):
        head = checked_head(context)
        merging = checked_kind(context, head, kind)
        tree = _tree(context.repository, merging.began)
        state = based(context, load_state(context.place.state), context.base_tree())
        plan = Carrying(
            doing="taking it back",
            draft=_draft(context, head, merging),
            changes=_changes(context, state),
            base_after=tree,
            state=state,
        )
        with context.repository.writing() as writing:
            carried = carry(context, writing, plan, Overwrite(force=True, discard=discard))
    return AbortReport(
        kind=kind,
        source=merging.source,
        branch=branch_of(head),
        old=head.commit,
        new=merging.began,
        changes=tuple(classify(plan.changes)),
        overwritten=carried.overwritten,
        saved=carried.saved,
    )


def checked_kind(context: Context, head: Head, kind: MergeKind) -> Merging:
    """The merge in progress, which must be of that kind.

    Raises:
        Declined: it is not, or there is none (``not-merging``).
    """
    found = in_progress(context.repository, head)
    if found is None:
        raise not_merging(WORDS[kind])
    word = WORDS[found.merging.kind]
    if found.merging.kind is not kind:
        raise Declined(
            "not-merging",
            f"no {WORDS[kind]} is in progress, but a {word}",
            f"take that back with: contentvc {word} --abort",
        )
    return found.merging


def known_entry(context: Context, state: State, path: bytes) -> Entry | None:
    """What a file is known to hold, where that is stored; None where only reading it can tell.

    What is stored need not be saved when it is overwritten.
    """
    row = state.get(path)
    if row is None or not context.repository.objects.has(row.id):
        return None
    return Entry(path.rpartition(b"/")[2], row.mode, row.size, row.id)


def by_folder(path: bytes) -> list[bytes]:
    """Sorts paths as `diff_trees` does."""
    return path.split(b"/")


def _draft(context: Context, head: Head, merging: Merging) -> Draft:
    moves: tuple[RefMove, ...] = ()
    if head.ref and head.commit != merging.began:
        moves = (RefMove(head.ref, head.commit, merging.began),)
    return replace(
        context.draft("abort"),
        refs=moves,
        workspaces=(WorkspaceMove(context.workspace, head, Head(head.ref, merging.began)),),
    )


def _tree(repository: Repository, commit: ObjectId | None) -> ObjectId | None:
    return None if commit is None else repository.commit(commit).tree


def _changes(context: Context, state: State) -> list[TreeChange]:
    """From what files hold to what they held before the merge began."""
    written = _written(context)
    return [
        TreeChange(path, known_entry(context, state, path) or after, before)
        for path, (before, after) in sorted(written.items(), key=lambda item: by_folder(item[0]))
        if before or after
    ]


def _written(context: Context) -> dict[bytes, tuple[Entry | None, Entry | None]]:
    """What was at each path before the merge first wrote it, and what it wrote there last."""
    repository = context.repository
    written: dict[bytes, tuple[Entry | None, Entry | None]] = {}
    sequence = repository.view.workspaces[context.workspace].sequence
    while sequence and (found := repository.log.read(sequence)) is not None:
        operation = found[0]
        move = next(one for one in operation.workspaces if one.workspace == context.workspace)
        trees = trees_of(context, operation) if operation.kind in _WROTE else None
        for path, old, new in diff_trees(repository.entries, *trees) if trees else ():
            written[path] = old, written[path][1] if path in written else new
        was_merging = move.old is not None and move.old.merging
        if operation.kind in _BEGAN and not was_merging:
            break
        sequence = move.previous
    return written
