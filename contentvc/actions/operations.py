"""Operations: the log, readable."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.history.log import LoggedOperation
from contentvc.ids import OperationId
from contentvc.repository import Repository
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import Operation

__all__ = ["OperationEntry", "list_operations"]


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """One operation of the log."""

    operation: Operation
    id: OperationId
    is_here: bool
    """It was made by this workspace."""
    is_void: bool
    """Another operation was quicker: it stands in the log and changes nothing."""
    undone_by: int | None
    """Sequence of the operation that took it back, unless it was redone since."""
    is_forgotten: bool
    """What it kept was dropped on purpose."""


def list_operations(context: Context, most: int | None) -> Iterator[OperationEntry]:
    """The operations up to the view in force, newest first, at most `most` of them.

    Raises:
        Damaged: one cannot be read; those after it were given.
    """
    taken_back: dict[int, int | None] = {}
    for operation, identifier, effective in islice(_newest_first(context.repository), most):
        if effective:
            for sequence in operation.undoes:
                taken_back.setdefault(sequence, operation.sequence)
            for sequence in operation.redoes:
                taken_back.setdefault(sequence, None)
        yield OperationEntry(
            operation=operation,
            id=identifier,
            is_here=operation.workspace == context.workspace,
            is_void=not effective,
            undone_by=taken_back.get(operation.sequence),
            is_forgotten=_is_forgotten(context.repository, operation),
        )


def _is_forgotten(repository: Repository, operation: Operation) -> bool:
    view = repository.view
    if operation.sequence <= view.horizon:
        return not all(map(repository.objects.has, kept_trees(operation)))
    if not view.purged:
        return False
    from contentvc.actions.forget import is_forgotten  # noqa: PLC0415 - where something was dropped

    return is_forgotten(repository, operation)


def _newest_first(repository: Repository) -> Iterator[LoggedOperation]:
    """Bundle by bundle: which operations are void shows only when they are replayed in order."""
    last = repository.view.sequence
    while last:
        first = (last - 1) // limits.BUNDLE_OPERATIONS * limits.BUNDLE_OPERATIONS + 1
        yield from reversed(list(islice(repository.log.walk(first), last - first + 1)))
        last = first - 1
