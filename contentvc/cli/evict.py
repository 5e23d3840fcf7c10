"""``contentvc evict``: content that a remote holds as well goes from this disk."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.evict import Content, EvictReport, EvictRequest, KeepRecent
from contentvc.actions.evict import evict as run
from contentvc.cli.complete import remotes
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.surroundings.duration import duration

__all__ = ["EXAMPLES", "evict"]

EXAMPLES: Final = (
    ("contentvc evict", "drop what the remote of this branch holds and is not checked out"),
    ('contentvc evict --keep-recent "30 days"', "keep the content of commits of that time"),
    ("contentvc evict --keep-recent 5 backup", "keep five commits of each branch; ask backup"),
)


def evict(
    ctx: typer.Context,
    remote: Annotated[
        str | None,
        typer.Argument(
            metavar="[REMOTE]",
            help="Who holds it; the remote of the current branch.",
            autocompletion=remotes,
            show_default=False,
        ),
    ] = None,
    keep_recent: Annotated[
        str | None,
        typer.Option(
            "--keep-recent",
            metavar="DURATION|N",
            help='Keep the content of commits so recent ("30 days"), or of the N newest of each '
            "branch.",
        ),
    ] = None,
) -> None:
    """Make room on this disk: drop content that a remote holds as well.

    The remote is asked first, and its packs are looked at. What is checked out in a workspace
    stays, and so do stashes, saved changes, and whatever the remote does not have or has no branch
    or tag for. Commits and folders stay, so log, status and most of diff need no remote. Content
    that is missing comes back by itself when a command needs it. This cannot be undone; everything
    can be brought back.
    """
    session = Session.of(ctx)
    session.check_current("evict")
    keep = KeepRecent()
    if keep_recent is not None:
        is_number = keep_recent.isascii() and keep_recent.isdigit()
        keep = (
            KeepRecent(commits=int(keep_recent[:9]))
            if is_number
            else KeepRecent(seconds=duration(keep_recent))
        )
    session.announce(run(session.context, EvictRequest(remote, keep)), _text, _json)


def _text(report: EvictReport, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.remote), Tone.NAME)
    if report.sequence is None:
        yield f"nothing to evict: {name} holds nothing that is not needed here"
    else:
        yield (
            f"evicted {_told(report.evicted)}: {size(report.freed)} freed; "
            f"{name} ({escape(report.location)}) has it"
        )
    if report.kept.files:
        kept = f"{_told(report.kept)} {name} has too, and stay: checked out, recent or set aside"
        yield screen.paint(kept, Tone.HINT)
    if report.only_here.files:
        only = f"only here: {_told(report.only_here)}; give it away with: contentvc push"
        yield screen.paint(only, Tone.HINT)


def _told(content: Content) -> str:
    return f"{count(content.files, 'version')} of files ({size(content.size)})"


def _json(report: EvictReport) -> Document:
    return {
        "remote": report.remote,
        "location": report.location,
        "evicted": _content(report.evicted),
        "freed": report.freed,
        "kept": _content(report.kept),
        "only_here": _content(report.only_here),
        "operation": report.sequence,
    }


def _content(content: Content) -> Json:
    return {"contents": content.files, "size": content.size}
