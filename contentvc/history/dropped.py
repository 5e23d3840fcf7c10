"""Dropped: which operation removed content on purpose, and what is told of it."""

from typing import Final, NamedTuple

from contentvc.errors import Missing
from contentvc.history.log import Log
from contentvc.history.view import View
from contentvc.ids import ObjectId, short
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import Operation

__all__ = ["PURGE", "Dropped", "dropped_by", "past_window", "reason_attribute"]

PURGE: Final = "purge"
"""The kind of operations whose content is gone from versions too."""
_REASON: Final = "reason"


class _Known(NamedTuple):
    """What was read of a log, from its end to its start."""

    low: int
    """The sequence before the oldest operation that was read."""
    high: int
    """That of the newest one."""
    operations: dict[ObjectId, Operation]
    """The last that dropped each object."""


class Dropped:
    """Finds the operation that dropped an object; each operation is read once.

    Safe in several threads: what is known is replaced as a whole, and at worst found twice.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known = _Known(0, 0, {})

    def operation(self, identifier: ObjectId, view: View) -> Operation | None:
        """The last operation up to a view that dropped this object; None where none did."""
        if identifier not in view.purged:
            return None
        known = self._known
        if view.dropped > known.high:
            low = known.low if known.high else view.dropped
            fresh, _ = self._read(view.dropped, known.high or view.dropped, None)
            known = _Known(low, view.dropped, known.operations | fresh)
        if identifier not in known.operations:
            older, low = self._read(known.low, 0, identifier)
            known = _Known(low, known.high, older | known.operations)
        self._known = known
        return known.operations.get(identifier)

    def _read(
        self, sequence: int, end: int, wanted: ObjectId | None
    ) -> tuple[dict[ObjectId, Operation], int]:
        """What operations dropped, from `sequence` down to `end`, or to one that dropped `wanted`.

        Returns:
            It, and the sequence before the last that was read.
        """
        found: dict[ObjectId, Operation] = {}
        while sequence > end and wanted not in found:
            logged = self._log.read(sequence)
            sequence -= 1
            if logged is not None:
                for identifier in logged[0].purged:
                    found.setdefault(identifier, logged[0])
        return found, sequence


def reason_attribute(reason: str) -> tuple[str, str]:
    """Why content was purged, as the operation carries it."""
    return _REASON, reason


def dropped_by(identifier: ObjectId, operation: Operation) -> Missing:
    """The error of who asks for an object that this operation dropped."""
    purged = operation.kind == PURGE
    return _purged(identifier, operation) if purged else _forgotten(identifier, operation)


def _purged(identifier: ObjectId, operation: Operation) -> Missing:
    day = _moment(operation.time // 1_000_000).partition(" ")[0]
    reason = dict(operation.attributes).get(_REASON, "")
    return Missing(
        "purged",
        f"object {short(identifier)} was purged on {day}: {reason}",
        f"its bytes are gone from every version; {operation.actor} purged it in operation "
        f"{operation.sequence}",
        object=identifier.hex(),
        operation=operation.sequence,
        reason=reason,
    )


def _forgotten(identifier: ObjectId, operation: Operation) -> Missing:
    command = " ".join(("contentvc", *operation.command)) if operation.command else operation.kind
    moment = _moment(operation.time // 1_000_000)
    return Missing(
        "forgotten",
        f"object {short(identifier)} was dropped by operation {operation.sequence} "
        f"on {moment} by {operation.actor}: {command}",
        "its bytes are gone from this repository",
        object=identifier.hex(),
        operation=operation.sequence,
    )


def past_window(identifier: ObjectId, log: Log, view: View) -> Missing | None:
    """The error of who asks for an object that a drop took; None where none can have.

    That is so where an operation at or before the horizon names it: nothing else led to it then,
    and who drops takes everything below along.
    """
    dropper: Operation | None = None
    for sequence in range(view.dropped if view.horizon else 0, 0, -1):
        found = log.read(sequence)
        if found is None:
            return None
        operation = found[0]
        if operation.horizon and (dropper is None or operation.horizon >= dropper.horizon):
            dropper = operation
        if dropper and sequence <= dropper.horizon and _names(operation, identifier):
            return _past(identifier, operation, dropper)
    return None


def _past(identifier: ObjectId, named: Operation, dropper: Operation) -> Missing:
    moment = _moment(dropper.time // 1_000_000)
    return Missing(
        "past-window",
        f"object {short(identifier)} was dropped by operation {dropper.sequence} on {moment}: "
        f"operation {named.sequence}, which named it last, was past the undo window",
        "what is before the window is kept where a branch or tag leads to it",
        object=identifier.hex(),
        operation=dropper.sequence,
    )


def _names(operation: Operation, identifier: ObjectId) -> bool:
    named = {one for change in operation.refs for one in (change.old, change.new)}
    for move in operation.workspaces:
        for head in (move.old, move.new):
            if head is not None:
                named.update((head.commit, *head.merging))
    return identifier in named or identifier in kept_trees(operation)


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for this message

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S %z")
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"  # a stored time that no calendar has
