"""What changed inside one file: lines and words, or byte ranges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.changes.files import FileChange
from contentvc.errors import ContentvcError
from contentvc.formats.binary import Range, changed_chunks, changed_ranges
from contentvc.formats.text import Hunk, encoding_of, is_text, line_changes
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Mode

__all__ = [
    "WHOLE",
    "BinaryDiff",
    "ContentDiff",
    "PurgedDiff",
    "Side",
    "TextDiff",
    "compare_content",
    "purged_diff",
    "stored_diff",
    "stored_side",
]

WHOLE: Final = 16 * limits.MIB
"""Bytes. Larger content is compared by chunks, and never shown by line."""


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a file's content, wherever it is.

    `read` gives all bytes, `span` a half-open range of them.
    """

    size: int
    mode: Mode
    read: Callable[[], bytes]
    span: Callable[[int, int], bytes]
    chunks: Callable[[], list[tuple[ObjectId, int]]] | None = None
    """Ids and lengths of its chunks where they are known."""


@dataclass(frozen=True, slots=True)
class TextDiff:
    """Changed lines, with the changed words in them."""

    hunks: tuple[Hunk, ...]
    old_encoding: str = "utf-8"
    """How the removed lines are to be shown."""
    new_encoding: str = "utf-8"
    """How the other lines are to be shown."""

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(line.mark == "added" for hunk in self.hunks for line in hunk.lines)

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(line.mark == "removed" for hunk in self.hunks for line in hunk.lines)


@dataclass(frozen=True, slots=True)
class BinaryDiff:
    """Sizes in bytes and the ranges that differ."""

    old_size: int
    new_size: int
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class PurgedDiff:
    """Content that nobody can compare any more, since a side of it was purged."""

    message: str
    """When, and why."""


ContentDiff = TextDiff | BinaryDiff | PurgedDiff


def stored_side(repository: Repository, entry: Entry) -> Side:
    """A version that is stored."""
    objects, identifier = repository.objects, entry.id

    def chunks() -> list[tuple[ObjectId, int]]:
        if not objects.is_large(identifier):
            return [(identifier, entry.size)]
        listed = objects.chunks(identifier)
        return list(zip(listed.ids, listed.lengths, strict=True))

    return Side(
        size=entry.size,
        mode=entry.mode,
        read=lambda: repository.blob(identifier),
        span=lambda start, end: objects.read_range(identifier, start, end),
        chunks=chunks,
    )


def stored_diff(repository: Repository, change: FileChange) -> ContentDiff:
    """What a change between two stored trees did to one file's content, which it may not have."""
    old, new = change.old, change.new
    if old is not None and new is not None and old.id == new.id:
        return TextDiff(())
    return purged_diff(repository, change) or compare_content(
        None if old is None else stored_side(repository, old),
        None if new is None else stored_side(repository, new),
    )


def purged_diff(repository: Repository, change: FileChange) -> PurgedDiff | None:
    """What is told instead where a side of a change was purged; None where none was."""
    for side in (change.old, change.new):
        if side is not None and repository.is_purged(side.id):
            gone = repository.objects.why_gone(side.id)
            return PurgedDiff(gone.message) if isinstance(gone, ContentvcError) else None
    return None


def compare_content(old: Side | None, new: Side | None) -> ContentDiff:
    """What changed between two versions; None is a file that is not there."""
    before, after = old or _NOTHING, new or _NOTHING
    if before.size <= WHOLE and after.size <= WHOLE:
        return _compare_whole(before.read(), after.read())
    ranges = changed_chunks(_chunks(before), _chunks(after), before.span, after.span)
    return BinaryDiff(before.size, after.size, ranges)


def _compare_whole(before: bytes, after: bytes) -> ContentDiff:
    if is_text(before) and is_text(after):
        return TextDiff(line_changes(before, after), encoding_of(before), encoding_of(after))
    return BinaryDiff(len(before), len(after), changed_ranges(before, after))


def _chunks(side: Side) -> list[tuple[ObjectId, int]]:
    """Chunks to compare by; a side without any is one piece that equals nothing."""
    if side.chunks is not None:
        return side.chunks()
    return [(ObjectId(b""), side.size)] if side.size else []


_NOTHING = Side(0, Mode.FILE, lambda: b"", lambda _start, _end: b"")
