"""Notes: attributes of commits that are already made, which they do not change.

They are kept by a commit of their own, which the ref ``note/commits`` names. Its tree has one empty
file for each commit with notes: the name is the commit's id in hexadecimal, and the notes are the
attributes of that entry. So notes have a history, and two lines of them merge key by key as any
two trees do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.attributes import Edit, setting, unsetting
from contentvc.actions.context import Context
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.errors import Conflict, Declined, Missing
from contentvc.history.draft import RefMove
from contentvc.history.names import NOTE
from contentvc.ids import ID_BYTES, ObjectId, short
from contentvc.repository import Repository
from contentvc.snapshots.attributes import Attributes, check_attributes
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Mode

__all__ = ["NOTES", "NotesReport", "notes_by_commit", "notes_of", "set_notes", "unset_notes"]

NOTES: Final = f"{NOTE}commits"
_ID: Final = re.compile(rb"[0-9a-f]{%d}" % (2 * ID_BYTES))
_ATTEMPTS: Final = 5
"""How often notes are put on top of those that others make at the same time."""


@dataclass(frozen=True, slots=True)
class NotesReport:
    """The notes of a commit, and what they were."""

    commit: ObjectId
    notes: Attributes
    before: Attributes


def notes_of(repository: Repository, commit: ObjectId) -> Attributes:
    """What was noted on a commit."""
    tree = _tree(repository)
    entry = None if tree is None else repository.entry(tree, commit.hex().encode())
    return () if entry is None else entry.attributes


def notes_by_commit(repository: Repository) -> Mapping[ObjectId, Attributes]:
    """All notes, for whoever looks at many commits."""
    tree = _tree(repository)
    if tree is None:
        return {}
    return {
        ObjectId(bytes.fromhex(entry.name.decode())): entry.attributes
        for entry in repository.entries(tree)
        if _ID.fullmatch(entry.name)
    }


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
        tree, _ = edit_tree(repository.entries, _tree(repository), edits, writing.put_tree)
        parents = (old.id,) if old else ()
        message = f"Note on {commit.hex()}"
        made = Commit(tree, parents, context.actor, context.now, context.zone, message)
        identifier = writing.put_commit(encode_commit(made))
        move = RefMove(NOTES, old.id if old else None, identifier)
        draft = replace(context.draft("note"), refs=(move,), added=writing.finish())
        writing.publish()
        repository.append(draft)


def _tree(repository: Repository) -> ObjectId | None:
    ref = repository.view.refs.get(NOTES)
    return None if ref is None else repository.commit(ref.id).tree
