"""Running command lines: in this process with an edge of the test's making, or as real processes."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from contentvc.cli.edge import Edge
from contentvc.cli.program import run

NOW = 1_800_000_000_000_000


class Stream(io.TextIOWrapper):
    """Standard output or error kept in memory, a terminal or not."""

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="\n")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


@dataclass
class Terminal:
    """Somebody at a prompt in a folder."""

    here: bytes
    variables: dict[str, str] = field(default_factory=dict)
    is_terminal: bool = False

    def edge(self, **changes: Any) -> Edge:
        fields = {
            "variables": self.variables,
            "here": self.here,
            "stdin": Stream(terminal=self.is_terminal),
            "stdout": Stream(terminal=self.is_terminal),
            "stderr": Stream(terminal=self.is_terminal),
            "now": lambda: NOW,
            "zone": 60,
            "monotonic": lambda: 0.0,
            "pause": lambda _: None,
            "random": os.urandom,
            "processors": 2,
            "platform": sys.platform,
            "host": "anywhere",
        }
        return Edge(**(fields | changes))

    def run(self, *arguments: str, called: str = "contentvc") -> Ran:
        edge = self.edge()
        code = run(called, arguments, edge)
        return Ran(code, edge.stdout.text, edge.stderr.text)


def start(*arguments: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """The real program, to its end."""
    return subprocess.run(
        [sys.executable, "-c", "from contentvc.cli.main import main; main()", *arguments],
        check=False,
        **({"capture_output": True} | how),
    )
