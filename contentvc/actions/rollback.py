"""Rollback: a new commit whose content, or some paths of it, is that of an old version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contentvc.actions.carrying import REFUSE, Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.heads import branch_of, check_not_merging, checked_head
from contentvc.actions.standing import settled_lease
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees, list_files, lookup
from contentvc.errors import Declined, Missing
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import ObjectId, short
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["RollbackReport", "RollbackRequest", "rollback"]


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """What is to be as it was."""

    revision: str
    paths: tuple[bytes, ...] = ()
    """Files and folders; none means all content."""
    message: str | None = None
    """None makes one that names the version."""
    author: str | None = None
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What was recorded."""

    id: ObjectId
    commit: Commit
    branch: str | None
    source: ObjectId
    """The commit, or the tree of a saved change, that the content is of."""
    changes: tuple[FileChange, ...]
    """Against the commit before."""
    overwritten: tuple[bytes, ...]
    saved: bool


def rollback(context: Context, request: RollbackRequest) -> RollbackReport:
    """Record and write the old content; uncommitted changes elsewhere come along.

    Raises:
        Declined: everything is as in that version already.
        Missing: there is no such version, or a path is neither there nor here.
        Conflict: uncommitted changes are in the way, or others moved the branch.
        Damaged: the version cannot be read; everything is back as it was.
    """
    with settled_lease(context):
        check_not_merging(context, "rolling back")
        head, base = checked_head(context), context.base()
        source, target = context.version(request.revision)
        if base is None:
            raise Missing("no-commits", "there is no commit yet to roll back from")
        with context.repository.writing() as writing:
            fresh = FreshTrees(context.repository, writing)
            tree = _tree(context, fresh, base.tree, target, request)
            commit = _commit(context, request, head, source, tree)
            identifier = writing.put_commit(encode_commit(commit))
            changes = list(diff_trees(fresh.entries, base.tree, tree))
            draft = replace(
                context.draft("rollback"),
                refs=(RefMove(head.ref, head.commit, identifier),) if head.ref else (),
                workspaces=(WorkspaceMove(context.workspace, head, Head(head.ref, identifier)),),
            )
            trees = (base.tree, tree)
            plan = Carrying("rolling back", draft, changes, tree, trees, follows_head=True)
            carried = carry(context, writing, plan, request.overwrite)
    return RollbackReport(
        id=identifier,
        commit=commit,
        branch=branch_of(head),
        source=source,
        changes=_told(context, changes),
        overwritten=carried.overwritten,
        saved=carried.saved,
    )


def _told(context: Context, changes: Sequence[TreeChange]) -> tuple[FileChange, ...]:
    from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, after the work

    return tuple(find_renames(classify(changes), context.repository.blob_here))


def _tree(
    context: Context, fresh: FreshTrees, base: ObjectId, target: ObjectId, request: RollbackRequest
) -> ObjectId:
    tree = target
    if request.paths:
        edits = dict(_edits(context, base, target, request.paths))
        tree, _ = edit_tree(fresh.entries, base, edits, fresh.put)
    if tree == base:
        raise Declined(
            "nothing-to-commit",
            f"everything is as in {request.revision} already",
            "see what differs with: contentvc diff REV",
        )
    return tree


def _edits(
    context: Context, base: ObjectId, target: ObjectId, paths: Sequence[bytes]
) -> Iterator[tuple[bytes, FileEdit | None]]:
    """Each path as the old version has it; what it did not have is removed."""
    entries = context.repository.entries
    for path in paths:
        old = lookup(entries, target, path)
        if old is None and lookup(entries, base, path) is None:
            shown = path.decode("utf-8", "replace")
            raise Missing(
                "unknown-path",
                f"{shown} is neither in that version nor recorded now",
                "list what is there with: contentvc ls -r REVISION",
                path=shown,
            )
        if not path:
            yield from ((below, None) for below, _ in list_files(entries, base))
        elif old is None or old.mode is Mode.DIRECTORY:
            yield path, None
        if old is not None and old.mode is Mode.DIRECTORY:
            for below, entry in list_files(entries, old.id):
                yield b"/".join(part for part in (path, below) if part), _edit(entry)
        elif old is not None:
            yield path, _edit(old)


def _edit(entry: Entry) -> FileEdit:
    return FileEdit(entry.mode, entry.size, entry.id, entry.attributes)


def _commit(
    context: Context, request: RollbackRequest, head: Head, source: ObjectId, tree: ObjectId
) -> Commit:
    return Commit(
        tree=tree,
        parents=(head.commit,) if head.commit else (),
        author=request.author or context.actor,
        time=context.now,
        zone=context.zone,
        message=request.message or _message(request, source),
    )


def _message(request: RollbackRequest, source: ObjectId) -> str:
    paths = [path.decode("utf-8", "replace") or "everything" for path in request.paths]
    what = f" {', '.join(paths)}" if paths else ""
    named = "" if short(source).startswith(request.revision) else f" ({request.revision})"
    return f"Roll back{what} to {short(source)}{named}"
