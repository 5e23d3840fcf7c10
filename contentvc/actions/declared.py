"""Declared: the content sets that a version declares, and those that a merge goes by."""

from contentvc.actions.context import Context
from contentvc.actions.stored import Stored
from contentvc.changes.trees import lookup
from contentvc.errors import ContentvcError, Declined, Missing
from contentvc.ids import ObjectId
from contentvc.sets.declaration import EMPTY, Declaration
from contentvc.sets.names import DECLARATION
from contentvc.sets.reading import check_size, read_declaration
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import find_files, read_whole

__all__ = [
    "declared_at",
    "declared_for_merge",
    "declared_here",
    "declared_in",
    "strictly_here",
    "strictly_in",
]


def declared_in(stored: Stored, tree: ObjectId | None) -> Declaration:
    """What a tree declares; with mistakes in its file, or where that was purged, nothing.

    So no history becomes unreadable through a version that should not have been recorded.
    """
    try:
        return strictly_in(stored, tree)
    except (Declined, Missing) as error:
        if error.code in ("bad-declaration", "purged"):
            return EMPTY
        raise


def strictly_in(stored: Stored, tree: ObjectId | None) -> Declaration:
    """What a tree declares.

    Raises:
        Declined: there are mistakes in its contentvc.toml (``bad-declaration``).
    """
    entry = _entry(stored, tree)
    if entry is None:
        return EMPTY
    check_size(entry.size)
    return read_declaration(stored.blob(entry.id))


def declared_here(context: Context) -> Declaration:
    """What the working tree declares; with mistakes in its file, nothing."""
    return declared_at(context.place.root)


def declared_at(root: bytes) -> Declaration:
    """What the working tree in a folder declares; with mistakes in its file, nothing."""
    try:
        return _strictly_at(root)
    except ContentvcError as error:
        if error.code == "bad-declaration":
            return EMPTY
        raise


def strictly_here(context: Context) -> Declaration:
    """What the working tree declares.

    Raises:
        Declined: there are mistakes in its contentvc.toml (``bad-declaration``).
    """
    return _strictly_at(context.place.root)


def _strictly_at(root: bytes) -> Declaration:
    found = find_files(root, [DECLARATION])
    if not found or found[0].mode is Mode.SYMLINK:
        return EMPTY
    check_size(found[0].size)
    return read_declaration(read_whole(root, DECLARATION))


def declared_for_merge(
    stored: Stored,
    base: ObjectId | None,
    ours: ObjectId | None,
    theirs: ObjectId | None,
) -> Declaration:
    """What a merge of three trees goes by, the same in both directions.

    The declaration of the side that changed it; where both did, each in its own way, the base's.
    """
    before, a, b = (_id(stored, tree) for tree in (base, ours, theirs))
    if a in (b, before):
        return declared_in(stored, theirs)
    return declared_in(stored, ours if b == before else base)


def _id(stored: Stored, tree: ObjectId | None) -> ObjectId | None:
    entry = _entry(stored, tree)
    return None if entry is None else entry.id


def _entry(stored: Stored, tree: ObjectId | None) -> Entry | None:
    if tree is None:
        return None
    entry = lookup(stored.entries, tree, DECLARATION)
    return entry if entry is not None and entry.mode in (Mode.FILE, Mode.EXECUTABLE) else None
