"""``contentvc push``: gives branches and tags to a remote."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.notes import NOTES
from contentvc.actions.push import PushReport, PushRequest
from contentvc.actions.push import push as give
from contentvc.actions.push_plan import Pushed, PushStep
from contentvc.cli.complete import branches_and_tags, remotes
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.halfway import break_json, break_lines, settled_json, settled_line
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.transfer import transfer_json, transferred
from contentvc.errors import Usage
from contentvc.history.names import TAG, short_name
from contentvc.ids import short

__all__ = ["EXAMPLES", "push", "pushed_json", "pushed_lines"]

EXAMPLES: Final = (
    ("contentvc push", "this branch goes to its remote"),
    ("contentvc push backup main v1", "a branch and a tag go to the remote backup"),
    ("contentvc push --tags origin", "all tags"),
    ("contentvc push --delete origin try-2", "the branch try-2 is gone there"),
    (
        "contentvc push --force-with-lease",
        "put the branch there back to where it is here, unless others pushed meanwhile",
    ),
    ("contentvc push backup --break 3f9a1c2b7d04", "give up on a push that was left half-way"),
)
_SHOWN: Final = 50


def push(
    ctx: typer.Context,
    remote: Annotated[
        str | None,
        typer.Argument(
            metavar="[REMOTE]",
            help="Where to; that of the current branch.",
            autocompletion=remotes,
            show_default=False,
        ),
    ] = None,
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REF]...",
            help="Branches and tags; the current branch.",
            autocompletion=branches_and_tags,
            show_default=False,
        ),
    ] = None,
    tags: Annotated[bool, typer.Option("--tags", help="All tags.")] = False,
    delete: Annotated[
        bool, typer.Option("-d", "--delete", help="Delete the refs in the remote.")
    ] = False,
    force_with_lease: Annotated[
        bool,
        typer.Option(
            "--force-with-lease",
            help="Move a branch anywhere if it is where it was last seen; replace tags.",
        ),
    ] = False,
    break_: Annotated[
        str | None,
        typer.Option(
            "--break",
            metavar="PUSH",
            help="Last resort: let go of what a push to several remotes left reserved in REMOTE.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Give branches and tags to a remote; all that are named, or none.

    What others pushed is never lost: then bring it in first, with `contentvc sync` or `contentvc
    pull`. A branch that was pushed belongs to that remote from then on. Notes on commits go along.
    To take back what was pushed: `contentvc revert` or `rollback`, and push again.
    --break is for what contentvc sync --status shows, if the remote that decides is lost for good.
    """
    session = Session.of(ctx)
    session.check_current("push")
    if break_ is not None:
        _break(session, remote, break_, is_more=bool(refs or tags or delete or force_with_lease))
        return
    request = PushRequest(
        remote=remote,
        refs=tuple(refs or ()),
        tags=tags,
        delete=delete,
        force_with_lease=force_with_lease,
    )
    session.announce(give(session.context, request), _text, _json)


def _break(session: Session, remote: str | None, push: str, *, is_more: bool) -> None:
    from contentvc.actions.halfway import break_push

    if remote is None or is_more:
        raise Usage("usage", "--break needs a remote and nothing else", "see: push --help")
    session.announce(break_push(session.context, remote, push), break_lines, break_json)


def _text(report: PushReport, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.remote), Tone.NAME)
    for settled in report.settled:
        yield f"{name}: {settled_line(settled)}"
    moved = [one for one in report.refs if one.step is not PushStep.UP_TO_DATE]
    if moved:
        yield f"pushed to {name}{transferred(report.objects, report.bytes, report.seconds)}"
        yield from pushed_lines(moved, screen)
    else:
        yield f"{name} has all of it already"
    if report.notes_left:
        yield (
            "notes stay here: the remote has others; bring them in with contentvc sync or "
            "contentvc pull"
        )
    if report.upstream is not None:
        yield f"this branch belongs to {escape(report.upstream.name)} now"


def pushed_lines(moved: Sequence[Pushed], screen: Screen) -> Iterator[str]:
    """A line for each ref that moved there, indented."""
    yield from aligned([[f"  {_noun(one)}", _told(one, screen)] for one in moved[:_SHOWN]])
    if len(moved) > _SHOWN:
        yield f"  … and {len(moved) - _SHOWN:,} more"


def _noun(one: Pushed) -> str:
    if one.ref == NOTES:
        return "notes"
    kind = "tag " if one.ref.startswith(TAG) else ""
    return f"{kind}{escape(short_name(one.ref))}"


def _told(one: Pushed, screen: Screen) -> str:
    old, new = (short(commit) if commit else "" for commit in (one.old, one.new))
    if one.step is PushStep.NEW:
        return f"new, at {new}"
    if one.step is PushStep.DELETED:
        return f"deleted; it was at {old}"
    if one.step is PushStep.FORCED:
        return screen.paint(f"{old} → {new}, which does not follow it", Tone.CONFLICT)
    return f"{old} → {new}"


def _json(report: PushReport) -> Document:
    return {
        "remote": report.remote,
        "location": report.location,
        "refs": [pushed_json(one) for one in report.refs],
        "settled": [settled_json(one) for one in report.settled],
        "notes_left": report.notes_left,
        "upstream": report.upstream.name if report.upstream else None,
        **transfer_json(report.objects, report.bytes, report.seconds),
    }


def pushed_json(one: Pushed) -> Json:
    """A ref of the remote, for programs."""
    return {
        "ref": one.ref,
        "old": one.old.hex() if one.old else None,
        "new": one.new.hex() if one.new else None,
        "step": one.step.value,
    }
