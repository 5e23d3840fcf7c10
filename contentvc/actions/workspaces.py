"""Workspaces: several working trees on one repository, added, removed and brought back.

An addition is its operation, then the marker in the folder, then the files: a checkout from
nothing whose journal is there before. A removal is its operation, then the files, the marker, and
the workspace's own folder, its journal there before, too. So what is cut short is finished later.
"""

import os
from dataclasses import dataclass, replace

from contentvc.actions.context import Context
from contentvc.actions.elsewhere import (
    WorkspaceEntry,
    clear_files,
    finish_removals,
    removal_journal,
    remove_own_folder,
)
from contentvc.actions.needed import bring_files
from contentvc.actions.saving import save_content
from contentvc.actions.standing import settled_lease, taking_back
from contentvc.actions.vacancy import check_empty, check_not_recorded, in_use, known_workspace
from contentvc.actions.working import look, working_changes
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.files import FileChange
from contentvc.changes.trees import list_files
from contentvc.errors import Conflict, Usage
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.history.names import BRANCH, check_ref_name
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, ObjectId, WorkspaceId, short
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.operation import Head, Operation
from contentvc.storage import disk
from contentvc.worktree import place as places
from contentvc.worktree.files import Files
from contentvc.worktree.journal import Journal, write_journal
from contentvc.worktree.lease import hold
from contentvc.worktree.place import Place
from contentvc.worktree.roots import is_root_of, note_root

__all__ = [
    "RemovalReport",
    "WorkspaceReport",
    "add_workspace",
    "remove_workspace",
    "revive_workspace",
]

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class WorkspaceReport:
    """A working tree that was added, completed, or brought back."""

    place: Place
    head: Head
    existed: bool = False
    """The workspace was there already; what its working tree lacked was completed."""
    taken: str | None = None
    """The branch that was asked for and is checked out in another workspace."""


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """A workspace that is no more."""

    id: WorkspaceId
    root: bytes | None
    head: Head
    """What it stood on."""
    changes: tuple[FileChange, ...]
    """What was not recorded."""
    saved: bool
    """Whether that was kept in the operation log."""
    stays: bool
    """Whether the folder is still there, with what no version has."""


def add_workspace(
    context: Context, root: bytes, revision: str = "HEAD", *, create: str | None = None
) -> WorkspaceReport:
    """Make a folder (an absolute path, empty or missing) a working tree of this repository.

    It is on the branch that `revision` names where no other workspace is, or else on no branch;
    with `create` on a new branch of that name. A folder that is, or was to be, a working tree of
    this repository is completed; what is in it stays.

    Raises:
        Conflict: the folder is not empty, belongs to another repository, or is recorded in the
            working tree around it; the new branch exists.
        Missing, Usage: the revision is not understood.
    """
    finish_removals(context)
    known = known_workspace(context, root)
    view = context.repository.view
    if known is not None and known in view.workspaces:
        return _completed(context, root, known)
    if known is None:
        check_empty(root)
        check_not_recorded(context, root)
    workspace = known or WorkspaceId(context.repository.clockwork.random(NAME_BYTES))
    place = Place(root, context.place.folder, workspace)
    head, moves = _created(context, create, revision) if create else (_head(context, revision), ())
    draft, tree = _draft(context, place, None, head, moves), _tree(context, head)
    detached = Head(None, head.commit)
    otherwise = None if create else _draft(context, place, None, detached)
    bring_files(context.repository, list_files(context.repository.entries, tree))
    if not _fill(context, place, draft, tree, otherwise):
        head = detached  # somebody was quicker
    is_branch = BRANCH + revision in view.refs and create is None
    return WorkspaceReport(place, head, taken=revision if is_branch and not head.ref else None)


