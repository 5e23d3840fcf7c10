"""``contentvc redo``: does again what was taken back."""

from typing import Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.undo import redo as do_again
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.session import Session
from contentvc.cli.undone import redone_lines, undone_json

__all__ = ["EXAMPLES", "redo"]

EXAMPLES: Final = (("contentvc redo", "what contentvc undo took back last is done again"),)


def redo(ctx: typer.Context, force: Force = False, discard: Discard = False) -> None:
    """Do again what undo took back last. Any other command in between ends that."""
    session = Session.of(ctx)
    report = do_again(session.context, Overwrite(force=force, discard=discard))
    session.announce(report, redone_lines, undone_json)
