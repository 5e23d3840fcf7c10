"""Operations: what happened in a repository, one atomic change after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from contentvc.actions.operations import OperationEntry, list_operations
from contentvc.errors import Missing
from contentvc.face.session import Session
from contentvc.face.tree import Tree
from contentvc.face.version import moment
from contentvc.repository import Repository as Replica
from contentvc.snapshots.effect import kept_trees

__all__ = ["Operation", "Operations"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the log: who did what, when. `Workspace.undo` takes one back.

    Example:
        >>> operation = workspace.operations[1]
        >>> operation.kind, operation.author, operation.is_here
        ('init', 'Ada Lovelace <ada@example.org>', True)
    """

    number: int
    """Its place in the log: 1, 2, 3, … without gaps."""
    id: str
    kind: str
    """What was done: ``commit``, ``switch``, ``branch``, ``restore`` …"""
    author: str
    """``Name <address>`` of who did it."""
    time: datetime
    """In UTC. Times never go back from one operation to the next."""
    command: tuple[str, ...]
    """The words of the command line; empty if a Python program did it."""
    is_here: bool
    """It was made by this workspace."""
    is_void: bool
    """Another operation was quicker: it stands in the log and changes nothing."""
    undone_by: int | None
    """The operation that took it back, unless it was redone since."""
    saved: Tree | None = field(repr=False)
    """Uncommitted content that was about to be overwritten and is kept here; None where there was
    none."""
    kept: tuple[Tree, ...] = field(repr=False)
    """All that is kept for undo and recorded nowhere else: `saved`, and files that it wrote or
    removed without recording them, as they were and as it left them."""
    is_forgotten: bool
    """Some of that was dropped by `Workspace.forget`, so it can be neither read nor undone."""


class Operations:
    """The log of a workspace's repository, newest operation first.

    Example:
        >>> [operation.kind for operation in workspace.operations]
        ['commit', 'tag', 'commit', 'init']
        >>> len(workspace.operations), workspace.operations[2].kind
        (4, 'commit')
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __len__(self) -> int:
        return self._session.reader.view().sequence

    def __iter__(self) -> Iterator[Operation]:
        context = self._session.context()
        for entry in list_operations(context, None):
            yield self._operation(context.repository, entry)

    def __getitem__(self, number: int) -> Operation:
        """The operation of that number.

        Raises:
            Missing: there is none (``unknown-operation``); it is a `KeyError` too.
        """
        for operation in self:
            if operation.number == number:
                return operation
        raise Missing("unknown-operation", f"the log has no operation {number}")

    def _operation(self, replica: Replica, entry: OperationEntry) -> Operation:
        from contentvc.actions.forget import is_forgotten  # noqa: PLC0415 - 10 ms, seldom needed

        one, reader = entry.operation, self._session.reader
        return Operation(
            number=one.sequence,
            id=entry.id.hex(),
            kind=one.kind,
            author=one.actor,
            time=moment(one.time),
            command=one.command,
            is_here=entry.is_here,
            is_void=entry.is_void,
            undone_by=entry.undone_by,
            saved=None if one.saved is None else Tree(reader, "", one.saved),
            kept=tuple(Tree(reader, "", tree) for tree in dict.fromkeys(kept_trees(one))),
            is_forgotten=is_forgotten(replica, one),
        )
