"""Renames: deleted and added files that are one file under two names."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Final

from contentvc import limits
from contentvc.changes.files import ChangeKind, FileChange
from contentvc.changes.similarity import Pieces, Suggestions, path_end, percent_shared, pieces_of
from contentvc.errors import Missing
from contentvc.formats.text import is_text
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["RenameLimits", "find_renames"]


@dataclass(frozen=True, slots=True)
class RenameLimits:
    """How much is read to find renames of files that were edited too."""

    blob: int = limits.RENAME_BLOB
    """Bytes of a file; larger ones are never read."""
    files: int = limits.RENAME_FILES
    """Deleted, and added, files."""
    total: int = limits.RENAME_BYTES
    """Bytes of all of them."""
    percent: int = 50
    """Similarity from which two files are one."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A deleted or an added file."""

    path: bytes
    entry: Entry

    @property
    def name(self) -> bytes:
        return self.path.rpartition(b"/")[2]


_Pair = tuple[_Side, _Side]
_FOLDERS: Final = 8
"""Folders of a path compared to tell which of several equal files is nearest."""


def find_renames(
    changes: Iterable[FileChange],
    read: Callable[[ObjectId], bytes],
    bounds: RenameLimits | None = None,
) -> list[FileChange]:
    """The changes with each deleted and added pair that is one file as one renamed change.

    First files of equal content, of any size and unread: of several, one of the same name is
    preferred, then the nearest path. Then text files that are similar enough (`similarity`), the
    most similar first; where they are too many to read, only those that kept their name, or none.
    Empty files, and a file and a symlink, never pair. A rename stands where the added file stood.
    The same changes give the same renames. Content that was dropped on purpose, or
    that `read` says is elsewhere, is like no other.

    Raises:
        ContentvcError: what `read` raises.
    """
    rows = list(changes)
    deleted = [_Side(row.path, row.old) for row in rows if _is(row, ChangeKind.DELETED) and row.old]
    added = [_Side(row.path, row.new) for row in rows if _is(row, ChangeKind.ADDED) and row.new]
    if not deleted or not added:
        return rows
    pairs = list(_exact(deleted, added))
    gone = {old.path for old, _ in pairs}
    come = {new.path for _, new in pairs}
    pairs += _similar(
        [side for side in deleted if side.path not in gone],
        [side for side in added if side.path not in come],
        read,
        bounds or RenameLimits(),
    )
    return _with_pairs(rows, pairs)


def _is(row: FileChange, kind: ChangeKind) -> bool:
    return row.change is kind


def _with_pairs(rows: Sequence[FileChange], pairs: Sequence[_Pair]) -> list[FileChange]:
    sources = {new.path: old for old, new in pairs}
    gone = {old.path for old, _ in pairs}
    result: list[FileChange] = []
    for row in rows:
        if row.change is ChangeKind.ADDED and row.path in sources:
            old = sources[row.path]
            result.append(FileChange(row.path, ChangeKind.RENAMED, old.path, old.entry, row.new))
        elif row.change is not ChangeKind.DELETED or row.path not in gone:
            result.append(row)
    return result


def _exact(deleted: Sequence[_Side], added: Sequence[_Side]) -> Iterator[_Pair]:
    olds, news = _by_content(deleted), _by_content(added)
    for content, sources in olds.items():
        if content in news:
            yield from _nearest(sources, news[content])


def _by_content(sides: Sequence[_Side]) -> dict[Hashable, list[_Side]]:
    groups: defaultdict[Hashable, list[_Side]] = defaultdict(list)
    for side in sides:
        if side.entry.size:
            groups[side.entry.id, side.entry.mode == Mode.SYMLINK].append(side)
    return groups


def _nearest(olds: list[_Side], news: list[_Side]) -> Iterator[_Pair]:
    """Pairs of files of one content; linear, since a moved folder may hold thousands of copies.

    The longest common end of the paths first (a folder above was renamed), then one name and the
    longest common start, then the longest common start alone.
    """
    if len(olds) == len(news) == 1:
        yield olds[0], news[0]
        return
    for key in _nearness():
        waiting: defaultdict[Hashable, list[_Side]] = defaultdict(list)
        for old in reversed(olds):
            waiting[key(old.path)].append(old)
        unpaired: list[_Side] = []
        for new in news:
            sources = waiting.get(key(new.path))
            if sources:
                yield sources.pop(), new
            else:
                unpaired.append(new)
        news = unpaired
        left = [old for sources in waiting.values() for old in sources]
        olds = sorted(left, key=attrgetter("path"))
        if not olds or not news:
            return


