"""Stamps: when a file's times prove that it is unchanged.

A file whose size, times, inode and mode equal what was noted is taken as unchanged without
reading it. That is sound only if every later change shows in them. A change at time T gives
ctime = T rounded down to the file system's granularity, so it hides exactly when T falls into the
same granule as the noted ctime. Hence:

- Before a scan, something in the tree is touched. Its new mtime S is *now* by the clock that also
  stamps the files, rounded as theirs are. Everything read afterwards was read after S.
- A file whose mtime and ctime both lie before S by more than a granule was last changed in a
  granule that was over when we read it. A later change falls into a later granule and shows.
- Any other file is *unsure*: its row is kept (the id is useful, the stat is not) with a time no
  file has, so the next scan reads it again. So does a file with a time in the future, always.

Granularity is seen in the stamp itself. Kernels stamp with the time of the last timer tick, up to
10 ms ago. A stamp of whole seconds comes from a file system that keeps no more, FAT at worst with
2 s; where that is a coincidence it costs one more reading. No other file system needs probing, so
a tree may span several.

A clock that is set back by hand cannot be told from one that runs slowly: a file changed then may
get an earlier ctime than noted, which differs and so shows; that it hits the same nanosecond and
keeps its size is not a risk to plan for.

Files we write ourselves are *sealed*: their mtime is set one nanosecond (or granule) before S. The
clock that stamps them does not go back, so whoever changes one later, even within the tick it was
written in, leaves an mtime that is not the noted one. They need no second reading.
"""

import os
from typing import Final

from contentvc.errors import ContentvcError, NotAllowed
from contentvc.storage import disk

__all__ = ["NEVER", "is_unsure", "now_by_touching", "seal_by_touching"]

NEVER: Final = -(1 << 63)
"""As an mtime: this row's stat proves nothing. No file system keeps a time of 1677."""

_TICK: Final = 10_000_000
"""Nanoseconds between timer ticks at 100 Hz, the slowest kernels that are built."""
_SECOND: Final = 1_000_000_000
_COARSE: Final = 2 * _SECOND


def now_by_touching(marker: bytes) -> int:
    """S: the time in nanoseconds by the clock that stamps files beside `marker`, which exists.

    In a tree that may not be written to it is so early that everything is unsure.

    Raises:
        Busy: the file system fails.
    """
    try:
        disk.touch(marker)
        return os.lstat(marker).st_mtime_ns
    except OSError as error:
        explained: ContentvcError = disk.explain(error, "touch", marker)
        if isinstance(explained, NotAllowed):
            return NEVER
        raise explained from error


def seal_by_touching(marker: bytes) -> int:
    """An mtime for files that are written from now on: before any that a later change gives them.

    In a tree where the time cannot be asked it is 1970, which is just as good a seal.

    Raises:
        Busy: the file system fails.
    """
    since = now_by_touching(marker)
    return since - 1 if since != NEVER else 0


def is_unsure(mtime_ns: int, ctime_ns: int, since: int) -> bool:
    """Whether a file with these times, read after `since` (S), may change later and not show it."""
    return _too_young(mtime_ns, since) or _too_young(ctime_ns, since)


def _too_young(stamp: int, since: int) -> bool:
    return stamp >= since - (_TICK if stamp % _SECOND else _COARSE)
