"""Fetch: what a remote has, brought here; nothing here changes but what is remembered of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from contentvc.actions.context import Context
from contentvc.actions.heads import branch_of
from contentvc.actions.purged_elsewhere import told_here
from contentvc.actions.tracking import offered, tracked, tracking_ref
from contentvc.actions.upstreams import remote_for
from contentvc.errors import Busy, Conflict
from contentvc.history.draft import RefMove
from contentvc.history.graph import divergence
from contentvc.history.names import REMOTE_NOTE, TAG
from contentvc.history.view import Ref
from contentvc.ids import ObjectId

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["FETCH", "FetchReport", "FetchRequest", "Fetched", "Step", "fetch", "fetch_from"]

FETCH: Final = "fetch"
"""The kind of its operation."""
_ATTEMPTS: Final = 10
"""How often it begins anew because other commands of this repository were quicker."""


class Step(StrEnum):
    """What became of a ref that is fetched. The words are those of ``--json``."""

    NEW = "new"
    FORWARD = "forward"
    FORCED = "forced"
    """It went where it is not a continuation of where it was."""
    PRUNED = "pruned"
    """It is gone there, so that it is no longer remembered here."""
    KEPT = "kept"
    """A tag that names something else here, and is left so."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to fetch."""

    remote: str | None = None
    """None: that of the current branch, or the usual one."""
    prune: bool = False
    """Forget branches that are gone there."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A ref that is fetched, and what became of it."""

    ref: str
    """The one here: ``remote/origin/main``, ``tag/v1``."""
    old: ObjectId | None
    new: ObjectId | None
    """None where it is gone; of a tag that is kept, what the remote has."""
    step: Step


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What was fetched."""

    remote: str
    location: str
    refs: tuple[Fetched, ...]
    objects: int
    """Objects that were received."""
    bytes: int
    """Bytes that they took on the way."""
    seconds: float


def fetch(context: Context, request: FetchRequest) -> FetchReport:
    """Bring what a remote has; where nothing is new, nothing is written.

    Branches move ``remote/NAME/*``, notes move ``remote-note/NAME/commits``, and new tags are made.
    A tag that names something else here stays. From a remote that holds content of this repository
    commits and trees alone come, and content when it is needed.

    Raises:
        Missing, Usage: there is no such remote, or none is meant.
        Unreachable, NotAllowed, Damaged: the remote cannot be read, or is not to be trusted;
            nothing changed here.
        Conflict, Busy: other commands of this repository were quicker each time.
    """
    name = remote_for(context, request.remote, branch_of(context.head))
    return fetch_from(context, name, context.remotes.open(name), prune=request.prune)


def fetch_from(context: Context, name: str, remote: "Remote", *, prune: bool) -> FetchReport:
    """As `fetch`, from a remote that is open."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(context, name, remote, prune=prune)
        except (Conflict, Busy) as error:
            if error.code not in ("ref-moved", "start-over"):
                raise
            context.repository.refresh()
            remote.refresh()
    return _attempt(context, name, remote, prune=prune)


def _attempt(context: Context, name: str, remote: "Remote", *, prune: bool) -> FetchReport:
    from contentvc.remotes.lazy import is_holder  # noqa: PLC0415 - often there is nothing new
    from contentvc.remotes.receiving import receive  # noqa: PLC0415 - as above

    now = context.repository.clockwork.now
    began = now()
    found = list(_found(context, name, dict(offered(remote.view)), prune=prune))
    moves = [one for one in found if one.step is not Step.KEPT]
    objects = size = 0
    if moves:
        wanted = dict.fromkeys(one.new for one in moves if one.new is not None)
        received = receive(
            context.repository,
            remote,
            tuple(wanted),
            context.progress,
            without_blobs=is_holder(context.place.folder, remote.replica),
        )
        objects, size = received.objects, received.bytes
        draft = replace(
            context.draft(FETCH),
            refs=tuple(RefMove(one.ref, one.old, one.new) for one in moves),
            added=received.packs,
            written_at=told_here(context, remote, received),
        )
        context.repository.append(draft)
        found = [replace(one, step=_step(context, one)) for one in found]
    remote.see()
    seconds = (now() - began) / 1e6
    return FetchReport(name, remote.location, tuple(found), objects, size, seconds)


def _found(
    context: Context, name: str, theirs: Mapping[str, Ref], *, prune: bool
) -> Iterator[Fetched]:
    """What differs from what is remembered."""
    view = context.repository.view
    here = {ref: ref if ref.startswith(TAG) else tracking_ref(name, ref) for ref in theirs}
    for ref, target in theirs.items():
        known = view.refs.get(here[ref])
        if known is None:
            yield Fetched(here[ref], None, target.id, Step.NEW)
        elif known.id != target.id:
            step = Step.KEPT if ref.startswith(TAG) else Step.FORWARD
            yield Fetched(here[ref], known.id, target.id, step)
    if prune:
        for ref, target in tracked(view, name).items():
            if ref not in here.values() and not ref.startswith(REMOTE_NOTE):
                yield Fetched(ref, target.id, None, Step.PRUNED)


def _step(context: Context, one: Fetched) -> Step:
    """Forward or forced, now that the commits can be read."""
    if one.step is not Step.FORWARD or one.old is None or one.new is None:
        return one.step
    behind = divergence(one.new, one.old, context.repository.commit).behind
    return Step.FORCED if behind else Step.FORWARD
