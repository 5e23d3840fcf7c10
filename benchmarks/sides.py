"""Keepers and sides: programs under measurement, and the commands by which they do each work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.commands import Work

__all__ = ["Keeper", "Side", "Sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes a repository takes: all of its folder, and what holds content and history alone."""

    whole: int
    stored: int


class Keeper(Protocol):
    """A program that keeps versions of a folder; commands are run in the top of that folder."""

    @property
    def name(self) -> str:
        """How it is named in the table."""
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

    def taken(self, folder: Path) -> int:
        """Bytes that its repository takes as it stands."""
        ...


class Side(Keeper, Protocol):
    """A keeper with a working tree and branches: contentvc and git."""

    @property
    def repository(self) -> str:
        """The folder it keeps in the working tree."""
        ...

    @property
    def program(self) -> str:
        """What its commands begin with; those of `log` go on alike."""
        ...

    def export(self, path: str) -> Work:
        """What HEAD has, as a tar file that may be there already."""
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

    def merge(self, name: str) -> Work:
        """Brings in what a branch has."""
        ...

    def cherry_pick(self, name: str) -> Work:
        """Does the newest commit of a branch again here."""
        ...

    def take_back(self) -> Work:
        """The newest commit, which was just recorded, is gone again, and files are as before."""
        ...

    def diff(self) -> Work:
        """What changed in the working tree, line by line."""
        ...

    def log(self, count: int) -> Work:
        """The last commits."""
        ...

    def add_remote(self, folder: Path, remote: str, place: Path) -> None:
        """Makes an empty remote in a place that does not exist yet, known by a name."""
        ...

    def push(self, remote: str) -> Work:
        """What the branch has that the remote has not."""
        ...

    def clone(self, place: str, folder: str) -> Work:
        """All of a remote in a new folder, checked out."""
        ...

    def compact(self) -> Work:
        """Makes the repository as small as it can be."""
        ...

    def sizes(self, folder: Path) -> Sizes:
        """What the repository takes after its own collection of garbage, if it has one."""
        ...
