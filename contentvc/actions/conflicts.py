"""Conflicts: what a merge in progress could not decide, with all versions of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.merging import conflict_of, in_progress
from contentvc.actions.resolve import chosen_conflicts
from contentvc.changes.conflicts import ConflictKind, PathConflict
from contentvc.formats.contract import ItemConflict, Labels
from contentvc.formats.registry import merge_file
from contentvc.formats.rules import NO_RULES
from contentvc.repository import Repository
from contentvc.snapshots.merging import Merging
from contentvc.snapshots.tree import Mode

__all__ = ["ConflictsReport", "list_conflicts"]

_BY_ITEM: Final = frozenset(
    {
        ConflictKind.CONTENT,
        ConflictKind.ADDED_TWICE,
        ConflictKind.RENAMED_APART,
        ConflictKind.RENAMED_TOGETHER,
    }
)
"""Kinds in which both sides have the file, so that its items can be told."""
_LABELS: Final = Labels("base", "ours", "theirs")


@dataclass(frozen=True, slots=True)
class ConflictsReport:
    """What is left to be decided."""

    merging: Merging | None
    """None where nothing is in progress."""
    conflicts: tuple[PathConflict, ...]


def list_conflicts(context: Context, paths: Sequence[bytes] = ()) -> ConflictsReport:
    """The conflicts that are left, or those at some paths, each with its items.

    They are as the merge found them, whatever the files hold by now.

    Raises:
        Missing: there is no conflict at a path (``unknown-path``).
    """
    progress = in_progress(context.repository, context.head)
    if progress is None:
        return ConflictsReport(None, ())
    rows = chosen_conflicts(progress.merging, paths) if paths else progress.merging.conflicts
    conflicts = (conflict_of(context.repository, progress, row) for row in rows)
    return ConflictsReport(
        progress.merging,
        tuple(_with_items(context.repository, one) for one in conflicts),
    )


def _with_items(repository: Repository, conflict: PathConflict) -> PathConflict:
    return replace(conflict, items=_items(repository, conflict))


def _items(repository: Repository, conflict: PathConflict) -> tuple[ItemConflict, ...]:
    """The items of a file that both sides have; none of what is merged as a whole."""
    if conflict.kind not in _BY_ITEM or conflict.ours is None or conflict.theirs is None:
        return ()
    entries = [one.entry for one in (conflict.base, conflict.ours, conflict.theirs) if one]
    if any(one.size > limits.WHOLE_TEXT or one.mode is Mode.SYMLINK for one in entries):
        return ()
    if any(repository.is_purged(one.id) for one in entries):
        return ()
    *base, ours, theirs = (repository.blob(one.id) for one in entries)
    merged, chosen = merge_file(
        conflict.path, base[0] if base else None, ours, theirs, _LABELS, None, NO_RULES
    )
    return () if chosen.name == "binary" else merged.conflicts
