"""Compact: fewer and better packs, and an end to what is past the undo window.

Two kinds of operation do it. A *repack* only moves objects: whoever reads or writes beside it loses
nothing, whatever order they come in. A *drop* removes what nothing leads to any more and moves the
horizon: everybody who reuses stored objects has to look again after one.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.dropping import Dropping, check_added, start_over
from contentvc.actions.repacking import append_or_discard, discard, is_unlisted, prepared_repack
from contentvc.errors import Busy, Damaged, NotAllowed
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, ObjectId, PackName
from contentvc.objects.pack import pack_path
from contentvc.repository import Repository
from contentvc.storage.contract import NotFound, StorageError
from contentvc.storage.local import LocalStorage
from contentvc.upkeep.compact_keep import dead_objects, new_horizon, visit_named, walk_retained
from contentvc.upkeep.compact_runs import (
    mergeable_runs,
    movable_packs,
    run_count,
    runs_of,
)
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.compact_write import moving
from contentvc.upkeep.rewrite import Rewritten, rewrite_without
from contentvc.upkeep.sweep import delete_unread, pack_files

__all__ = ["CompactReport", "Plan", "compact", "planned", "prepared_drop", "preview"]

_ATTEMPTS: Final = 10
"""How often it is prepared again when others changed what it moves or drops."""
_PAUSE: Final = 0.05
"""Seconds between two attempts, each time more: others merge packs only now and then."""
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What was done, or would be."""

    packs: int
    """Live packs before."""
    stored: int
    """Their bytes."""
    merged: int
    """Packs that were written anew to merge them."""
    merged_bytes: int
    packs_after: int | None
    """Live packs after; None where it was only told what would be done."""
    stored_after: int | None
    dropped: int
    """Objects that nothing leads to any more."""
    dropped_bytes: int
    """What dropping them gave back, about."""
    horizon: int
    """The last operation that no longer keeps what it names; 0 if all do."""
    discarded: int
    """Packs that no operation listed, left behind by commands that were killed."""
    operations: tuple[int, ...] = ()
    """Sequences of the operations that did it."""


@dataclass(slots=True)
class Plan:
    """What stays, what goes, and which packs are merged."""

    base: View
    horizon: int
    walk: Walk
    dead: frozenset[ObjectId]
    packs: tuple[PackName, ...]
    ours: set[PackName] = field(default_factory=set)
    """Packs that this compaction has added so far."""


def compact(context: Context, window: int = limits.UNDO_WINDOW) -> CompactReport:
    """Merge small packs, drop what is past the undo window, delete the files nobody needs.

    Args:
        context: of the command.
        window: seconds of log time for which operations keep what they name.

    Raises:
        Damaged: the repository cannot be read whole, so nobody can tell what is needed.
        Busy: others kept changing what was to be moved or dropped.
    """
    before = context.repository.refresh()
    for attempt in range(_ATTEMPTS):
        try:
            return _compacted(context, before, window)
        except Busy as error:
            if error.code != "start-over" or attempt == _ATTEMPTS - 1:
                raise
            context.repository.clockwork.pause(_PAUSE * (attempt + 1))
            context.repository.refresh()
    raise AssertionError("the last attempt returns or raises")


def preview(context: Context, window: int = limits.UNDO_WINDOW) -> CompactReport:
    """What `compact` would do; nothing is written. How small packs become shows only then."""
    repository = context.repository
    plan = planned(context, window)
    return CompactReport(
        packs=len(plan.base.packs),
        stored=_stored(plan.base),
        merged=len(plan.packs),
        merged_bytes=_length(plan.base, plan.packs),
        packs_after=None,
        stored_after=None,
        dropped=len(plan.dead),
        dropped_bytes=_dead_bytes(repository, plan.dead),
        horizon=plan.horizon,
        discarded=len(_left_behind(context, plan.base)),
    )


