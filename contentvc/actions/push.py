"""Push: branches and tags of this repository become those of a remote, in one operation there.

What the remote has and this repository has not seen is never lost by it. Afterwards one operation
here moves what is remembered of the remote; where that is not reached, the next fetch settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from contentvc.actions.context import Context
from contentvc.actions.halfway import settle_blocking
from contentvc.actions.heads import branch_of
from contentvc.actions.notes import NOTES
from contentvc.actions.purged_elsewhere import told_there
from contentvc.actions.push_plan import Plan, Pushed, PushStep, Wish, plan, wishes
from contentvc.actions.tracking import tracking_ref
from contentvc.actions.upstreams import Upstream, remote_for, set_first_upstream, upstream_of
from contentvc.errors import Busy, Conflict
from contentvc.history.draft import Draft, RefMove
from contentvc.history.names import BRANCH, TAG
from contentvc.history.view import View
from contentvc.remotes.settling import Settled

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["PUSH", "PushReport", "PushRequest", "push", "remember"]

PUSH: Final = "push"
"""The kind of its operations, there and here."""
_ATTEMPTS: Final = 10
"""How often it looks again because others were quicker."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What to push."""

    remote: str | None = None
    """None: that of the current branch, or the usual one."""
    refs: tuple[str, ...] = ()
    """Branches and tags; none: the current branch."""
    tags: bool = False
    """All tags; where no refs are named, only these."""
    delete: bool = False
    """The refs shall be gone there."""
    force_with_lease: bool = False
    """Move them anywhere, as long as they are where they were last seen."""


@dataclass(frozen=True, slots=True)
class PushReport:
    """What was pushed."""

    remote: str
    location: str
    refs: tuple[Pushed, ...]
    notes_left: bool
    """The remote has notes that are not here yet, so those of here stayed."""
    upstream: Upstream | None
    """What the current branch belongs to since; None where that is as before."""
    objects: int
    """Objects that were sent."""
    bytes: int
    """Bytes that they took on the way."""
    seconds: float
    settled: tuple[Settled, ...] = ()
    """Pushes to several remotes that were left half-way and in the way, and are ended now."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What an attempt did there."""

    plan: Plan
    view: View
    objects: int = 0
    bytes: int = 0


def push(context: Context, request: PushRequest) -> PushReport:
    """Move refs of a remote to where they are here; all that are asked for, or none.

    Raises:
        Missing, Usage: there is no such remote or ref, or none is meant.
        Conflict: it would lose what others did (``not-fast-forward``, ``already-exists`` for a tag,
            ``ref-moved`` with a lease); a branch is ``checked-out`` there, or ``reserved`` by a
            push to several remotes. Nothing was changed.
        Unreachable, NotAllowed, Damaged: the remote cannot be written, or is not to be trusted.
            Pushing again goes on where it ended.
        Busy: others were quicker each time.
    """
    now = context.repository.clockwork.now
    began = now()
    name = remote_for(context, request.remote, branch_of(context.head))
    wanted = wishes(context, request.refs, tags=request.tags, delete=request.delete)
    remote = context.remotes.open(name)
    settled = settle_blocking(context, remote, [wish.ref for wish in wanted])
    done = _pushed(context, name, remote, wanted, lease=request.force_with_lease)
    remember(context, name, remote, [*(one.ref for one in done.plan.refs), NOTES])
    upstream = _set_upstream(context, name, wanted)
    return PushReport(
        remote=name,
        location=remote.location,
        refs=done.plan.refs,
        notes_left=done.plan.notes_left,
        upstream=upstream,
        objects=done.objects,
        bytes=done.bytes,
        seconds=(now() - began) / 1e6,
        settled=settled,
    )


def remember(context: Context, name: str, remote: "Remote", refs: Sequence[str]) -> None:
    """Move what is remembered of a remote to where these refs are now; so far it was seen.

    What is not stored here cannot be remembered before it is fetched.
    """
    for attempt in range(_ATTEMPTS):
        moves = tuple(_moves(context, name, remote.view, refs))
        if not moves:
            break
        try:
            context.repository.append(replace(context.draft(PUSH), refs=moves))
        except Conflict as error:
            if error.code != "ref-moved" or attempt == _ATTEMPTS - 1:
                raise
            context.repository.refresh()
            remote.refresh()
        else:
            break
    remote.see()


def _moves(context: Context, name: str, view: View, refs: Sequence[str]) -> list[RefMove]:
    known = context.repository.view.refs
    moves = []
    for ref in dict.fromkeys(refs):
        if ref.startswith(TAG):
            continue
        here = tracking_ref(name, ref)
        old, new = known.get(here), view.refs.get(ref)
        before, after = old.id if old else None, new.id if new else None
        if before != after and (after is None or context.repository.objects.has(after)):
            moves.append(RefMove(here, before, after))
    return moves


def _pushed(
    context: Context, name: str, remote: "Remote", wanted: Sequence[Wish], *, lease: bool
) -> _Done:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(context, name, remote, wanted, lease=lease)
        except (Conflict, Busy) as error:
            if error.code == "reserved":
                remote.refresh()
                settle_blocking(context, remote, [wish.ref for wish in wanted])
                continue
            if error.code not in ("ref-moved", "start-over"):
                raise
            before = remote.view.sequence
            if remote.refresh().sequence == before:
                raise  # nobody was quicker: looking again would find the same
    return _attempt(context, name, remote, wanted, lease=lease)


def _attempt(
    context: Context, name: str, remote: "Remote", wanted: Sequence[Wish], *, lease: bool
) -> _Done:
    found = plan(context, name, remote.view, wanted, lease=lease)
    moves = [
        RefMove(one.ref, one.old, one.new)
        for one in found.refs
        if one.step is not PushStep.UP_TO_DATE
    ]
    if not moves:
        return _Done(found, remote.view)
    from contentvc.remotes.sending import send  # noqa: PLC0415 - often there is nothing to send

    commits = dict.fromkeys(move.new for move in moves if move.new is not None)
    sent = send(context.repository, remote, tuple(commits), context.progress)
    written_at = told_there(context, remote, sent)
    draft = Draft(PUSH, context.actor, refs=tuple(moves), added=sent.packs, written_at=written_at)
    return _Done(found, remote.append(draft), sent.objects, sent.bytes)


def _set_upstream(context: Context, name: str, wanted: Sequence[Wish]) -> Upstream | None:
    """Branches that were pushed belong to this remote, unless they belong to one; the current's."""
    told = None
    current = branch_of(context.head)
    for wish in wanted:
        if not wish.ref.startswith(BRANCH) or wish.commit is None:
            continue
        branch = wish.ref.removeprefix(BRANCH)
        if set_first_upstream(context, branch, name) and branch == current:
            told = upstream_of(context, branch)
    return told
