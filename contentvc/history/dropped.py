"""Dropped: what is told of content that an operation removed on purpose."""

from contentvc.errors import Missing
from contentvc.history.log import Log
from contentvc.history.view import View
from contentvc.ids import ObjectId, short
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import Operation

__all__ = ["forgotten", "past_window"]


def forgotten(identifier: ObjectId, operation: Operation) -> Missing:
    """The error of who asks for an object that this operation dropped."""
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
