"""The commit graph: walking history and finding what two commits have in common."""

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from contentvc.ids import ObjectId

__all__ = [
    "Divergence",
    "Linked",
    "ancestors",
    "divergence",
    "links",
    "merge_bases",
    "topological",
    "walk",
]


class Linked(Protocol):
    """A commit, or what is known of one without reading it."""

    @property
    def time(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...

    @property
    def parents(self) -> tuple[ObjectId, ...]:
        """The commits it follows."""
        ...


Known = TypeVar("Known", bound=Linked)
ReadCommit = Callable[[ObjectId], Linked]

_OURS, _THEIRS, _STALE, _RESULT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Divergence:
    """How many commits each of two histories has that the other does not have."""

    ahead: int
    """Commits of ours alone."""
    behind: int
    """Commits of theirs alone."""
    is_complete: bool = True
    """Whether all were counted; otherwise there are at least so many."""

    @property
    def is_same(self) -> bool:
        """Whether nothing is between them."""
        return self.is_complete and not (self.ahead or self.behind)


def walk(
    starts: Iterable[ObjectId],
    read: Callable[[ObjectId], Known],
    hidden: Iterable[ObjectId] = (),
) -> Iterator[tuple[ObjectId, Known]]:
    """Commits that the starts reach and the hidden ones do not, newest first.

    A commit comes before its parents as long as clocks were right; each comes once.
    """
    excluded = set(ancestors(hidden, read)) if hidden else set()
    seen: set[ObjectId] = set(excluded)
    queue: list[tuple[int, ObjectId, Known]] = []
    for start in starts:
        _enqueue(start, read, seen, queue)
    while queue:
        _, identifier, commit = heapq.heappop(queue)
        while not queue and len(commit.parents) == 1:  # a single line, as most of most histories
            yield identifier, commit
            (identifier,) = commit.parents
            if identifier in seen:
                break
            seen.add(identifier)
            commit = read(identifier)
        else:
            yield identifier, commit
            for parent in commit.parents:
                _enqueue(parent, read, seen, queue)


def ancestors(starts: Iterable[ObjectId], read: ReadCommit) -> Iterator[ObjectId]:
    """The starts and all that they reach, in no useful order, each once."""
    todo = list(starts)
    seen = set(todo)
    while todo:
        identifier = todo.pop()
        yield identifier
        fresh = [parent for parent in read(identifier).parents if parent not in seen]
        seen.update(fresh)
        todo.extend(fresh)


def merge_bases(ours: ObjectId, theirs: ObjectId, read: ReadCommit) -> tuple[ObjectId, ...]:
    """The best common ancestors: those that no other common ancestor reaches.

    Colours spread from both sides, newest commit first, until only what lies behind a common
    ancestor is left. More than one is possible after criss-cross merges; none, for histories that
    share nothing.
    """
    colours: dict[ObjectId, int] = {}
    queue: list[tuple[int, ObjectId]] = []
    for start, colour in ((ours, _OURS), (theirs, _THEIRS)):
        colours[start] = colours.get(start, 0) | colour
        heapq.heappush(queue, (-read(start).time, start))
    found: list[ObjectId] = []
    while any(not colours[identifier] & _STALE for _, identifier in queue):
        _, identifier = heapq.heappop(queue)
        colour = colours[identifier]
        if colour & 7 == _OURS | _THEIRS:
            if not colour & _RESULT:
                colours[identifier] |= _RESULT
                found.append(identifier)
            colour |= _STALE
        for parent in read(identifier).parents:
            if colours.get(parent, 0) & colour & 7 != colour & 7:
                colours[parent] = colours.get(parent, 0) | (colour & 7)
                heapq.heappush(queue, (-read(parent).time, parent))
    return _best([base for base in found if not colours[base] & _STALE], read)


def divergence(
    ours: ObjectId, theirs: ObjectId, read: ReadCommit, most: int | None = None
) -> Divergence:
    """How far two histories are apart; what they have in common is hardly walked.

    Whether anything is ahead or behind at all is exact; the numbers are as exact as clocks were.

    Args:
        ours: the commit that may be ahead.
        theirs: the commit that it may be behind.
        read: gives a commit.
        most: commits that are looked at before counting ends; None: as many as it takes.
    """
    both = _OURS | _THEIRS
    if ours == theirs:
        return Divergence(0, 0)
    colours = {ours: _OURS, theirs: _THEIRS}
    queue = [(-read(start).time, start) for start in colours]
    heapq.heapify(queue)
    undecided = set(colours)  # those in the queue that only one side is known to reach
    looked_at = 0
    while undecided and looked_at != most:
        _, identifier = heapq.heappop(queue)
        undecided.discard(identifier)
        looked_at += 1
        for parent in read(identifier).parents:
            colour = colours.get(parent, 0) | colours[identifier]
            if colour == colours.get(parent):
                continue
            colours[parent] = colour
            heapq.heappush(queue, (-read(parent).time, parent))
            (undecided.discard if colour == both else undecided.add)(parent)
    _share(colours, (identifier for _, identifier in queue if colours[identifier] == both), read)
    tally = Counter(colour for one, colour in colours.items() if one not in undecided)
    ahead, behind = (0 if colours[one] == both else tally[colours[one]] for one in (ours, theirs))
    return Divergence(ahead, behind, not undecided)


def _share(colours: dict[ObjectId, int], shared: Iterable[ObjectId], read: ReadCommit) -> None:
    """What both reach they reach together, also where wrong clocks had it counted for one."""
    both = _OURS | _THEIRS
    todo = list(shared)
    while todo:
        for parent in read(todo.pop()).parents:
            if colours.get(parent, both) != both:
                colours[parent] = both
                todo.append(parent)


def topological(parents: Mapping[ObjectId, Sequence[ObjectId]]) -> list[ObjectId]:
    """The commits in git's order for graphs: each before its parents, one line after another.

    Args:
        parents: of every commit, in the order in which lines that do not meet are to stand.
            Parents that are not among the commits do not count.
    """
    waiting = Counter(
        parent for named in parents.values() for parent in set(named) if parent in parents
    )
    ready = [identifier for identifier in parents if not waiting[identifier]][::-1]
    order: list[ObjectId] = []
    while ready:
        identifier = ready.pop()
        order.append(identifier)
        for parent in dict.fromkeys(parents[identifier]):
            if parent in parents:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
    return order


def links(
    order: Sequence[ObjectId],
    parents: Mapping[ObjectId, Sequence[ObjectId]],
    shown: Collection[ObjectId],
) -> dict[ObjectId, tuple[ObjectId, ...]]:
    """What to draw below each shown commit when some are left out: its nearest shown ancestors.

    Args:
        order: the commits, each before its parents.
        parents: of each of them.
        shown: those that are drawn.
    """
    place = {identifier: number for number, identifier in enumerate(order)}
    nearest: dict[ObjectId, tuple[ObjectId, ...]] = {}
    drawn: dict[ObjectId, tuple[ObjectId, ...]] = {}
    for identifier in reversed(order):
        named = [parent for parent in parents[identifier] if parent in place]
        below = tuple(dict.fromkeys(one for parent in named for one in nearest[parent]))
        if any(parent not in shown for parent in named):
            below = _independent(below, drawn, place)
        if identifier in shown:
            drawn[identifier] = below
            nearest[identifier] = (identifier,)
        else:
            nearest[identifier] = below
    return drawn


def _independent(
    found: tuple[ObjectId, ...],
    drawn: Mapping[ObjectId, Sequence[ObjectId]],
    place: Mapping[ObjectId, int],
) -> tuple[ObjectId, ...]:
    """Without those that another reaches anyway."""
    if len(found) < 2:
        return found
    last = max(place[one] for one in found)
    reached: set[ObjectId] = set()
    todo = [below for one in found for below in drawn[one]]
    while todo:
        identifier = todo.pop()
        if identifier not in reached and place[identifier] <= last:
            reached.add(identifier)
            todo.extend(drawn[identifier])
    return tuple(one for one in found if one not in reached)


def _best(found: list[ObjectId], read: ReadCommit) -> tuple[ObjectId, ...]:
    """Without those that another reaches, which wrong clocks can leave in."""
    if len(found) <= 1:
        return tuple(found)
    reached: set[ObjectId] = set()
    for base in found:
        reached.update(ancestors(read(base).parents, read))
    return tuple(sorted(base for base in found if base not in reached))


def _enqueue(
    identifier: ObjectId,
    read: Callable[[ObjectId], Known],
    seen: set[ObjectId],
    queue: list[tuple[int, ObjectId, Known]],
) -> None:
    if identifier not in seen:
        seen.add(identifier)
        commit = read(identifier)
        heapq.heappush(queue, (-commit.time, identifier, commit))
