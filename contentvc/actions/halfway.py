"""Halfway: pushes to several remotes that were cut short, and what becomes of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from contentvc.actions.context import Context
from contentvc.errors import ContentvcError, Missing, Unreachable, Usage
from contentvc.history.draft import Draft
from contentvc.ids import RepositoryId
from contentvc.remotes.reservation import Prepared, decision, prepared
from contentvc.remotes.settling import Settled, Settler

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = [
    "BreakReport",
    "Halfway",
    "HalfwayReport",
    "RemoteHalfway",
    "State",
    "break_push",
    "halfway",
    "settle_blocking",
    "settle_here",
    "settler",
]

_SETTLE: Final = "settle"
"""The kind of the operation that tells a remote what was decided, or decides that it is aborted."""
_BREAK: Final = "break"


class State(StrEnum):
    """What a push that is left half-way waits for. The words are those of ``--json``."""

    UNDECIDED = "undecided"
    """It may still be under way; else whoever is blocked ends it."""
    COMMIT = "commit"
    """It is to be committed here too: the next `sync` does it."""
    ABORT = "abort"
    UNKNOWN = "unknown"
    """The remote that decides cannot be asked."""


@dataclass(frozen=True, slots=True)
class Halfway:
    """A push to several remotes that has refs of one of them reserved."""

    prepared: Prepared
    state: State
    primary: str | None
    """The name here of the remote that decides; None for one that has no name here."""
    trouble: str
    """Why the remote that decides cannot be asked; empty otherwise."""


@dataclass(frozen=True, slots=True)
class RemoteHalfway:
    """A remote, and what is left half-way there."""

    name: str
    location: str
    pushes: tuple[Halfway, ...]
    away: str
    """Why it cannot be reached; empty where it can."""


@dataclass(frozen=True, slots=True)
class HalfwayReport:
    """What interrupted pushes left reserved, where."""

    remotes: tuple[RemoteHalfway, ...]


@dataclass(frozen=True, slots=True)
class BreakReport:
    """How a push that was left half-way ended at a remote."""

    remote: str
    location: str
    settled: Settled


def settler(
    context: Context, opened: Mapping[RepositoryId, "Remote"] | None = None, kind: str = _SETTLE
) -> Settler:
    """Ends what is in the way of a command.

    Only remotes that this repository knows by name are asked: where another one says that the
    deciding remote is, that is for people to read.
    """
    return Settler(
        reach=lambda replica: (opened or {}).get(replica) or _reach(context, replica),
        draft=Draft(kind, context.actor),
        clockwork=context.repository.clockwork,
        on_wait=lambda found: context.progress.start(
            None, None, f"Waiting for a push of {found.actor} to several remotes"
        ),
    )


def settle_blocking(
    context: Context,
    remote: "Remote",
    refs: Collection[str],
    opened: Mapping[RepositoryId, "Remote"] | None = None,
) -> tuple[Settled, ...]:
    """End every push to several remotes that holds one of these refs of a remote.

    Raises:
        Unreachable, Conflict: what was decided cannot be known; see `Settler.settle`.
    """
    blocking = [
        transaction
        for transaction, changes in remote.view.reservations.items()
        if any(change.name in refs for change in changes)
    ]
    try:
        ended = [settler(context, opened).settle(remote, one) for one in blocking]
    finally:
        if blocking:
            context.progress.finish()
    return tuple(one for one in ended if one is not None)


def settle_here(context: Context, refs: Collection[str]) -> None:
    """The same for this repository, where others have it as a remote.

    Raises:
        Unreachable, Conflict: as `settle_blocking`.
    """
    view = context.repository.view
    if any(view.reserved(ref) is not None for ref in refs):
        settle_blocking(context, _own(context), refs)
        context.repository.refresh()


def halfway(context: Context, names: Sequence[str]) -> HalfwayReport:
    """What is left half-way at these remotes, or at all; nothing is changed.

    Raises:
        Missing: there is no remote of that name.
    """
    chosen = names or context.remotes.names()
    return HalfwayReport(tuple(_looked_at(context, name) for name in chosen))


def break_push(context: Context, name: str, push: str) -> BreakReport:
    """Let go of what a push to several remotes has reserved at one; the last resort.

    Where the remote that decides can be asked, what it says is done instead.

    Args:
        context: of the command.
        name: the remote.
        push: its id, or how it begins.

    Raises:
        Missing: there is no such remote, or no such push is left half-way there.
        Usage: several begin so.
        Unreachable: the remote itself cannot be reached.
    """
    remote = context.remotes.open(name)
    transaction = _named(remote, push)
    try:
        settled = settler(context, kind=_BREAK).break_off(remote, transaction)
    finally:
        context.progress.finish()
    if settled is None:
        raise _unknown(remote, push)
    return BreakReport(name, remote.location, settled)


def _own(context: Context) -> "Remote":
    """This repository as the others have it, who push to it."""
    from contentvc.remotes.layout import LayoutRemote  # noqa: PLC0415 - seldom needed
    from contentvc.remotes.memory import Memory  # noqa: PLC0415 - seldom needed

    repository = context.repository
    place, memory = context.place.repository, Memory(None)
    own = LayoutRemote(repository.storage, repository.clockwork, "folder", place, memory)
    own.refresh()
    return own


def _reach(context: Context, replica: RepositoryId | None) -> "Remote | None":
    if replica == context.repository.description.replica:
        return _own(context)
    for name in context.remotes.names():
        if context.remotes.known(name).replica == replica:
            return context.remotes.open(name)
    return None


def _looked_at(context: Context, name: str) -> RemoteHalfway:
    known = context.remotes.known(name)
    try:
        remote = context.remotes.open(name)
    except Unreachable as error:
        return RemoteHalfway(name, known.url, (), error.message)
    found = (prepared(remote, one) for one in remote.view.reservations)
    pushes = tuple(_judged(context, remote, one) for one in found if one is not None)
    return RemoteHalfway(name, remote.location, pushes, "")


def _judged(context: Context, remote: "Remote", found: Prepared) -> Halfway:
    """How it stands, by the log of the remote that decides."""
    primary = _name_of(context, found.primary)
    try:
        deciding = remote if found.primary == remote.replica else _reach(context, found.primary)
        if deciding is None:
            return Halfway(found, State.UNKNOWN, None, "it is no remote of this repository")
        phase = decision(deciding, found.id)
    except ContentvcError as error:
        return Halfway(found, State.UNKNOWN, primary, error.message)
    if phase is not None:
        return Halfway(found, State.COMMIT if phase == "commit" else State.ABORT, primary, "")
    if found.id in deciding.view.reservations:
        return Halfway(found, State.UNDECIDED, primary, "")
    return Halfway(found, State.UNKNOWN, primary, "it does not know of this push")


def _name_of(context: Context, replica: RepositoryId | None) -> str | None:
    names: Iterable[str] = context.remotes.names()
    return next((one for one in names if context.remotes.known(one).replica == replica), None)


def _named(remote: "Remote", push: str) -> bytes:
    found = [one for one in remote.view.reservations if one.hex().startswith(push.lower())]
    if len(found) > 1:
        raise Usage("ambiguous-revision", f"several pushes begin with {push}", "give more digits")
    if not found or not push:
        raise _unknown(remote, push)
    return found[0]


def _unknown(remote: "Remote", push: str) -> Missing:
    return Missing(
        "unknown-transaction",
        f"no push {push} is left half-way at {remote.location}",
        "list those that are with: contentvc sync --status",
    )
