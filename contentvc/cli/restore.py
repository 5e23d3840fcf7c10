"""``contentvc restore``: files back to a version, without a commit."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.restore import RestoreReport
from contentvc.actions.restore import restore as bring_back
from contentvc.cli.complete import files, revisions
from contentvc.cli.documents import Document, json_path
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.ids import short

__all__ = ["EXAMPLES", "restore"]

EXAMPLES: Final = (
    ("contentvc restore prompts/a.json", "undo the uncommitted changes of one file"),
    ("contentvc restore evals --source main~3", "a folder as it was three commits ago"),
)


def restore(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATHS…", help="Files and folders.", autocompletion=files),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "-s", "--source", metavar="REV", help="The version; HEAD.", autocompletion=revisions
        ),
    ] = None,
    discard: Annotated[
        bool, typer.Option("--discard", help="Lose what is overwritten instead of keeping it.")
    ] = False,
) -> None:
    """Write files as they were. Nothing is recorded, and nothing that is new is removed.

    Uncommitted content that is overwritten is kept in the operation log. To record what was
    brought back, commit it.
    """
    session = Session.of(ctx)
    wanted = paths_of(session, paths)
    report = bring_back(session.context, wanted, source, discard=discard)
    session.announce(report, _text, _json)


def _text(report: RestoreReport, screen: Screen) -> Iterator[str]:
    version = screen.paint(short(report.source), Tone.NAME)
    if not report.restored:
        yield f"everything is as in {version} already"
        return
    if len(report.restored) == 1:
        yield f"{screen.path(report.restored[0])} is as in {version} again"
    else:
        yield f"{count(len(report.restored), 'file')} are as in {version} again"
    if report.overwritten:
        kept = "was kept in the operation log" if report.saved else "was discarded"
        yield f"uncommitted content of {count(len(report.overwritten), 'file')} {kept}"


def _json(report: RestoreReport) -> Document:
    return {
        "source": report.source.hex(),
        "restored": [json_path(path) for path in report.restored],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
