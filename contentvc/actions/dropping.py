"""Dropping: objects go from every pack, by one operation, and then from the disk.

What `forget` and `purge` have in common, and in part `compact`. It is decided what goes; the packs
that hold it are written anew without it; the operation looks once more at what was appended
meanwhile; then the files of the old packs are deleted at once. Killed before the operation, nothing
happened; killed after it, the next command of the kind deletes what is left.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from contentvc.actions.context import Context
from contentvc.errors import Busy, Damaged
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.pack import pack_path
from contentvc.objects.store import ObjectStore
from contentvc.repository import Repository
from contentvc.snapshots.operation import Operation, PackRecord
from contentvc.storage.contract import NotFound
from contentvc.storage.local import LocalStorage
from contentvc.upkeep.repair import DAMAGED
from contentvc.upkeep.rewrite import rewrite_without
from contentvc.upkeep.sweep import delete_gone, pack_files

__all__ = [
    "Drop",
    "Dropping",
    "again",
    "check_added",
    "clean_up",
    "drop",
    "looking",
    "parts_of",
    "reading",
    "start_over",
    "unlisted_packs",
    "unreadable",
]

_ATTEMPTS: Final = 10
"""How often it is prepared again when others began to need what it drops."""
_STALE: Final = 3600
"""Seconds after which a file that is still being written is what a killed command left."""

Report = TypeVar("Report")


@dataclass(frozen=True, slots=True)
class Drop:
    """What is to happen."""

    draft: Draft
    """The operation, still without packs and ids."""
    named: AbstractSet[ObjectId]
    """What the operation names, so that a read says why it is gone."""
    gone: AbstractSet[ObjectId]
    """All that goes: that, and what only that consisted of."""
    clashes: Callable[[Operation], bool]
    """Whether an operation that was appended since it was decided needs another decision."""


@dataclass(frozen=True, slots=True)
class Dropping(Draft):
    """An operation that drops objects, where nothing came to need one of them meanwhile."""

    look_again: Callable[[View], None] = lambda _: None

    def check(self, view: View) -> None:
        Draft.check(self, view)
        self.look_again(view)


def again(attempt: Callable[[], Report]) -> Report:
    """What an attempt reports, which is made again where others were quicker.

    Raises:
        Busy: they were, time and again.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except Busy as error:
            if error.code != "start-over":
                raise
    return attempt()


@contextmanager
def reading(repository: Repository, base: View) -> Iterator[None]:
    """While everything is read to decide what goes.

    Raises:
        Damaged: a pack is missing.
        Busy: a pack is gone since `base` (``start-over``).
    """
    try:
        yield
    except NotFound as error:
        if repository.log.latest().packs.keys() >= base.packs.keys():
            raise Damaged("damaged", f"{error} is missing", "run: contentvc verify") from error
        raise start_over() from error  # somebody else drops something at the same time


def parts_of(
    repository: Repository, blobs: set[ObjectId], needed: AbstractSet[ObjectId]
) -> tuple[set[ObjectId], set[ObjectId]]:
    """Of blobs that are to go those that can, and the chunks that go with them.

    A blob that is a chunk of another one stays, and so does a chunk that another blob has, or that
    is itself one of the blobs `needed`.
    """
    objects = repository.objects
    lists = {
        row[0]
        for pack in objects.live
        for row in objects.index.footer(pack).rows()
        if row[1] is Kind.LIST
    }
    kept = {chunk for one in lists - blobs for chunk in objects.chunks(one).ids}
    chunks = {chunk for one in lists & blobs for chunk in objects.chunks(one).ids}
    return blobs - kept, chunks - kept - needed


def unlisted_packs(repository: Repository, base: View) -> frozenset[PackName]:
    """Packs that no operation lists: of writers that are at work, or were killed."""
    return frozenset(pack_files(repository.storage)) - base.packs.keys() - base.gone


