"""Repacking: moving objects to new packs, and giving up packs that no operation added."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contentvc.actions.context import Context
from contentvc.actions.dropping import Dropping, check_added, looking
from contentvc.errors import Busy
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import PackName
from contentvc.snapshots.operation import Operation
from contentvc.upkeep.compact_walk import Walk
from contentvc.upkeep.compact_write import Moving, Rewriter

__all__ = ["append_or_discard", "discard", "is_unlisted", "prepared_repack"]


def prepared_repack(
    context: Context, base: View, what: Moving, walk: Walk, advance: Callable[[int, int], None]
) -> Draft:
    """Write objects to new packs; the operation by which they are moved there.

    The draft has no `written_at`: it reuses nothing, and where something of what it moves was
    dropped meanwhile, a pack that it removes is no longer live. It does look at what was appended
    since `base`, the view by which it was decided what is moved: delta blocks in a pack that was
    added since may stand on one that it removes.

    Raises:
        Damaged: something that is moved is not what it was.
        NotFound: a pack is gone, since the view or by damage.
    """
    repository = context.repository
    rewriter = Rewriter(repository.objects, repository.clockwork.random, what, advance)
    rewriter.write(walk)

    def check(operation: Operation) -> None:
        added = [pack for pack in operation.added if pack.name in repository.objects.live]
        check_added(repository.objects, added, what.names, frozenset())

    plain = context.draft("repack")
    return Dropping(
        kind=plain.kind,
        actor=plain.actor,
        workspace=plain.workspace,
        command=plain.command,
        added=tuple(rewriter.added),
        removed=what.packs,
        look_again=looking(repository, base, check),
    )


def append_or_discard(context: Context, draft: Draft) -> None:
    """Append an operation that moves or drops; where it no longer fits, give up its packs.

    Raises:
        Busy: it does not fit (``start-over``).
    """
    repository = context.repository
    try:
        repository.append(draft)
    except Busy as error:
        if error.code == "start-over":
            repository.refresh()
            discard(context, [record.name for record in draft.added])
        raise


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
