"""Ancestry: which commits some tips reach, walked no further than it is asked."""

import heapq
from collections.abc import Callable, Iterable

from contentvc.ids import ObjectId
from contentvc.snapshots.commit import Commit

__all__ = ["Ancestry"]


class Ancestry:
    """The commits that some tips reach, newest first.

    A push of one commit to a long history looks at a few commits of it. Where clocks were wrong, a
    commit may be taken for one that is not reached, and is then compared once more than it had to.

    Args:
        tips: commits whose whole history is known to be there.
        read: gives a commit.
    """

    def __init__(self, tips: Iterable[ObjectId], read: Callable[[ObjectId], Commit]) -> None:
        self._read = read
        self._seen: set[ObjectId] = set()
        self._queue: list[tuple[int, ObjectId]] = []
        self._enqueue(tips)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def holds(self, identifier: ObjectId, time: int) -> bool:
        """Whether the tips reach a commit of that time."""
        while identifier not in self._seen and self._queue and -self._queue[0][0] >= time:
            _, newest = heapq.heappop(self._queue)
            self._enqueue(self._read(newest).parents)
        return identifier in self._seen

    def rest(self) -> frozenset[ObjectId]:
        """All commits that the tips reach."""
        while self._queue:
            _, newest = heapq.heappop(self._queue)
            self._enqueue(self._read(newest).parents)
        return frozenset(self._seen)

    def _enqueue(self, commits: Iterable[ObjectId]) -> None:
        for identifier in commits:
            if identifier not in self._seen:
                self._seen.add(identifier)
                heapq.heappush(self._queue, (-self._read(identifier).time, identifier))
