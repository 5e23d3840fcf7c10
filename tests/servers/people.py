"""People: each with a clone of their own, typing command lines that run in this process."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contentvc.cli.edge import Edge
from contentvc.worktree import place
from tests.actions.site import Files, Site, write_files
from tests.cli.terminal import Ran, Terminal

__all__ = ["Person", "Refused", "nobody"]


class Refused(AssertionError):
    """A command that should work did not; its error document is in `error`."""

    def __init__(self, arguments: tuple[str, ...], ran: Ran) -> None:
        self.ran = ran
        self.error: dict[str, Any] = _error(ran)
        super().__init__(f"{' '.join(arguments)} ended with {ran.code}: {ran.out}{ran.err}")

    @property
    def code(self) -> str:
        """Of `contentvc.errors.CODES`."""
        return str(self.error.get("code", ""))


class _Typing(Terminal):
    """With the world's own clock, and no child processes: clients of buckets have threads."""

    hurry: int = 1
    """How many times faster the clock runs."""

    def edge(self, **changes: Any) -> Edge:
        began = time.time_ns()
        world = {
            "now": lambda: (began + self.hurry * (time.time_ns() - began)) // 1_000,
            "monotonic": lambda: self.hurry * time.monotonic(),
            "pause": lambda seconds: time.sleep(seconds / self.hurry),
            "processors": 1,
        }
        return super().edge(**(world | changes))


class Person:
    """Somebody in a working tree that is there, or is about to be made."""

    def __init__(self, root: Path, variables: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.name = root.name
        self.hurry = 1
        """How many times faster than the world's this person's clock runs."""
        home = root.with_name(f"{root.name}-home")
        home.mkdir(parents=True, exist_ok=True)
        self.variables = {
            "HOME": str(home),
            "LOGNAME": root.name,
            "CONTENTVC_AUTHOR": f"{root.name} <{root.name}@content.example>",
            "PATH": "",
            **(variables or {}),
        }

    def try_to(self, *arguments: str) -> Ran:
        """A command line, however it ends; in the working tree, or beside where it will be."""
        here = self.root if self.root.is_dir() else self.root.parent
        terminal = _Typing(os.fsencode(os.path.realpath(here)), dict(self.variables))
        terminal.hurry = self.hurry
        return terminal.run("--json", *arguments)

    def do(self, *arguments: str) -> Any:
        """What a command line that works tells.

        Raises:
            Refused: it did not work.
        """
        ran = self.try_to(*arguments)
        if ran.code:
            raise Refused(arguments, ran)
        return ran.json if ran.out else None

    def init(self) -> "Person":
        """A new repository."""
        self.root.mkdir(parents=True)
        self.do("init")
        return self

    def clone(self, location: str, *options: str) -> "Person":
        """All of a remote."""
        self.do("clone", location, str(self.root), *options)
        return self

    @property
    def is_cloned(self) -> bool:
        """Whether a clone came to its end: until then the same command goes on with it."""
        note = self.root / ".contentvc" / "clone"
        return place.at(os.fsencode(self.root)) is not None and not note.exists()

    def write(self, files: Files) -> "Person":
        """Files in the working tree."""
        write_files(os.fsencode(self.root), files)
        return self

    def commit(self, files: Files | None = None, message: str = "an edit") -> str:
        """The id of a new commit."""
        self.write(files or {})
        return str(self.do("commit", "-m", message)["commit"])

    @property
    def site(self) -> Site:
        """The same working tree, looked at through the actions."""
        return Site(os.fsencode(self.root))

    def files(self) -> dict[bytes, bytes]:
        """All that is in the working tree, contentvc's own aside."""
        return self.site.files()

    def refs(self) -> dict[str, str]:
        """All refs of the clone."""
        return {name: identifier.hex() for name, identifier in self.site.refs().items()}

    def shared_refs(self) -> dict[str, str]:
        """Branches and tags."""
        kinds = ("branch/", "tag/")
        return {name: one for name, one in self.refs().items() if name.startswith(kinds)}

    def check(self) -> None:
        """Everything is sound here."""
        verdict = self.do("verify")
        assert verdict["ok"], verdict["problems"]


def nobody(folder: Path, location: str, variables: Mapping[str, str] | None = None) -> Person:
    """A new clone, whose content is verified: what is really there."""
    number = len(list(folder.iterdir()))
    person = Person(folder / f"nobody-{number}", variables).clone(location)
    person.check()
    return person


def _error(ran: Ran) -> dict[str, Any]:
    try:
        document = ran.json
    except (AssertionError, ValueError):
        return {}
    return dict(document.get("error", {}))
