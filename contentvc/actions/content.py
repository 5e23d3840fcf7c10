"""What changed inside one file, in the terms of its format."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contentvc.actions.ruling import RulesOf, no_rules
from contentvc.changes.files import FileChange
from contentvc.errors import ContentvcError
from contentvc.formats.changes import (
    Changes,
    RecordChanges,
    RecordCounts,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.registry import HEAD, diff_file, diff_lines, diff_whole
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import Source, source_of
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import read_whole, span_of

__all__ = [
    "ContentDiff",
    "PurgedDiff",
    "RewrittenDiff",
    "compare_content",
    "purged_diff",
    "stored_diff",
    "stored_source",
    "working_source",
]


@dataclass(frozen=True, slots=True)
class PurgedDiff:
    """Content that nobody can compare any more, since a side of it was purged."""

    message: str
    """When, and why."""


@dataclass(frozen=True, slots=True)
class RewrittenDiff:
    """Content that holds the same values as before, written differently."""

    terms: StructuredChanges | RecordChanges
    """Without any change; it says by what was compared."""
    lines: Changes
    """What differs in the writing."""


ContentDiff = Changes | PurgedDiff | RewrittenDiff


class _Once:
    """A small content that is read when it is first asked for, and kept.

    Thousands are made in a diff, and `functools.cache` takes longer than comparing them.
    """

    __slots__ = ("_content", "_read")

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._content: bytes | None = None

    def read(self) -> bytes:
        if self._content is None:
            self._content = self._read()
        return self._content

    def span(self, start: int, end: int) -> bytes:
        return self.read()[start:end]


def stored_source(repository: Repository, entry: Entry) -> Source:
    """A version that is stored."""
    objects, identifier = repository.objects, entry.id

    def chunks() -> list[tuple[ObjectId, int]]:
        if not objects.is_large(identifier):
            return [(identifier, entry.size)]
        listed = objects.chunks(identifier)
        return list(zip(listed.ids, listed.lengths, strict=True))

    if entry.size <= HEAD:
        # Its start tells the format and then all of it is read: looked up and verified once.
        small = _Once(partial(repository.blob, identifier))
        return Source(entry.size, small.read, small.span, chunks)
    return Source(
        size=entry.size,
        read=lambda: repository.blob(identifier),
        span=lambda start, end: objects.read_range(identifier, start, end),
        chunks=chunks,
    )


def working_source(root: bytes, path: bytes, entry: Entry) -> Source:
    """What is at a path of the working tree now."""
    if entry.mode is Mode.SYMLINK:
        target = read_whole(root, path)
        return source_of(target)
    return Source(
        size=entry.size,
        read=partial(read_whole, root, path),
        span=partial(span_of, root, path),
    )


def stored_diff(
    repository: Repository, change: FileChange, rules: RulesOf = no_rules
) -> ContentDiff:
    """What a change between two stored trees did to one file's content, which it may not have.

    Files are read as the rules say, those of the newer version.
    """
    old, new = change.old, change.new
    if old is not None and new is not None and old.id == new.id:
        return TextChanges(())
    return purged_diff(repository, change) or compare_content(
        change.path,
        None if old is None else stored_source(repository, old),
        None if new is None else stored_source(repository, new),
        rules(change.path),
    )


def purged_diff(repository: Repository, change: FileChange) -> PurgedDiff | None:
    """What is told instead where a side of a change was purged; None where none was."""
    for side in (change.old, change.new):
        if side is not None and repository.is_purged(side.id):
            gone = repository.objects.why_gone(side.id)
            return PurgedDiff(gone.message) if isinstance(gone, ContentvcError) else None
    return None


def compare_content(
    path: bytes, old: Source | None, new: Source | None, rules: Rules = NO_RULES
) -> ContentDiff:
    """What changed between two versions of a file; None is a file that is not there.

    Of documents that came or went as a whole it is the lines; there is nothing to compare.
    """
    if old is None or new is None:
        return diff_whole(path, old, new, rules)
    changes, _ = diff_file(path, old, new, rules)
    if isinstance(changes, StructuredChanges | RecordChanges) and _is_nothing(changes):
        return RewrittenDiff(changes, diff_lines(old, new))
    return changes


def _is_nothing(changes: StructuredChanges | RecordChanges) -> bool:
    if isinstance(changes, RecordChanges):
        return changes.counts == RecordCounts() and not changes.columns
    return not changes.changes and (changes.text is None or not changes.text.hunks)