def _compacted(context: Context, before: View, window: int) -> CompactReport:
    repository = context.repository
    base, operations = repository.view, list[int]()
    try:
        plan = planned(context, window)
        if plan.packs:
            context.progress.start(None, None, "Compacting")
            what = moving(repository.objects, plan.packs, plan.walk)
            draft = prepared_repack(context, plan.base, what, plan.walk, context.progress.advance)
            append_or_discard(context, draft)
            plan.ours |= {record.name for record in draft.added}
            context.progress.finish()
            with suppress(StorageError, Busy, NotAllowed):  # a cache, and the operation exists
                repository.objects.index.rebuild(repository.clockwork.random(NAME_BYTES))
            operations.append(repository.view.sequence)
        given_back = 0
        if plan.dead:
            before_drop = repository.view
            append_or_discard(context, prepared_drop(context, plan))
            given_back = _stored(before_drop) - _stored(repository.view)
            operations.append(repository.view.sequence)
    except NotFound as error:
        if repository.log.latest().packs.keys() >= base.packs.keys():
            raise Damaged("damaged", f"{error} is missing", "run: contentvc verify") from error
        raise start_over() from error
    discarded = discard(context, _left_behind(context, repository.view))
    delete_unread(repository)
    view = repository.view
    return CompactReport(
        packs=len(before.packs),
        stored=_stored(before),
        merged=len(plan.packs),
        merged_bytes=_length(plan.base, plan.packs),
        packs_after=len(view.packs),
        stored_after=_stored(view),
        dropped=len(plan.dead),
        dropped_bytes=given_back,
        horizon=view.horizon,
        discarded=discarded,
        operations=tuple(operations),
    )


def planned(context: Context, window: int) -> Plan:
    """Decide what stays, what goes and what is merged.

    Raises:
        Damaged: the repository cannot be read whole.
        Busy: something was moved away while it was read (``start-over``).
    """
    repository = context.repository
    base = repository.view
    now = base.time  # log time: a clock that is wrong here drops nothing
    horizon = new_horizon(repository, now - window * _SECOND)
    walk = walk_retained(repository, horizon)
    tables = repository.objects.index.tables()
    lengths = {pack: record.length for pack, record in repository.view.packs.items()}
    packs = movable_packs(mergeable_runs(runs_of(tables), lengths), tables)
    if run_count(frozenset(packs)) < 2:
        packs = ()
    dead = dead_objects(repository, walk)
    if repository.view is not base:  # something was moved away while it was read
        raise start_over()
    return Plan(base, horizon, walk, dead, packs)


def prepared_drop(context: Context, plan: Plan) -> Draft:
    """Write packs anew without what nothing leads to; the operation that drops it.

    Raises:
        Damaged: a pack cannot be read.
        NotFound: a pack is gone, since the view or by damage.
    """
    repository = context.repository
    rewritten = rewrite_without(repository.objects, repository.clockwork.random, plan.dead)
    plain = context.draft("drop")
    return Dropping(
        kind=plain.kind,
        actor=plain.actor,
        workspace=plain.workspace,
        command=plain.command,
        added=rewritten.added,
        removed=rewritten.removed,
        horizon=max(plan.horizon, 1),
        written_at=plan.base.sequence,
        look_again=_Again(repository, plan, rewritten).look,
    )


@dataclass(slots=True)
class _Again:
    """Looks at operations that were appended since it was decided what goes."""

    repository: Repository
    plan: Plan
    rewritten: Rewritten

    def look(self, view: View) -> None:
        """Refuse if one of them stores, needs or stands on what is to go.

        Raises:
            Busy: decide again (``start-over``).
        """
        plan = self.plan
        if view.sequence == plan.base.sequence:
            return
        self.repository.objects.cover(view.packs)
        for operation, _, effective in self.repository.log.walk(plan.base.sequence + 1):
            if effective:
                added = (pack for pack in operation.added if pack.name not in plan.ours)
                check_added(self.repository.objects, added, self.rewritten.removed, plan.dead)
                visit_named(plan.walk, operation)
        plan.base = view
        if not plan.dead.isdisjoint(plan.walk.seen):
            raise start_over()


def _left_behind(context: Context, view: View) -> list[PackName]:
    """Packs that no operation lists although they were written long ago."""
    storage = LocalStorage(context.place.repository)
    old = storage.written_before("packs/", context.now / _SECOND - limits.UNLISTED_AGE)
    paths = frozenset(old)
    return [
        pack for pack in pack_files(context.repository.storage)
        if pack_path(pack) in paths and is_unlisted(view, pack)
    ]  # fmt: skip


def _dead_bytes(repository: Repository, dead: frozenset[ObjectId]) -> int:
    """About what dead objects take: their share of the blocks that they lie in."""
    total = 0.0
    for pack in repository.objects.live if dead else ():
        footer = repository.objects.index.footer(pack)
        for identifier, _, number, _, length in footer.rows():
            if identifier in dead:
                block = footer.blocks[number]
                total += block.stored * length / max(block.raw, 1)
    return round(total)


def _length(view: View, packs: Sequence[PackName]) -> int:
    return sum(view.packs[pack].length for pack in packs if pack in view.packs)


def _stored(view: View) -> int:
    return sum(record.length for record in view.packs.values())
