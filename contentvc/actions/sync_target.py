"""Sync target: one of the remotes that a sync moves, and what it did with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from contentvc.actions.context import Context
from contentvc.actions.fetch import FetchReport, Step, fetch_from
from contentvc.actions.halfway import settle_blocking
from contentvc.actions.integrate import Integrated, IntegrateRequest, integrate
from contentvc.actions.merge import Outcome
from contentvc.actions.push_plan import Plan, Pushed, PushStep, Wish, plan
from contentvc.history.draft import RefMove
from contentvc.history.graph import divergence
from contentvc.history.names import TAG
from contentvc.ids import ObjectId, RepositoryId
from contentvc.remotes.settling import Settled

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["Kept", "Left", "Target", "gathered", "planned"]

_PURGED_SHOWN: Final = 100


class Left(StrEnum):
    """Why a ref is left as it is, here and there. The words are those of ``--json``."""

    TAG_DIFFERS = "tag-differs"
    BEHIND = "behind"
    """The branch has nothing of its own, and is not the current one."""
    DIVERGED = "diverged"
    """Both have something of their own, and it is not the current branch."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A ref that a sync leaves alone, with the reason."""

    ref: str
    here: ObjectId
    there: ObjectId
    reason: Left


@dataclass(slots=True)
class Target:
    """A remote that is open, and what happened so far."""

    name: str
    remote: "Remote"
    fetched: list[FetchReport] = field(default_factory=list)
    """Each that brought something."""
    integrated: list[Integrated] = field(default_factory=list)
    """Likewise."""
    settled: list[Settled] = field(default_factory=list)
    pushed: tuple[Pushed, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes_left: bool = False
    objects: int = 0
    bytes: int = 0
    untold: str = ""
    """Why it could not be told yet that the push is decided; empty where it knows."""
    plan: Plan | None = None

    @property
    def moves(self) -> tuple[RefMove, ...]:
        """What is to change there."""
        refs = self.plan.refs if self.plan else ()
        return tuple(
            RefMove(one.ref, one.old, one.new)
            for one in refs
            if one.step is not PushStep.UP_TO_DATE
        )

    def purged_there(self, context: Context) -> tuple[ObjectId, ...]:
        """Content that was purged there, and is stored here still."""
        here = context.repository
        ids = sorted(self.remote.view.purged - here.view.purged)
        return tuple(one for one in ids if here.objects.has(one))[:_PURGED_SHOWN]

    def purged_here(self, context: Context) -> tuple[ObjectId, ...]:
        """Content that was purged here, and is stored there still."""
        ids = sorted(context.repository.view.purged - self.remote.view.purged)
        return tuple(one for one in ids[:_PURGED_SHOWN] if self.remote.objects.has(one))


def gathered(
    context: Context,
    target: Target,
    wanted: IntegrateRequest,
    refs: Collection[str],
    opened: Mapping[RepositoryId, "Remote"],
) -> bool:
    """Bring what the remote has into this branch; whether that stopped at conflicts.

    What others left half-way there on these refs is ended first.
    """
    target.settled += settle_blocking(context, target.remote, refs, opened)
    fetched = fetch_from(context, target.name, target.remote, prune=False)
    if any(one.step is not Step.KEPT for one in fetched.refs):
        target.fetched.append(fetched)
    came = integrate(context, wanted)
    if came.notes is not None or (came.merge and came.merge.outcome is not Outcome.UP_TO_DATE):
        target.integrated.append(came)
    return came.merge is not None and bool(came.merge.conflicts)


def planned(context: Context, target: Target, refs: Sequence[str], current: str) -> None:
    """Work out what is to move there, and what is left alone."""
    wishes, kept = [], []
    for ref in refs:
        here, there = context.repository.view.refs[ref].id, target.remote.view.refs.get(ref)
        reason = None
        if there is not None and there.id != here and ref != current:
            reason = _reason(context, ref, here, there.id)
        if there is None or reason is None:
            wishes.append(Wish(ref, here))
        else:
            kept.append(Kept(ref, here, there.id, reason))
    target.kept = tuple(kept)
    target.plan = plan(context, target.name, target.remote.view, wishes, lease=False)
    target.notes_left = target.plan.notes_left


def _reason(context: Context, ref: str, here: ObjectId, there: ObjectId) -> Left | None:
    if ref.startswith(TAG):
        return Left.TAG_DIFFERS
    apart = divergence(here, there, context.repository.commit)
    if not apart.behind:
        return None
    return Left.DIVERGED if apart.ahead else Left.BEHIND
