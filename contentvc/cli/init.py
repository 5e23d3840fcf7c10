"""``contentvc init``: puts a folder under contentvc."""

import os
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.init import InitReport
from contentvc.actions.init import init as make
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.errors import Usage

__all__ = ["EXAMPLES", "init"]

EXAMPLES: Final = (
    ("contentvc init", "the current folder"),
    ("contentvc init evals", "the folder evals, made if it is missing"),
)


def init(
    ctx: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The folder.", show_default=False)
    ] = ".",
) -> None:
    """Put a folder under contentvc, with a branch main. Nothing in it is changed.

    Harmless where it is already under contentvc.
    """
    session = Session.of(ctx)
    root = os.path.realpath(os.path.join(session.here, os.fsencode(folder)))
    if os.path.lexists(root) and not os.path.isdir(root):
        raise Usage("bad-value", f"{escape(root)} is not a folder", "name one, new or existing")
    session.announce(
        make(root, session.clockwork, session.author(), session.arguments), _text, _json
    )


def _text(report: InitReport, screen: Screen) -> Iterator[str]:
    where = escape(report.place.root)
    if report.existed:
        yield f"{where} is under contentvc already"
        return
    yield f"{where} is under contentvc now, on branch {screen.paint(report.branch, Tone.NAME)}"
    yield screen.paint('next: contentvc commit -m "First version"', Tone.HINT)


def _json(report: InitReport) -> Document:
    return {
        **json_path(report.place.root),
        "branch": report.branch,
        "existed": report.existed,
        "workspace": report.place.workspace.hex(),
    }
