"""Branches and tags: list, create, rename, delete."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contentvc.actions.ahead import Standing, standing_of
from contentvc.actions.context import Context
from contentvc.actions.upstreams import forget_upstream, rename_upstream
from contentvc.errors import Conflict, Missing
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.history.graph import ancestors
from contentvc.history.names import BRANCH, NOTE, REMOTE_NOTE, STASH, TAG, check_ref_name
from contentvc.history.view import View
from contentvc.ids import ObjectId, WorkspaceId, short
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.operation import Head

__all__ = [
    "RefEntry",
    "RefMoved",
    "create_ref",
    "delete_branch",
    "delete_tag",
    "list_branches",
    "list_refs",
    "rename_branch",
]


@dataclass(frozen=True, slots=True)
class RefEntry:
    """A branch or tag with the commit it names."""

    name: str
    """Without ``branch/`` or ``tag/``."""
    commit: ObjectId | None
    """None for the current branch before its first commit."""
    subject: str
    time: int
    is_current: bool
    workspaces: tuple[str, ...] = ()
    """Workspaces other than this one that have the branch checked out."""
    standing: Standing | None = None
    """How a branch stands to its upstream, where that was asked for and it has one."""


@dataclass(frozen=True, slots=True)
class RefMoved:
    """What a command did to a branch or tag."""

    name: str
    old: ObjectId | None
    new: ObjectId | None
    old_name: str | None = None
    """When it was renamed."""


def list_refs(context: Context, prefix: str) -> tuple[RefEntry, ...]:
    """All branches (`prefix` ``branch/``) or tags (``tag/``), by name."""
    return tuple(_entries(context, prefix))


def list_branches(context: Context) -> tuple[RefEntry, ...]:
    """All branches as `list_refs` has them, and how each stands to its upstream.

    No remote is asked, and the work is bounded whatever number there are.
    """
    found = list_refs(context, BRANCH)
    return tuple(
        replace(one, standing=standing_of(context, one.name, one.commit, len(found)))
        for one in found
    )


def create_ref(context: Context, prefix: str, name: str, revision: str, *, force: bool) -> RefMoved:
    """A new branch or tag at a revision; `force` moves one that exists.

    Raises:
        Conflict: it exists, or is checked out somewhere (``checked-out``).
        Usage: the name is not allowed.
    """
    check_ref_name(name)
    commit = context.resolve(revision)
    ref = prefix + name
    existing = context.repository.view.refs.get(ref)
    if existing is not None and not force:
        raise Conflict(
            "already-exists",
            f"{_noun(prefix)} {name} exists, at {short(existing.id)}",
            _elsewhere(prefix, name),
        )
    if existing is not None and prefix == BRANCH:
        _check_not_checked_out(context, ref, "moved")
    _check_nesting(context.repository.view, ref)
    return _move(context, prefix.rstrip("/"), ref, existing.id if existing else None, commit)


def delete_tag(context: Context, name: str) -> RefMoved:
    """Remove a tag; the commit stays.

    Raises:
        Missing: there is none of that name.
    """
    return _move(context, "tag", TAG + name, _existing(context, TAG, name), None)


def delete_branch(context: Context, name: str, *, force: bool) -> RefMoved:
    """Remove a branch whose commits something else reaches, or any with `force`.

    Raises:
        Missing: there is none of that name.
        Conflict: it is checked out (``checked-out``), or the only one to reach some commits
            (``not-merged``).
    """
    commit = _existing(context, BRANCH, name)
    _check_not_checked_out(context, BRANCH + name, "deleted")
    if not force and not _reached_otherwise(context, BRANCH + name, commit):
        raise Conflict(
            "not-merged",
            f"branch {name} has commits that no other branch or tag reaches",
            f"tag {short(commit)} first, or delete it with --force; "
            "the operation log keeps the commits either way",
        )
    moved = _move(context, "branch", BRANCH + name, commit, None)
    forget_upstream(context.place, name)
    return moved


def rename_branch(context: Context, old_name: str | None, new_name: str) -> RefMoved:
    """Give a branch (None: the current one) another name; workspaces on it follow.

    Raises:
        Missing, Conflict, Usage: there is no such branch, the new name is taken or not allowed.
    """
    check_ref_name(new_name)
    view = context.repository.view
    old = BRANCH + old_name if old_name is not None else _current(context)
    new = BRANCH + new_name
    followers = {
        workspace: standing.head
        for workspace, standing in view.workspaces.items()
        if standing.head.ref == old
    }
    ref = view.refs.get(old)
    if ref is None and not followers:
        raise _missing(BRANCH, old.removeprefix(BRANCH))
    if new in view.refs:
        raise Conflict("already-exists", f"branch {new_name} exists", "choose another name")
    _check_nesting(view, new, without=old)
    commit = ref.id if ref else None
    moves = (RefMove(old, commit, None), RefMove(new, None, commit)) if ref else ()
    workspaces = tuple(
        WorkspaceMove(workspace, head, replace(head, ref=new))
        for workspace, head in followers.items()
    )
    draft = replace(context.draft("branch"), refs=moves, workspaces=workspaces)
    context.repository.append(draft)
    rename_upstream(context.place, old.removeprefix(BRANCH), new_name)
    return RefMoved(new_name, commit, commit, old.removeprefix(BRANCH))


def _entries(context: Context, prefix: str) -> Iterator[RefEntry]:
    view, head = context.repository.view, context.head
    others = _checkouts(view, context.workspace)
    current = head.ref
    if prefix == BRANCH and current is not None and current not in view.refs:
        yield RefEntry(current.removeprefix(BRANCH), None, "", 0, is_current=True)
    for ref, target in view.refs.items():
        if ref.startswith(prefix):
            commit = context.repository.commit(target.id)
            yield RefEntry(
                name=ref.removeprefix(prefix),
                commit=target.id,
                subject=_subject(commit),
                time=commit.time,
                is_current=ref == current,
                workspaces=tuple(others.get(ref, ())),
            )


def _subject(commit: Commit) -> str:
    return commit.message.split("\n", 1)[0]


def _move(
    context: Context, kind: str, ref: str, old: ObjectId | None, new: ObjectId | None
) -> RefMoved:
    draft = replace(context.draft(kind), refs=(RefMove(ref, old, new),))
    context.repository.append(draft)
    return RefMoved(ref.split("/", 1)[1], old, new)


def _existing(context: Context, prefix: str, name: str) -> ObjectId:
    ref = context.repository.view.refs.get(prefix + name)
    if ref is None:
        raise _missing(prefix, name)
    return ref.id


def _missing(prefix: str, name: str) -> Missing:
    noun = _noun(prefix)
    return Missing("unknown-ref", f"there is no {noun} {name}", f"list them with: contentvc {noun}")


def _noun(prefix: str) -> str:
    return prefix.rstrip("/")


def _elsewhere(prefix: str, name: str) -> str:
    """What to do when a name is taken."""
    return f"choose another name, or move it: contentvc {_noun(prefix)} --force {name}"


def _current(context: Context) -> str:
    ref = context.head.ref
    if ref is None:
        raise Missing("unknown-ref", "HEAD is detached: there is no current branch", "name it")
    return ref


def _checkouts(view: View, but: WorkspaceId | None) -> dict[str, list[str]]:
    """Workspaces that have each branch checked out, other than `but`."""
    found: dict[str, list[str]] = {}
    for workspace, standing in view.workspaces.items():
        if standing.head.ref is not None and workspace != but:
            found.setdefault(standing.head.ref, []).append(short(workspace))
    return found


def _check_not_checked_out(context: Context, ref: str, done: str) -> None:
    holders = _checkouts(context.repository.view, None).get(ref)
    if holders:
        raise Conflict(
            "checked-out",
            f"{ref.removeprefix(BRANCH)} is checked out in workspace {holders[0]} "
            f"and cannot be {done}",
            "switch to another branch there first",
        )


def _check_nesting(view: View, ref: str, without: str | None = None) -> None:
    """A branch ``a`` and a branch ``a/b`` would be file and folder of one name on other systems."""
    for other in view.refs:
        if other != without and (other.startswith(ref + "/") or ref.startswith(other + "/")):
            taken = other.split("/", 1)[1]
            raise Conflict("already-exists", f"{taken} exists, so {ref.split('/', 1)[1]} cannot")


def _reached_otherwise(context: Context, ref: str, commit: ObjectId) -> bool:
    repository = context.repository
    others = [
        target.id
        for name, target in repository.view.refs.items()
        if name != ref and not name.startswith((STASH, NOTE, REMOTE_NOTE))
    ]
    if commit in others:
        return True
    heads: list[Head] = [standing.head for standing in repository.view.workspaces.values()]
    others += [head.commit for head in heads if head.commit is not None]
    return any(found == commit for found in ancestors(others, repository.commit))
