"""Settling: a push to several remotes that was left half-way is ended by whoever it blocks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contentvc import limits
from contentvc.errors import Conflict, Unreachable
from contentvc.history.draft import Draft
from contentvc.history.log import Clockwork
from contentvc.ids import RepositoryId, short
from contentvc.remotes.contract import Remote
from contentvc.remotes.reservation import Prepared, decision, prepared
from contentvc.remotes.together import end

__all__ = ["Settled", "Settler"]

_SECOND: Final = 1_000_000
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 2.0
"""Seconds between two looks at a push that is under way; each look is a request."""
_PATIENCE: Final = limits.SETTLE_AFTER * _SECOND
_HINT: Final = (
    "add that remote, or try again when it answers; as a last resort: "
    "contentvc push REMOTE --break PUSH"
)


@dataclass(frozen=True, slots=True)
class Settled:
    """A transaction that is ended on a remote."""

    prepared: Prepared
    phase: str
    """``commit``, ``abort`` or ``break``."""


@dataclass(frozen=True, slots=True)
class Settler:
    """Ends transactions by what their primary decided, or decides there that they are aborted.

    Args:
        reach: opens the remote of a replica id, from what this clone was told of remotes by its
            own people; None for one that it does not know. May raise `Unreachable`.
        draft: who settles, by which command.
        on_wait: called once before waiting for a push that may still be under way.
    """

    reach: Callable[[RepositoryId], Remote | None]
    draft: Draft
    clockwork: Clockwork
    on_wait: Callable[[Prepared], None] = field(default=lambda _: None)

    def settle(self, remote: Remote, transaction: bytes) -> Settled | None:
        """End a transaction that is in the way there, once its primary has decided.

        A push that is not decided after `limits.SETTLE_AFTER` is aborted. None where somebody else
        was quicker, so that it is in nobody's way any more.

        Raises:
            Unreachable: the primary gives no answer, so what it decided is not known.
            Conflict: the primary is no remote of this clone, or does not know the transaction
                (``reserved``).
        """
        found = _reserving(remote, transaction)
        if found is None:
            return None
        primary = self._primary(remote, found)
        phase = self._wait(primary, found) or self._ended(primary, found, "abort")
        return self._told(remote, primary, found, phase)

    def settle_if_over(self, remote: Remote, transaction: bytes) -> Settled | None:
        """As `settle` for one that is in nobody's way: None also if it may still be under way.

        Raises:
            Unreachable, Conflict: as `settle`.
        """
        found = _reserving(remote, transaction)
        if found is None:
            return None
        primary = self._primary(remote, found)
        phase = _decided(primary, found)
        if phase is None:
            if self.clockwork.now() < _there(primary, found).time + _PATIENCE:
                return None
            phase = self._ended(primary, found, "abort")
        return self._told(remote, primary, found, phase)

    def break_off(self, remote: Remote, transaction: bytes) -> Settled | None:
        """The last resort: let go of what a transaction reserved, as its primary is out of reach.

        If the primary can be reached after all, this settles as `settle` does. Otherwise the
        remotes may differ afterwards; the operation that breaks tells so in the log.
        """
        try:
            return self.settle(remote, transaction)
        except (Unreachable, Conflict):
            found = _reserving(remote, transaction)
            return None if found is None else Settled(found, self._ended(remote, found, "break"))

    def _primary(self, remote: Remote, found: Prepared) -> Remote:
        """The remote whose log decides, looked at anew."""
        if found.primary == remote.replica:
            return remote
        primary = None
        if found.primary is not None and found.primary == min(found.participants, default=None):
            primary = self._reached(found, found.primary)
        if primary is None:
            raise _undecided(found, "is no remote of this repository")
        return primary

    def _reached(self, found: Prepared, replica: RepositoryId) -> Remote | None:
        try:
            primary = self.reach(replica)
            if primary is not None:
                primary.refresh()
        except Unreachable as error:
            raise _out_of_reach(found, error) from error
        return primary

    def _wait(self, primary: Remote, found: Prepared) -> str | None:
        """What the primary decided; None if it has not when the time is up."""
        phase = _decided(primary, found)
        if phase is not None:
            return phase
        now, pause = self.clockwork.now(), _FIRST_PAUSE
        # By both clocks, as that of whoever prepared it may be years ahead.
        last = min(now, _there(primary, found).time) + _PATIENCE
        if now < last:
            self.on_wait(found)
        waited = 0.0  # counted too: a clock may be put back meanwhile
        while phase is None and self.clockwork.now() < last and waited < limits.SETTLE_AFTER:
            self.clockwork.pause(pause)
            waited += pause
            pause = min(2 * pause, _LONGEST_PAUSE)
            primary.refresh()
            phase = _decided(primary, found)
        return phase

    def _ended(self, remote: Remote, found: Prepared, phase: str) -> str:
        return end(remote, found.id, phase, self.draft) or phase

    def _told(self, remote: Remote, primary: Remote, found: Prepared, phase: str) -> Settled:
        if remote is not primary:
            phase = self._ended(remote, found, phase)
        return Settled(found, phase)


def _reserving(remote: Remote, transaction: bytes) -> Prepared | None:
    """How it was prepared there, if it still holds refs there."""
    if transaction not in remote.refresh().reservations:
        return None
    return prepared(remote, transaction)


def _there(primary: Remote, found: Prepared) -> Prepared:
    """How it was prepared on the primary."""
    there = prepared(primary, found.id)
    if there is None or there.participants != found.participants:
        raise _undecided(found, "does not know of it")
    return there


def _decided(primary: Remote, found: Prepared) -> str | None:
    """What the primary decided; None if it has not."""
    if found.id in primary.view.reservations:
        return None
    phase = decision(primary, found.id)
    if phase is None:
        raise _undecided(found, "does not know of it")
    return "abort" if phase == "break" else phase


def _undecided(found: Prepared, why: str) -> Conflict:
    message = f"{_told_of(found)}; the remote that decides{_where(found)} {why}"
    return Conflict("reserved", message, _HINT, **_details(found))


def _out_of_reach(found: Prepared, error: Unreachable) -> Unreachable:
    message = f"{_told_of(found)}; the remote that decides cannot be reached: {error.message}"
    return Unreachable("unreachable", message, _HINT, **_details(found))


def _told_of(found: Prepared) -> str:
    names = ", ".join(change.name.split("/", 1)[-1] for change in found.refs[:3])
    return f"{names} is reserved by push {short(found.id)} of {found.actor} to several remotes"


def _where(found: Prepared) -> str:
    said = found.location(found.primary) if found.primary is not None else ""
    return f", said to be at {said}," if said else ""


def _details(found: Prepared) -> dict[str, str]:
    primary = found.primary.hex() if found.primary is not None else ""
    return {"transaction": found.id.hex(), "primary": primary}
