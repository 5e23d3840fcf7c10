"""Author: who records a commit or an operation."""

import os
import re
import subprocess
from collections.abc import Mapping
from typing import Final

from contentvc.errors import Usage
from contentvc.surroundings.plain import is_hidden, is_plain, sound
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World

__all__ = ["author", "checked_author"]

_FORM: Final = re.compile(r"[^<>]*[^<>\s][^<>]*|[^<>]*<[^<>]+>")
_LONGEST: Final = 1000
_PATIENCE: Final = 5
"""Seconds git has to read two values; a home folder on a network may hang."""


def author(world: World, settings: Settings, here: bytes) -> str:
    """``Name <address>``: CONTENTVC_AUTHOR, settings, git's, or the login and host.

    Nobody is refused for not having said who they are.

    Args:
        world: the environment.
        settings: those that hold at `here`.
        here: the folder in which git is asked.

    Raises:
        Usage: the variable is no author.
    """
    if variable := world.variables.get("CONTENTVC_AUTHOR"):
        return checked_author(variable, "CONTENTVC_AUTHOR")
    name, address = settings.text("user.name"), settings.text("user.email")
    if name is None or address is None:
        known = _git(world, here)
        name = name or known.get("user.name") or _clean(world.login)
        address = address or known.get("user.email") or _clean(f"{world.login}@{world.host}")
    return f"{name} <{address}>"


def checked_author(text: str, where: str) -> str:
    """An author that somebody gave; `where` is what an error calls that place.

    Raises:
        Usage: it is none.
    """
    author = text.strip()
    if not is_plain(author) or not _FORM.fullmatch(author) or len(author) > _LONGEST:
        raise Usage(
            "bad-value",
            f"{where} {author!r} is not an author",
            'write for example "Ada Lovelace <ada@example.org>"',
        )
    return author


def _git(world: World, here: bytes) -> Mapping[str, str]:
    """``user.name`` and ``user.email`` as git has them here; empty without git."""
    program = _program("git", world.variables.get("PATH", ""))
    if program is None:
        return {}
    try:
        answer = subprocess.run(  # noqa: S603 - git from the user's own PATH, without a shell
            [program, "config", "--null", "--get-regexp", r"^user\.(name|email)$"],
            capture_output=True,
            check=False,
            cwd=here,
            env=world.variables,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    pairs = (line.partition("\n") for line in answer.stdout.decode("utf-8", "replace").split("\0"))
    found = {name: _clean(value) for name, _, value in pairs}
    return {name: value for name, value in found.items() if value}


def _program(name: str, path: str) -> str | None:
    """A program on the PATH. Relative folders are skipped: they might be somebody's repository."""
    for folder in path.split(os.pathsep):
        whole = os.path.join(folder, name)
        if os.path.isabs(folder) and os.access(whole, os.X_OK) and os.path.isfile(whole):
            return whole
    return None


def _clean(text: str) -> str:
    """What is left of a text that somebody else wrote, so that it can stand in an author."""
    kept = "".join(c for c in sound(text) if c not in "<>" and not is_hidden(c))
    return " ".join(kept.split())[:_LONGEST]
