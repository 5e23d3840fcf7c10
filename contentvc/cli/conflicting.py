"""Conflicting: the one flag for conflicts."""

from typing import Annotated, Final

import typer

from contentvc.cli.session import Session
from contentvc.surroundings.settings import OnConflict

__all__ = ["CONFLICTS_EXIT", "OnConflictFlag", "on_conflict"]

OnConflictFlag = Annotated[
    OnConflict | None,
    typer.Option(
        "--on-conflict",
        help="stop and let me decide; fail and change nothing; let one side decide, item by item. "
        "On a terminal: stop, without one: fail.",
        show_default=False,
    ),
]
CONFLICTS_EXIT: Final = 4
"""How a command ends that stopped at conflicts: as one that was refused because of them."""


def on_conflict(session: Session, given: OnConflict | None) -> OnConflict:
    """What holds: the flag, then the setting, then whether there is somebody to decide."""
    usual = OnConflict.STOP if session.edge.can_ask else OnConflict.FAIL
    return given or session.settings.on_conflict or usual
