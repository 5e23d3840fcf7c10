"""Compact a little: merging small packs when many have piled up, at the end of another command."""

from collections.abc import Sequence

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.repacking import append_or_discard, prepared_repack
from contentvc.errors import ContentvcError
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.repository import Repository
from contentvc.storage.contract import StorageError
from contentvc.upkeep.compact_runs import due_runs, movable_packs, run_count, runs_of
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.compact_write import moving
from contentvc.upkeep.sweep import delete_unread

__all__ = ["compact_a_little"]


def compact_a_little(context: Context) -> bool:
    """Merge small packs if enough have piled up; whether any were.

    For the end of a command that appended something: what it did stands, so whatever fails here is
    left for another time. At most `limits.COMPACT_WITHIN` raw bytes are rewritten.
    """
    repository = context.repository
    try:
        if run_count(repository.view.packs.keys()) < limits.COMPACT_RUNS:
            return False
        return _merge_due(context)
    except (ContentvcError, StorageError):
        return False


def _merge_due(context: Context) -> bool:
    repository = context.repository
    base = repository.view
    tables = repository.objects.index.tables()
    packs = movable_packs(due_runs(runs_of(tables)), tables)
    if run_count(frozenset(packs)) < 2:
        return False
    stored = {row[0] for pack in packs for row in repository.objects.index.footer(pack).rows()}
    walk = _walk_within(repository, packs, stored)
    what = moving(repository.objects, packs, walk)
    append_or_discard(context, prepared_repack(context, base, what, walk, lambda *_: None))
    delete_unread(repository)
    return True


def _walk_within(repository: Repository, packs: Sequence[PackName], stored: set[ObjectId]) -> Walk:
    """A walk of what lies in these packs only, from their commits, then from trees alone."""
    walk = Walk(repository, stored)
    found: dict[Kind, list[ObjectId]] = {kind: [] for kind in Kind}
    for pack in packs:
        for row in repository.objects.index.footer(pack).rows():
            found[row[1]].append(row[0])
    walk.visit(found[Kind.COMMIT])
    walk.visit_trees(found[Kind.TREE])
    return walk
