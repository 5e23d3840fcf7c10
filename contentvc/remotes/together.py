"""Together: refs of several remotes that move all, or none of them.

A transaction is decided by the first commit or abort of it in the log of its *primary*, the
participant with the smallest replica id. Each participant first *prepares*: its packs are added,
and the refs are reserved there, so that nobody else can move them. Then the decision is written to
the primary, and told to the rest. Reservations do not expire: whoever meets one settles it, as
`contentvc.remotes.settling` does. Every order of the steps of a push, of an outsider and of
somebody who settles, each of them cut short anywhere, is searched by `tests/models`.
"""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from contentvc import limits
from contentvc.errors import Busy, ContentvcError, Usage
from contentvc.history.draft import Draft, RefMove
from contentvc.ids import short
from contentvc.remotes.contract import Remote
from contentvc.remotes.reservation import decision, locations
from contentvc.snapshots.operation import PackRecord, RefChange, Transaction

__all__ = ["Left", "Part", "end", "push_together"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one of the remotes is to do. Everything that its refs need is stored there already."""

    remote: Remote
    moves: tuple[RefMove, ...]
    added: tuple[PackRecord, ...] = ()
    written_at: int | None = None
    """Sequence of its view against which objects were found stored already."""


@dataclass(frozen=True, slots=True)
class Left:
    """A participant that does not know of the commit yet, or went its own way."""

    remote: Remote
    reason: str


def push_together(parts: Sequence[Part], draft: Draft, transaction: bytes) -> tuple[Left, ...]:
    """Move the refs of all parts, or of none; where the commit could not be told.

    When this returns, the decision is to commit, and it is durable. `draft` says who does what by
    which command; `transaction` is 16 random bytes that were never used before.

    Raises:
        Conflict: a ref is not where it is expected (``ref-moved``), or reserved (``reserved``).
        Busy: somebody else ended it, or packs it builds on are gone (``start-over``).
        Unreachable, NotAllowed, Damaged: of a participant. Unless it was the decision itself that
            had no answer, nothing moves.
    """
    ordered = sorted(parts, key=lambda part: part.remote.replica)
    remotes = [part.remote for part in ordered]
    if len({remote.replica for remote in remotes}) < len(remotes):
        raise Usage("usage", "the same remote is named twice", "name each of them once")
    if len(remotes) > limits.PARTICIPANTS:
        raise Usage("usage", f"more than {limits.PARTICIPANTS} remotes cannot move together")
    with ExitStack() as otherwise:
        otherwise.callback(_give_up, remotes, draft, transaction)
        _prepare(ordered, draft, transaction)
        otherwise.pop_all()
    return _decide(remotes, draft, transaction)


def end(remote: Remote, transaction: bytes, phase: str, draft: Draft) -> str | None:
    """Commit, abort or break a transaction there; how it ended there, if somebody was quicker.

    None where the log says nothing of it.

    Raises:
        Unreachable, NotAllowed, Damaged, Busy: as of any operation.
    """
    try:
        remote.append(replace(draft, transaction=Transaction(phase, transaction)))
    except Busy:
        if transaction in remote.refresh().reservations:
            raise
        return decision(remote, transaction)
    return phase


def _prepare(parts: Sequence[Part], draft: Draft, transaction: bytes) -> None:
    """Reserve the refs of each part, on the primary first: whoever is blocked asks there."""
    participants = tuple(part.remote.replica for part in parts)
    attributes = (*draft.attributes, *locations(part.remote for part in parts))
    for part in parts:
        refs = tuple(RefChange(move.name, move.old, move.new, 0) for move in part.moves)
        step = Transaction("prepare", transaction, participants, min(participants), refs)
        part.remote.append(
            replace(
                draft,
                added=part.added,
                written_at=part.written_at,
                transaction=step,
                attributes=attributes,
            )
        )


def _decide(remotes: Sequence[Remote], draft: Draft, transaction: bytes) -> tuple[Left, ...]:
    """Commit on the primary, and tell the rest."""
    primary, *rest = remotes
    if end(primary, transaction, "commit", draft) != "commit":
        _give_up(remotes, draft, transaction)
        raise Busy(
            "start-over",
            f"push {short(transaction)} took so long that somebody else ended it",
            "try again",
        )
    return tuple(left for remote in rest if (left := _commit(remote, draft, transaction)))


def _give_up(remotes: Sequence[Remote], draft: Draft, transaction: bytes) -> None:
    """Let go of what is reserved, as far as can be: whoever meets the rest settles it.

    The primary first: what it says is what counts, if somebody was quicker.
    """
    primary, *rest = remotes
    with suppress(ContentvcError):
        if _let_go(primary, draft, transaction) != "commit":
            for remote in rest:
                with suppress(ContentvcError):
                    _let_go(remote, draft, transaction)


def _let_go(remote: Remote, draft: Draft, transaction: bytes) -> str | None:
    if transaction in remote.refresh().reservations:
        return end(remote, transaction, "abort", draft)
    return decision(remote, transaction)


def _commit(remote: Remote, draft: Draft, transaction: bytes) -> Left | None:
    try:
        ended = end(remote, transaction, "commit", draft)
    except ContentvcError as error:
        return Left(remote, error.message)
    if ended == "commit":
        return None
    return Left(remote, f"push {short(transaction)} was broken there before it could be told")
