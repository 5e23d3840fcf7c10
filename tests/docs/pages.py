"""The pages of the documentation, and the examples in them.

A ``console`` block holds what somebody types, after ``$``, and what is printed. All blocks of a
page are typed into one shell, in order, in a home folder that is shown as ``/home/ada`` and holds
nothing but ``contentvc``, a clone of this project. A comment that starts with ``<!-- before`` holds
commands that are run there and not shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
ANYTHING: Final = "…"
"""A line of an example that stands for any lines."""

_BLOCK: Final = re.compile(
    r"^```console\n(?P<shown>.*?)^```$|^<!-- before\n(?P<hidden>.*?)^-->$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed, of one or more lines, and the lines that the page shows after it."""

    typed: str
    shown: tuple[str, ...]
    start: int
    """Where in the page the shown lines begin."""
    end: int
    hidden: bool = False

    @property
    def may_fail(self) -> bool:
        """An error is what the page shows."""
        return any(line.startswith("error: ") for line in self.shown)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[Command]:
    """Everything that is typed on a page."""
    found: list[Command] = []
    for block in _BLOCK.finditer(page.read_text()):
        if block["hidden"] is not None:
            at = block.end("hidden")
            found.append(Command(block["hidden"], (), at, at, hidden=True))
        else:
            found += _typed(block["shown"], block.start("shown"))
    return found


def _typed(text: str, offset: int) -> Iterator[Command]:
    typed: list[str] = []
    shown: list[str] = []
    start = at = offset
    for line in [*text.splitlines(), "$ "]:
        if line.startswith("$ "):
            if typed:
                yield Command("\n".join(typed), tuple(shown), start, at)
            typed, shown = [line[2:]], []
            start = at + len(line) + 1
        elif (line == ">" or line.startswith("> ")) and not shown:
            typed.append(line[2:])
            start = at + len(line) + 1
        else:
            shown.append(line)
        at += len(line) + 1