def revive_workspace(
    context: Context,
    workspace: WorkspaceId,
    head: Head,
    root: bytes,
    *,
    saved: ObjectId | None = None,
    back: Operation | None = None,
    refs: tuple[RefMove, ...] = (),
) -> WorkspaceReport:
    """Bring back a workspace that was removed: its id, its files, and what was saved of them.

    It is on its branch again unless that is gone, or another workspace is on it. What is in the
    folder meanwhile stays. `back` is the operation that this takes back, and `refs` are moves of
    refs that belong to it.

    Raises:
        Conflict: the workspace is there, or the folder belongs to another.
    """
    finish_removals(context)
    if workspace in context.repository.view.workspaces:
        raise Conflict("already-exists", f"workspace {short(workspace)} is there already")
    if known_workspace(context, root) not in (None, workspace):
        raise in_use(root)
    view = context.repository.view
    known = view.refs.keys() | {move.name for move in refs}
    if head.ref is not None and (
        _is_taken(view, head.ref, workspace) or (head.commit and head.ref not in known)
    ):
        head = Head(None, head.commit, head.merging)
    place = Place(root, context.place.folder, workspace)
    draft = _taking(_draft(context, place, None, head, refs), back)
    with context.repository.writing() as writing:
        edits: dict[bytes, FileEdit | None] = {
            path: FileEdit(entry.mode, entry.size, entry.id, entry.attributes)
            for path, entry in list_files(context.repository.entries, saved)
        }
        tree = _tree(context, head)
        bring_files(context.repository, list_files(context.repository.entries, tree))
        if edits:
            tree = edit_tree(context.repository.entries, tree, edits, writing.put_tree)[0]
        _fill(context, place, replace(draft, added=writing.finish()), tree)
    return WorkspaceReport(place, head)


def remove_workspace(
    context: Context,
    entry: WorkspaceEntry,
    *,
    force: bool = False,
    discard: bool = False,
    back: Operation | None = None,
    refs: tuple[RefMove, ...] = (),
) -> RemovalReport:
    """Remove a workspace and the files of its working tree; files that no version has stay.

    Args:
        context: of another workspace of the repository.
        entry: which one, from `find_workspace` or `list_workspaces`.
        force: also with uncommitted changes, which the operation keeps.
        discard: also with uncommitted changes, which are lost.
        back: the operation that this takes back.
        refs: moves of refs that belong to it.

    Raises:
        Usage: it is the main one, or the one that is spoken for.
        Conflict: it has uncommitted changes, or what it has is not saved by itself.
    """
    finish_removals(context)
    if entry.is_main:
        raise Usage("usage", "the main workspace holds the repository and cannot be removed")
    if entry.is_here:
        raise Usage("usage", "a workspace cannot be removed from inside", "cd elsewhere first")
    place = Place(entry.root or b"/", context.place.folder, entry.id)
    draft = _taking(_draft(context, place, entry.head, None, refs), back)
    if entry.root is None or not is_root_of(entry.root, place.folder, entry.id):
        context.repository.append(draft)
        remove_own_folder(place)
        return RemovalReport(entry.id, entry.root, entry.head, (), saved=False, stays=False)
    marked = replace(context, place=_as_marked(place))
    return _remove(marked, draft, force=force, discard=discard)


def _as_marked(place: Place) -> Place:
    """With the sparse paths that the folder's marker names, if there is one."""
    found = places.at(place.root)
    return place if found is None else replace(place, sparse=found.sparse)


def _remove(context: Context, draft: Draft, *, force: bool, discard: bool) -> RemovalReport:
    place, repository = context.place, context.repository
    with settled_lease(context):
        head, tree = context.head, context.base_tree()
        seen = look(context)
        changes = tuple(working_changes(context, seen, with_ids=False))
        if not force and not discard:
            _refuse_changes(place, head, changes)
        paths = [change.path for change in changes if change.new is not None]
        with repository.writing() as writing:
            saved = None if discard else save_content(context, writing, paths)
            nonce = repository.clockwork.random(NAME_BYTES)
            journal = Journal(tree, None, nonce, repository.view.sequence)
            write_journal(removal_journal(place), journal)
            move = WorkspaceMove(place.workspace, head, None)
            added = writing.finish()
            repository.append(
                replace(draft, nonce=nonce, workspaces=(move,), saved=saved, added=added,
                        written_at=context.draft("workspace").written_at)
            )  # fmt: skip
        if discard:
            _discard(context, paths)
        clear_files(context, tree, saved)
        remove_own_folder(place)
    stays = os.path.lexists(place.root)
    return RemovalReport(
        place.workspace, place.root, head, changes, saved=saved is not None, stays=stays
    )


def _discard(context: Context, paths: list[bytes]) -> None:
    with Files(context.place.root) as files:
        for path in paths:
            files.remove(path)
        files.prune([path.rpartition(b"/")[0] for path in paths])


