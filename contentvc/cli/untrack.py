"""``contentvc untrack``: files that are no longer recorded, and stay."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.untrack import UntrackReport
from contentvc.actions.untrack import untrack as forget
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.options import Message
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.ids import short

__all__ = ["EXAMPLES", "untrack"]

EXAMPLES: Final = (
    ("contentvc untrack cache/", "stop recording a folder; it stays on disk"),
    ('contentvc untrack big.bin -m "Made by the build"', "with a message of your own"),
)


def untrack(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATHS…", help="Files and folders.", autocompletion=files),
    ],
    message: Message = None,
) -> None:
    """Record a commit without these files. They stay on disk, and in all earlier commits.

    What nothing ignores yet gets a line in .contentvcignore, or the next commit would record it
    again.
    """
    session = Session.of(ctx)
    report = forget(session.context, paths_of(session, paths), message)
    session.announce(report, _text, _json)


def _text(report: UntrackReport, screen: Screen) -> Iterator[str]:
    name = screen.paint(f"[{escape(report.branch or 'detached')} {short(report.id)}]", Tone.NAME)
    files_ = count(len(report.files), "file")
    yield f"{name} {files_} no longer recorded, all still on disk"
    if report.ignored:
        lines = ", ".join(escape(line) for line in report.ignored)
        yield screen.paint(f"added to .contentvcignore: {lines}", Tone.HINT)


def _json(report: UntrackReport) -> Document:
    return {
        "commit": report.id.hex(),
        "branch": report.branch,
        "files": [json_path(path) for path in report.files],
        "ignored": [line.decode("utf-8", "replace") for line in report.ignored],
    }
