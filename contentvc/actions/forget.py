"""Forget: dropping what operations kept, at once and for good."""

from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.errors import Busy, Damaged, Declined, Missing
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.pack import pack_path
from contentvc.repository import Repository
from contentvc.snapshots.effect import effect_of, kept_trees
from contentvc.snapshots.operation import Operation, PackRecord
from contentvc.storage.contract import NotFound
from contentvc.storage.local import LocalStorage
from contentvc.upkeep.named import commits_named, walk_kept
from contentvc.upkeep.reach import Reach, roots
from contentvc.upkeep.rewrite import Rewritten, rewrite_without
from contentvc.upkeep.sweep import delete_gone, pack_files

__all__ = ["ForgetReport", "KeptFile", "forget", "forgotten_files", "is_forgotten"]

_ATTEMPTS: Final = 10
"""How often it is prepared again when others began to need what it drops."""
_SHOWN: Final = 10
_STALE: Final = 3600
"""Seconds after which a file that is still being written is what a killed command left."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that an operation kept."""

    sequence: int
    path: bytes
    id: ObjectId
    size: int


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What is gone, and what is not."""

    sequence: int
    """The operation that dropped it."""
    dropped: tuple[KeptFile, ...]
    stayed: tuple[KeptFile, ...]
    """What was asked for too and is also recorded elsewhere: in a commit, by another operation."""
    freed: int
    """Bytes the repository shrank by."""


@dataclass(slots=True)
class _Choice:
    """What was asked for, and what everything else leads to."""

    reach: Reach
    files: list[KeptFile] = field(default_factory=list)
    written: set[KeptFile] = field(default_factory=set)
    """Those of them that a command wrote, mostly from a version: that these stay is no news."""
    trees: set[ObjectId] = field(default_factory=set)
    held: set[ObjectId] = field(default_factory=set)
    """Trees that stay although not all that lies in them does."""
    blobs: set[ObjectId] = field(default_factory=set)
    """The content that goes."""
    chunks: set[ObjectId] = field(default_factory=set)
    """Chunks of it that nothing else has."""
    was_forgotten: bool = False
    """Some of what was asked for is gone already."""

    @property
    def gone_trees(self) -> set[ObjectId]:
        return self.trees - self.held - self.reach.trees

    @property
    def gone(self) -> set[ObjectId]:
        return self.blobs | self.chunks | self.gone_trees


@dataclass(frozen=True, slots=True)
class _Dropping(Draft):
    """An operation that drops objects, where nothing came to need one of them meanwhile."""

    look_again: Callable[[View], None] = lambda _: None

    def check(self, view: View) -> None:
        Draft.check(self, view)
        self.look_again(view)


def forget(context: Context, operations: Collection[int], paths: Sequence[bytes]) -> ForgetReport:
    """Drop what these operations kept, and every kept copy of these files and folders.

    Of an operation its trees are dropped as well, so that no name stays; of a path the trees stay,
    so that what else lies in them can still be read. What is reached from anywhere else stays.
    When this returns, no file of the repository holds the bytes any more.

    Raises:
        Missing: nothing of that kind is kept (``nothing-kept``).
        Declined: all of it is recorded elsewhere too (``nothing-kept``).
        Damaged: the repository cannot be read whole, so nobody can tell what is needed.
        Busy: others kept needing what was to be dropped.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(context, operations, paths)
        except Busy as error:
            if error.code != "start-over":
                raise
    return _attempt(context, operations, paths)


def is_forgotten(repository: Repository, operation: Operation) -> bool:
    """Whether something an operation kept as a whole was dropped, and cannot be brought back."""
    purged, has = repository.view.purged, repository.objects.has
    return any(tree in purged and not has(tree) for tree in kept_trees(operation))


def forgotten_files(repository: Repository, root: ObjectId) -> Iterator[bytes]:
    """The files below a kept tree whose content was dropped on purpose."""
    purged, has = repository.view.purged, repository.objects.has
    for path, _, entry in walk_kept(repository, root):
        if entry is not None and entry.id in purged and not has(entry.id):
            yield path


