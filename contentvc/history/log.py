"""Log: reading the numbered operations, and appending the next one.

Appending is "create operation number N+1 if it does not exist yet". One writer wins; the others
read what won, check that their operation still fits, and try the next number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from contentvc import limits
from contentvc.errors import Busy, Damaged, Missing, NotAllowed
from contentvc.history.bundle import (
    Bundle,
    bundle_of,
    bundle_path,
    decode_bundle,
    encode_bundle,
)
from contentvc.history.draft import Draft
from contentvc.history.replay import Replay
from contentvc.history.view import EMPTY_VIEW, View, decode_view, encode_view
from contentvc.ids import ID_BYTES, NAME_BYTES, OperationId, RepositoryId, blob_id, operation_id
from contentvc.snapshots.operation import Operation, decode_operation, encode_operation
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, StorageError
from contentvc.storage.settle import create_settled

__all__ = ["VIEW_NAME", "Clockwork", "Log", "LoggedOperation", "operation_path"]

Result = TypeVar("Result")

VIEW_NAME: Final = "view"
_LARGE_VIEW_EVERY: Final = 32
"""A view above `limits.VIEW_REFRESH_BYTES` is cached at every so many operations."""
_PAUSE: Final = 0.02
"""Seconds a writer that lost a number waits at most, so that many writers spread out."""


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What the log needs of the world: a clock (microseconds), random bytes, a way to wait."""

    now: Callable[[], int]
    random: Callable[[int], bytes]
    pause: Callable[[float], None]


class LoggedOperation(NamedTuple):
    """An operation as it stands in the log."""

    operation: Operation
    id: OperationId
    effective: bool
    """False for a void operation, which changes nothing."""


def operation_path(sequence: int) -> str:
    """The storage name of an operation."""
    return f"operations/{sequence:020d}"


