"""Doing several things at once where each waits for an answer."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["at_once"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def at_once(
    call: Callable[[Item], Result], items: Sequence[Item], threads: int
) -> Iterator[Result]:
    """What `call` gives for each item, in order, up to `threads` calls under way.

    The first error is raised in its place; what is not begun by then is not begun any more.
    """
    if threads <= 1 or len(items) <= 1:
        yield from map(call, items)
        return
    from concurrent.futures import (  # noqa: PLC0415 - 5 ms, only for buckets
        ThreadPoolExecutor,
    )

    pool = ThreadPoolExecutor(min(threads, len(items)))
    try:
        for future in [pool.submit(call, item) for item in items]:
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
