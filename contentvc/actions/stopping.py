"""Stopping: what becomes of conflicts that a merge of trees could not decide."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.merging import Proposal, keep_progress, row_of
from contentvc.changes.conflicts import PathConflict
from contentvc.errors import Conflict
from contentvc.formats.contract import Favour
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.merging import ConflictPaths, Merging
from contentvc.snapshots.operation import Head
from contentvc.surroundings.settings import OnConflict

__all__ = ["favour_of", "refused", "rows_of", "stopped_head"]

_SHOWN: Final = 10


def favour_of(choice: OnConflict) -> Favour | None:
    """The side that decides conflicts by itself; None where a person is to."""
    match choice:
        case OnConflict.OURS:
            return Favour.OURS
        case OnConflict.THEIRS:
            return Favour.THEIRS
        case _:
            return None


def rows_of(conflicts: Sequence[PathConflict]) -> tuple[ConflictPaths, ...]:
    """Where the versions of each conflict are."""
    return tuple(map(row_of, conflicts))


def refused(doing: str, conflicts: Sequence[PathConflict]) -> Conflict:
    """The refusal to stop in the middle: everything is as it was."""
    names = [one.path.decode("utf-8", "replace") for one in conflicts]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Conflict(
        "merge-conflict",
        f"{doing} has conflicts, so nothing was changed: {', '.join(names[:_SHOWN])}{more}",
        "to decide them here: --on-conflict stop; to let one side decide: --on-conflict ours, or "
        "theirs",
        paths=names,
        kinds=[one.kind.value for one in conflicts],
    )


def stopped_head(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    head: Head,
    merging: Merging,
    proposal: Proposal,
    merged: ObjectId,
    conflicts: Sequence[PathConflict],
) -> Head:
    """What the workspace stands on while people decide: `head`, and the merge in progress."""
    kept = keep_progress(context, fresh, writing, merging, proposal, merged, conflicts)
    return replace(head, merging=(kept,))
