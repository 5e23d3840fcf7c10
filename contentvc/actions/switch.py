"""Switch: the working tree goes to another branch or commit and takes uncommitted changes along."""

from dataclasses import dataclass, replace

from contentvc.actions.carrying import REFUSE, Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import check_free, check_not_merging
from contentvc.actions.outside import differing_here
from contentvc.actions.standing import settled_lease
from contentvc.actions.upstreams import remote_with, set_upstream
from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import TreeChange
from contentvc.errors import Conflict, Missing, Usage
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.history.names import BRANCH, REMOTE, check_ref_name, full_name
from contentvc.ids import ObjectId
from contentvc.snapshots.operation import Head

__all__ = ["SwitchReport", "SwitchRequest", "switch"]


@dataclass(frozen=True, slots=True)
class SwitchRequest:
    """Where to go."""

    target: str
    """A branch, ``-`` for the one before; with `create` the new one, with `detach` a revision.

    A branch that only a remote has is made from there.
    """
    create: bool = False
    start: str | None = None
    """With `create`: where the new branch begins; None is where the working tree stands."""
    detach: bool = False
    overwrite: Overwrite = REFUSE
    """What may happen to uncommitted changes in the way."""


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """Where the working tree stands now."""

    old: Head
    new: Head
    created: bool
    changes: tuple[FileChange, ...]
    """What differs between the two versions, as far as it belongs here."""
    overwritten: tuple[bytes, ...]
    """Paths whose uncommitted content was in the way."""
    saved: bool
    """Whether that was kept in the operation log."""
    remote: str | None = None
    """The remote whose branch of the same name the new one is made from, and belongs to."""


@dataclass(frozen=True, slots=True)
class _Plan:
    old: Head
    new: Head
    moves: tuple[RefMove, ...]
    before: ObjectId | None
    after: ObjectId | None
    changes: list[TreeChange]
    remote: str | None


def switch(context: Context, request: SwitchRequest) -> SwitchReport:
    """Go there, or change nothing.

    Raises:
        Missing, Usage: there is no such branch or revision.
        Conflict: uncommitted changes are in the way, or the branch is checked out elsewhere.
        Damaged: the version cannot be read; the working tree is back where it was.
    """
    with settled_lease(context):
        check_not_merging(context, "switching")
        plan = _plan(context, request)
        with context.repository.writing() as writing:
            carried = carry(context, writing, _carrying(context, plan), request.overwrite)
    if plan.remote is not None:
        set_upstream(context.place, request.target, plan.remote)
    return SwitchReport(
        old=plan.old,
        new=plan.new,
        created=request.create or plan.remote is not None,
        changes=tuple(classify(plan.changes)),
        overwritten=carried.overwritten,
        saved=carried.saved,
        remote=plan.remote,
    )


def _plan(context: Context, request: SwitchRequest) -> _Plan:
    old = context.head
    remote = _from_remote(context, request, old)
    if remote is not None:
        request = replace(request, create=True, start=f"{REMOTE}{remote}/{request.target}")
    new, moves = _destination(context, request, old)
    check_free(context, new)
    repository = context.repository
    before = repository.commit(old.commit).tree if old.commit else None
    after = repository.commit(new.commit).tree if new.commit else None
    changes = list(differing_here(context, before, after))
    return _Plan(old, new, moves, before, after, changes, remote)


def _from_remote(context: Context, request: SwitchRequest, old: Head) -> str | None:
    """The remote that alone has a branch which is asked for, and is not here."""
    name = request.target
    is_here = BRANCH + name in context.repository.view.refs or old.ref == BRANCH + name
    if request.create or request.detach or name == "-" or is_here:
        return None
    return remote_with(context, name)


def _carrying(context: Context, plan: _Plan) -> Carrying:
    draft = replace(
        context.draft("switch"),
        refs=plan.moves,
        workspaces=(WorkspaceMove(context.workspace, plan.old, plan.new),),
    )
    return Carrying(
        doing="switching",
        draft=draft,
        changes=plan.changes,
        base_after=plan.after,
        trees=(plan.before, plan.after),
        follows_head=True,
    )


def _destination(
    context: Context, request: SwitchRequest, old: Head
) -> tuple[Head, tuple[RefMove, ...]]:
    if request.create:
        return _new_branch(context, request, old)
    if request.detach:
        return Head(None, context.resolve(request.target)), ()
    name = _previous(context, old) if request.target == "-" else request.target
    ref = context.repository.view.refs.get(BRANCH + name)
    if ref is not None:
        return Head(BRANCH + name, ref.id), ()
    if old.ref == BRANCH + name:
        return old, ()
    raise _not_a_branch(context, name)


def _new_branch(
    context: Context, request: SwitchRequest, old: Head
) -> tuple[Head, tuple[RefMove, ...]]:
    check_ref_name(request.target)
    ref = BRANCH + request.target
    existing = context.repository.view.refs.get(ref)
    if existing is not None or old.ref == ref:
        raise Conflict(
            "already-exists",
            f"branch {request.target} exists",
            f"go there with: contentvc switch {request.target}",
        )
    if request.start is None and old.commit is None:
        return Head(ref, None), ()
    commit = context.resolve(request.start or "HEAD")
    return Head(ref, commit), (RefMove(ref, None, commit),)


def _not_a_branch(context: Context, name: str) -> Missing:
    if full_name(name, context.repository.view.refs) is not None:
        return Missing(
            "unknown-ref",
            f"{name} is not a branch",
            f"to look at it: contentvc switch --detach {name}; "
            f"to work from it: contentvc switch --create NAME {name}",
        )
    return Missing(
        "unknown-ref",
        f"there is no branch {name}",
        f"make it with: contentvc switch --create {name}",
    )


def _previous(context: Context, old: Head) -> str:
    """The branch this workspace was on before, from its changes in the log."""
    repository = context.repository
    sequence = repository.view.workspaces[context.workspace].sequence
    while sequence:
        found = repository.log.read(sequence)
        if found is None:
            break
        for move in found[0].workspaces:
            if move.workspace == context.workspace:
                before, sequence = move.old, move.previous
                break
        else:
            break
        if before is not None and before.ref is not None and before.ref != old.ref:
            return before.ref.removeprefix(BRANCH)
    raise Usage("usage", "there is no branch to go back to", "name one: contentvc switch NAME")
