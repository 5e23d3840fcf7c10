"""The processes that this one has started and not yet waited for, dead ones included."""

import os
import subprocess
import sys

__all__ = ["children"]


def children() -> set[int]:
    """Their ids; a server that other tests share may be among them."""
    parents = _from_proc() if sys.platform == "linux" else _from_ps()
    return {child for child, parent in parents if parent == os.getpid()}


def _from_proc():
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                rest = file.read().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile, so it is none of ours
        yield int(name), int(rest[1])


def _from_ps():
    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE) as listed:
        rows = [tuple(map(int, line.split())) for line in listed.communicate()[0].splitlines()]
    return [row for row in rows if row[0] != listed.pid]
