"""Standing: the lease on a working tree, and what an interrupted command left in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from contentvc.actions.bringing import bring, survey_changes
from contentvc.actions.context import Context
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.worktree.files import Files
from contentvc.worktree.journal import Journal, read_journal, remove_journal
from contentvc.worktree.lease import hold
from contentvc.worktree.statefile import load_state, save_state

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


def _finish_checkout(context: Context) -> None:
    """Complete a checkout whose operation is in the log; forget one that never happened.

    A file that is neither as it was before nor as it will be is the user's, and stays.
    """
    place = context.place
    journal = read_journal(place.checkout)
    if journal is not None and _happened(context, journal):
        changes = list(diff_trees(context.repository.entries, journal.before, journal.after))
        state = load_state(place.state)
        _sweep(context, changes)
        found = survey_changes(context, state, changes)
        save_state(place.state, bring(context, state, changes, found, journal.after))
    remove_journal(place.checkout)


def _sweep(context: Context, changes: Sequence[TreeChange]) -> None:
    with Files(context.place.root) as files:
        for folder in sorted({change.path.rpartition(b"/")[0] for change in changes}):
            files.sweep(folder)


def _happened(context: Context, journal: Journal) -> bool:
    log = context.repository.log
    for sequence in range(journal.sequence + 1, context.repository.view.sequence + 1):
        found = log.read(sequence)
        if found is not None and found[0].nonce == journal.nonce:
            return True
    return False
