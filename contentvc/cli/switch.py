"""``contentvc switch``: goes to another branch or commit."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.switch import SwitchReport, SwitchRequest
from contentvc.actions.switch import switch as go
from contentvc.cli.complete import revisions, switchable
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force, overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.ids import short
from contentvc.snapshots.operation import Head

__all__ = ["EXAMPLES", "switch"]

EXAMPLES: Final = (
    ("contentvc switch main", "to the branch main"),
    ("contentvc switch --create terse-prompts", "to a new branch from here"),
    ("contentvc switch --detach v1", "look at the commit tagged v1, on no branch"),
    ("contentvc switch -", "back to the branch before"),
)


def switch(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A branch; - is the one before.", autocompletion=switchable
        ),
    ],
    start: Annotated[
        str | None,
        typer.Argument(
            metavar="[REV]",
            help="With --create: where the branch begins.",
            autocompletion=revisions,
            show_default=False,
        ),
    ] = None,
    create: Annotated[bool, typer.Option("-c", "--create", help="Make the branch first.")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="NAME is any revision; be on no branch.")
    ] = False,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Go to another branch. Uncommitted changes come along where they are not in the way.

    A branch that only a remote has is made from there, and belongs to that remote.
    """
    session = Session.of(ctx)
    if create and detach:
        raise Usage("usage", "--create and --detach contradict each other", "give one of them")
    if start is not None and not create:
        raise Usage("usage", "a second revision needs --create", "contentvc switch --create NAME")
    overwrite = Overwrite(force=force, discard=discard)
    request = SwitchRequest(
        target=name, create=create, start=start, detach=detach, overwrite=overwrite
    )
    session.announce(go(session.context, request), _text, _json)


def _text(report: SwitchReport, screen: Screen) -> Iterator[str]:
    new = "new branch" if report.created else "branch"
    if report.new.ref is not None:
        where = f"{new} {screen.paint(escape(_branch(report.new) or ''), Tone.NAME)}"
    else:
        where = f"commit {screen.paint(_short(report.new), Tone.NAME)}, on no branch"
    if report.old == report.new:
        yield f"already on {where}"
        return
    changed = f": {count(len(report.changes), 'file')} changed" if report.changes else ""
    yield f"on {where}{_origin(report)}{changed}"
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)
    if report.new.ref is None:
        hint = "to keep commits you make here: contentvc switch --create NAME"
        yield screen.paint(hint, Tone.HINT)


def _origin(report: SwitchReport) -> str:
    branch = escape(_branch(report.new) or "")
    return f", which belongs to {escape(report.remote)}/{branch}" if report.remote else ""


def _json(report: SwitchReport) -> Document:
    return {
        "branch": _branch(report.new),
        "commit": report.new.commit.hex() if report.new.commit else None,
        "previous": {
            "branch": _branch(report.old),
            "commit": report.old.commit.hex() if report.old.commit else None,
        },
        "created": report.created,
        "remote": report.remote,
        "changed": len(report.changes),
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }


def _branch(head: Head) -> str | None:
    return head.ref.removeprefix("branch/") if head.ref else None


def _short(head: Head) -> str:
    return short(head.commit) if head.commit else "none"
