"""Remotes, changed: added, removed, renamed, accepted as they are now."""

from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.tracking import renamed_tracking, tracked
from contentvc.actions.upstreams import forget_remote, rename_remote
from contentvc.errors import Damaged
from contentvc.history.draft import RefMove

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
    refs = tracked(context.repository.view, name)
    if refs:
        moves = tuple(RefMove(ref, target.id, None) for ref, target in refs.items())
        context.repository.append(replace(context.draft(_KIND), refs=moves))
    forget_remote(context.place, name)
    context.remotes.remove(name)
    return RemoteChanged(name, location, len(refs))


def rename_remote_to(context: Context, name: str, new: str) -> RemoteChanged:
    """Know a remote, and what it had, by another name.

    Raises:
        Missing, Conflict, Usage: there is none, or there is one of the new name, or it is no name.
    """
    location = context.remotes.known(name).url
    context.remotes.rename(name, new)
    rename_remote(context.place, name, new)
    view = context.repository.view
    refs = tracked(view, name)
    moves = [RefMove(ref, target.id, None) for ref, target in refs.items()]
    for ref, target in refs.items():
        there = renamed_tracking(ref, name, new)
        old = view.refs.get(there)
        moves.append(RefMove(there, old.id if old else None, target.id))
    if moves:
        context.repository.append(replace(context.draft(_KIND), refs=tuple(moves)))
    return RemoteChanged(new, location, len(refs), name)


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


def _location(context: Context, name: str) -> str:
    """Where it is; empty where its file no longer says so, as it is to be removed all the same."""
    try:
        return context.remotes.known(name).url
    except Damaged:
        return ""
