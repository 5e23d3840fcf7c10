"""Memory: what a process group holds, each shared page counted once where the system tells."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

__all__ = ["MEASURE", "GroupMemory"]

_ON_LINUX: Final = sys.platform.startswith("linux")
MEASURE: Final = "PSS" if _ON_LINUX else "RSS"
"""The proportional set size counts a page that n processes share as 1/n in each, so what forked
children share counts once; the interpreter's own pages count less while other programs use them."""


class GroupMemory:
    """Samples the memory of one process group; made before the group is started."""

    def __init__(self) -> None:
        # What runs already cannot belong to the group, and reading its status costs a system call.
        self._others: Final = frozenset(_processes())

    def bytes_of(self, group: int) -> int:
        """Bytes that the processes of the group hold now; 0 when there are none."""
        if not _ON_LINUX:
            return _resident(group)
        started = (process for process in _processes() if process not in self._others)
        return sum(_proportional(process) for process in started if _group_of(process) == group)


def _processes() -> Iterator[str]:
    return filter(str.isdecimal, os.listdir("/proc")) if _ON_LINUX else iter(())


def _group_of(process: str) -> int:
    # The name before the last ")" may itself hold blanks; state, parent and group follow it.
    fields = _read(process, "stat").rpartition(")")[2].split()
    return int(fields[2]) if fields else 0


def _proportional(process: str) -> int:
    lines = _read(process, "smaps_rollup").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _read(process: str, name: str) -> str:
    try:
        with open(f"/proc/{process}/{name}", errors="replace") as file:
            return file.read()
    except OSError:  # it ended in the meantime
        return ""


def _resident(group: int) -> int:
    listing = subprocess.run(
        ["/bin/ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in listing.splitlines())
    return 1024 * sum(int(resident) for number, resident in rows if int(number) == group)
