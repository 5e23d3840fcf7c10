"""Keep: where the horizon comes to lie, and what must stay on this side of it."""

from collections import Counter
from collections.abc import Iterator

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.view import View
from contentvc.ids import Kind, ObjectId, WorkspaceId
from contentvc.repository import Repository
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import Operation
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.named import commits_named
from contentvc.upkeep.reach import roots

__all__ = ["dead_objects", "new_horizon", "visit_named", "walk_retained"]


def new_horizon(repository: Repository, before: int) -> int:
    """The sequence before which operations no longer keep what they name; never less than it is.

    Args:
        repository: at its newest view.
        before: microseconds since 1970, compared with the times in the log. Younger operations
            stay, and so do the last `limits.UNDO_OPERATIONS` of each workspace there is, and those
            since a merge that is in progress began: its `--abort` needs them.
    """
    view, counts = repository.view, Counter[bytes]()
    merging = {name for name, standing in view.workspaces.items() if standing.head.merging}
    lowest = view.sequence + 1
    for sequence in range(view.sequence, view.horizon, -1):
        operation = _operation(repository, sequence)
        mine = operation.workspace
        if mine in view.workspaces:
            counts[mine or b""] += 1
        is_recent = mine in view.workspaces and counts[mine or b""] <= limits.UNDO_OPERATIONS
        if operation.time >= before or is_recent or merging:
            lowest = sequence
        elif _are_complete(view, counts):
            break
        merging -= set(_that_began(operation))
    return max(lowest - 1, view.horizon)


def walk_retained(repository: Repository, horizon: int) -> Walk:
    """Everything that stays: what refs, workspaces and reservations lead to, and operations.

    Raises:
        Damaged: something of it is not stored, or not as it was.
    """
    walk = Walk(repository)
    walk.visit(roots(repository.view))
    for operation, _, effective in repository.log.walk(horizon + 1):
        if effective:
            visit_named(walk, operation)
    return walk


def visit_named(walk: Walk, operation: Operation) -> None:
    """Visit the commits and trees that an operation names."""
    walk.visit(commits_named(operation))
    walk.visit_trees(kept_trees(operation))


def dead_objects(repository: Repository, walk: Walk) -> frozenset[ObjectId]:
    """What is stored and stays nowhere: neither walked, nor a chunk of a file that is.

    Raises:
        Damaged: a footer or a chunk list cannot be read.
    """
    objects = repository.objects
    stored: set[ObjectId] = set()
    chunks: set[bytes] = set()
    for pack in objects.live:
        footer = objects.index.footer(pack)
        for identifier, kind, *_ in footer.rows():
            stored.add(identifier)
            if kind is Kind.LIST and identifier in walk.seen:
                chunks.update(objects.chunks(identifier).ids)
    return frozenset(stored - walk.seen - chunks)


def _operation(repository: Repository, sequence: int) -> Operation:
    found = repository.log.read(sequence)
    if found is None:
        raise Damaged("damaged", f"operation {sequence} is missing", "run: contentvc verify")
    return found[0]


def _that_began(operation: Operation) -> Iterator[WorkspaceId]:
    """Workspaces in which it began a merge."""
    for step in operation.workspaces:
        if step.old is None or not step.old.merging:
            yield step.workspace


def _are_complete(view: View, counts: Counter[bytes]) -> bool:
    return all(counts[workspace] >= limits.UNDO_OPERATIONS for workspace in view.workspaces)
