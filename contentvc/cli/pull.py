"""``contentvc pull``: fetches, and merges what came into this branch."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.fetch import Step
from contentvc.actions.merge import FastForward
from contentvc.actions.pull import PullReport, PullRequest
from contentvc.actions.pull import pull as bring_in
from contentvc.cli.complete import remotes
from contentvc.cli.conflicting import CONFLICTS_EXIT, OnConflictFlag, on_conflict
from contentvc.cli.documents import Document
from contentvc.cli.escape import escape
from contentvc.cli.fetch import fetch_json
from contentvc.cli.integrated import integrated_json, integrated_lines
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.transfer import transferred

__all__ = ["EXAMPLES", "pull"]

EXAMPLES: Final = (
    ("contentvc pull", "what others pushed to this branch comes in"),
    ("contentvc pull --ff-only", "only if this branch has nothing of its own"),
    ("contentvc pull --on-conflict theirs", "where both changed the same item, theirs wins"),
)


def pull(
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
    ff_only: Annotated[
        bool, typer.Option("--ff-only", help="Only if this branch has nothing of its own.")
    ] = False,
    unrelated: Annotated[
        bool,
        typer.Option(
            "--allow-unrelated-histories", help="Also where both have no commit in common."
        ),
    ] = False,
    on_conflict_: OnConflictFlag = None,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Fetch, then merge the remote's branch of the same name into this one.

    It is `contentvc fetch` and `contentvc merge`: this branch moves on, or a commit records the
    merge. Uncommitted changes that are not in the way come along. Notes on commits come in too.
    """
    session = Session.of(ctx)
    session.check_current("pull")
    request = PullRequest(
        remote=remote,
        fast_forward=FastForward.ONLY if ff_only else FastForward.ALLOWED,
        on_conflict=on_conflict(session, on_conflict_),
        allow_unrelated=unrelated,
        overwrite=Overwrite(force=force, discard=discard),
    )
    report = bring_in(session.context, request)
    session.announce(report, _text, _json)
    merged = report.integrated.merge
    if merged is not None and merged.conflicts:
        raise typer.Exit(CONFLICTS_EXIT)


def _text(report: PullReport, screen: Screen) -> Iterator[str]:
    fetched = report.fetched
    if any(one.step is not Step.KEPT for one in fetched.refs):
        name = screen.paint(escape(fetched.remote), Tone.NAME)
        told = transferred(fetched.objects, fetched.bytes, fetched.seconds)
        yield f"fetched from {name}{told}"
    yield from integrated_lines(report.integrated, screen)


def _json(report: PullReport) -> Document:
    return {"fetched": fetch_json(report.fetched), **integrated_json(report.integrated)}
