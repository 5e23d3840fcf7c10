"""Reservation: what the log of a remote says of a push to several remotes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.ids import RepositoryId
from contentvc.remotes.contract import Remote
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.operation import Operation, RefChange, Transaction

__all__ = ["Prepared", "decision", "locations", "prepared"]

_LOCATION: Final = "location-"
"""Begins the key of an attribute that tells where a participant is."""


class _Step(NamedTuple):
    operation: Operation
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Prepared:
    """A push to several remotes, as the operation tells that reserved the refs on one of them.

    What a remote tells is hostile: nothing here is believed for more than what blocks that remote.
    """

    id: bytes
    sequence: int
    time: int
    """Microseconds since 1970 UTC, by the clock of whoever prepared it."""
    actor: str
    participants: tuple[RepositoryId, ...]
    primary: RepositoryId | None
    refs: tuple[RefChange, ...]
    attributes: Attributes

    def location(self, replica: RepositoryId) -> str:
        """Where that participant was said to be: for people to read, never to be opened."""
        return dict(self.attributes).get(_LOCATION + replica.hex(), "")


def locations(remotes: Iterable[Remote]) -> Attributes:
    """The attributes that tell people where the participants are."""
    return tuple((_LOCATION + one.replica.hex(), _text(one.location)) for one in remotes)


def prepared(remote: Remote, transaction: bytes) -> Prepared | None:
    """How a transaction was prepared there; None if the log that was looked at does not say."""
    for operation, step in _steps_back(remote, transaction):
        if step.phase == "prepare":
            return Prepared(
                id=transaction,
                sequence=operation.sequence,
                time=operation.time,
                actor=operation.actor,
                participants=step.participants,
                primary=step.primary,
                refs=step.refs,
                attributes=operation.attributes,
            )
    return None


def decision(remote: Remote, transaction: bytes) -> str | None:
    """How a transaction ended there: ``commit``, ``abort``, ``break``; None if it did not.

    It is the first such step after the one that prepared it; later ones are void.
    """
    if transaction in remote.view.reservations:
        return None
    phase = None
    for _, step in _steps_back(remote, transaction):
        if step.phase != "prepare":
            phase = step.phase
        elif phase is not None:
            return phase
    return None


def _steps_back(remote: Remote, transaction: bytes) -> Iterator[_Step]:
    """The steps of a transaction in the log of a remote, the last first."""
    for sequence in range(remote.view.sequence, 0, -1):
        found = remote.operation(sequence)
        step = found[0].transaction if found is not None else None
        if found is not None and step is not None and step.id == transaction:
            yield _Step(found[0], step)


def _text(location: str) -> str:
    """As much of it as an attribute holds; a path that is not UTF-8 with replacements."""
    return location.encode("utf-8", "replace").decode()[: limits.PATH_LENGTH]
