"""``contentvc resolve``: notes that conflicts are decided."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.merging import WORDS, conclusion
from contentvc.actions.resolve import ResolveReport, ResolveRequest
from contentvc.actions.resolve import resolve as decide
from contentvc.cli.complete import conflicts
from contentvc.cli.documents import Document, json_path
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.progressing import conflict_json, conflict_lines
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.formats.contract import Side
from contentvc.snapshots.merging import MergeKind

__all__ = ["EXAMPLES", "resolve"]

EXAMPLES: Final = (
    ("contentvc resolve prompts/support.md", "the file is right as it is now"),
    ("contentvc resolve --theirs evals", "all conflicts below evals: as the other side has it"),
    ("contentvc resolve .", "every conflict here is decided by what the files hold"),
)


def resolve(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS…", help="Files in conflict, or folders.", autocompletion=conflicts
        ),
    ],
    ours: Annotated[
        bool, typer.Option("--ours", help="Take the version of the branch I am on.")
    ] = False,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Take the version that is merged into it.")
    ] = False,
    base: Annotated[
        bool, typer.Option("--base", help="Take the version from before both changed it.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="As it is now, even with the marks of a conflict.")
    ] = False,
) -> None:
    """Note that conflicts are decided: as the files are now, or as one side has them.

    A file that still has the marks of a conflict is refused. What a side overwrites is kept in the
    operation log. Once none is left, contentvc commit concludes the merge.
    """
    session = Session.of(ctx)
    sides = [side for side, is_wanted in zip(Side, (base, ours, theirs), strict=True) if is_wanted]
    if len(sides) > 1 or (sides and force):
        raise Usage("usage", "only one version can be taken", "give one of the options")
    request = ResolveRequest(paths_of(session, paths), sides[0] if sides else None, force=force)
    session.announce(decide(session.context, request), _text, _json)


def _text(report: ResolveReport, screen: Screen) -> Iterator[str]:
    left = report.merging.conflicts
    names = [screen.path(row.path) for row in report.resolved]
    shown = names[0] if len(names) == 1 else count(len(names), "conflict")
    yield f"{screen.paint(shown, Tone.NAME)} resolved; {count(len(left), 'conflict')} left"
    yield from conflict_lines(left, screen)
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)
    if left:
        return
    if report.merging.kind is MergeKind.STASH_POP:
        hint = f"{report.merging.source} is kept; to drop it: contentvc stash drop"
    else:
        word = WORDS[report.merging.kind]
        hint = f"to conclude the {word}: {conclusion(report.merging)}"
    yield screen.paint(hint, Tone.HINT)


def _json(report: ResolveReport) -> Document:
    return {
        "resolved": [conflict_json(row) for row in report.resolved],
        "left": [conflict_json(row) for row in report.merging.conflicts],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
