"""Ranges: work on parts of packs in threads, in order, with only so many bytes under way."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from contentvc import limits

__all__ = ["in_order"]

_UNDER_WAY: Final = 32 * limits.MIB
"""Bytes of what is being worked on, and of results that were not asked for yet."""

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    tasks: Iterable[Task],
    size: Callable[[Task], int],
    work: Callable[[Task], Result],
    threads: ThreadPoolExecutor,
    at_once: int,
) -> Iterator[Result]:
    """The results of all tasks, in order; while one is used, the next are worked on.

    Args:
        tasks: to be done.
        size: bytes that a task takes while it is under way.
        work: called in threads.
        threads: where.
        at_once: tasks that are under way at most.
    """
    under_way: deque[tuple[int, Future[Result]]] = deque()
    total = 0
    try:
        for task in tasks:
            length = size(task)
            while under_way and (total + length > _UNDER_WAY or len(under_way) >= at_once):
                done, future = under_way.popleft()
                total -= done
                yield future.result()
            under_way.append((length, threads.submit(work, task)))
            total += length
        while under_way:
            yield under_way.popleft()[1].result()
    finally:
        for _, future in under_way:
            future.cancel()
