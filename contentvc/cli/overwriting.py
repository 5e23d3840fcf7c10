"""Overwriting: what commands may do to uncommitted content in their way, and what they did."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from contentvc.cli.output import Screen
from contentvc.cli.units import count

__all__ = ["Discard", "Force", "overwritten_lines"]

Force = Annotated[
    bool, typer.Option("--force", help="Overwrite uncommitted changes in the way; they are kept.")
]
Discard = Annotated[
    bool, typer.Option("--discard", help="As --force, but lose what is overwritten.")
]
_SHOWN = 5


def overwritten_lines(paths: Sequence[bytes], screen: Screen, *, saved: bool) -> Iterator[str]:
    """What was overwritten, and whether it can be had again; nothing where nothing was."""
    if paths:
        kept = "kept in the operation log" if saved else "discarded"
        shown = ", ".join(screen.path(path) for path in paths[:_SHOWN])
        more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
        yield f"{count(len(paths), 'uncommitted file')} overwritten, {kept}: {shown}{more}"