def _attempt(context: Context, operations: Collection[int], paths: Sequence[bytes]) -> ForgetReport:
    repository = context.repository
    base = repository.refresh()
    unlisted = frozenset(pack_files(repository.storage)) - base.packs.keys() - base.gone
    _check_numbers(base, operations)
    try:
        choice = _choose(repository, operations, paths)
        if not choice.files and not choice.gone_trees:
            if choice.was_forgotten:  # maybe by a command that was killed right after
                _clean_up(context, unlisted)
            raise _nothing_kept(operations, paths)
        _decide(repository, choice)
        if not choice.gone:
            raise _all_elsewhere(choice)
        rewritten = rewrite_without(repository.objects, repository.clockwork.random, choice.gone)
    except NotFound as error:
        if repository.log.latest().packs.keys() >= base.packs.keys():
            raise Damaged("damaged", f"{error} is missing", "run: contentvc verify") from error
        raise _start_over() from error  # somebody else forgets something at the same time
    freed = _drop(context, base, choice, rewritten)
    sequence = repository.view.sequence
    _clean_up(context, unlisted)
    return ForgetReport(
        sequence=sequence,
        dropped=tuple(file for file in choice.files if file.id in choice.blobs),
        stayed=tuple(
            file
            for file in choice.files
            if file.id not in choice.blobs and file not in choice.written
        ),
        freed=freed,
    )


def _choose(repository: Repository, operations: Collection[int], paths: Sequence[bytes]) -> _Choice:
    """Tell what is asked for from what is not, in all that operations keep."""
    choice = _Choice(Reach(repository, _unreadable))
    choice.reach.walk(roots(repository.view))
    files: dict[KeptFile, bool] = {}
    for operation, _, effective in repository.log.walk():
        if not effective:
            continue
        choice.reach.walk(_commits(repository, operation))
        if operation.sequence in operations:
            choice.was_forgotten |= is_forgotten(repository, operation)
        after = _written_tree(operation)
        for root in _kept(repository, operation):
            if operation.sequence not in operations and not paths:
                choice.reach.walk_tree(root)
                continue
            for path, tree, entry in walk_kept(repository, root):
                is_asked = operation.sequence in operations
                if tree is not None:
                    (choice.trees if is_asked else choice.held).add(tree)
                elif entry is not None and (is_asked or _is_below(path, paths)):
                    file = KeptFile(operation.sequence, path, entry.id, entry.size)
                    files.setdefault(file, root == after)
                elif entry is not None:
                    choice.reach.blobs.add(entry.id)
    choice.files = [file for file in files if repository.objects.has(file.id)]
    choice.written = {file for file, is_written in files.items() if is_written}
    choice.was_forgotten |= len(choice.files) < len(files)
    return choice


def _kept(repository: Repository, operation: Operation) -> Iterator[ObjectId]:
    """The trees that an operation keeps; past the undo window they may have been dropped."""
    is_certain = operation.sequence > repository.view.horizon
    for root in dict.fromkeys(kept_trees(operation)):
        if is_certain or repository.objects.has(root):
            yield root


def _written_tree(operation: Operation) -> ObjectId | None:
    effect = effect_of(operation)
    return None if effect is None else effect.after


def _commits(repository: Repository, operation: Operation) -> Iterator[ObjectId]:
    """Those that an operation names; what it named before the horizon may be gone."""
    for commit in commits_named(operation):
        is_certain = operation.sequence > repository.view.horizon
        if is_certain or repository.objects.has(commit):
            yield commit


def _is_below(path: bytes, paths: Sequence[bytes]) -> bool:
    return any(not one or path == one or path.startswith(one + b"/") for one in paths)


def _unreadable(identifier: ObjectId, message: str) -> None:
    raise Damaged(
        "damaged",
        f"nobody can tell what is still needed: {message}",
        "run: contentvc verify",
        object=identifier.hex(),
    )


def _check_numbers(view: View, operations: Collection[int]) -> None:
    for sequence in operations:
        if not 0 < sequence <= view.sequence:
            raise Missing(
                "unknown-operation",
                f"the log has no operation {sequence}; the last is {view.sequence}",
                "list them with: contentvc operations",
            )