def _nearness() -> Iterator[Callable[[bytes], Hashable]]:
    """Keys that near paths share, the nearest first."""
    for parts in range(_FOLDERS, 1, -1):
        yield partial(path_end, parts)
    for parts in range(_FOLDERS, -1, -1):
        yield partial(_start_and_name, parts)
    for parts in range(_FOLDERS, -1, -1):
        yield partial(_start, parts)


def _start(parts: int, path: bytes) -> bytes:
    folders = path.split(b"/")[:-1]
    return b"/".join(folders[:parts])


def _start_and_name(parts: int, path: bytes) -> tuple[bytes, bytes]:
    return _start(parts, path), path_end(1, path)


def _similar(
    deleted: Sequence[_Side],
    added: Sequence[_Side],
    read: Callable[[ObjectId], bytes],
    bounds: RenameLimits,
) -> list[_Pair]:
    olds, news = _readable(deleted, added, bounds)
    if not _affordable(olds, news, bounds):
        olds, news = _same_named(olds, news)
        if not _affordable(olds, news, bounds):
            return []
    scored = _scored(olds, news, read, bounds.percent)
    scored.sort(key=lambda row: (-row[0], row[1].name != row[2].name, row[1].path, row[2].path))
    pairs: list[_Pair] = []
    gone: set[bytes] = set()
    come: set[bytes] = set()
    for _, old, new in scored:
        if old.path not in gone and new.path not in come:
            gone.add(old.path)
            come.add(new.path)
            pairs.append((old, new))
    return pairs


def _readable(
    deleted: Sequence[_Side], added: Sequence[_Side], bounds: RenameLimits
) -> tuple[list[_Side], list[_Side]]:
    """Small files whose size lets some file of the other side be similar enough."""
    olds = [side for side in deleted if _is_small_file(side.entry, bounds)]
    news = [side for side in added if _is_small_file(side.entry, bounds)]
    old_sizes = sorted(side.entry.size for side in olds)
    new_sizes = sorted(side.entry.size for side in news)
    return (
        [side for side in olds if _has_partner(side.entry.size, new_sizes, bounds.percent)],
        [side for side in news if _has_partner(side.entry.size, old_sizes, bounds.percent)],
    )


def _is_small_file(entry: Entry, bounds: RenameLimits) -> bool:
    return entry.mode != Mode.SYMLINK and 0 < entry.size <= bounds.blob


def _has_partner(size: int, sizes: Sequence[int], percent: int) -> bool:
    """Whether a size is near enough: the shorter content is all that both can share."""
    place = bisect_left(sizes, -(-size * percent // 100))
    return place < len(sizes) and sizes[place] * percent <= size * 100


def _affordable(olds: Sequence[_Side], news: Sequence[_Side], bounds: RenameLimits) -> bool:
    size = sum([side.entry.size for side in (*olds, *news)])
    return max(len(olds), len(news)) <= bounds.files and size <= bounds.total


def _same_named(olds: Sequence[_Side], news: Sequence[_Side]) -> tuple[list[_Side], list[_Side]]:
    names = {side.name for side in olds} & {side.name for side in news}
    return (
        [side for side in olds if side.name in names],
        [side for side in news if side.name in names],
    )


def _scored(
    olds: Sequence[_Side],
    news: Sequence[_Side],
    read: Callable[[ObjectId], bytes],
    percent: int,
) -> list[tuple[int, _Side, _Side]]:
    """Pairs that are similar enough; the added files' contents are held one at a time."""
    known: list[tuple[_Side, int, Pieces]] = []
    for side in olds:
        content = _text(read, side.entry.id)
        if content is not None:
            known.append((side, len(content), pieces_of(content)))
    suggestions = Suggestions([(side.path, pieces) for side, _, pieces in known])
    scored: list[tuple[int, _Side, _Side]] = []
    for new in news:
        content = _text(read, new.entry.id)
        if content is None:
            continue
        pieces = pieces_of(content)
        for place in suggestions.of(new.path, pieces):
            old, length, old_pieces = known[place]
            score = percent_shared(old_pieces, length, pieces, len(content))
            if score >= percent:
                scored.append((score, old, new))
    return scored


def _text(read: Callable[[ObjectId], bytes], identifier: ObjectId) -> bytes | None:
    """A content that can be compared; None for what is no text, was dropped, or is not here."""
    try:
        content = read(identifier)
    except Missing as error:
        if error.code not in ("purged", "forgotten", "elsewhere"):
            raise
        return None
    return content if is_text(content) else None