def _refuse_changes(place: Place, head: Head, changes: tuple[FileChange, ...]) -> None:
    names = [change.path.decode("utf-8", "replace") for change in changes]
    if names or head.merging:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        listed = f"uncommitted changes: {', '.join(names[:_SHOWN])}{more}"
        what = listed if names else "a merge in progress"
        raise Conflict(
            "would-overwrite",
            f"{place.root.decode('utf-8', 'replace')} has {what}",
            "commit them there, or give --force: they are kept in the operation log",
            paths=names,
        )


def _completed(context: Context, root: bytes, workspace: WorkspaceId) -> WorkspaceReport:
    """Link a folder again; one that lost its marker is checked out anew, around what is in it."""
    place = _as_marked(Place(root, context.place.folder, workspace))
    head = context.repository.view.workspaces[workspace].head
    if is_root_of(root, place.folder, workspace):
        note_root(place)
        _settle(context, place)
    elif os.path.lexists(place.marker):  # the repository was moved: the files are as they were
        note_root(place)
        places.link(root, place.folder, workspace, place.sparse)
        _settle(context, place)
    else:
        _fill(context, place, _draft(context, place, head, head), _tree(context, head))
    return WorkspaceReport(place, head, existed=True)


def _fill(
    context: Context,
    place: Place,
    draft: Draft,
    tree: ObjectId | None,
    otherwise: Draft | None = None,
) -> bool:
    """Note, journal, operation, marker; then the files are those of an interrupted checkout.

    Whether the draft was appended, and not the other one, for a branch that is checked out by now.
    That one is tried under the same lease: without it the folder is a remainder to be cleared.
    """
    is_first = True
    repository = context.repository
    nonce = repository.clockwork.random(NAME_BYTES)
    try:
        disk.make_folders(place.own)
        with hold(place.lease, context.on_wait):
            note_root(place)
            disk.make_folders(place.root)
            disk.remove_if_there(place.state)
            disk.remove_if_there(removal_journal(place))
            write_journal(place.checkout, Journal(None, tree, nonce, repository.view.sequence))
            try:
                repository.append(replace(draft, nonce=nonce))
            except Conflict as error:
                if error.code != "checked-out" or otherwise is None:
                    raise
                repository.append(replace(otherwise, nonce=nonce))
                is_first = False
            places.link(place.root, place.folder, place.workspace)
    except OSError as error:
        raise disk.explain(error, "make", place.root) from error
    _settle(context, place)
    return is_first


def _settle(context: Context, place: Place) -> None:
    with settled_lease(replace(context, place=place)):
        pass


def _taking(draft: Draft, back: Operation | None) -> Draft:
    return draft if back is None else taking_back(draft, back)


def _draft(
    context: Context,
    place: Place,
    old: Head | None,
    new: Head | None,
    refs: tuple[RefMove, ...] = (),
) -> Draft:
    return replace(
        context.draft("workspace"),
        refs=refs,
        workspaces=(WorkspaceMove(place.workspace, old, new),),
        attributes=_attributes(place.root),
    )


def _attributes(root: bytes) -> Attributes:
    """Where the working tree is, so that undo finds it; nothing for a path that is no text."""
    try:
        return (("root", root.decode()),)
    except UnicodeDecodeError:
        return ()


def _tree(context: Context, head: Head) -> ObjectId | None:
    return context.repository.commit(head.commit).tree if head.commit else None


def _head(context: Context, revision: str) -> Head:
    view = context.repository.view
    ref = view.refs.get(BRANCH + revision)
    if ref is not None and not _is_taken(view, BRANCH + revision, None):
        return Head(BRANCH + revision, ref.id)
    return Head(None, context.resolve(revision))


def _created(context: Context, name: str, revision: str) -> tuple[Head, tuple[RefMove, ...]]:
    check_ref_name(name)
    ref = BRANCH + name
    view = context.repository.view
    if ref in view.refs or _is_taken(view, ref, None):
        raise Conflict(
            "already-exists", f"branch {name} exists", f"leave out --create, and give {name} as REV"
        )
    if revision == "HEAD" and context.head.commit is None:
        return Head(ref, None), ()
    commit = context.resolve(revision)
    return Head(ref, commit), (RefMove(ref, None, commit),)


def _is_taken(view: View, ref: str, besides: WorkspaceId | None) -> bool:
    others = (one for workspace, one in view.workspaces.items() if workspace != besides)
    return any(standing.head.ref == ref for standing in others)
