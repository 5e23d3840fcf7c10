"""Copies: what `cp` takes for the files that a command writes or reads."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.bench import Job
from benchmarks.commands import Work
from benchmarks.rows import CP, CP_AND_SYNC
from benchmarks.trees import remove_folder

__all__ = ["Copies"]

# A file system that can would only share the blocks, and nothing would be copied.
_ARGV: Final = ("cp", "--reflink=never") if sys.platform.startswith("linux") else ("cp",)


class Copies:
    """A folder that files are copied to, emptied before each copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def job(self, source: Path, names: Sequence[str]) -> Job:
        """`cp` of these files. What an earlier copy left is removed here, outside of the time."""
        return Job(CP, self._copy(source, names), self._folder)

    def synced_job(self, source: Path, names: Sequence[str]) -> Job:
        """The same and `sync` of the copies, as durable as a commit is."""
        work = (*self._copy(source, names), ("sync", *names))
        return Job(CP_AND_SYNC, work, self._folder)

    def clear(self) -> None:
        """Removes the copies."""
        remove_folder(self._folder)

    def _copy(self, source: Path, names: Sequence[str]) -> Work:
        self.clear()
        self._folder.mkdir()
        return ((*_ARGV, *(str(source / name) for name in names), "."),)
