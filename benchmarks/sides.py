"""Side: a program under measurement and the commands by which it does each piece of work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.commands import Work

__all__ = ["Side", "Sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes a repository takes: all of its folder, and what holds content and history alone."""

    whole: int
    stored: int


class Side(Protocol):
    """What both programs can do. Commands are run in the top folder of the working tree."""

    @property
    def name(self) -> str:
        """How the side is named in the table."""
        ...

    @property
    def repository(self) -> str:
        """The folder it keeps in the working tree."""
        ...

    def prepare(self, folder: Path) -> None:
        """Makes a new repository, replacing one that is there; not measured."""
        ...

    def version(self) -> Work:
        """Starts the program and does nothing."""
        ...

    def commit(self, message: str) -> Work:
        """Records all changes."""
        ...

    def status(self) -> Work:
        """Tells what changed, for people."""
        ...

    def short_status(self) -> Work:
        """Prints nothing if nothing changed."""
        ...

    def branch(self, name: str) -> Work:
        """A branch at the current commit."""
        ...

    def switch(self, name: str) -> Work:
        """Makes the working tree that of a branch."""
        ...

    def diff(self) -> Work:
        """What changed in the working tree, line by line."""
        ...

    def log(self, count: int) -> Work:
        """The last commits."""
        ...

    def sizes(self, folder: Path) -> Sizes:
        """What the repository takes after its own collection of garbage, if it has one."""
        ...
