"""Sync: what others did comes here, and what was done here goes to the remotes.

Several remotes move together or not at all. Where others were quicker, all of it is tried again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from contentvc.actions.carrying import REFUSE, Overwrite
from contentvc.actions.context import Context
from contentvc.actions.fetch import FetchReport
from contentvc.actions.halfway import settle_here
from contentvc.actions.heads import branch_of, check_not_merging
from contentvc.actions.integrate import Integrated, IntegrateRequest
from contentvc.actions.notes import NOTES
from contentvc.actions.purged_elsewhere import told_there
from contentvc.actions.push import remember
from contentvc.actions.push_plan import Pushed, PushStep
from contentvc.actions.sync_target import Kept, Target, gathered, planned
from contentvc.actions.upstreams import ORIGIN, remote_for, set_first_upstream
from contentvc.errors import Busy, Conflict, Unreachable, Usage
from contentvc.history.draft import Draft
from contentvc.history.names import BRANCH, TAG
from contentvc.ids import NAME_BYTES, ObjectId, RepositoryId
from contentvc.remotes.settling import Settled
from contentvc.remotes.together import Part, push_together
from contentvc.surroundings.settings import OnConflict

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["SYNC", "SyncReport", "SyncRequest", "SyncedRemote", "sync"]

SYNC: Final = "sync"
"""The kind of its operations on remotes."""
_ATTEMPTS: Final = 100
"""How often it tries again: of twenty that sync one branch at once, each is overtaken by all."""
_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 1.0
"""Seconds it waits at most before it tries again, the first time and later."""
_LOST: Final = frozenset({"ref-moved", "start-over", "reserved"})


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What to sync, with which remotes."""

    remotes: tuple[str, ...] = ()
    """They move together or not at all. None: that of the current branch, or the usual one."""
    everything: bool = False
    """All remotes there are, but for independent ones."""
    independent: tuple[str, ...] = ()
    """Remotes that are moved each by itself, and may be away."""
    branches: bool = False
    """All branches, not only the current one."""
    on_conflict: OnConflict = OnConflict.FAIL
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class SyncedRemote:
    """What was done with one remote."""

    name: str
    location: str
    is_independent: bool
    fetched: tuple[FetchReport, ...]
    """Each that brought something; more than one where it was tried again."""
    integrated: tuple[Integrated, ...]
    """Each that changed something here."""
    pushed: tuple[Pushed, ...]
    kept: tuple[Kept, ...]
    notes_left: bool
    objects: int
    """Objects that were sent."""
    bytes: int
    settled: tuple[Settled, ...]
    """Pushes of others to several remotes that were left half-way, and are ended now."""
    purged_there: tuple[ObjectId, ...]
    """Content that was purged there, and is stored here still."""
    purged_here: tuple[ObjectId, ...]
    """Content that was purged here, and is stored there still."""
    away: str
    """Why it could not be reached; only of an independent one."""
    untold: str
    """Why it does not know yet that the push is decided; the next sync tells it."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did."""

    branch: str
    commit: ObjectId | None
    """Where the branch is now, here and in the remotes."""
    remotes: tuple[SyncedRemote, ...]
    transaction: bytes | None
    """Of the push to several remotes; None where it was one, or none."""
    is_stopped: bool
    """At conflicts of a merge, which people decide; then nothing was pushed."""
    tries: int
    seconds: float


@dataclass(slots=True)
class _Run:
    """A sync under way."""

    context: Context
    request: SyncRequest
    branch: str
    targets: list[Target]
    """Those that move together."""
    alone: list[Target]
    away: dict[str, str]
    transaction: bytes | None = None
    tries: int = 0

    @property
    def current(self) -> str:
        return BRANCH + self.branch

    @property
    def opened(self) -> dict[RepositoryId, "Remote"]:
        return {one.remote.replica: one.remote for one in (*self.targets, *self.alone)}


def sync(context: Context, request: SyncRequest) -> SyncReport:
    """Fetch, merge what came into this branch, and push it, with tags and notes.

    Uncommitted changes are never recorded; those that are not in the way come along.

    Raises:
        Missing, Usage: there is no such remote, or none is meant; HEAD is on no branch.
        Conflict: as `merge`; a branch is ``checked-out`` in a remote; or ``reserved`` by a push
            whose outcome cannot be known. Nothing was pushed.
        Unreachable, NotAllowed, Damaged: a remote that is not independent cannot be used. Nothing
            was pushed, unless the error says that this is not known: syncing again settles it.
        Busy: others were quicker each time.
    """
    now = context.repository.clockwork.now
    began = now()
    check_not_merging(context, "syncing")
    run = _begun(context, request)
    settle_here(context, [run.current])
    stopped = _each_alone(run, _gather) or _moved(run, run.targets) or _each_alone(run, _moved)
    commit = context.repository.view.refs.get(run.current)
    return SyncReport(
        branch=run.branch,
        commit=commit.id if commit else None,
        remotes=tuple(_synced(run)),
        transaction=run.transaction,
        is_stopped=stopped,
        tries=run.tries,
        seconds=(now() - began) / 1e6,
    )


def _begun(context: Context, request: SyncRequest) -> _Run:
    """Every remote that is meant, open."""
    branch = branch_of(context.head)
    if branch is None:
        raise Usage("usage", "HEAD is on no branch", "go to one: contentvc switch NAME")
    alone = tuple(dict.fromkeys(request.independent))
    names = context.remotes.names() if request.everything else request.remotes
    if not names and not (alone and request.everything):
        names = (remote_for(context, None, branch),)
    run = _Run(context, request, branch, [], [], {})
    for name in dict.fromkeys(names):
        if name not in alone:
            run.targets.append(Target(name, context.remotes.open(name)))
    for name in alone:
        context.remotes.known(name)
        try:
            run.alone.append(Target(name, context.remotes.open(name)))
        except Unreachable as error:
            run.away[name] = error.message
    return run