def _nothing_kept(operations: Collection[int], paths: Sequence[bytes]) -> Missing:
    named = [f"operation {sequence}" for sequence in operations]
    named += [path.decode("utf-8", "replace") or "anything" for path in paths]
    return Missing(
        "nothing-kept",
        f"nothing of {', '.join(named)} is kept",
        "see what is with: contentvc operations",
    )


def _all_elsewhere(choice: _Choice) -> Declined:
    files = [file for file in choice.files if file not in choice.written] or choice.files
    names = [file.path.decode("utf-8", "replace") for file in files]
    return Declined(
        "nothing-kept",
        f"nothing is dropped: {', '.join(names[:_SHOWN])} is recorded in commits or kept by other "
        "operations too",
        "give PATH instead of OPERATION to drop every kept copy; what is committed stays",
        paths=names,
    )


def _decide(repository: Repository, choice: _Choice) -> None:
    """What goes: not what something else leads to, as a whole or as a chunk of it."""
    objects, needed = repository.objects, choice.reach.blobs
    blobs = {file.id for file in choice.files} - needed
    lists = {
        row[0]
        for pack in objects.live
        for row in objects.index.footer(pack).rows()
        if row[1] is Kind.LIST
    }
    kept_chunks = {chunk for one in lists - blobs for chunk in objects.chunks(one).ids}
    choice.blobs = blobs - kept_chunks
    chunks = {chunk for one in lists & blobs for chunk in objects.chunks(one).ids}
    choice.chunks = chunks - kept_chunks - needed


def _drop(context: Context, base: View, choice: _Choice, rewritten: Rewritten) -> int:
    """Append the operation, then delete the files; how many bytes fewer there are."""
    repository, storage = context.repository, context.repository.storage
    plain = context.draft("forget")
    draft = _Dropping(
        kind=plain.kind,
        actor=plain.actor,
        workspace=plain.workspace,
        command=plain.command,
        added=rewritten.added,
        removed=rewritten.removed,
        purged=tuple(sorted(choice.blobs | choice.gone_trees)),
        written_at=base.sequence,
        look_again=_Again(repository, base.sequence, choice, rewritten).look,
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


def _clean_up(context: Context, unlisted: AbstractSet[PackName]) -> None:
    """Delete the files of packs that are gone, and what killed commands left of others.

    Packs that no operation listed when it was decided what goes may hold the same content. Who is
    still about to add one looked at the repository before that, and has to start over anyway.
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


@dataclass(slots=True)
class _Again:
    """Looks at operations that were appended since it was decided what goes."""

    repository: Repository
    sequence: int
    choice: _Choice
    rewritten: Rewritten

    def look(self, view: View) -> None:
        """Refuse if one of them stores, needs or stands on what is to go.

        Raises:
            Busy: decide again (``start-over``).
        """
        if view.sequence == self.sequence:
            return
        self.repository.objects.cover(view.packs)
        reach, gone = self.choice.reach, self.choice.gone
        for operation, _, effective in self.repository.log.walk(self.sequence + 1):
            if effective:
                self._look_at_packs(operation.added, gone)
                reach.walk(commits_named(operation))
                for root in kept_trees(operation):
                    reach.walk_tree(root)
        self.sequence = view.sequence
        if not gone.isdisjoint(reach.blobs) or not gone.isdisjoint(reach.trees):
            raise _start_over()

    def _look_at_packs(self, added: Sequence[PackRecord], gone: AbstractSet[ObjectId]) -> None:
        objects, removed = self.repository.objects, self.rewritten.removed
        for record in added:
            if record.name not in objects.live:
                raise _start_over()
            footer = objects.index.footer(record.name)
            if not footer.needs.isdisjoint(removed):
                raise _start_over()
            for row in footer.rows():
                needed = objects.chunks(row[0]).ids if row[1] is Kind.LIST else ()
                if row[0] in gone or not gone.isdisjoint(needed):
                    raise _start_over()


def _start_over() -> Busy:
    return Busy("start-over", "the log changed while the command ran", "try again")
