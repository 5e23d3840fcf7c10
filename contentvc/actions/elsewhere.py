"""Elsewhere: the workspaces of a repository, listed, found by name, and cleared away."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from string import hexdigits
from typing import Final

from contentvc.actions.bringing import bring, survey_changes, without_purged
from contentvc.actions.context import Context
from contentvc.actions.outside import differing_here
from contentvc.actions.working import based
from contentvc.changes.trees import list_files
from contentvc.errors import Missing, Usage
from contentvc.history.view import View
from contentvc.ids import ObjectId, WorkspaceId
from contentvc.snapshots.operation import Head, Operation
from contentvc.storage import disk
from contentvc.worktree.files import Files
from contentvc.worktree.found import mode_of
from contentvc.worktree.journal import Journal, read_journal
from contentvc.worktree.lease import hold_if_free
from contentvc.worktree.place import Place, at
from contentvc.worktree.reading import Reader
from contentvc.worktree.roots import is_root_of, note_root, noted_root, own_folders
from contentvc.worktree.statefile import load_state

__all__ = [
    "Condition",
    "WorkspaceEntry",
    "clear_files",
    "find_workspace",
    "finish_removals",
    "list_workspaces",
    "main_root",
    "removal_journal",
    "remove_own_folder",
]

_DIGITS: Final = 4
"""Of an id, at least."""
_STALE: Final = 60
"""Seconds in which a folder that is being made surely has its note."""
_LAST: Final = (b"lease", b"root")
"""What goes last of a workspace's own folder: as long as they are there, it can be finished."""


class Condition(StrEnum):
    """How a workspace's working tree is."""

    READY = "ready"
    MISSING = "missing"
    """Its folder is not where it was, or nobody noted where."""
    UNFINISHED = "unfinished"
    """Its folder does not say that it is this workspace's; adding it again completes it."""


@dataclass(frozen=True, slots=True)
class WorkspaceEntry:
    """A workspace that the log knows."""

    id: WorkspaceId
    root: bytes | None
    """Where its working tree is, or was last."""
    head: Head
    is_here: bool
    is_main: bool
    """Its working tree holds the repository."""
    condition: Condition
    is_behind: bool
    """Others moved its branch since this working tree was made from it."""


def list_workspaces(context: Context) -> tuple[WorkspaceEntry, ...]:
    """All workspaces, the main one first, then by path. Removals that were cut short are finished.

    Raises:
        NotAllowed, Busy: what a removal left cannot be removed.
    """
    finish_removals(context)
    _note_move(context)
    return tuple(sorted(_entries(context), key=lambda one: (not one.is_main, one.root or b"")))


def find_workspace(context: Context, name: str, path: bytes) -> WorkspaceEntry:
    """The workspace that a person means, by the path of its root or at least 4 digits of its id.

    Args:
        context: whose repository.
        name: as it was typed.
        path: the same as an absolute path, without symlinks.

    Raises:
        Missing: there is none.
        Usage: the digits fit several.
    """
    entries = list(_entries(context))
    found = [entry for entry in entries if entry.root == path]
    if not found and len(name) >= _DIGITS and set(name) <= set(hexdigits):
        found = [entry for entry in entries if entry.id.hex().startswith(name.lower())]
    if len(found) > 1:
        raise Usage("ambiguous-revision", f"{name} fits several workspaces", "give more digits")
    if not found:
        raise Missing(
            "unknown-workspace",
            f"{name} is no workspace of this repository",
            "list them with: contentvc workspace list",
        )
    return found[0]


def main_root(context: Context) -> bytes:
    """The root of the working tree that holds the repository."""
    return os.path.dirname(context.place.folder)


def removal_journal(place: Place) -> bytes:
    """The note of a removal under way; `Journal`, from the tree on disk to nothing."""
    return os.path.join(place.own, b"removal")


def finish_removals(context: Context) -> None:
    """Complete removals that were cut short, and clear away what additions left that never were.

    Raises:
        NotAllowed, Busy: something cannot be removed.
    """
    folder = context.place.folder
    known = context.repository.log.latest().workspaces
    for workspace in own_folders(folder):
        root = noted_root(folder, workspace)
        if workspace in known:
            continue
        place = Place(root or b"/", folder, workspace)
        if root is None:
            _clear_remains(place, context.now)
            continue
        # Whoever adds a workspace has its lease before the note is there.
        with hold_if_free(place.lease) as is_held:
            if is_held and workspace not in context.repository.log.latest().workspaces:
                _finish(replace(context, place=place))


