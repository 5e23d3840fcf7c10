"""Covered: which part of a version is in the working tree, in a line and for programs."""

from collections.abc import Sequence
from typing import Final

from contentvc.cli.documents import Json, json_path
from contentvc.cli.output import Screen
from contentvc.cli.units import size

__all__ = ["sparse_json", "sparse_line"]

_SHOWN: Final = 3
"""Paths in the line."""


def sparse_line(paths: Sequence[bytes], here: int, recorded: int, screen: Screen) -> str:
    """What of a version is here."""
    names = ", ".join(screen.path(path) for path in paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"sparse: {names}{more} ({size(here)} of {size(recorded)} here)"


def sparse_json(paths: Sequence[bytes], here: int, recorded: int) -> Json:
    """The same for programs; None where everything is here."""
    if not paths:
        return None
    return {"paths": [json_path(path) for path in paths], "bytes": here, "recorded": recorded}
