"""Conflicts: what a merge in progress could not decide, with all versions of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.merging import conflict_of, in_progress
from contentvc.actions.needed import bring_files
from contentvc.actions.resolve import chosen_conflicts
from contentvc.changes.conflicts import ConflictKind, PathConflict
from contentvc.formats.contract import Format, ItemConflict, Labels
from contentvc.formats.items import item_name
from contentvc.formats.registry import merge_file, merge_limit
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.repository import Repository
from contentvc.snapshots.merging import ByItem, Merging
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["ConflictsReport", "FoundItems", "found_items", "list_conflicts", "name_of"]

_BY_ITEM: Final = frozenset(
    {
        ConflictKind.CONTENT,
        ConflictKind.ITEMS,
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


@dataclass(frozen=True, slots=True)
class FoundItems:
    """What a merge could not decide inside one file, found again."""

    format: Format
    rules: Rules
    items: tuple[ItemConflict, ...]


def list_conflicts(context: Context, paths: Sequence[bytes] = ()) -> ConflictsReport:
    """The conflicts that are left, or those at some paths, each with its items that are left.

    They are as the merge found them, whatever the files hold by now.

    Raises:
        Missing: there is no conflict at a path (``unknown-path``).
    """
    progress = in_progress(context.repository, context.head)
    if progress is None:
        return ConflictsReport(None, ())
    rows = chosen_conflicts(progress.merging, paths) if paths else progress.merging.conflicts
    conflicts = [conflict_of(context.repository, progress, row) for row in rows]
    bring_files(context.repository, [side for one in conflicts for side in _sides(one)])
    return ConflictsReport(
        progress.merging,
        tuple(_with_items(context.repository, one) for one in conflicts),
    )


def found_items(repository: Repository, conflict: PathConflict) -> FoundItems | None:
    """The items of a file that both sides have, by the rules it was merged by.

    None of what is merged as a whole, or cannot be read any more.
    """
    if conflict.kind not in _BY_ITEM or conflict.ours is None or conflict.theirs is None:
        return None
    entries = [one.entry for one in (conflict.base, conflict.ours, conflict.theirs) if one]
    path, rules = conflict.ours.path, _rules(conflict.by_item)
    limit = merge_limit(path, rules)
    if any(one.size > limit or one.mode is Mode.SYMLINK for one in entries):
        return None
    if any(repository.is_purged(one.id) for one in entries):
        return None
    bring_files(repository, ((path, one) for one in entries))
    *base, ours, theirs = (repository.blob(one.id) for one in entries)
    merged, chosen = merge_file(path, base[0] if base else None, ours, theirs, _LABELS, None, rules)
    return None if chosen.name == "binary" else FoundItems(chosen, rules, merged.conflicts)


def _sides(conflict: PathConflict) -> Iterator[tuple[bytes, Entry]]:
    if conflict.kind in _BY_ITEM:
        for one in (conflict.base, conflict.ours, conflict.theirs):
            if one is not None and one.entry.size <= merge_limit(
                one.path, _rules(conflict.by_item)
            ):
                yield one.path, one.entry


def _with_items(repository: Repository, conflict: PathConflict) -> PathConflict:
    found = found_items(repository, conflict)
    items = found.items if found is not None else ()
    if conflict.by_item is not None:
        left = frozenset(conflict.by_item.left)
        items = tuple(one for one in items if name_of(one) in left)
    return replace(conflict, items=items)


def name_of(item: ItemConflict) -> str:
    """How a merge in progress keeps it: what cannot be named alone has the empty name."""
    return "" if item.path is None else item_name(item.path)


def _rules(by_item: ByItem | None) -> Rules:
    if by_item is None:
        return NO_RULES
    return Rules(by_item.set or None, by_item.format or None, by_item.key, by_item.unordered)
