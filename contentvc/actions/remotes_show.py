"""Remotes, looked at: which there are, and how one of them compares to what is here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.tracking import offered
from contentvc.errors import ContentvcError, Damaged, NotAllowed, Unreachable
from contentvc.history.graph import Divergence, divergence
from contentvc.history.names import BRANCH, TAG
from contentvc.history.view import Ref, View
from contentvc.ids import Kind, ObjectId, RepositoryId
from contentvc.repository import DEFAULT_BRANCH
from contentvc.snapshots.commit import Commit, decode_commit

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["RemoteBranch", "RemoteEntry", "RemoteReport", "RemoteState", "list_remotes", "show"]


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A remote as it is known here."""

    name: str
    location: str
    """As it may be shown: without credentials."""


@dataclass(frozen=True, slots=True)
class RemoteBranch:
    """A branch of a remote, of here, or of both."""

    name: str
    there: ObjectId | None
    here: ObjectId | None
    apart: Divergence | None
    """How far the one of here is ahead and behind; None where there are not both."""


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What a remote that answered is now."""

    kind: str
    """``folder``, ``s3``, ``gs`` or ``az``."""
    replica: RepositoryId
    head: str | None
    """The branch that its working tree is on, or that is usual; None where it has no such."""
    operation: int
    """The number of its last operation."""
    time: int
    """When that was: microseconds since 1970 UTC."""
    branches: tuple[RemoteBranch, ...]
    tags: int
    reserved: tuple[str, ...]
    """Refs that a push to several remotes waits to change."""


@dataclass(frozen=True, slots=True)
class RemoteReport:
    """A remote, and what it is now."""

    entry: RemoteEntry
    state: RemoteState | None
    """None where it cannot be reached, or is not to be trusted."""
    trouble: ContentvcError | None = None
    """Why."""


def list_remotes(context: Context) -> tuple[RemoteEntry, ...]:
    """The remotes by name; none of them is asked."""
    return tuple(_entry(context, name) for name in context.remotes.names())


def show(context: Context, name: str) -> RemoteReport:
    """Ask a remote how it is. Nothing changes here or there.

    Raises:
        Missing: there is none of that name.
    """
    entry = _entry(context, name)
    try:
        return RemoteReport(entry, _state(context, context.remotes.open(name)))
    except (Unreachable, NotAllowed, Damaged) as error:
        return RemoteReport(entry, None, error)


def _entry(context: Context, name: str) -> RemoteEntry:
    return RemoteEntry(name, context.remotes.known(name).url)


def _state(context: Context, remote: "Remote") -> RemoteState:
    view = remote.view
    refs = dict(offered(view))
    return RemoteState(
        kind=remote.kind,
        replica=remote.replica,
        head=_head(view),
        operation=view.sequence,
        time=view.time,
        branches=tuple(_branches(context, remote, refs)),
        tags=sum(ref.startswith(TAG) for ref in refs),
        reserved=tuple(
            sorted(one.name for changes in view.reservations.values() for one in changes)
        ),
    )


def _head(view: View) -> str | None:
    on = [standing.head.ref for standing in view.workspaces.values() if standing.head.ref]
    ref = on[0] if len(on) == 1 else DEFAULT_BRANCH
    return ref.removeprefix(BRANCH) if ref in view.refs else None


def _branches(
    context: Context, remote: "Remote", refs: Mapping[str, Ref]
) -> Iterator[RemoteBranch]:
    here = context.repository.view.refs
    read = _reader(context, remote)
    for ref in sorted({*refs, *here}):
        if ref.startswith(BRANCH):
            ours = here[ref].id if ref in here else None
            theirs = refs[ref].id if ref in refs else None
            apart = None
            if ours is not None and theirs is not None:
                apart = divergence(ours, theirs, read, limits.AHEAD_COMMITS)
            yield RemoteBranch(ref.removeprefix(BRANCH), theirs, ours, apart)


def _reader(context: Context, remote: "Remote") -> Callable[[ObjectId], Commit]:
    """Commits from here, and those that are not here yet from there."""
    repository = context.repository

    def read(identifier: ObjectId) -> Commit:
        if repository.objects.has(identifier):
            return repository.commit(identifier)
        return decode_commit(remote.objects.read(Kind.COMMIT, identifier))

    return read
