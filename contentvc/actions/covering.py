"""Covering: path segments are made for commits that have none."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from contentvc.changes.touched import touch_of
from contentvc.errors import Busy, ContentvcError, NotAllowed
from contentvc.history.path_index import PathIndex
from contentvc.history.path_segment import Touch
from contentvc.ids import NAME_BYTES, ObjectId
from contentvc.repository import Repository
from contentvc.storage.contract import StorageError

__all__ = ["UNCOVERED", "cover", "cover_recent", "path_index"]

UNCOVERED: Final = 32
"""Commits worth a segment. To look at so many trees takes log a few hundredths of a second."""
_ROWS: Final = 30_000
"""Paths that one command lists at most: about half a second."""


def path_index(repository: Repository) -> PathIndex:
    """What the repository's path segments know."""
    return PathIndex(repository.storage, repository.description.repository)


def cover_recent(repository: Repository, tip: ObjectId) -> None:
    """At every 32nd operation, cover the commits below `tip` back to those that are covered."""
    if repository.view.sequence % UNCOVERED:
        return
    known = path_index(repository)
    cover(repository, known, _uncovered(repository, known, tip))


def cover(repository: Repository, known: PathIndex, commits: Iterable[ObjectId]) -> None:
    """Make a segment for commits, as far as this is done quickly.

    It is a cache: where the storage refuses there will be none, and a commit whose trees cannot
    be read is left out, since whoever needs these is told.
    """
    touches = list(_touches(repository, commits))
    if touches:
        with suppress(StorageError, Busy, NotAllowed):
            known.add(repository.clockwork.random(NAME_BYTES), touches)


def _touches(repository: Repository, commits: Iterable[ObjectId]) -> Iterator[Touch]:
    rows = 0
    for identifier in commits:
        if rows > _ROWS:
            return
        with suppress(ContentvcError):
            touch = touch_of(repository, identifier, repository.commit(identifier))
            rows += touch.rows
            yield touch


def _uncovered(repository: Repository, known: PathIndex, tip: ObjectId) -> Iterator[ObjectId]:
    todo = deque([tip])
    seen = {tip}
    while todo:
        identifier = todo.popleft()
        if identifier not in known.links:
            yield identifier
            fresh = [one for one in repository.commit(identifier).parents if one not in seen]
            seen.update(fresh)
            todo.extend(fresh)
