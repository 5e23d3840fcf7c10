"""Undo and redo: taking back the last commands of this workspace, and doing them again.

Taking an operation back is an operation too: refs, HEAD and files go from what it left to what it
found. An undo is taken back by redo, so both are one function.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.carrying import Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.heads import check_free
from contentvc.actions.merging import in_progress
from contentvc.actions.outside import file_in
from contentvc.actions.standing import settled_lease, taking_back, trees_of
from contentvc.changes.edit import FileEdit, edit_of, edit_tree
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees, list_files
from contentvc.errors import Conflict, Declined, Missing, Usage
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.history.dropped import PURGE
from contentvc.history.graph import ancestors
from contentvc.history.names import REMOTE, short_name
from contentvc.ids import ObjectId, short
from contentvc.snapshots.effect import effect_of, kept_trees
from contentvc.snapshots.operation import Head, Operation, RefChange, WorkspaceChange
from contentvc.snapshots.tree import Entry

__all__ = ["UNDOABLE", "UndoReport", "redo", "undo"]

UNDOABLE: Final = frozenset(
    {
        "commit", "amend", "untrack", "rollback", "switch", "restore", "branch", "tag", "stash",
        "stash-pop", "stash-drop", "workspace", "merge", "cherry-pick", "revert", "resolve",
        "abort", "attr", "note", "apply",
    }
)  # fmt: skip
"""Kinds of operations that a person may want back. Others moved what is not theirs alone."""

_INSTEAD: Final = {
    "push": "others may have it already: contentvc revert or rollback, then push again",
    "fetch": "it moved only what is known of the remote; take back what came in by itself",
}
"""What to do about kinds of operations that concern remotes."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back, or done again."""

    operation: Operation
    """The command that is as if it had not been, or is done again."""
    refs: tuple[RefMove, ...]
    """Where refs went."""
    old: Head
    new: Head
    """What the workspace stood on, and stands on now."""
    changes: tuple[FileChange, ...]
    """Files that were written or removed."""
    overwritten: tuple[bytes, ...]
    saved: bool
    published: tuple[str, ...]
    """Remotes that have the commits which were taken back: only `revert` reaches those."""


def undo(context: Context, number: int | None, overwrite: Overwrite) -> UndoReport:
    """Take back the last command of this workspace, or the one with that operation number.

    Uncommitted changes that are not in the way come along.

    Raises:
        Declined: there is nothing to take back, or it was taken back already.
        Missing, Usage: no operation has that number, it is none that can be taken back, or what it
            kept is forgotten.
        Conflict: what it changed was changed again since, or uncommitted changes are in the way.
    """
    with settled_lease(context):
        target = _last(context) if number is None else _numbered(context, number)
        return _taken_back(context, target, target, overwrite)


def redo(context: Context, overwrite: Overwrite) -> UndoReport:
    """Do again what the last `undo` took back.

    Raises:
        Declined: nothing was taken back since the last command.
        Conflict: as `undo`.
    """
    with settled_lease(context):
        undoing = _last_undo(context)
        done = _read(context, undoing.undoes[0])
        return _taken_back(context, undoing, done, overwrite)


def _taken_back(
    context: Context, target: Operation, done: Operation, overwrite: Overwrite
) -> UndoReport:
    """Take `target` back, which did or undid the command `done`."""
    _refuse_forgotten(context, target)
    _refuse_past_window(context, target)
    if (elsewhere := _come_or_gone(context, target)) is not None:
        from contentvc.actions.coming import take_back_elsewhere  # noqa: PLC0415 - seldom needed

        refs = tuple(_ref_back(context, target, change, context.head) for change in target.refs)
        saved = take_back_elsewhere(context, target, elsewhere, refs, overwrite)
        return UndoReport(done, refs, context.head, context.head, (), (), saved, ())
    old, new = context.head, _head_after(context, target)
    refs = tuple(_ref_back(context, target, change, new) for change in target.refs)
    moves = tuple(_move_back(context, target, move, new) for move in target.workspaces)
    draft = replace(taking_back(context.draft("undo"), target), refs=refs, workspaces=moves)
    base = context.repository.commit(new.commit).tree if new.commit else None
    with context.repository.writing() as writing:
        fresh = FreshTrees(context.repository, writing)
        trees = _trees(context, fresh, target, new)
        changes = [] if trees is None else list(diff_trees(fresh.entries, *trees))
        kept = _brought_back(context, target, changes, new)
        plan = Carrying("taking it back", draft, changes, base, trees, kept=kept)
        carried = carry(context, writing, plan, overwrite)
    return UndoReport(
        operation=done,
        refs=refs,
        old=old,
        new=new,
        changes=tuple(classify(changes)),
        overwritten=carried.overwritten,
        saved=carried.saved,
        published=tuple(_published(context, target)),
    )


