"""Standing: the lease on a working tree, and what an interrupted command left in it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from contentvc.actions.bringing import bring, survey_changes
from contentvc.actions.context import Context
from contentvc.actions.working import based
from contentvc.changes.trees import TreeChange, diff_trees, list_files
from contentvc.ids import ObjectId
from contentvc.snapshots.operation import Head, Operation
from contentvc.worktree.files import Files
from contentvc.worktree.found import mode_of
from contentvc.worktree.journal import Journal, read_journal, remove_journal
from contentvc.worktree.lease import hold
from contentvc.worktree.reading import Reader
from contentvc.worktree.statefile import keep_state, load_state

__all__ = ["settled_lease"]


@contextmanager
def settled_lease(context: Context) -> Iterator[None]:
    """Hold the working tree: no other command changes or records it meanwhile.

    The view is brought up to date, and an interrupted checkout is finished first.

    Raises:
        NotAllowed, Busy: the lease cannot be taken.
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
    place, checkout = context.place, _cut_short(context)
    if checkout is not None:
        changes = list(diff_trees(context.repository.entries, checkout.before, checkout.after))
        # The state is not synced: after a power failure there may be none. Every file of the tree
        # must have a row all the same, or one that is deleted later would not be missed.
        state = based(context, load_state(place.state), checkout.before)
        _sweep(context, changes)
        _remove_saved(context, checkout.saved)
        found = survey_changes(context, state, changes)
        keep_state(place.state, bring(context, state, changes, found, checkout.after))
    remove_journal(place.checkout)


def _cut_short(context: Context) -> _Checkout | None:
    place = context.place
    journal = read_journal(place.checkout)
    if journal is not None:
        operation = _decisive(context, journal)
        if operation is None:
            return None
        return _Checkout(journal.before, journal.after, operation.saved)
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
        moves = [one for one in found[0].workspaces if one.workspace == context.workspace]
        if not moves or _commit(moves[0].old) != _commit(moves[0].new):
            return None
        sequence = moves[0].previous
    return None


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
