"""Remotes, changed: added, removed, renamed, accepted as they are now."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.tracking import renamed_tracking, tracked
from contentvc.actions.upstreams import forget_remote, rename_remote
from contentvc.errors import Conflict, Damaged
from contentvc.history.draft import RefMove
from contentvc.history.view import View

__all__ = [
    "RemoteAdded",
    "RemoteChanged",
    "add_remote",
    "remove_remote",
    "rename_remote_to",
    "reset_remote",
]

_KIND: Final = "remote"
"""Of the operations that move what is remembered of a remote."""


@dataclass(frozen=True, slots=True)
class RemoteAdded:
    """A remote that is known now."""

    name: str
    location: str
    created: bool
    """The location was empty, and is a repository now."""


@dataclass(frozen=True, slots=True)
class RemoteChanged:
    """What became of a remote."""

    name: str
    location: str
    refs: int
    """Branches and notes of it that are remembered: forgotten now, or under another name."""
    old_name: str | None = None
    """When it was renamed."""
    holds: bool = False
    """It was forgotten, and has content that is not here: reading that asks for it again."""


def add_remote(context: Context, name: str, location: str) -> RemoteAdded:
    """Know another replica by a name; an empty location becomes one.

    Raises:
        Conflict, Damaged, Usage, Unreachable, NotAllowed, Busy: as `Remotes.add`.
    """
    created = context.remotes.add(name, location, context.who, ("init",))
    return RemoteAdded(name, context.remotes.known(name).url, created)


def remove_remote(context: Context, name: str) -> RemoteChanged:
    """Know a remote no more, nor what it had; nothing changes there.

    Cut short, it is done by doing it again.

    Raises:
        Missing: there is none of that name.
    """
    location = _location(context, name)
    holds = _holds(context, name)
    refs = tracked(context.repository.view, name)
    if refs:
        moves = tuple(RefMove(ref, target.id, None) for ref, target in refs.items())
        context.repository.append(replace(context.draft(_KIND), refs=moves))
    forget_remote(context.place, name)
    context.remotes.remove(name)
    return RemoteChanged(name, location, len(refs), holds=holds)


def rename_remote_to(context: Context, name: str, new: str) -> RemoteChanged:
    """Know a remote, and what it had, by another name. Cut short, it is done by doing it again.

    Raises:
        Missing, Conflict, Usage: there is none, or there is one of the new name, or it is no name.
    """
    location = context.remotes.known(name).url
    _check_new(context, name, new)
    moves = tuple(_renaming(context.repository.view, name, new))
    if moves:
        context.repository.append(replace(context.draft(_KIND), refs=moves))
    rename_remote(context.place, name, new)
    context.remotes.rename(name, new)
    return RemoteChanged(new, location, len(tracked(context.repository.view, new)), name)


def _check_new(context: Context, name: str, new: str) -> None:
    from contentvc.remotes.known import check_remote_name  # noqa: PLC0415 - seldom needed

    check_remote_name(new)
    if new != name and new in context.remotes.names():
        raise Conflict("already-exists", f"there is a remote {new} already", remote=new)


def _renaming(view: View, name: str, new: str) -> Iterator[RefMove]:
    """Each ref goes to its new name, over what was left of another remote that was called so."""
    if name == new:
        return
    for ref, target in tracked(view, name).items():
        there = renamed_tracking(ref, name, new)
        old = view.refs.get(there)
        yield RefMove(ref, target.id, None)
        if old is None or old.id != target.id:
            yield RefMove(there, old.id if old else None, target.id)


def reset_remote(context: Context, name: str) -> RemoteChanged:
    """Believe a remote as it is now, whatever was seen of it before.

    What is remembered of its branches stays; the next fetch tells what became of them.

    Raises:
        Missing: there is none of that name.
        Damaged: another repository is there.
        Unreachable: there is no answer.
    """
    context.remotes.reset(name)
    refs = tracked(context.repository.view, name)
    return RemoteChanged(name, context.remotes.known(name).url, len(refs))


def _holds(context: Context, name: str) -> bool:
    from contentvc.remotes.lazy import is_holder  # noqa: PLC0415 - seldom needed

    try:
        return is_holder(context.place.folder, context.remotes.known(name).replica)
    except Damaged:
        return False


def _location(context: Context, name: str) -> str:
    """Where it is; empty where its file no longer says so, as it is to be removed all the same."""
    try:
        return context.remotes.known(name).url
    except Damaged:
        return ""
