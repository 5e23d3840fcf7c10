"""contentvc, through the console script that stands beside the interpreter in use."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.commands import Failed, Work, run
from benchmarks.sides import Sizes
from benchmarks.trees import folder_bytes, remove_folder

__all__ = ["SETTINGS", "ContentvcSide", "console_script"]

SETTINGS: Final = """\
[user]
name = "Benchmark"
email = "benchmark@content.example"
"""
"""The user's own configuration file; nothing in it bears on speed."""

_STORED: Final = ("packs", "operations", "bundles")
"""Content and history; the rest of a repository's folder is caches and its own description."""


def console_script() -> Path:
    """The installed command.

    Raises:
        Failed: the project is not installed for this interpreter.
    """
    script = Path(sys.executable).parent / "contentvc"
    if not script.exists():
        raise Failed("contentvc is not installed beside this interpreter: pip install -e .")
    return script


class ContentvcSide:
    """contentvc in a working tree of its own."""

    name: Final = "contentvc"
    repository: Final = ".contentvc"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._script = str(console_script())

    @property
    def program(self) -> str:
        """The console script."""
        return self._script

    def prepare(self, folder: Path) -> None:
        """A new repository."""
        remove_folder(folder / self.repository)
        run([self._script, "init"], folder, self._environment)

    def version(self) -> Work:
        """`contentvc --version`."""
        return ((self._script, "--version"),)

    def commit(self, message: str) -> Work:
        """`contentvc commit -m TEXT`."""
        return ((self._script, "commit", "-m", message),)

    def export(self, path: str) -> Work:
        """`contentvc export --force HEAD FILE.tar`."""
        return ((self._script, "export", "--force", "HEAD", path),)

    def status(self) -> Work:
        """`contentvc status`."""
        return ((self._script, "status"),)

    def short_status(self) -> Work:
        """`contentvc status --short`."""
        return ((self._script, "status", "--short"),)

    def branch(self, name: str) -> Work:
        """`contentvc branch NAME`."""
        return ((self._script, "branch", name),)

    def switch(self, name: str) -> Work:
        """`contentvc switch NAME`."""
        return ((self._script, "switch", name),)

    def merge(self, name: str) -> Work:
        """`contentvc merge NAME`."""
        return ((self._script, "merge", name),)

    def cherry_pick(self, name: str) -> Work:
        """`contentvc cherry-pick NAME`."""
        return ((self._script, "cherry-pick", name),)

    def take_back(self) -> Work:
        """`contentvc undo`."""
        return self.undo()

    def add_remote(self, folder: Path, remote: str, place: Path) -> None:
        """`contentvc remote add NAME PATH`: the empty place becomes a repository."""
        run([self._script, "remote", "add", remote, str(place)], folder, self._environment)

    def name_bucket(self, remote: str, url: str) -> Work:
        """`contentvc remote add NAME URL`."""
        return ((self._script, "remote", "add", remote, url),)

    def push(self, remote: str) -> Work:
        """`contentvc push NAME`."""
        return ((self._script, "push", remote),)

    def fetch(self, remote: str) -> Work:
        """`contentvc fetch NAME`."""
        return ((self._script, "fetch", remote),)

    def sync(self) -> Work:
        """`contentvc sync`."""
        return ((self._script, "sync"),)

    def clone(self, place: str, folder: str) -> Work:
        """`contentvc clone URL DIR`."""
        return ((self._script, "clone", place, folder),)

    def compact(self) -> Work:
        """`contentvc compact`."""
        return ((self._script, "compact"),)

    def undo(self) -> Work:
        """`contentvc undo`."""
        return ((self._script, "undo"),)

    def diff(self) -> Work:
        """`contentvc diff`."""
        return ((self._script, "diff"),)

    def log(self, count: int) -> Work:
        """`contentvc log -n COUNT`."""
        return ((self._script, "log", "-n", str(count)),)

    def taken(self, folder: Path) -> int:
        """All of `.contentvc`."""
        return folder_bytes(folder / self.repository)

    def sizes(self, folder: Path) -> Sizes:
        """All of `.contentvc`; packs, operations and bundles alone."""
        top = folder / self.repository
        stored = sum(folder_bytes(top / "repository" / name) for name in _STORED)
        return Sizes(whole=folder_bytes(top), stored=stored)
