"""``contentvc undo``: takes back the last command."""

from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.undo import undo as take_back
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.session import Session
from contentvc.cli.undone import undone_json, undone_lines

__all__ = ["EXAMPLES", "undo"]

EXAMPLES: Final = (
    ("contentvc undo", "the last command is as if it had not been"),
    ("contentvc undo 12", "take back operation 12, as contentvc operations lists it"),
    ("contentvc redo", "what was taken back is done again"),
)


def undo(
    ctx: typer.Context,
    operation: Annotated[
        int | None,
        typer.Argument(
            metavar="[OPERATION]", help="Its number; the last one.", min=1, show_default=False
        ),
    ] = None,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Take back my last command here: branches, tags, HEAD and files are as before it.

    What was edited since comes along. Undone again, the command before it is taken back, and so
    on. Other ways back: restore (files in my tree, no commit), rollback (a new commit equal to an
    old one), revert (a new commit that takes one commit back).
    """
    session = Session.of(ctx)
    overwrite = Overwrite(force=force, discard=discard)
    report = take_back(session.context, operation, overwrite)
    session.announce(report, undone_lines, undone_json)
