"""World: what a program knows of the machine and the person it runs for.

This is the only module that reads the environment, the clock, randomness or the current folder;
the command line adds its terminal. Programs get one `World`, and rooms below get plain values and
callables out of it.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self

__all__ = ["VARIABLES", "World", "found"]

VARIABLES: Final[dict[str, str]] = {
    "CONTENTVC_AUTHOR": "the author of new commits and operations, as `Name <address>`; "
    "counts more than any setting",
    "XDG_CONFIG_HOME": "where `contentvc/config.toml` with your own settings lies; "
    "`~/.config` when not set",
}
"""The environment variables that count wherever contentvc runs, on the command line or not."""


@dataclass(frozen=True, slots=True)
class World:
    """The surroundings of one run of a program."""

    variables: Mapping[str, str]
    here: bytes | None
    """The folder the program was started in; None when it no longer exists."""
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
        return cls(**found())

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
    def _home(self) -> str:
        home = self.variables.get("HOME", "")
        return home if os.path.isabs(home) else os.path.expanduser(f"~{self.login}")


def found() -> dict[str, Any]:
    """The real world, as the fields of a `World`."""
    return {
        "variables": MappingProxyType(dict(os.environ)),
        "here": _current_folder(),
        "now": lambda: time.time_ns() // 1000,
        "zone": time.localtime().tm_gmtoff // 60,
        "monotonic": time.monotonic,
        "pause": time.sleep,
        "random": os.urandom,
        "processors": _processors(),
        "platform": sys.platform,
        "host": os.uname().nodename,
    }


def _current_folder() -> bytes | None:
    try:
        return os.getcwdb()
    except OSError:
        return None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