def _each_alone(run: _Run, act: Callable[[_Run, Sequence[Target]], bool]) -> bool:
    """Do so with each independent remote that answers; whether a merge stopped at conflicts."""
    for target in run.alone:
        if target.name in run.away:
            continue
        try:
            if act(run, [target]):
                return True
        except Unreachable as error:
            run.away[target.name] = error.message
    return False


def _moved(run: _Run, targets: Sequence[Target]) -> bool:
    """Gather from these remotes and give to them until nobody is quicker."""
    for tries in count(1):
        run.tries = max(run.tries, tries)
        if _gather(run, targets):
            return True
        before = _sequences(run, targets)
        try:
            _give(run, targets)
        except (Conflict, Busy) as error:
            if error.code not in _LOST or tries == _ATTEMPTS:
                raise
            _look_again(run, targets, tries)
            if error.code == "ref-moved" and _sequences(run, targets) == before:
                raise  # nobody was quicker: looking again would find the same
        else:
            return False
    raise AssertionError("unreachable")


def _sequences(run: _Run, targets: Sequence[Target]) -> list[int]:
    views = [run.context.repository.view, *(one.remote.view for one in targets)]
    return [view.sequence for view in views]


def _look_again(run: _Run, targets: Sequence[Target], tries: int) -> None:
    """Wait a little, each for a time of its own, so that many do not meet again."""
    clockwork = run.context.repository.clockwork
    longest = min(_PAUSE * 2 ** min(tries, 10), _LONGEST_PAUSE)
    clockwork.pause(longest * clockwork.random(1)[0] / 256)
    run.context.repository.refresh()
    for target in targets:
        target.remote.refresh()


def _gather(run: _Run, targets: Sequence[Target]) -> bool:
    refs = {*_refs(run), run.current, NOTES}
    for target in targets:
        wanted = IntegrateRequest(
            remote=target.name,
            branch=run.branch,
            on_conflict=run.request.on_conflict,
            overwrite=run.request.overwrite,
        )
        if gathered(run.context, target, wanted, refs, run.opened):
            return True
    return False


def _refs(run: _Run) -> list[str]:
    """The branches and tags that go to the remotes."""
    refs = run.context.repository.view.refs
    kinds = (BRANCH, TAG) if run.request.branches else (TAG,)
    return [ref for ref in refs if ref == run.current or ref.startswith(kinds)]


def _give(run: _Run, targets: Sequence[Target]) -> None:
    """Move the refs of these remotes, of several of them together."""
    context = run.context
    for target in targets:
        planned(context, target, _refs(run), run.current)
    moving = [target for target in targets if target.moves]
    if moving:
        _push(run, moving)
    for target in targets:
        refs = target.plan.refs if target.plan else ()
        remember(context, target.name, target.remote, [one.ref for one in refs])
    if targets and run.current in context.repository.view.refs:
        names = [target.name for target in targets]
        set_first_upstream(context, run.branch, ORIGIN if ORIGIN in names else names[0])


def _push(run: _Run, moving: Sequence[Target]) -> None:
    parts = [_sent(run.context, target) for target in moving]
    draft = Draft(SYNC, run.context.actor)
    if len(parts) == 1:
        (part,) = parts
        changes = Draft(
            SYNC,
            draft.actor,
            refs=part.moves,
            added=part.added,
            written_at=part.written_at,
        )
        part.remote.append(changes)
    else:
        transaction = run.context.repository.clockwork.random(NAME_BYTES)
        untold = push_together(parts, draft, transaction)
        run.transaction = transaction
        for left in untold:
            next(one for one in moving if one.remote is left.remote).untold = left.reason
    for target in moving:
        refs = target.plan.refs if target.plan else ()
        target.pushed += tuple(one for one in refs if one.step is not PushStep.UP_TO_DATE)


def _sent(context: Context, target: Target) -> Part:
    """Everything that the moves of a remote need, stored there and invisible yet."""
    from contentvc.remotes.sending import send  # noqa: PLC0415 - often there is nothing to send

    commits = dict.fromkeys(move.new for move in target.moves if move.new is not None)
    sent = send(context.repository, target.remote, tuple(commits), context.progress)
    target.objects += sent.objects
    target.bytes += sent.bytes
    written_at = told_there(context, target.remote, sent)
    return Part(target.remote, target.moves, sent.packs, written_at)


def _synced(run: _Run) -> Iterator[SyncedRemote]:
    for target in (*run.targets, *run.alone):
        is_away = target.name in run.away
        yield SyncedRemote(
            name=target.name,
            location=target.remote.location,
            is_independent=target in run.alone,
            fetched=tuple(target.fetched),
            integrated=tuple(target.integrated),
            pushed=target.pushed,
            kept=target.kept,
            notes_left=target.notes_left,
            objects=target.objects,
            bytes=target.bytes,
            settled=tuple(target.settled),
            purged_there=target.purged_there(run.context),
            purged_here=() if is_away else target.purged_here(run.context),
            away=run.away.get(target.name, ""),
            untold=target.untold,
        )
    opened = {target.name for target in run.alone}
    for name, why in run.away.items():
        if name not in opened:
            yield _never_reached(run.context, name, why)


def _never_reached(context: Context, name: str, why: str) -> SyncedRemote:
    return SyncedRemote(
        name,
        context.remotes.known(name).url,
        True,
        (),
        (),
        (),
        (),
        False,
        0,
        0,
        (),
        (),
        (),
        why,
        "",
    )
