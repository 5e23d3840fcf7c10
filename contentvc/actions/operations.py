"""Operations: the log, readable."""

from collections.abc import Iterator
from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.ids import OperationId
from contentvc.snapshots.operation import Operation

__all__ = ["OperationEntry", "list_operations"]


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """One operation of the log."""

    operation: Operation
    id: OperationId
    is_here: bool
    """It was made by this workspace."""


def list_operations(context: Context, most: int | None) -> Iterator[OperationEntry]:
    """The operations up to the view in force, newest first, at most `most` of them."""
    sequence = context.repository.view.sequence
    while sequence and (most is None or most > 0):
        found = context.repository.log.read(sequence)
        if found is None:
            return
        yield OperationEntry(*found, is_here=found[0].workspace == context.workspace)
        sequence -= 1
        most = None if most is None else most - 1
