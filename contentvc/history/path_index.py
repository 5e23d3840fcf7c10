"""PathIndex: the commits that may touch a path, from all path segments of a repository.

Which segments there are is nobody's authority: a commit that none covers is read with its trees.
New ones are merged with those that are not much larger, so there are never more than a
logarithmic number, apart from those that are large enough.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.path_segment import (
    Link,
    PathSegment,
    Touch,
    build_path_segment,
    path_hash,
)
from contentvc.ids import NAME_BYTES, ObjectId, RepositoryId
from contentvc.storage.contract import NotFound, Storage

__all__ = ["PathIndex"]

_PREFIX: Final = "paths/"
_GROWTH: Final = 2
"""A segment at most this many times larger than what is merged is merged along."""
_LARGE: Final = 250_000
"""Rows from which a segment is merged no further: it would keep a command waiting, and reading
one more takes a millisecond."""


class PathIndex:
    """What is known of commits without reading them.

    Safe to read from several threads, and after a fork.
    """

    def __init__(self, storage: Storage, repository: RepositoryId) -> None:
        self._storage = storage
        self._repository = repository
        self._all: _Segments | None = None
        self._spoilt: list[str] = []

    @property
    def links(self) -> Mapping[ObjectId, Link]:
        """What each commit follows that a segment covers."""
        return self._loaded().links

    def candidates(self, paths: Collection[bytes]) -> set[ObjectId]:
        """The covered commits that may differ in a path of these from each of their parents."""
        hashes = [path_hash(path) for path in paths]
        return self._of_all(lambda segment: segment.candidates(hashes))

    def add(self, name: bytes, touches: Iterable[Touch]) -> None:
        """Cover more commits by a segment called `name`, with smaller segments merged into it."""
        added = {touch.id: touch for touch in touches if touch.link.time in range(1 << 64)}
        segments = dict(self._loaded().segments)
        merged = _merge(added, segments)
        built = build_path_segment(self._repository, list(added.values()))
        path = _PREFIX + name.hex()[: 2 * NAME_BYTES]
        self._storage.write(path, built)
        for other in merged + self._spoilt:
            self._storage.delete(other)
            segments.pop(other, None)
        self._spoilt.clear()
        self._all = _Segments({**segments, path: PathSegment(self._repository, built)})

    def segments(self) -> list[str]:
        """The storage names of all segments, sound or not."""
        return list(self._storage.list(_PREFIX))

    def read(self, name: str) -> PathSegment:
        """One of them.

        Raises:
            Damaged: it is not sound, or of another repository.
            NotFound: it was merged into another meanwhile.
        """
        stored = self._storage.read(name, (0, limits.PATH_SEGMENT_BYTES + 1))
        if len(stored) > limits.PATH_SEGMENT_BYTES:
            raise Damaged("beyond-limit", "a path segment is too large")
        return PathSegment(self._repository, stored)

    def _of_all(self, ask: Callable[[PathSegment], set[ObjectId]]) -> set[ObjectId]:
        found: set[ObjectId] = set()
        for name, segment in self._loaded().segments.items():
            try:
                found |= ask(segment)
            except Damaged:
                self._drop(name)
                return self._of_all(ask)
        return found

    def _drop(self, name: str) -> None:
        rest = dict(self._loaded().segments)
        del rest[name]
        self._spoilt.append(name)
        self._all = _Segments(rest)

    def _loaded(self) -> "_Segments":
        found = self._all
        if found is None:
            found = self._all = _Segments(dict(self._read_all()))
        return found

    def _read_all(self) -> Iterator[tuple[str, PathSegment]]:
        for name in self.segments():
            try:
                yield name, self.read(name)
            except Damaged:
                self._spoilt.append(name)
            except NotFound:
                continue  # merged into another meanwhile: its commits count as uncovered


class _Segments:
    def __init__(self, segments: Mapping[str, PathSegment]) -> None:
        self.segments = segments
        self.links: dict[ObjectId, Link] = {}
        for segment in segments.values():
            self.links.update(segment.links)


def _merge(added: dict[ObjectId, Touch], segments: Mapping[str, PathSegment]) -> list[str]:
    """Take in segments that are not much larger than what there is; their names."""
    merged: list[str] = []
    rows = sum(touch.rows for touch in added.values())
    for name, segment in sorted(segments.items(), key=lambda item: item[1].rows):
        if segment.rows > min(_GROWTH * rows, _LARGE):
            break
        with suppress(Damaged):  # a spoilt one is not taken in; it goes all the same
            added.update((touch.id, touch) for touch in list(segment.touches()))
        rows += segment.rows
        merged.append(name)
    return merged
