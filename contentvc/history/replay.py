"""Replay: the pure function from a view and the next operation to the next view.

An operation whose preconditions do not hold at its place, or that does not name the operation
before it, is void: it keeps its number and changes nothing.
"""

from contentvc.errors import Damaged
from contentvc.history.view import Ref, Standing, View
from contentvc.ids import OperationId
from contentvc.snapshots.operation import Operation, RefChange, Transaction

__all__ = ["Replay"]


class Replay:
    """A view being rolled forward. Not shared; `view` gives an immutable copy."""

    def __init__(self, view: View) -> None:
        self.sequence = view.sequence
        self._operation = view.operation
        self._time = view.time
        self._refs = dict(view.refs)
        self._workspaces = dict(view.workspaces)
        self._packs = dict(view.packs)
        self._gone: set[bytes] = set(view.gone)
        self._reservations = dict(view.reservations)
        self._horizon = view.horizon
        self._dropped = view.dropped
        self._purged = set(view.purged)

    def view(self) -> View:
        """What everything so far adds up to."""
        return View(
            sequence=self.sequence,
            operation=self._operation,
            time=self._time,
            refs=dict(sorted(self._refs.items())),
            workspaces=dict(self._workspaces),
            packs=dict(self._packs),
            gone=frozenset(self._gone),
            reservations=dict(self._reservations),
            horizon=self._horizon,
            dropped=self._dropped,
            purged=frozenset(self._purged),
        )

    def apply(self, operation: Operation, identifier: OperationId) -> bool:
        """Take the next operation; whether it took effect.

        Raises:
            Damaged: it stands under a number that is not its own.
        """
        if operation.sequence != self.sequence + 1:
            raise Damaged(
                "damaged", f"operation {self.sequence + 1} says it is number {operation.sequence}"
            )
        holds = operation.previous == self._operation and self._holds(operation)
        self.sequence += 1
        self._operation = identifier
        self._time = max(self._time, operation.time)
        if holds:
            self._take(operation)
        return holds

    def _holds(self, operation: Operation) -> bool:
        added = [pack.name for pack in operation.added]
        return (
            all(map(self._ref_holds, operation.refs))
            and not any(self._is_reserved(change.name) for change in operation.refs)
            and all(
                self._standing(change.workspace) == (change.old, change.previous)
                for change in operation.workspaces
            )
            and len(set(added)) == len(added)
            and self._gone.isdisjoint(added)
            and self._packs.keys().isdisjoint(added)
            and self._packs.keys() >= set(operation.removed)
            and self._packs.keys().isdisjoint(operation.discarded)
            and self._transaction_holds(operation)
        )

    def _ref_holds(self, change: RefChange) -> bool:
        current = self._refs.get(change.name)
        if current is None:
            return change.old is None and change.previous == 0
        return (change.old, change.previous) == current

    def _standing(self, workspace) -> tuple[object, int]:  # type: ignore[no-untyped-def] # noqa: ANN001
        standing = self._workspaces.get(workspace)
        return (None, 0) if standing is None else standing

    def _is_reserved(self, ref: str) -> bool:
        return any(ref == change.name for held in self._reservations.values() for change in held)

    def _transaction_holds(self, operation: Operation) -> bool:
        step = operation.transaction
        if step is None:
            return True
        if step.phase == "prepare":
            moved = {change.name for change in operation.refs}
            return (
                step.id not in self._reservations
                and step.id not in self._gone
                and all(map(self._ref_holds, step.refs))
                and not any(self._is_reserved(change.name) for change in step.refs)
                and moved.isdisjoint(change.name for change in step.refs)
            )
        return step.id in self._reservations

    def _take(self, operation: Operation) -> None:
        for change in operation.refs:
            self._set_ref(change)
        for standing in operation.workspaces:
            if standing.new is None:
                self._workspaces.pop(standing.workspace, None)
            else:
                self._workspaces[standing.workspace] = Standing(standing.new, self.sequence)
        for name in (*operation.removed, *operation.discarded):
            self._packs.pop(name, None)
            self._gone.add(name)
        self._packs.update((pack.name, pack) for pack in operation.added)
        self._purged.update(operation.purged)
        if operation.horizon or operation.purged:
            self._horizon = max(self._horizon, operation.horizon)
            self._dropped = self.sequence
        if operation.transaction is not None:
            self._take_transaction(operation.transaction)

    def _take_transaction(self, step: Transaction) -> None:
        if step.phase == "prepare":
            self._reservations[step.id] = step.refs
            return
        reserved = self._reservations.pop(step.id)
        if step.phase == "commit":
            for change in reserved:
                self._set_ref(change)
        else:
            # A prepare that comes late, or is repeated on its way, must not reserve anew: the
            # decision is made. After a commit its ref changes do not hold any more.
            self._gone.add(step.id)

    def _set_ref(self, change: RefChange) -> None:
        if change.new is None:
            self._refs.pop(change.name, None)
        else:
            self._refs[change.name] = Ref(change.new, self.sequence)
