"""Counting: how many records of changed files differ, as long as that is quickly told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.ruling import RulesOf, rules_in
from contentvc.changes.files import ChangeKind, FileChange, classify
from contentvc.changes.trees import diff_trees
from contentvc.errors import ContentvcError
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Mode

if TYPE_CHECKING:
    from contentvc.formats.counts import Counts

__all__ = ["counted", "counted_commit"]

_SUFFIXES: Final = (b".jsonl", b".ndjson", b".csv", b".tsv")
_FILES: Final = 1000
"""Changed files of a commit, beyond which none is counted."""


def counted(
    context: Context, changes: Sequence[FileChange], rules: Callable[[], RulesOf]
) -> Mapping[bytes, "Counts"]:
    """Counts by path, of files of records that were there before and are now.

    Nothing is counted where they have more than `limits.COUNTED_BYTES` together, and a file that
    cannot be read is left out: it is only a remark beside what is asked for. Rules are asked for
    only where something is counted.
    """
    objects = context.repository.objects
    wanted = [change for change in changes if _is_of_records(change)]
    if objects.is_partial:  # what is at a remote is not asked for
        wanted = [one for one in wanted if one.old is not None and objects.has(one.old.id)]
    if not wanted or sum(map(_bytes, wanted)) > limits.COUNTED_BYTES:
        return {}
    return dict(_counts(context, wanted, rules))


def counted_commit(context: Context, commit: Commit, files: int) -> Mapping[bytes, "Counts"]:
    """The same for what a commit changed in so many files against its first parent."""
    if not commit.parents or files > _FILES:
        return {}
    repository = context.repository
    before = repository.commit(commit.parents[0]).tree
    changes = classify(diff_trees(repository.entries, before, commit.tree))
    return counted(context, changes, lambda: rules_in(repository, commit.tree))


def _is_of_records(change: FileChange) -> bool:
    old, new = change.old, change.new
    if change.change not in (ChangeKind.MODIFIED, ChangeKind.RENAMED) or old is None or new is None:
        return False
    is_file = Mode.SYMLINK not in (old.mode, new.mode) and old.id != new.id
    return is_file and change.path.endswith(_SUFFIXES)


def _bytes(change: FileChange) -> int:
    return sum(one.size for one in (change.old, change.new) if one is not None)


def _counts(
    context: Context, changes: Sequence[FileChange], rules: Callable[[], RulesOf]
) -> Iterator[tuple[bytes, "Counts"]]:
    from contentvc.actions.diff import DiffReport, content_of  # noqa: PLC0415 - 10 ms, few need it
    from contentvc.formats.changes import RecordChanges  # noqa: PLC0415
    from contentvc.formats.counts import counts_of  # noqa: PLC0415

    report = DiffReport(None, None, tuple(changes), rules())
    for change in changes:
        try:
            difference = content_of(context, report, change)
        except (ContentvcError, OSError):
            continue
        if isinstance(difference, RecordChanges):
            yield change.path, counts_of(difference)
