"""Edge: what the program knows of the world around it.

This is the only module that reads the environment, the clock, randomness, the current folder or
the terminal. Commands get one `Edge`, and rooms below get plain values and callables out of it.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self, TextIO

__all__ = ["VARIABLES", "Edge", "show_typer"]

VARIABLES: Final[dict[str, str]] = {
    "CONTENTVC_AUTHOR": "the author of new commits and operations, as `Name <address>`; "
    "counts more than any setting",
    "CONTENTVC_TRACEBACK": "when not empty, every error also prints where in the program it arose",
    "EDITOR": "the editor, when neither `core.editor` nor `VISUAL` names one",
    "NO_COLOR": "when not empty, no colours, unless `--color` or `ui.color` asks for them",
    "VISUAL": "the editor, when `core.editor` names none",
    "XDG_CONFIG_HOME": "where `contentvc/config.toml` with your own settings lies; "
    "`~/.config` when not set",
}
"""Every environment variable that is read on purpose. A documentation test compares."""

_DEFAULT_WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class Edge:
    """The environment of one run of the program."""

    variables: Mapping[str, str]
    here: bytes | None
    """The folder the program was started in; None when it no longer exists."""
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    now: Callable[[], int]
    """Microseconds since 1970 UTC."""
    zone: int
    """Minutes that the local clock is ahead of UTC."""
    monotonic: Callable[[], float]
    """Seconds, for measuring how long something takes."""
    pause: Callable[[float], None]
    random: Callable[[int], bytes]
    processors: int
    platform: str
    host: str

    @classmethod
    def current(cls) -> Self:
        """The real one."""
        return cls(
            variables=MappingProxyType(dict(os.environ)),
            here=_current_folder(),
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            now=lambda: time.time_ns() // 1000,
            zone=time.localtime().tm_gmtoff // 60,
            monotonic=time.monotonic,
            pause=time.sleep,
            random=os.urandom,
            processors=_processors(),
            platform=sys.platform,
            host=os.uname().nodename,
        )

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask: no prompt and no editor without a terminal."""
        return self.stdin.isatty() and self.stderr.isatty()

    @property
    def is_dumb(self) -> bool:
        """Whether the terminal cannot do more than print."""
        return self.variables.get("TERM", "") in ("", "dumb")

    @property
    def login(self) -> str:
        """The name of the user's account."""
        for variable in ("LOGNAME", "USER"):
            if name := self.variables.get(variable):
                return name
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            # Containers run as numbers that no account has.
            return f"user-{os.getuid()}"

    @property
    def config_file(self) -> str:
        """Where the user's own settings are."""
        base = self.variables.get("XDG_CONFIG_HOME", "")
        if not os.path.isabs(base):  # the specification says that others are to be ignored
            base = os.path.join(self._home, ".config")
        return os.path.join(base, "contentvc", "config.toml")

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
    def _home(self) -> str:
        home = self.variables.get("HOME", "")
        return home if os.path.isabs(home) else os.path.expanduser(f"~{self.login}")


def show_typer(variables: Mapping[str, str]) -> None:
    """Change environment variables, which typer reads by itself when a shell asks it."""
    os.environ.update(variables)


def _current_folder() -> bytes | None:
    try:
        return os.getcwdb()
    except OSError:
        return None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