def clear_files(context: Context, tree: ObjectId | None, saved: ObjectId | None) -> None:
    """Take a working tree away: what is as recorded, or as saved, its marker, empty folders.

    Everything else stays. Only for whoever holds the lease; may be called again after a crash.

    Raises:
        NotAllowed, Busy: something cannot be removed.
    """
    place = context.place
    _remove_saved(context, saved)
    state = based(context, load_state(place.state), tree)
    changes = without_purged(context, list(differing_here(context, tree, None)))
    bring(context, state, changes, survey_changes(context, state, changes), None)
    try:
        disk.unlink(place.marker)
        disk.fsync_folder(place.root)
        with suppress(OSError):  # what stays in it is somebody's
            disk.rmdir(place.root)
    except OSError as error:
        raise disk.explain(error, "remove", place.marker) from error


def remove_own_folder(place: Place) -> None:
    """Remove a workspace's caches and notes; those last that tell what is left to do.

    Raises:
        NotAllowed, Busy: one cannot be removed.
    """
    try:
        names = set(os.listdir(place.own))
        for name in (*sorted(names.difference(_LAST)), *_LAST):
            if name in names:
                disk.unlink(os.path.join(place.own, name))
        disk.rmdir(place.own)
    except FileNotFoundError:
        return  # somebody else was quicker
    except OSError as error:
        raise disk.explain(error, "remove", place.own) from error


def _entries(context: Context) -> Iterator[WorkspaceEntry]:
    view, folder = context.repository.view, context.place.folder
    main = at(main_root(context))
    for workspace, standing in view.workspaces.items():
        is_main = main is not None and main.workspace == workspace
        root = main_root(context) if is_main else noted_root(folder, workspace)
        if workspace == context.workspace:
            root = context.place.root
        yield WorkspaceEntry(
            id=workspace,
            root=root,
            head=standing.head,
            is_here=workspace == context.workspace,
            is_main=is_main,
            condition=_condition(root, folder, workspace),
            is_behind=_is_behind(view, standing.head),
        )


def _condition(root: bytes | None, folder: bytes, workspace: WorkspaceId) -> Condition:
    if root is None or not os.path.isdir(root):
        return Condition.MISSING
    is_ready = is_root_of(root, folder, workspace)
    return Condition.READY if is_ready else Condition.UNFINISHED


def _is_behind(view: View, head: Head) -> bool:
    if head.ref is None:
        return False
    ref = view.refs.get(head.ref)
    return (ref.id if ref is not None else None) != head.commit


def _note_move(context: Context) -> None:
    """Note where this working tree is now, if it was moved."""
    place = context.place
    noted = noted_root(place.folder, place.workspace)
    if place.is_linked and noted != place.root and os.path.isdir(place.own):
        is_copy = noted is not None and is_root_of(noted, place.folder, place.workspace)
        if not is_copy:
            note_root(place)


def _finish(context: Context) -> None:
    place = context.place
    journal = read_journal(removal_journal(place))
    removal = None if journal is None else _operation(context, journal)
    is_there = is_root_of(place.root, place.folder, place.workspace)
    if journal is not None and removal is not None and is_there:
        clear_files(context, journal.before, removal.saved)
    remove_own_folder(place)


def _clear_remains(place: Place, now: int) -> None:
    """Remove a folder that was just made, or nearly removed, when a command was killed."""
    try:
        is_old = os.stat(place.own).st_mtime < now / 1_000_000 - _STALE
        names = os.listdir(place.own)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "read", place.own) from error
    if is_old and all(name == b"lease" or disk.is_temporary(name) for name in names):
        remove_own_folder(place)


def _operation(context: Context, journal: Journal) -> Operation | None:
    sequence = journal.sequence + 1
    while (found := context.repository.log.read(sequence)) is not None:
        if found[0].nonce == journal.nonce:
            return found[0]
        sequence += 1
    return None


def _remove_saved(context: Context, saved: ObjectId | None) -> None:
    root = context.place.root
    with Files(root) as files, Reader(root) as reader:
        for path, entry in list_files(context.repository.entries, saved):
            here = files.stat(path)
            if here is None or mode_of(here.st_mode) is not entry.mode:
                continue
            if reader.hash(path) == entry.id:
                files.remove(path)
                files.prune([path.rpartition(b"/")[0]])