class Log:
    """The operations of one replica on its storage."""

    def __init__(
        self,
        storage: Storage,
        repository: RepositoryId,
        replica: RepositoryId,
        clockwork: Clockwork,
    ) -> None:
        self._storage = storage
        self._repository = repository
        self._replica = replica
        self._clockwork = clockwork
        self._bundle: Bundle | None = None

    def latest(self, known: View | None = None) -> View:
        """The view after the last operation, rolled forward from `known` or the cached view."""
        return self._roll(known if known is not None else self._start(), None)

    def view_at(self, sequence: int) -> View:
        """The view after operation `sequence`.

        Raises:
            Missing: the log has no operation of that number.
        """
        view = self._roll(self._bundled_view(before=sequence + 1), sequence)
        if sequence < 0 or view.sequence != sequence:
            raise Missing(
                "unknown-operation",
                f"the log has no operation {sequence}; the last is {view.sequence}",
                "list them with: contentvc operations",
            )
        return view

    def read(self, sequence: int) -> tuple[Operation, OperationId] | None:
        """One operation and its id; None when the log ends before it.

        Raises:
            Damaged: it does not hash to its id, or belongs to another repository.
        """
        stored = self.stored(sequence)
        return None if stored is None else self._decoded(sequence, stored)

    def stored(self, sequence: int) -> bytes | None:
        """The bytes of an operation, its id first, unchecked; None when the log ends before it.

        Raises:
            Damaged: it is in a bundle that cannot be read.
        """
        try:
            stored = self._bounded(operation_path(sequence), ID_BYTES + limits.OPERATION_BYTES)
        except NotFound:
            return None
        return stored or self._bundled(sequence)

    def walk(self, first: int = 1) -> Iterator[LoggedOperation]:
        """The operations from `first` to the end, each with whether it took effect."""
        replay = Replay(self.view_at(first - 1))
        while (found := self.read(replay.sequence + 1)) is not None:
            effective = replay.apply(*found)
            yield LoggedOperation(*found, effective)

    def append(self, draft: Draft, view: View) -> View:
        """Make the draft the next operation; the view after it.

        Everything the operation needs must be durable already.

        Raises:
            Conflict: something it expects was changed by another operation.
            Busy: what it was prepared from is gone; prepare again.
        """
        nonce = self._clockwork.random(NAME_BYTES)
        while True:
            draft.check(view)
            operation = draft.at(
                view, self._repository, self._replica, nonce, self._clockwork.now()
            )
            encoded = encode_operation(operation)
            identifier = operation_id(encoded)
            replay = Replay(view)
            if not replay.apply(operation, identifier):
                raise Busy("start-over", "the log changed while the command ran", "try again")
            path = operation_path(operation.sequence)
            try:
                create_settled(self._storage, path, identifier + encoded)
            except AlreadyExists:
                view = self._after_losing(view)
                continue
            return self._published(replay.view())

    def check(self) -> Iterator[tuple[str, str]]:
        """Read every operation and bundle; the name and the trouble of each that is not sound."""
        views: dict[str, bytes] = {}
        replay = Replay(EMPTY_VIEW)
        for sequence, name in enumerate(self._storage.list("operations/"), 1):
            try:
                found = self.read(sequence)
                if name != operation_path(sequence) or found is None:
                    yield operation_path(sequence), "it is missing"
                    break
                replay.apply(*found)
            except (Damaged, NotFound) as error:
                yield operation_path(sequence), str(error)
                break
            if sequence % limits.BUNDLE_OPERATIONS == 0:
                views[bundle_path(bundle_of(sequence))] = blob_id(encode_view(replay.view()))
        yield from self._check_bundles(views)

    def _check_bundles(self, views: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
        """Bundles that cannot be read, or whose view is not what their operations add up to."""
        for name in self._storage.list("bundles/"):
            try:
                view = decode_bundle(self._storage.read(name)).view
                decode_view(view)
            except Damaged as error:
                yield name, str(error)
                continue
            if blob_id(view) != views.get(name, blob_id(view)):
                yield name, "its view is not what its operations add up to"

    def _after_losing(self, view: View) -> View:
        """The view once the winner's operation could be read."""
        rolled = self.latest(view)
        share = self._clockwork.random(1)[0] / 256
        self._clockwork.pause(_PAUSE * share)
        return rolled

    def _published(self, view: View) -> View:
        """The view and the bundle are refreshed where the storage lets it.

        The operation exists: a storage that is full now must not make it seem that it does not.
        """
        encoded = encode_view(view)
        with suppress(StorageError, Busy, NotAllowed):
            if len(encoded) <= limits.VIEW_REFRESH_BYTES or view.sequence % _LARGE_VIEW_EVERY == 0:
                self._storage.write(VIEW_NAME, encoded)
            if view.sequence % limits.BUNDLE_OPERATIONS == 0:
                self._make_bundle(view, encoded)
        return view

    def _make_bundle(self, view: View, encoded: bytes) -> None:
        first = bundle_of(view.sequence)
        numbers = range(first, view.sequence + 1)
        stored = list(self._each_of(self._stored_alone, numbers))
        if not all(stored):
            return  # another writer of the same bundle has emptied some already
        bundle = encode_bundle(Bundle(first, tuple(stored), encoded))
        try:
            create_settled(self._storage, bundle_path(first), bundle)
        except AlreadyExists:
            return
        for _ in self._each_of(self._empty, numbers):
            pass

    def _each_of(self, call: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[Result]:
        """What `call` gives for each number, in order."""
        return map(call, numbers)

    def _stored_alone(self, number: int) -> bytes:
        return self._storage.read(operation_path(number))

    def _empty(self, number: int) -> None:
        self._storage.write(operation_path(number), b"")

    def _roll(self, view: View, last: int | None) -> View:
        replay, moved = Replay(view), False
        while last is None or replay.sequence < last:
            found = self.read(replay.sequence + 1)
            if found is None:
                break
            replay.apply(*found)
            moved = True
        return replay.view() if moved else view

    def _bounded(self, name: str, most: int) -> bytes:
        """The bytes of a name, which anybody may have made huge.

        Raises:
            NotFound: nothing has this name.
            Damaged: there are more than `most` of them.
        """
        stored = self._storage.read(name, (0, most + 1))
        if len(stored) > most:
            raise Damaged("beyond-limit", f"{name} has more than {most} bytes")
        return stored

    def _start(self) -> View:
        """The cached view if it fits the log; otherwise the last bundle's, or the beginning."""
        try:
            view = decode_view(self._bounded(VIEW_NAME, limits.VIEW_BYTES))
            if self._fits(view):
                return view
        except (NotFound, Damaged):
            pass  # a cache: the log itself tells the same, more slowly
        return self._bundled_view(before=None)

    def _fits(self, view: View) -> bool:
        if view.sequence == 0:
            return view == EMPTY_VIEW
        return self._head(view.sequence) == view.operation

    def _head(self, sequence: int) -> bytes:
        """The id that an operation says it has."""
        head = self._storage.read(operation_path(sequence), (0, ID_BYTES))
        return head or self._bundled(sequence)[:ID_BYTES]

    def _bundled_view(self, before: int | None) -> View:
        names = list(self._storage.list("bundles/"))
        for name in reversed(names):
            try:
                view = decode_view(decode_bundle(self._bounded(name, limits.BUNDLE_BYTES)).view)
            except (Damaged, NotFound):
                continue  # operations before it may still be readable
            if before is None or view.sequence < before:
                return view
        return EMPTY_VIEW

    def _bundled(self, sequence: int) -> bytes:
        first = bundle_of(sequence)
        bundle = self._bundle  # another thread may put another one there
        if bundle is None or bundle.first != first:
            try:
                stored = self._bounded(bundle_path(first), limits.BUNDLE_BYTES)
                bundle = self._bundle = decode_bundle(stored)
            except NotFound as error:
                raise Damaged(
                    "damaged", f"operation {sequence} is empty and its bundle is missing"
                ) from error
        if not first <= sequence < first + len(bundle.operations):
            raise Damaged("damaged", f"operation {sequence} is not in its bundle")
        return bundle.operations[sequence - first]

    def _decoded(self, sequence: int, stored: bytes) -> tuple[Operation, OperationId]:
        identifier, encoded = OperationId(stored[:ID_BYTES]), stored[ID_BYTES:]
        if operation_id(encoded) != identifier:
            raise Damaged(
                "damaged",
                f"operation {sequence} does not hash to its id",
                "restore it from a copy of the repository",
            )
        operation = decode_operation(encoded)
        if (operation.repository, operation.replica) != (self._repository, self._replica):
            raise Damaged("damaged", f"operation {sequence} belongs to another repository")
        return operation, identifier