def unreadable(identifier: ObjectId, message: str) -> None:
    """What a walk that must see everything does about damage.

    Raises:
        Damaged: always.
    """
    raise Damaged(
        "damaged",
        f"nobody can tell what is still needed: {message}",
        "run: contentvc verify",
        object=identifier.hex(),
    )


def drop(context: Context, base: View, plan: Drop) -> int:
    """Write packs without it and append the operation; how many bytes fewer there are.

    Raises:
        Busy: operations that were appended since `base` need another decision (``start-over``).
    """
    repository, storage = context.repository, context.repository.storage
    with reading(repository, base):
        rewritten = rewrite_without(repository.objects, repository.clockwork.random, plan.gone)

    def check(operation: Operation) -> None:
        check_added(repository.objects, operation.added, rewritten.removed, plan.gone)
        if plan.clashes(operation):
            raise start_over()

    plain = plan.draft
    draft = Dropping(
        kind=plain.kind,
        actor=plain.actor,
        workspace=plain.workspace,
        command=plain.command,
        attributes=plain.attributes,
        added=rewritten.added,
        removed=rewritten.removed,
        purged=tuple(sorted(plan.named)),
        written_at=base.sequence,
        look_again=looking(repository, base, check),
    )
    length = sum(base.packs[pack].length for pack in rewritten.removed if pack in base.packs)
    try:
        repository.append(draft)
    except Busy as error:
        if error.code == "start-over":  # so no operation ever named them
            for record in rewritten.added:
                storage.delete(pack_path(record.name))
        raise
    return length - sum(record.length for record in rewritten.added)


def clean_up(context: Context, unlisted: AbstractSet[PackName]) -> int:
    """Delete the files of packs that are gone, and what killed commands and repairs left of others.

    Packs that no operation listed when it was decided what goes may hold the same content. Who is
    still about to add one looked at the repository before that, and has to start over anyway.

    Returns:
        How many packs are being written, or were by a command that was killed just now.
    """
    repository = context.repository
    while todo := unlisted - repository.view.packs.keys() - repository.view.gone:
        try:
            repository.append(replace(context.draft("discard"), discarded=tuple(sorted(todo))))
        except Busy as error:
            if error.code != "start-over":
                raise
            repository.refresh()
    delete_gone(repository.storage, repository.view)
    storage = LocalStorage(context.place.repository)
    for name in list(storage.temporary_names(context.now / 1_000_000 - _STALE)):
        storage.delete(name)
    for name in list(storage.list(DAMAGED)):
        storage.delete(name)
    young = storage.temporary_names(context.now / 1_000_000 + _STALE)
    return sum(name.startswith("packs/") for name in young)


def start_over() -> Busy:
    """The log changed; it is decided anew."""
    return Busy("start-over", "the log changed while the command ran", "try again")


def check_added(
    objects: ObjectStore,
    added: Iterable[PackRecord],
    removed: Collection[PackName],
    gone: AbstractSet[ObjectId],
) -> None:
    """Refuse packs that store or need what is to go, or stand on packs that are removed.

    Raises:
        Busy: decide again (``start-over``).
    """
    for record in added:
        if record.name not in objects.live:
            raise start_over()
        footer = objects.index.footer(record.name)
        if not footer.needs.isdisjoint(removed):
            raise start_over()
        for row in footer.rows():
            needed = objects.chunks(row[0]).ids if row[1] is Kind.LIST else ()
            if row[0] in gone or not gone.isdisjoint(needed):
                raise start_over()


def looking(
    repository: Repository, base: View, check: Callable[[Operation], None]
) -> Callable[[View], None]:
    """What looks at each operation appended since `base`, once, before a place in the log is taken.

    Args:
        repository: whose objects are brought up to date first.
        base: the view by which it was decided what goes.
        check: raises `Busy` (``start-over``) where that must be decided anew.
    """
    last = base.sequence

    def look(view: View) -> None:
        nonlocal last
        if view.sequence == last:
            return
        repository.objects.cover(view.packs)
        for operation, _, effective in repository.log.walk(last + 1):
            if effective:
                check(operation)
        last = view.sequence

    return look
