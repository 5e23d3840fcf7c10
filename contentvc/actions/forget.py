"""Forget: dropping what operations kept, at once and for good."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.dropping import (
    Drop,
    again,
    clean_up,
    drop,
    parts_of,
    reading,
    unlisted_packs,
    unreadable,
)
from contentvc.errors import Declined, Missing
from contentvc.history.view import View
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.effect import effect_of, kept_trees
from contentvc.snapshots.operation import Operation
from contentvc.upkeep.named import commits_named, walk_kept
from contentvc.upkeep.reach import Reach, roots

__all__ = ["ForgetReport", "KeptFile", "forget", "forgotten_files", "is_forgotten"]

_SHOWN: Final = 10


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

    def clashes(self, operation: Operation) -> bool:
        """Whether an operation came to need something of it."""
        self.reach.walk(commits_named(operation))
        for root in kept_trees(operation):
            self.reach.walk_tree(root)
        reach, gone = self.reach, self.gone
        return not (gone.isdisjoint(reach.blobs) and gone.isdisjoint(reach.trees))


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
    return again(lambda: _attempt(context, operations, paths))


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
    unlisted = unlisted_packs(repository, base)
    _check_numbers(base, operations)
    with reading(repository, base):
        choice = _choose(repository, operations, paths)
        if not choice.files and not choice.gone_trees:
            if choice.was_forgotten:  # maybe by a command that was killed right after
                clean_up(context, unlisted)
            raise _nothing_kept(operations, paths)
        _decide(repository, choice)
    if not choice.gone:
        raise _all_elsewhere(choice)
    named = choice.blobs | choice.gone_trees
    plan = Drop(context.draft("forget"), named, choice.gone, choice.clashes)
    freed = drop(context, base, plan)
    sequence = repository.view.sequence
    clean_up(context, unlisted)
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
    choice = _Choice(Reach(repository, unreadable))
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
    needed = choice.reach.blobs
    blobs = {file.id for file in choice.files} - needed
    choice.blobs, choice.chunks = parts_of(repository, blobs, needed)
