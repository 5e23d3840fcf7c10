"""``contentvc fetch``: brings what a remote has, and leaves branches and files alone."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.fetch import Fetched, FetchReport, FetchRequest, Step
from contentvc.actions.fetch import fetch as bring
from contentvc.cli.complete import remotes
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.transfer import transfer_json, transferred
from contentvc.history.names import REMOTE_NOTE, TAG, short_name
from contentvc.ids import short

__all__ = ["EXAMPLES", "fetch", "fetch_json", "fetched_lines"]

EXAMPLES: Final = (
    ("contentvc fetch", "bring what the remote of this branch has"),
    ("contentvc fetch backup", "from that remote"),
    ("contentvc fetch --prune", "also forget branches that are gone there"),
    ("contentvc log ..origin/main", "then look at what is new"),
)
_SHOWN: Final = 50


def fetch(
    ctx: typer.Context,
    remote: Annotated[
        str | None,
        typer.Argument(
            metavar="[REMOTE]",
            help="Where from; that of the current branch.",
            autocompletion=remotes,
            show_default=False,
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("-p", "--prune", help="Forget branches that are gone there.")
    ] = False,
) -> None:
    """Bring what a remote has: origin/main is then where main is there.

    Your branches and files stay as they are; `contentvc merge origin/main` brings it in, and
    `contentvc pull` does both. New tags come along; a tag that names something else here stays.
    """
    session = Session.of(ctx)
    session.check_current("fetch")
    report = bring(session.context, FetchRequest(remote, prune))
    session.announce(report, _text, fetch_json)


def _text(report: FetchReport, screen: Screen) -> Iterator[str]:
    moved = [one for one in report.refs if one.step is not Step.KEPT]
    name = screen.paint(escape(report.remote), Tone.NAME)
    if not moved:
        yield f"nothing new in {name}"
    else:
        yield f"fetched from {name}{transferred(report.objects, report.bytes, report.seconds)}"
    yield from fetched_lines(report.refs, screen)


def fetched_lines(refs: Sequence[Fetched], screen: Screen) -> Iterator[str]:
    """A line for each ref, indented; tags that were left alone with the reason."""
    rows = [[f"  {_noun(one)}", *_cells(one, screen)] for one in refs[:_SHOWN]]
    yield from aligned(rows)
    if len(refs) > _SHOWN:
        yield f"  … and {len(refs) - _SHOWN:,} more"


def _noun(one: Fetched) -> str:
    if one.ref.startswith(REMOTE_NOTE):
        return "notes"
    if one.ref.startswith(TAG):
        return f"tag {escape(short_name(one.ref))}"
    return escape(short_name(one.ref))


def _cells(one: Fetched, screen: Screen) -> Iterator[str]:
    old, new = (short(commit) if commit else "" for commit in (one.old, one.new))
    if one.step is Step.NEW:
        yield f"new, at {new}"
    elif one.step is Step.FORWARD:
        yield f"{old} → {new}"
    elif one.step is Step.FORCED:
        yield screen.paint(f"{old} → {new}, which does not follow it", Tone.CONFLICT)
    elif one.step is Step.PRUNED:
        yield f"gone there; it was at {old}"
    else:
        yield screen.paint(f"stays at {old}; there it is {new}", Tone.CONFLICT)


def fetch_json(report: FetchReport) -> Document:
    """What was fetched, for programs."""
    return {
        "remote": report.remote,
        "location": report.location,
        "refs": [_fetched_json(one) for one in report.refs],
        **transfer_json(report.objects, report.bytes, report.seconds),
    }


def _fetched_json(one: Fetched) -> Json:
    return {
        "ref": one.ref,
        "old": one.old.hex() if one.old else None,
        "new": one.new.hex() if one.new else None,
        "step": one.step.value,
    }
