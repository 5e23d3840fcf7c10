"""Standing: the lease on a working tree, and what an interrupted command left in it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from contentvc.actions.bringing import bring, put_back, survey_changes
from contentvc.actions.context import Context
from contentvc.actions.working import based
from contentvc.changes.trees import TreeChange, diff_trees, list_files
from contentvc.errors import Damaged
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import NAME_BYTES, ObjectId
from contentvc.snapshots.operation import Head, Operation, WorkspaceChange
from contentvc.worktree.files import Files
from contentvc.worktree.found import mode_of
from contentvc.worktree.journal import Journal, read_journal, remove_journal, write_journal
from contentvc.worktree.lease import hold
from contentvc.worktree.reading import Reader
from contentvc.worktree.statefile import keep_state, load_state

__all__ = ["settled_lease", "turn_back"]


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
    """One that was cut short: from which root tree to which, and what was saved of its way."""

    before: ObjectId | None
    after: ObjectId | None
    saved: ObjectId | None


def _finish_checkout(context: Context) -> None:
    """Complete a checkout whose operation is in the log; forget one that never happened.

    A file that is neither as it was before nor as it will be is the user's, and stays, unless the
    operation saved it.
    """
    checkout = _cut_short(context)
    if checkout is not None:
        try:
            _complete(context, checkout)
        except Damaged:
            turn_back(context)
            raise
    remove_journal(context.place.checkout)


def _complete(context: Context, checkout: _Checkout) -> None:
    place = context.place
    changes = list(diff_trees(context.repository.entries, checkout.before, checkout.after))
    # The state is not synced: after a power failure there may be none. Every file of the tree
    # must have a row all the same, or one that is deleted later would not be missed.
    state = based(context, load_state(place.state), checkout.before)
    _sweep(context, changes)
    _remove_saved(context, checkout.saved)
    found = survey_changes(context, state, changes)
    keep_state(place.state, bring(context, state, changes, found, checkout.after))


def turn_back(context: Context) -> None:
    """Take back a switch whose content cannot be read; what it overwrote is there again.

    Else each later command would first try to complete it, and fail. Only for whoever holds the
    lease and is about to tell of the damage. What is no switch is left as it is.
    """
    repository, place = context.repository, context.place
    found = repository.log.read(repository.view.workspaces[context.workspace].sequence)
    move = found and _move_of(context, found[0])
    if not found or not move or not move.old or not move.new or found[0].kind != "switch":
        return
    trees = [repository.commit(head.commit).tree if head.commit else None
             for head in (move.new, move.old)]  # fmt: skip
    nonce = repository.clockwork.random(NAME_BYTES)
    write_journal(place.checkout, Journal(trees[0], trees[1], nonce, repository.view.sequence))
    draft = replace(
        context.draft("switch"),
        nonce=nonce,
        refs=tuple(RefMove(one.name, one.new, one.old) for one in found[0].refs),
        workspaces=(WorkspaceMove(context.workspace, move.new, move.old),),
    )
    repository.append(draft)
    _complete(context, _Checkout(trees[0], trees[1], None))
    put_back(context, found[0].saved)
    remove_journal(place.checkout)


def _cut_short(context: Context) -> _Checkout | None:
    place = context.place
    journal = read_journal(place.checkout)
    if journal is not None:
        operation = _decisive(context, journal)
        if operation is not None:
            return _Checkout(journal.before, journal.after, operation.saved)
        if load_state(place.state).base_tree == journal.after != journal.before:
            # A way back on which nobody set out: what it was to come back from is unfinished.
            return _Checkout(journal.after, journal.before, None)
        return None
    if os.path.lexists(place.checkout):
        # It was complete when it got its name, and is damaged now. What the state was compared to
        # last is where the checkout began; if it never happened, both are the same tree.
        return _Checkout(load_state(place.state).base_tree, context.base_tree(), None)
    return None


def _decisive(context: Context, journal: Journal) -> Operation | None:
    """The operation of a journal; None when it never happened, or is not what counts any more.

    The removal of a journal is not synced, so a power failure may bring one back of a checkout
    that was finished, and whose result the next commits changed.
    """
    standing = context.repository.view.workspaces.get(context.workspace)
    sequence = standing.sequence if standing is not None else 0
    while sequence > journal.sequence:
        found = context.repository.log.read(sequence)
        if found is None or found[0].nonce == journal.nonce:
            return None if found is None else found[0]
        move = _move_of(context, found[0])
        if move is None or _commit(move.old) != _commit(move.new):
            return None
        sequence = move.previous
    return None


def _move_of(context: Context, operation: Operation) -> WorkspaceChange | None:
    moves = (one for one in operation.workspaces if one.workspace == context.workspace)
    return next(moves, None)


def _commit(head: Head | None) -> ObjectId | None:
    return None if head is None else head.commit


def _sweep(context: Context, changes: Sequence[TreeChange]) -> None:
    with Files(context.place.root) as files:
        for folder in sorted({change.path.rpartition(b"/")[0] for change in changes}):
            files.sweep(folder)


def _remove_saved(context: Context, saved: ObjectId | None) -> None:
    """Clear away what the operation saved, where it is still there as it was saved."""
    with Files(context.place.root) as files, Reader(context.place.root) as reader:
        for path, entry in list_files(context.repository.entries, saved):
            here = files.stat(path)
            if here is None or mode_of(here.st_mode) is not entry.mode:
                continue
            if reader.hash(path) == entry.id:
                files.remove(path)
