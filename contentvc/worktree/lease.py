"""Lease: one command at a time changes or records a working tree.

An operating-system lock on a file, so it is gone when the process is, however it ended. Processes
that a command forks share it: when the command is killed while they write files, the next one
waits for the file they are at (they end on their own), instead of writing at the same time.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from contentvc.storage import disk

__all__ = ["hold", "hold_if_free"]

_PATIENCE: Final = 1.0
"""Seconds a command waits before it says so."""
_STEP: Final = 0.02


@contextmanager
def hold(path: bytes, on_wait: Callable[[], None]) -> Iterator[None]:
    """Have the lease; wait for whoever has it now, and call `on_wait` once if that takes long.

    Raises:
        NotAllowed, Busy: the file cannot be made or locked.
    """
    fd = _opened(path)
    try:
        _wait(fd, path, on_wait)
        yield
    finally:
        os.close(fd)


@contextmanager
def hold_if_free(path: bytes) -> Iterator[bool]:
    """Have the lease if nobody else has; whether that is so. A place that refuses has none."""
    try:
        fd = disk.open_or_create(path)
    except OSError:
        yield False
        return
    try:
        yield _take(fd)
    finally:
        os.close(fd)


def _opened(path: bytes) -> int:
    try:
        return disk.open_or_create(path)
    except OSError as error:
        raise disk.explain(error, "lock", path) from error


def _wait(fd: int, path: bytes, on_wait: Callable[[], None]) -> None:
    began, told = time.monotonic(), False
    try:
        while not _take(fd):
            if not told and time.monotonic() - began >= _PATIENCE:
                on_wait()
                told = True
            time.sleep(_STEP)
    except OSError as error:
        raise disk.explain(error, "lock", path) from error


def _take(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
