"""Standing: the lease on a working tree, and what an interrupted command left in it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.bringing import bring, of_content, survey_changes, without_purged
from contentvc.actions.context import Context
from contentvc.actions.outside import of_here
from contentvc.actions.working import based, reflagged
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Damaged, Missing
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.snapshots.effect import HEAD_FOLLOWED, Effect, effect_attributes, effect_of
from contentvc.snapshots.operation import Head, Operation, WorkspaceChange
from contentvc.worktree.files import Files
from contentvc.worktree.journal import Journal, read_journal, remove_journal
from contentvc.worktree.lease import hold
from contentvc.worktree.statefile import keep_state, load_state

__all__ = ["settled_lease", "taking_back", "trees_of", "turn_back"]

_TURNED: Final = "turns-back"
"""Attribute of the operation that takes back a command which could not be completed."""
_DIGITS: Final = 20


@contextmanager
def settled_lease(context: Context) -> Iterator[None]:
    """Hold the working tree: no other command changes or records it meanwhile.

    The view is brought up to date, and an interrupted checkout is finished first.

    Raises:
        NotAllowed, Busy: the lease cannot be taken.
        Damaged: content of an interrupted checkout cannot be read; it was taken back.
    """
    with hold(context.place.lease, context.on_wait):
        context.repository.refresh()
        _finish_checkout(context)
        yield


@dataclass(frozen=True, slots=True)
class _Checkout:
    """One that was cut short: from which tree to which."""

    before: ObjectId | None
    after: ObjectId | None


def _finish_checkout(context: Context) -> None:
    """Complete a checkout whose operation is in the log; forget one that never happened.

    A file that is neither as it was before nor as it will be is the user's, and stays.
    """
    checkout = _cut_short(context)
    if checkout is not None:
        try:
            _complete(context, checkout)
        except (Damaged, Missing):
            turn_back(context)
            raise
    remove_journal(context.place.checkout)


def _complete(context: Context, checkout: _Checkout) -> None:
    place, base = context.place, context.base_tree()
    differing = list(diff_trees(context.repository.entries, checkout.before, checkout.after))
    if checkout.after == base:  # the whole version, and not only the files that were to change
        differing = list(of_here(context, differing))
    changes = of_content(without_purged(context, differing))
    # The state is not synced: after a power failure there may be none. Every file of the tree
    # must have a row all the same, or one that is deleted later would not be missed.
    state = based(context, load_state(place.state), base)
    _sweep(context, changes)
    found = survey_changes(context, state, changes)
    state = bring(context, state, changes, found, base)
    paths = [change.path for change in differing]
    keep_state(place.state, reflagged(context, state, paths, base))


def turn_back(context: Context) -> None:
    """Take back a command whose content cannot be read; what it overwrote is there again.

    Else each later command would first try to complete it, and fail. Only for whoever holds the
    lease and is about to tell of the damage. The journal stays until the files are back: it and
    the operation that takes the other back tell the next command what to do.
    """
    repository = context.repository
    found = repository.log.read(repository.view.workspaces[context.workspace].sequence)
    move = found and _move_of(context, found[0])
    trees = found and trees_of(context, found[0])
    if not found or not move or not move.old or not trees or _turned(found[0]):
        return
    back = (_TURNED, str(found[0].sequence))
    draft = replace(
        taking_back(context.draft("undo"), found[0]),
        refs=tuple(RefMove(one.name, one.new, one.old) for one in found[0].refs),
        workspaces=(WorkspaceMove(context.workspace, move.new, move.old),),
        attributes=(*effect_attributes(Effect(trees[1], trees[0])), back),
    )
    repository.append(draft)
    _complete(context, _Checkout(trees[1], trees[0]))
    remove_journal(context.place.checkout)


def taking_back(draft: Draft, operation: Operation) -> Draft:
    """As a draft that takes an operation back says it: undoing an undo is a redo."""
    if operation.redoes:
        return replace(draft, kind="undo", undoes=operation.redoes)
    if operation.undoes:
        undoes = (operation.sequence,)
        return replace(draft, kind="redo", undoes=undoes, redoes=operation.undoes)
    return replace(draft, kind="undo", undoes=(operation.sequence,))


def trees_of(
    context: Context, operation: Operation
) -> tuple[ObjectId | None, ObjectId | None] | None:
    """Trees whose difference is what an operation did to files here; None if it left them alone."""
    effect = effect_of(operation)
    if effect is not None:
        return effect.before, effect.after
    move = _move_of(context, operation)
    if operation.kind not in HEAD_FOLLOWED or move is None:
        return None
    return _root(context, move.old), _root(context, move.new)


def _root(context: Context, head: Head | None) -> ObjectId | None:
    commit = _commit(head)
    return None if commit is None else context.repository.commit(commit).tree


def _cut_short(context: Context) -> _Checkout | None:
    place = context.place
    journal = read_journal(place.checkout)
    if journal is not None:
        return _decided(context, journal)
    if os.path.lexists(place.checkout):
        # It was complete when it got its name, and is damaged now. What the state was compared to
        # last is where the checkout began; if it never happened, both are the same tree.
        return _Checkout(load_state(place.state).base_tree, context.base_tree())
    return None


def _decided(context: Context, journal: Journal) -> _Checkout | None:
    """Which way a journal's files go; None when its operation never happened, or is history.

    The removal of a journal is not synced, so a power failure may bring one back of a checkout
    that was finished, and whose result the next commits changed.
    """
    standing = context.repository.view.workspaces.get(context.workspace)
    sequence = standing.sequence if standing is not None else 0
    turned = 0
    while sequence > journal.sequence:
        found = context.repository.log.read(sequence)
        if found is None:
            return None
        if found[0].nonce == journal.nonce:
            is_clear = turned in (0, sequence)
            return _Checkout(*_ordered(journal, back=bool(turned))) if is_clear else None
        move = _move_of(context, found[0])
        turned = turned or _turned(found[0])
        if move is None or (not turned and _changes_files(context, found[0], move)):
            return None
        sequence = move.previous
    return None


def _turned(operation: Operation) -> int:
    """The sequence of the command that this one took back because it could not be completed."""
    told = dict(operation.attributes).get(_TURNED, "")
    return int(told) if told.isdecimal() and len(told) <= _DIGITS else 0


def _ordered(journal: Journal, *, back: bool) -> tuple[ObjectId | None, ObjectId | None]:
    return (journal.after, journal.before) if back else (journal.before, journal.after)


def _changes_files(context: Context, operation: Operation, move: WorkspaceChange) -> bool:
    return _commit(move.old) != _commit(move.new) or trees_of(context, operation) is not None


def _move_of(context: Context, operation: Operation) -> WorkspaceChange | None:
    moves = (one for one in operation.workspaces if one.workspace == context.workspace)
    return next(moves, None)


def _commit(head: Head | None) -> ObjectId | None:
    return None if head is None else head.commit


def _sweep(context: Context, changes: Sequence[TreeChange]) -> None:
    with Files(context.place.root) as files:
        for folder in sorted({change.path.rpartition(b"/")[0] for change in changes}):
            files.sweep(folder)
