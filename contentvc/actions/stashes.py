"""Stashes: uncommitted changes set aside on purpose, each a commit that a ref ``stash/N`` keeps.

A stash is a commit of the working tree on top of the commit that it stood on, so everything that
reads a version reads a stash. Stashes belong to the repository: another of its working trees may
take them, and they never leave the machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contentvc.actions.carrying import REFUSE, Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import branch_of, check_not_merging
from contentvc.actions.outside import refuse_deletions
from contentvc.actions.recording import Recorded, record
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import Look, edited, look, sweep
from contentvc.changes.edit import edit_tree
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees
from contentvc.errors import Conflict, Declined, Missing
from contentvc.history.draft import Draft, RefMove
from contentvc.history.names import STASH
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.merging import ConflictPaths
from contentvc.surroundings.settings import OnConflict

__all__ = [
    "Popped",
    "StashEntry",
    "drop_stash",
    "dropping",
    "list_stashes",
    "pop_stash",
    "push_stash",
]


@dataclass(frozen=True, slots=True)
class StashEntry:
    """Changes that were set aside."""

    number: int
    id: ObjectId
    commit: Commit
    changes: tuple[FileChange, ...]
    """What they changed in the commit that they were made on."""


@dataclass(frozen=True, slots=True)
class Popped:
    """A stash that is in the working tree again."""

    entry: StashEntry
    overwritten: tuple[bytes, ...]
    saved: bool
    is_merged: bool = False
    """The same files were changed since, and both changes are put together."""
    conflicts: tuple[ConflictPaths, ...] = ()
    """Where that could not be decided; the stash is kept then."""


def push_stash(
    context: Context, message: str | None = None, paths: tuple[bytes, ...] = ()
) -> StashEntry:
    """Set all uncommitted changes aside, or those of some paths; ignored files stay.

    Raises:
        Declined: there are none.
    """
    with settled_lease(context), context.repository.writing() as writing:
        check_not_merging(context, "stashing")
        seen = look(context, paths)
        sweep(context, seen)
        recorded = record(context, seen, writing, skip_unreadable=False)
        changes = list(edited(context, seen, recorded.edits))
        if not changes:
            raise Declined("nothing-to-stash", "there are no uncommitted changes")
        entry = _entry(context, writing, seen, recorded, message, changes)
        draft = replace(
            context.draft("stash"), refs=(RefMove(f"{STASH}{entry.number}", None, entry.id),)
        )
        state = recorded.state(seen.state, seen.base_tree)
        away = [TreeChange(path, new, old) for path, old, new in changes]
        plan = Carrying("stashing", draft, away, base_after=seen.base_tree, state=state)
        carry(context, writing, plan, REFUSE)
    return entry


def pop_stash(
    context: Context,
    number: int | None,
    overwrite: Overwrite,
    on_conflict: OnConflict = OnConflict.FAIL,
) -> Popped:
    """Bring a stash (None: the newest) back into the working tree, and drop it.

    Where the same files were changed since, both changes are put together. A stash that stops at
    conflicts is kept.

    Raises:
        Missing: there is no such stash.
        Conflict: there are conflicts, and they are to fail (``merge-conflict``); what no rule lets
            be recorded is in the way (``would-overwrite``); it deletes files that a sparse working
            tree does not have (``not-covered``).
    """
    with settled_lease(context), context.repository.writing() as writing:
        check_not_merging(context, "bringing a stash back")
        entry = _found(context, number)
        old, new = _trees(context, entry.commit)
        changes = list(diff_trees(context.repository.entries, old, new))
        refuse_deletions(context, changes, "bringing the stash back")
        plan = Carrying(
            doing="bringing the stash back",
            draft=dropping(context, entry, "stash-pop"),
            changes=changes,
            base_after=context.base_tree(),
        )
        try:
            carried = carry(context, writing, plan, overwrite)
        except Conflict as error:
            if error.code != "would-overwrite" or overwrite.allowed:
                raise
            from contentvc.actions.popping import pop_merged  # noqa: PLC0415 - seldom needed

            return pop_merged(context, writing, entry, (old, new), on_conflict)
    return Popped(entry, carried.overwritten, carried.saved)


def drop_stash(context: Context, number: int | None) -> StashEntry:
    """Remove a stash (None: the newest); `undo` brings it back.

    Raises:
        Missing: there is no such stash.
    """
    entry = _found(context, number)
    context.repository.append(dropping(context, entry, "stash-drop"))
    return entry


def list_stashes(context: Context) -> Iterator[StashEntry]:
    """All stashes, newest first."""
    for number in _numbers(context):
        yield _read(context, number)


def _entry(
    context: Context,
    writing: Writing,
    seen: Look,
    recorded: Recorded,
    message: str | None,
    changes: list[TreeChange],
) -> StashEntry:
    tree, _ = edit_tree(
        context.repository.entries, seen.base_tree, recorded.edits, writing.put_tree
    )
    head = context.head
    commit = Commit(
        tree=tree,
        parents=(head.commit,) if head.commit else (),
        author=context.actor,
        time=context.now,
        zone=context.zone,
        message=message or f"On {branch_of(head) or 'no branch'}{_subject(context)}",
    )
    identifier = writing.put_commit(encode_commit(commit))
    number = next(iter(_numbers(context)), 0) + 1
    return StashEntry(number, identifier, commit, tuple(classify(changes)))


def _subject(context: Context) -> str:
    base = context.base()
    lines = base.message.splitlines() if base is not None else []
    return f": {lines[0]}" if lines else ""


def dropping(context: Context, entry: StashEntry, kind: str) -> Draft:
    """The operation after which there is no such stash."""
    return replace(context.draft(kind), refs=(RefMove(f"{STASH}{entry.number}", entry.id, None),))


def _numbers(context: Context) -> list[int]:
    refs = context.repository.view.refs
    names = [ref.removeprefix(STASH) for ref in refs if ref.startswith(STASH)]
    return sorted((int(name) for name in names if name.isdecimal()), reverse=True)


def _found(context: Context, number: int | None) -> StashEntry:
    numbers = _numbers(context)
    wanted = number if number is not None else next(iter(numbers), None)
    if wanted is None or wanted not in numbers:
        what = "there is no stash" if wanted is None else f"there is no stash {wanted}"
        raise Missing("unknown-stash", what, "list them with: contentvc stash list")
    return _read(context, wanted)


def _read(context: Context, number: int) -> StashEntry:
    identifier = context.repository.view.refs[f"{STASH}{number}"].id
    commit = context.repository.commit(identifier)
    old, new = _trees(context, commit)
    changes = tuple(classify(diff_trees(context.repository.entries, old, new)))
    return StashEntry(number, identifier, commit, changes)


def _trees(context: Context, commit: Commit) -> tuple[ObjectId | None, ObjectId]:
    """Of what the changes were made on, and with them."""
    base = context.repository.commit(commit.parents[0]).tree if commit.parents else None
    return base, commit.tree
