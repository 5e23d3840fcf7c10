"""Guards: one thread at a time, also across a fork.

A fork copies memory as it is: what another thread holds just then stays held in the child forever,
and what it is changing stays half changed. So a fork waits until no guard is held.
"""

import os
import threading
from weakref import WeakSet

__all__ = ["new_guard"]


def new_guard() -> threading.RLock:
    """A guard; the thread that holds it may enter it again.

    Whoever holds one must not enter another: a fork takes them all, in no particular order.
    """
    guard = threading.RLock()
    _ALL.add(guard)
    return guard


_ALL: WeakSet[threading.RLock] = WeakSet()
_held_for_fork: list[threading.RLock] = []


def _hold_all() -> None:
    for guard in list(_ALL):
        guard.acquire()
        _held_for_fork.append(guard)


def _release_all() -> None:
    while _held_for_fork:
        _held_for_fork.pop().release()


os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_release_all)
