"""Aborted: ``--abort`` of everything that can stop at conflicts."""

from collections.abc import Iterator
from typing import Annotated

import typer

from contentvc.actions.abort import AbortReport, abort
from contentvc.actions.merging import WORDS
from contentvc.cli.changes import change_json
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.ids import short
from contentvc.snapshots.merging import MergeKind

__all__ = ["Abort", "take_back"]

Abort = Annotated[
    bool, typer.Option("--abort", help="Take back the one in progress: all is as before it.")
]


def take_back(session: Session, kind: MergeKind, *, discard: bool) -> None:
    """Do it, and tell."""
    session.announce(abort(session.context, kind, discard=discard), _text, _json)


def _text(report: AbortReport, screen: Screen) -> Iterator[str]:
    branch = escape(report.branch) if report.branch else "HEAD"
    where = f"{branch} is at {short(report.new)}" if report.new else f"{branch} has no commit"
    files = f": {count(len(report.changes), 'file')} as before" if report.changes else ""
    yield f"{WORDS[report.kind]} taken back, {screen.paint(where, Tone.NAME)}{files}"
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)
    if report.saved:
        yield screen.paint("to have it all again: contentvc undo", Tone.HINT)


def _json(report: AbortReport) -> Document:
    return {
        "aborted": report.kind.value,
        "source": report.source,
        "branch": report.branch,
        "commit": report.new.hex() if report.new else None,
        "previous": report.old.hex() if report.old else None,
        "changes": [change_json(change) for change in report.changes],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