def _refuse_forgotten(context: Context, target: Operation) -> None:
    if not context.repository.view.purged:
        return
    from contentvc.actions.forget import is_forgotten  # noqa: PLC0415 - where something was dropped

    if is_forgotten(context.repository, target):
        raise Missing(
            "forgotten",
            f"operation {target.sequence} cannot be taken back: what it kept is forgotten",
            "take back an older one by its number: contentvc operations",
            operation=target.sequence,
        )


def _refuse_past_window(context: Context, target: Operation) -> None:
    if target.sequence > context.repository.view.horizon:
        return
    from contentvc.upkeep.named import commits_named  # noqa: PLC0415 - where something was dropped

    has = context.repository.objects.has
    if not all(map(has, (*commits_named(target), *kept_trees(target)))):
        raise Missing(
            "past-window",
            f"operation {target.sequence} cannot be taken back: what it needs was dropped, "
            "as it is past the undo window",
            "see how far undo reaches with: contentvc operations",
            operation=target.sequence,
        )


def _trees(
    context: Context, fresh: FreshTrees, target: Operation, new: Head
) -> tuple[ObjectId | None, ObjectId | None] | None:
    """What the operation left in files, and what they are to be again; None if it left them alone.

    Where HEAD led files and its branch has moved since, they are to be as the branch has them now,
    with what the operation had saved on top.
    """
    trees, move = trees_of(context, target), _own(context, target)
    if trees is None or move is None:
        return None
    if move.old is None or move.old.commit == new.commit or move.old == move.new:
        return trees[1], trees[0]
    left = trees[1] if context.cover.is_whole else context.base_tree()
    base = context.repository.commit(new.commit).tree if new.commit else None
    saved: dict[bytes, FileEdit | None] = {
        path: edit_of(entry) for path, entry in list_files(fresh.entries, target.saved)
    }
    return left, edit_tree(fresh.entries, base, saved, fresh.put)[0] if saved else base


def _brought_back(
    context: Context, target: Operation, changes: Sequence[TreeChange], head: Head
) -> frozenset[bytes]:
    """Files that are written although a sparse working tree does not have them.

    They are what the operation removed or overwrote, and what is recorded nowhere. A file that it
    left, and that is gone since, stays away.
    """
    if context.cover.is_whole:
        return frozenset()
    repository = context.repository
    progress = in_progress(repository, head)
    trees = [] if progress is None else [progress.merged]
    trees += [repository.commit(head.commit).tree] if head.commit else []
    is_exact = effect_of(target) is not None

    def is_recorded(path: bytes, new: Entry) -> bool:
        found = [file_in(repository.entries, tree, path) for tree in trees]
        return any(one is not None and (one.id, one.mode) == (new.id, new.mode) for one in found)

    return frozenset(
        path
        for path, old, new in changes
        if new is not None and ((is_exact and old is None) or not is_recorded(path, new))
    )


def _come_or_gone(context: Context, operation: Operation) -> WorkspaceChange | None:
    """The change by which another workspace came or went; None for any other operation."""
    for move in operation.workspaces:
        if move.workspace != context.workspace and (move.old is None) != (move.new is None):
            return move
    return None


def _own(context: Context, operation: Operation) -> WorkspaceChange | None:
    moves = (move for move in operation.workspaces if move.workspace == context.workspace)
    return next(moves, None)


def _head_after(context: Context, target: Operation) -> Head:
    """What the workspace will stand on: where it stood, or where its branch is by now.

    Raises:
        Conflict: another working tree is on that branch, or the branch is gone.
    """
    move = _own(context, target)
    if move is None or move.old is None or move.old == move.new:
        return context.head
    head = move.old
    if head.ref is None or head.ref in {change.name for change in target.refs}:
        return head
    if move.new is None or head.ref != move.new.ref:
        check_free(context, head)
    ref = context.repository.view.refs.get(head.ref)
    if ref is None and head.commit is not None:
        name = short_name(head.ref)
        raise Conflict(
            "ref-moved",
            f"operation {target.sequence} left branch {name}, which is gone by now",
            f"make it again: contentvc switch --create {name} {short(head.commit)}",
        )
    return head if ref is None else replace(head, commit=ref.id)


def _ref_back(context: Context, target: Operation, change: RefChange, head: Head) -> RefMove:
    """The way back of a ref that is still where the operation put it.

    Raises:
        Conflict: it is not, or a working tree elsewhere stands on a branch that would be gone.
    """
    view = context.repository.view
    current = view.refs.get(change.name)
    if (current.id if current else None) != change.new:
        raise _moved_since(target, short_name(change.name), current.sequence if current else 0)
    if change.old is None:
        leaving = [move.workspace for move in target.workspaces if move.old is None]
        check_free(context, Head(change.name, None), leaving)
        if head.ref == change.name and head.commit is not None:
            raise Conflict(
                "checked-out",
                f"branch {short_name(change.name)} would be gone, and this working tree is on it",
                "switch to another branch first",
            )
    return RefMove(change.name, change.new, change.old)


