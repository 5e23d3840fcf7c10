"""Noting: attaching notes to commits that are already made, and taking them away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.attributes import Edit, setting, unsetting
from contentvc.actions.context import Context
from contentvc.actions.notes import NOTES, notes_of, notes_tree
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.errors import Conflict, Declined, Missing
from contentvc.history.draft import RefMove
from contentvc.ids import ObjectId, short
from contentvc.snapshots.attributes import Attributes, check_attributes
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Mode

__all__ = ["NotesReport", "set_notes", "unset_notes"]

_ATTEMPTS: Final = 5
"""How often notes are put on top of those that others make at the same time."""


@dataclass(frozen=True, slots=True)
class NotesReport:
    """The notes of a commit, and what they were."""

    commit: ObjectId
    notes: Attributes
    before: Attributes


def set_notes(context: Context, revision: str, notes: Attributes) -> NotesReport:
    """Note something on a commit; what others note meanwhile stays.

    Raises:
        Missing, Usage: the revision is not understood, or a note is beyond the limits.
        Declined: it has these notes already (``nothing-to-commit``).
        Conflict: others were quicker each time (``ref-moved``).
    """
    return _edited(context, context.resolve(revision), setting(notes))


def unset_notes(context: Context, revision: str, keys: Sequence[str]) -> NotesReport:
    """Take notes of a commit away.

    Raises:
        Missing: it has none of them (``unknown-attribute``), or the revision is not understood.
        Conflict: as `set_notes`.
    """
    commit = context.resolve(revision)
    try:
        return _edited(context, commit, unsetting(keys))
    except Declined as error:
        raise Missing(
            "unknown-attribute",
            f"there is no note {' or '.join(keys)} on {short(commit)}",
            f"see: contentvc attr list --commit {short(commit)}",
        ) from error


def _edited(context: Context, commit: ObjectId, edit: Edit) -> NotesReport:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(context, commit, edit)
        except Conflict as error:
            if error.code != "ref-moved":
                raise
            context.repository.refresh()
    return _attempt(context, commit, edit)


def _attempt(context: Context, commit: ObjectId, edit: Edit) -> NotesReport:
    before = notes_of(context.repository, commit)
    after = edit(before)
    if after == before:
        raise Declined("nothing-to-commit", f"the notes of {short(commit)} are so already")
    check_attributes(after, limits.ENTRY_ATTRIBUTES_BYTES)
    _publish(context, commit, after)
    return NotesReport(commit, after, before)


def _publish(context: Context, commit: ObjectId, notes: Attributes) -> None:
    repository = context.repository
    old = repository.view.refs.get(NOTES)
    with repository.writing() as writing:
        edit = FileEdit(Mode.FILE, 0, writing.put_blob(b""), notes) if notes else None
        edits = {commit.hex().encode(): edit}
        tree, _ = edit_tree(repository.entries, notes_tree(repository), edits, writing.put_tree)
        parents = (old.id,) if old else ()
        message = f"Note on {commit.hex()}"
        made = Commit(tree, parents, context.actor, context.now, context.zone, message)
        identifier = writing.put_commit(encode_commit(made))
        move = RefMove(NOTES, old.id if old else None, identifier)
        draft = replace(context.draft("note"), refs=(move,), added=writing.finish())
        writing.publish()
        repository.append(draft)
