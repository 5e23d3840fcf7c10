"""FollowedLog: the log of a replica that others append to, followed with few requests.

One listing tells everything: that the last operation seen is still the same, by its stamp, and
which ones follow it. Where the stamp is another one the operation itself is asked: a folder that
was copied, or an operation that went into a bundle, has another stamp and the same id.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.bundle import bundle_of
from contentvc.history.log import Clockwork, Log, operation_path
from contentvc.history.replay import Replay
from contentvc.history.view import EMPTY_VIEW, View
from contentvc.ids import ID_BYTES, OperationId, RepositoryId
from contentvc.storage.at_once import at_once
from contentvc.storage.contract import NotFound, Storage

__all__ = ["FollowedLog"]

Result = TypeVar("Result")

_PREFIX: Final = "operations/"
_MANY: Final = 32
"""With more new operations than that, the view that is cached there is asked for first."""
_BATCH: Final = 256
"""Operations that are read before the first of them is replayed."""


class _Listed(NamedTuple):
    """The last operation of a listing."""

    sequence: int
    stamp: str


class FollowedLog(Log):
    """As `Log`, on a storage where each request is a round trip.

    Args:
        storage: of the replica.
        repository: the repository's id.
        replica: the replica's id.
        clockwork: for appending.
        threads: operations that are read at once.
        trusting: whether views that are cached there are believed. They spare reading the log,
            and nothing proves them, so this is for whoever only reads: an operation that follows
            a view which lies is void for everybody else.
        disagrees: the error for a log that is not the one it was; given what shows it.
    """

    def __init__(
        self,
        storage: Storage,
        repository: RepositoryId,
        replica: RepositoryId,
        clockwork: Clockwork,
        *,
        threads: int,
        trusting: bool,
        disagrees: Callable[[str], Exception],
    ) -> None:
        super().__init__(storage, repository, replica, clockwork)
        self._threads = threads
        self._trusting = trusting
        self._disagrees = disagrees
        self.stamp: tuple[OperationId, str] | None = None
        """The last operation that was seen, and its stamp then."""

    def latest(self, known: View | None = None) -> View:
        """The view after the last operation.

        Raises:
            Damaged: the last operation of `known` is gone, or another one stands in its place.
        """
        view = self._begin() if known is None else known
        last = self._listed(view, is_proved=known is None)
        if self._trusting and last.sequence - view.sequence > _MANY:
            view = self._nearer(view, last.sequence)
        replay = Replay(view)
        for number, stored in self._stored_between(view.sequence + 1, last.sequence):
            replay.apply(*self._decoded(number, stored))
        latest = replay.view() if replay.sequence > view.sequence else view
        self._note(latest, last.stamp)
        return latest

    def note_last(self, view: View) -> None:
        """Remember the stamp of the operation of a view that was just appended."""
        for name, stamp in self._storage.stamps(_PREFIX, operation_path(view.sequence - 1)):
            if name == operation_path(view.sequence):
                self._note(view, stamp)
            return

    def has(self, sequence: int, operation: OperationId) -> bool:
        """Whether this operation stands in the log under this number; one request."""
        try:
            return self._head(sequence) == operation
        except (NotFound, Damaged):
            return False

    def _begin(self) -> View:
        return self._start() if self._trusting else EMPTY_VIEW

    def _note(self, view: View, stamp: str) -> None:
        self.stamp = None if view.operation is None else (view.operation, stamp)

    def _listed(self, view: View, *, is_proved: bool) -> _Listed:
        """The last operation there is, once it is sure that the view's is still the same."""
        first = max(view.sequence, 1)
        listed = _Listed(first - 1, "")
        for name, stamp in self._storage.stamps(_PREFIX, operation_path(first - 1)):
            number = listed.sequence + 1
            if name != operation_path(number):
                self._check_gap(number, name)
                break
            if number == view.sequence and not is_proved:
                self._check_same(view, stamp)
            listed = _Listed(number, stamp)
        if listed.sequence < view.sequence:
            raise self._disagrees(f"operation {view.sequence} is gone")
        return listed

    def _check_gap(self, number: int, name: str) -> None:
        """A listing that is made while others append may lack one; a hostile one does, too."""
        try:
            self._storage.read(operation_path(number), (0, ID_BYTES))
        except NotFound as error:
            raise Damaged(
                "damaged", f"the log has {name[:80]!r} where operation {number} belongs"
            ) from error

    def _check_same(self, view: View, stamp: str) -> None:
        if self.stamp == (view.operation, stamp):
            return
        if view.operation is None or not self.has(view.sequence, view.operation):
            raise self._disagrees(f"operation {view.sequence} is another one than it was")

    def _nearer(self, view: View, last: int) -> View:
        """A view that is cached there and fits the log, if it spares most of the reading."""
        start = self._start()
        return start if view.sequence < start.sequence <= last else view

    def _stored_between(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Operations as they are stored: of a whole bundle's, the bundle is read instead."""
        number = first
        while number <= last:
            bundled = bundle_of(number) + limits.BUNDLE_OPERATIONS - 1
            if bundled <= last and self._has_bundle(number):
                numbers = range(number, bundled + 1)
                yield from zip(numbers, map(self._bundled, numbers), strict=True)
            else:
                numbers = range(number, min(bundled, last, number + _BATCH - 1) + 1)
                yield from zip(numbers, self._each(numbers), strict=True)
            number = numbers[-1] + 1

    def _has_bundle(self, number: int) -> bool:
        try:
            self._bundled(number)
        except Damaged:
            return False  # or it was cut short: the single operations are still there then
        return True

    def _each(self, numbers: Sequence[int]) -> Iterator[bytes]:
        for number, stored in zip(numbers, self._each_of(self.stored, numbers), strict=True):
            if stored is None:
                raise Damaged("damaged", f"operation {number} was listed and is not there")
            yield stored

    def _each_of(self, call: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[Result]:
        return at_once(call, numbers, self._threads)