def _move_back(
    context: Context, target: Operation, move: WorkspaceChange, head: Head
) -> WorkspaceMove:
    standing = context.repository.view.workspaces.get(move.workspace)
    if move.old == move.new and move.workspace == context.workspace:
        return WorkspaceMove(move.workspace, head, head)  # it concerned only files
    if (standing.head if standing else None) != move.new:
        what = "this workspace" if move.workspace == context.workspace else "a workspace"
        raise _moved_since(target, what, standing.sequence if standing else 0)
    back = head if move.workspace == context.workspace else move.old
    return WorkspaceMove(move.workspace, move.new, back)


def _moved_since(target: Operation, what: str, sequence: int) -> Conflict:
    by = f" by operation {sequence}" if sequence else ""
    return Conflict(
        "ref-moved",
        f"operation {target.sequence} cannot be taken back: {what} was moved since{by}",
        "take that back first, or record the opposite: contentvc rollback",
        operation=target.sequence,
    )


def _last(context: Context) -> Operation:
    """The newest command of this workspace that stands."""
    taken_back: dict[int, bool] = {}
    for operation in _own_operations(context):
        for number in operation.undoes:
            taken_back.setdefault(number, True)
        for number in operation.redoes:
            taken_back.setdefault(number, False)
        if operation.kind == PURGE:
            raise _purged(operation)
        if operation.kind in UNDOABLE and not taken_back.get(operation.sequence):
            return operation
    raise Declined(
        "nothing-to-undo",
        "this workspace has no command to take back",
        "list what was done with: contentvc operations",
    )


def _last_undo(context: Context) -> Operation:
    """The newest undo that no redo followed, and no other command."""
    redone: list[int] = []
    for operation in _own_operations(context):
        if operation.kind == "redo":
            redone += operation.redoes
        elif operation.kind == "undo" and operation.undoes:
            if operation.undoes[0] not in redone:
                return operation
            redone.remove(operation.undoes[0])
        elif operation.kind in UNDOABLE:
            break
    raise Declined(
        "nothing-to-undo",
        "nothing was taken back since the last command",
        "list what was done with: contentvc operations",
    )


def _numbered(context: Context, number: int) -> Operation:
    operation = _read(context, number)
    if operation.kind == PURGE:
        raise _purged(operation)
    if operation.kind not in UNDOABLE:
        raise Usage(
            "bad-value",
            f"operation {number} is of the kind {operation.kind}, which is not taken back",
            _INSTEAD.get(operation.kind, "list what was done with: contentvc operations"),
        )
    others = {move.workspace for move in operation.workspaces} - {context.workspace}
    if others and operation.workspace != context.workspace:
        raise Usage(
            "bad-value",
            f"operation {number} was done in workspace {short(min(others))}",
            "undo it there: contentvc workspace list",
        )
    for later in _operations(context):
        if later.sequence <= number or number in later.redoes:
            break
        if number in later.undoes:
            raise Declined(
                "nothing-to-undo", f"operation {number} was taken back by {later.sequence} already"
            )
    return operation


def _purged(operation: Operation) -> Declined:
    return Declined(
        "nothing-to-undo",
        f"operation {operation.sequence} purged content, and nothing brings that back",
        "take back an older one by its number: contentvc operations",
        operation=operation.sequence,
    )


def _own_operations(context: Context) -> Iterator[Operation]:
    return (one for one in _operations(context) if one.workspace == context.workspace)


def _operations(context: Context) -> Iterator[Operation]:
    """Those that took effect, newest first."""
    from contentvc.actions.operations import list_operations  # noqa: PLC0415 - one way round

    for entry in list_operations(context, None):
        if not entry.is_void:
            yield entry.operation


def _read(context: Context, number: int) -> Operation:
    found = context.repository.log.read(number) if number > 0 else None
    if found is None:
        raise Missing(
            "unknown-operation",
            f"the log has no operation {number}",
            "list them with: contentvc operations",
        )
    return found[0]


def _published(context: Context, target: Operation) -> Iterator[str]:
    """Remotes that already have a commit which is taken back."""
    gone = {change.new for change in target.refs if change.new is not None}
    if target.undoes or not gone:
        return
    repository = context.repository
    for name, ref in repository.view.refs.items():
        if name.startswith(REMOTE) and any(
            one in gone for one in ancestors([ref.id], repository.commit)
        ):
            yield name.removeprefix(REMOTE)
