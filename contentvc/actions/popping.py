"""Popping: a stash comes back where the same files were changed since."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contentvc.actions.carrying import REFUSE, Carrying, carry
from contentvc.actions.combine import Sides, combine
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.merging import Proposal
from contentvc.actions.recording import Recorded, record
from contentvc.actions.stashes import Popped, StashEntry, dropping
from contentvc.actions.stopping import favour_of, refused, rows_of, stopped_head
from contentvc.actions.working import look, reflagged, sweep
from contentvc.changes.conflicts import PathConflict
from contentvc.changes.edit import edit_tree
from contentvc.changes.trees import diff_trees
from contentvc.errors import Conflict
from contentvc.formats.contract import Labels
from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.ids import ObjectId, blob_id
from contentvc.objects.writing import Writing
from contentvc.snapshots.merging import MergeKind, Merging
from contentvc.surroundings.settings import OnConflict
from contentvc.worktree.reading import read_whole

__all__ = ["pop_merged"]


def pop_merged(
    context: Context,
    writing: Writing,
    entry: StashEntry,
    stashed: tuple[ObjectId | None, ObjectId],
    on_conflict: OnConflict,
) -> Popped:
    """Put the working tree and the stash together. Only for whoever holds the lease.

    Raises:
        Conflict: as `pop_stash`.
    """
    seen = look(context)
    sweep(context, seen)
    recorded = record(context, seen, writing, skip_unreadable=False)
    fresh = FreshTrees(context.repository, writing, _on_disk(context, recorded))
    ours, _ = edit_tree(fresh.entries, seen.base_tree, recorded.edits, fresh.put)
    sides = Sides(
        stashed[0], ours, stashed[1], Labels("base", "working tree", f"stash {entry.number}")
    )
    combined = combine(context, fresh, writing, sides, favour_of(on_conflict))
    if combined.conflicts and on_conflict is not OnConflict.STOP:
        raise refused(f"bringing stash {entry.number} back", combined.conflicts)
    draft = dropping(context, entry, "stash-pop")
    if combined.conflicts:
        draft = _stopped(context, fresh, writing, entry, combined.tree, combined.conflicts)
    state = recorded.state(seen.state, seen.base_tree)
    plan = Carrying(
        doing="bringing the stash back",
        draft=draft,
        changes=list(diff_trees(fresh.entries, ours, combined.tree)),
        base_after=seen.base_tree,
        state=reflagged(context, state, recorded.edits, seen.base_tree),
    )
    carried = carry(context, writing, plan, REFUSE)
    rows = rows_of(combined.conflicts)
    return Popped(entry, carried.overwritten, carried.saved, is_merged=True, conflicts=rows)


def _stopped(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    entry: StashEntry,
    merged: ObjectId,
    conflicts: Sequence[PathConflict],
) -> Draft:
    head = context.head
    merging = Merging(MergeKind.STASH_POP, f"stash {entry.number}", head.commit, picked=entry.id)
    proposal = Proposal(entry.commit.message, context.actor)
    after = stopped_head(context, fresh, writing, head, merging, proposal, merged, conflicts)
    move = WorkspaceMove(context.workspace, head, after)
    return replace(context.draft("stash-pop"), workspaces=(move,))


def _on_disk(context: Context, recorded: Recorded) -> Callable[[ObjectId], bytes | None]:
    """Reads what only the working tree has yet."""
    paths = {edit.id: path for path, edit in recorded.edits.items() if edit is not None}

    def read(identifier: ObjectId) -> bytes | None:
        path = paths.get(identifier)
        if path is None:
            return None
        content = read_whole(context.place.root, path)
        if blob_id(content) != identifier:
            raise Conflict(
                "file-changed",
                f"{path.decode('utf-8', 'replace')} changes while it is read",
                "run the command again once nothing writes there",
            )
        return content

    return read
