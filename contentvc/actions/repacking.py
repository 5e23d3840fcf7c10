"""Repacking: moving objects to new packs, and giving up packs that no operation added."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contentvc.actions.context import Context
from contentvc.errors import Busy
from contentvc.history.view import View
from contentvc.ids import PackName
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.compact_write import Moving, Rewriter

__all__ = ["discard", "is_unlisted", "repack"]


def repack(
    context: Context, what: Moving, walk: Walk, advance: Callable[[int, int], None]
) -> frozenset[PackName]:
    """Move objects by one operation; the packs it adds.

    The draft has no `written_at`: it reuses nothing, and where something of what it moves was
    dropped meanwhile, a pack that it removes is no longer live.

    Raises:
        Busy: a pack that it moves is gone meanwhile (``start-over``).
        Damaged: something that is moved is not what it was.
        NotFound: a pack is gone, since the view or by damage.
    """
    repository = context.repository
    rewriter = Rewriter(repository.objects, repository.clockwork.random, what, advance)
    rewriter.write(walk)
    added = tuple(rewriter.added)
    draft = replace(context.draft("repack"), added=added, removed=what.packs, written_at=None)
    try:
        repository.append(draft)
    except Busy as error:
        if error.code == "start-over":
            repository.refresh()
            discard(context, [record.name for record in added])
        raise
    return frozenset(record.name for record in added)


def discard(context: Context, packs: Sequence[PackName]) -> int:
    """Say by an operation that nobody may add these packs any more; how many they are.

    Only then may their files be deleted: another command may have taken one over meanwhile.
    """
    repository = context.repository
    count = 0
    while todo := [pack for pack in packs if is_unlisted(repository.view, pack)]:
        draft = replace(context.draft("discard"), discarded=tuple(sorted(todo)), written_at=None)
        try:
            repository.append(draft)
            count = len(todo)
        except Busy as error:
            if error.code != "start-over":
                raise
            repository.refresh()
    return count


def is_unlisted(view: View, pack: PackName) -> bool:
    return pack not in view.packs and pack not in view.gone
