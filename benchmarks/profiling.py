"""Profiles of one row's contentvc command: where its time goes, or what its start imports."""

import pstats
import sys
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks import under_profile
from benchmarks.commands import Work

__all__ = ["print_profiles", "profiled"]

_LINES: Final = 40
_PATTERN: Final = "*.profile"


def profiled(work: Work, folder: Path) -> Work:
    """The same work under cProfile; each of its commands leaves a file in `folder`.

    Children that a command forks are not in its profile.
    """
    taken = len(list(folder.glob(_PATTERN)))
    names = (folder / f"{number:04d}.profile" for number in count(taken))
    return [
        [sys.executable, under_profile.__file__, str(name), *argv]
        for name, argv in zip(names, work, strict=False)
    ]


def print_profiles(folder: Path) -> None:
    """Of the last profile left in `folder`: the functions that take most, alone and with calls."""
    last = max(folder.glob(_PATTERN))
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(last)).sort_stats(order).print_stats(_LINES)
