"""Dropped: what is told of content that an operation removed on purpose."""

from contentvc.errors import Missing
from contentvc.ids import ObjectId, short
from contentvc.snapshots.operation import Operation

__all__ = ["forgotten"]


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


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for this message

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S %z")
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"  # a stored time that no calendar has
