"""Edge: what the program knows of the world around it, the terminal included.

Together with the `World` that it is, the only place where the environment, the clock, randomness,
the current folder or the terminal are read. Commands get one `Edge`, and rooms below get plain
values and callables out of it.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, TextIO

from contentvc.surroundings import world
from contentvc.surroundings.world import World

__all__ = ["VARIABLES", "Edge", "show_typer"]

_OWN: Final = {
    "CONTENTVC_PAGER": "the program that shows long output; counts more than `core.pager`. "
    "`cat`, or empty: none",
    "CONTENTVC_TRACEBACK": "when not empty, every error also prints where in the program it arose",
    "EDITOR": "the editor, when neither `core.editor` nor `VISUAL` names one",
    "LESS": "options of `less`; `FRX` when not set",
    "LV": "options of `lv`; `-c` when not set",
    "NO_COLOR": "when not empty, no colours, unless `--color` or `ui.color` asks for them",
    "PAGER": "the pager, when neither `CONTENTVC_PAGER` nor `core.pager` names one; "
    "`less` when not set",
    "VISUAL": "the editor, when `core.editor` names none",
}
VARIABLES: Final[dict[str, str]] = dict(sorted((world.VARIABLES | _OWN).items()))
"""Every environment variable that is read on purpose. A documentation test compares."""

_DEFAULT_WIDTH: Final = 80
_DRAWN: Final = "\u25cf\u2502\u2571\u2572"
"""A dot, and lines down and across."""


@dataclass(frozen=True, slots=True)
class Edge(World):
    """The environment of one run of the program."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def current(cls) -> Self:
        """The real one."""
        return cls(**world.found(), stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask: no prompt and no editor without a terminal."""
        return self.stdin.isatty() and self.stderr.isatty()

    @property
    def is_dumb(self) -> bool:
        """Whether the terminal cannot do more than print."""
        return self.variables.get("TERM", "") in ("", "dumb")

    @property
    def draws_lines(self) -> bool:
        """Whether standard output is a terminal that has letters for drawing lines."""
        if self.is_dumb or not self.stdout.isatty():
            return False
        try:
            _DRAWN.encode(self.stdout.encoding)
        except (UnicodeError, LookupError):
            return False
        return True

    @property
    def width(self) -> int:
        """Columns of the terminal that standard output is; 80 when it is none."""
        columns = self.variables.get("COLUMNS", "")
        if columns.isascii() and columns.isdigit() and int(columns[:6]) > 0:
            return int(columns[:6])
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns or _DEFAULT_WIDTH
        except (OSError, ValueError):
            return _DEFAULT_WIDTH

    @property
    def height(self) -> int | None:
        """Rows of the terminal that standard output is; None when it is none."""
        try:
            return os.get_terminal_size(self.stdout.fileno()).lines or None
        except (OSError, ValueError):
            return None


def show_typer(variables: Mapping[str, str]) -> None:
    """Change environment variables, which typer reads by itself when a shell asks it."""
    os.environ.update(variables)
