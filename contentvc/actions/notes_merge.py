"""Notes, merged: what others noted comes to what was noted here, key by key."""

from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.combine import Sides, base_tree, combine
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.notes import NOTES
from contentvc.actions.tracking import tracking_ref
from contentvc.errors import Conflict
from contentvc.formats.contract import Favour, Labels
from contentvc.history.draft import RefMove
from contentvc.history.graph import divergence
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit

__all__ = ["NotesMerged", "merge_notes"]

_KIND: Final = "pull"
_ATTEMPTS: Final = 5
"""How often notes are merged again because others noted something at the same time."""


@dataclass(frozen=True, slots=True)
class NotesMerged:
    """What became of the notes."""

    old: ObjectId | None
    new: ObjectId
    clashes: tuple[str, ...] = ()
    """Ids of commits on which both sides noted something else by the same key: ours stays, unless
    theirs is favoured."""


def merge_notes(context: Context, remote: str, favour: Favour | None) -> NotesMerged | None:
    """Bring in the notes that were fetched from a remote; None where there is nothing to bring.

    Nobody is stopped by notes: where both sides differ, one value is chosen, and the history of the
    notes has the other.

    Raises:
        Conflict: others were quicker each time (``ref-moved``).
        Damaged: the remote's notes cannot be read.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(context, remote, favour)
        except Conflict as error:
            if error.code != "ref-moved":
                raise
            context.repository.refresh()
    return _attempt(context, remote, favour)


def _attempt(context: Context, remote: str, favour: Favour | None) -> NotesMerged | None:
    refs = context.repository.view.refs
    ours, theirs = refs.get(NOTES), refs.get(tracking_ref(remote, NOTES))
    if theirs is None:
        return None
    if ours is None:
        _append(context, RefMove(NOTES, None, theirs.id))
        return NotesMerged(None, theirs.id)
    apart = divergence(ours.id, theirs.id, context.repository.commit)
    if not apart.behind:
        return None
    if not apart.ahead:
        _append(context, RefMove(NOTES, ours.id, theirs.id))
        return NotesMerged(ours.id, theirs.id)
    return _merged(context, remote, ours.id, theirs.id, favour)


def _append(context: Context, move: RefMove) -> None:
    context.repository.append(replace(context.draft(_KIND), refs=(move,)))


def _merged(
    context: Context, remote: str, ours: ObjectId, theirs: ObjectId, favour: Favour | None
) -> NotesMerged:
    repository = context.repository
    with repository.writing() as writing:
        fresh = FreshTrees(repository, writing)
        sides = Sides(
            base_tree(context, fresh, writing, ours, theirs),
            repository.commit(ours).tree,
            repository.commit(theirs).tree,
            Labels("base", "here", remote),
        )
        combined = combine(context, fresh, writing, sides, favour)
        new = _put_commit(context, writing, combined.tree, (ours, theirs), remote)
        move = RefMove(NOTES, ours, new)
        draft = replace(context.draft(_KIND), refs=(move,), added=writing.finish())
        writing.publish()
        repository.append(draft)
    clashes = tuple(one.path.decode("utf-8", "replace") for one in combined.conflicts)
    return NotesMerged(ours, new, clashes)


def _put_commit(
    context: Context,
    writing: Writing,
    tree: ObjectId,
    parents: tuple[ObjectId, ObjectId],
    remote: str,
) -> ObjectId:
    message = f"Merge the notes of {remote}"
    commit = Commit(tree, parents, context.actor, context.now, context.zone, message)
    return writing.put_commit(encode_commit(commit))
