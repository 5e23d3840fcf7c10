"""``contentvc sync``: the one command for every day: fetches, merges, pushes."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.fetch import Step
from contentvc.actions.sync import SyncedRemote, SyncReport, SyncRequest
from contentvc.actions.sync import sync as bring_and_give
from contentvc.actions.sync_target import Kept, Left
from contentvc.cli.complete import remotes
from contentvc.cli.conflicting import CONFLICTS_EXIT, OnConflictFlag, on_conflict
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.fetch import fetch_json, fetched_lines
from contentvc.cli.halfway import halfway_json, halfway_lines, settled_json, settled_line
from contentvc.cli.integrated import integrated_json, integrated_lines
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.palette import Tone
from contentvc.cli.push import pushed_json, pushed_lines
from contentvc.cli.session import Session
from contentvc.cli.transfer import transferred
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.history.names import TAG, short_name
from contentvc.ids import short

__all__ = ["EXAMPLES", "sync"]

EXAMPLES: Final = (
    ("contentvc sync", "what others did comes here, what you did goes to them"),
    ("contentvc sync --all", "all remotes, together or not at all"),
    ("contentvc sync --all --independent backup", "but backup by itself, as it may be away"),
    ("contentvc sync --on-conflict ours", "where both changed the same item, yours wins"),
    ("contentvc sync --status", "what an interrupted sync left, and where"),
)
_SHOWN: Final = 20


def sync(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REMOTE]...",
            help="Remotes that move together or not at all; that of the current branch.",
            autocompletion=remotes,
            show_default=False,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All remotes.")] = False,
    independent: Annotated[
        list[str] | None,
        typer.Option(
            "--independent",
            metavar="REMOTE",
            help="A remote that moves by itself, and may be away. May be repeated.",
            autocompletion=remotes,
            show_default=False,
        ),
    ] = None,
    branches: Annotated[
        bool, typer.Option("--branches", help="Push all branches, not only the current one.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Only show what interrupted syncs left reserved.")
    ] = False,
    on_conflict_: OnConflictFlag = None,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Fetch from remotes, merge what came into this branch, and push it with tags and notes.

    Nothing is recorded that you did not commit; changes that are not committed come along, or the
    command stops and names what is in the way. If others push at the same time, it is tried again.

    Several remotes move together or not at all. What a sync that was cut short has left reserved is
    settled by the next command that it blocks, of any clone; --status shows it.
    """
    session = Session.of(ctx)
    session.check_current("sync")
    chosen = tuple(names or ())
    if everything and chosen:
        raise Usage("usage", "--all means every remote", "name some, or give --all")
    if status:
        _show_status(session, chosen)
        return
    request = SyncRequest(
        remotes=chosen,
        everything=everything,
        independent=tuple(independent or ()),
        branches=branches,
        on_conflict=on_conflict(session, on_conflict_),
        overwrite=Overwrite(force=force, discard=discard),
    )
    report = bring_and_give(session.context, request)
    session.announce(report, _text, _json)
    if report.is_stopped:
        raise typer.Exit(CONFLICTS_EXIT)


def _show_status(session: Session, names: tuple[str, ...]) -> None:
    from contentvc.actions.halfway import halfway

    session.emit(halfway(session.context, names), halfway_lines, halfway_json)


def _text(report: SyncReport, screen: Screen) -> Iterator[str]:
    yield _headline(report, screen)
    for remote in report.remotes:
        yield from _remote_lines(remote, screen)


def _headline(report: SyncReport, screen: Screen) -> str:
    branch = escape(report.branch)
    if report.is_stopped:
        told = screen.paint("stopped at conflicts", Tone.CONFLICT)
        return f"{branch} {told}; nothing was pushed"
    names = _joined([escape(one.name) for one in report.remotes if not one.away])
    if report.commit is None:
        return f"{branch} has no commit yet, here and in {names}" if names else f"{branch} is empty"
    name = screen.paint(f"[{branch} {short(report.commit)}]", Tone.NAME)
    if not names:
        return f"{name} stays here: no remote can be reached"
    return f"{name} is the same here and in {names}"


def _joined(names: Sequence[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _remote_lines(remote: SyncedRemote, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(remote.name), Tone.NAME)
    for settled in remote.settled:
        yield f"{name}: {settled_line(settled)}"
    yield from _came_lines(remote, name, screen)
    if remote.pushed:
        yield f"pushed to {name}{transferred(remote.objects, remote.bytes, 0)}"
        yield from pushed_lines(remote.pushed, screen)
    for kept in remote.kept[:_SHOWN]:
        yield f"  {_kept(kept, remote.name)}"
    if len(remote.kept) > _SHOWN:
        yield f"  … and {len(remote.kept) - _SHOWN:,} more"
    yield from _remarks(remote, name, screen)


def _came_lines(remote: SyncedRemote, name: str, screen: Screen) -> Iterator[str]:
    for fetched in remote.fetched:
        told = transferred(fetched.objects, fetched.bytes, fetched.seconds)
        yield f"fetched from {name}{told}"
        moved = [one for one in fetched.refs if one.step is not Step.KEPT]
        yield from fetched_lines(moved, screen)
    for one in remote.integrated:
        yield from integrated_lines(one, screen)


def _kept(kept: Kept, remote: str) -> str:
    name = escape(short_name(kept.ref))
    if kept.reason is Left.TAG_DIFFERS:
        noun = "tag " if kept.ref.startswith(TAG) else ""
        return f"{noun}{name} stays: {short(kept.here)} here, {short(kept.there)} there"
    if kept.reason is Left.BEHIND:
        return f"{name} is behind: contentvc switch {name}, then contentvc sync {escape(remote)}"
    return f"{name} diverged: contentvc switch {name}, then contentvc sync {escape(remote)}"


def _remarks(remote: SyncedRemote, name: str, screen: Screen) -> Iterator[str]:
    if remote.away:
        told = screen.paint("cannot be reached", Tone.CONFLICT)
        yield f"{name} {told}: {escape(remote.away)}"
    if remote.untold:
        yield f"{name} does not know yet that this is decided: {escape(remote.untold)}"
        yield "  the next sync tells it"
    if remote.notes_left:
        yield f"notes stay here: {name} has others"
    if remote.purged_there:
        told = count(len(remote.purged_there), "content")
        ids = " ".join(short(one) for one in remote.purged_there[:_SHOWN])
        yield f"{told} purged in {name} and still here; purge it here too: contentvc purge {ids}"
    if remote.purged_here:
        told = count(len(remote.purged_here), "content")
        yield f"{told} purged here and still stored in {name}: {escape(remote.location)}"


def _json(report: SyncReport) -> Document:
    return {
        "branch": report.branch,
        "commit": report.commit.hex() if report.commit else None,
        "push": report.transaction.hex() if report.transaction else None,
        "stopped": report.is_stopped,
        "tries": report.tries,
        "seconds": round(report.seconds, 3),
        "remotes": [_remote_json(one) for one in report.remotes],
    }


def _remote_json(remote: SyncedRemote) -> Json:
    return {
        "name": remote.name,
        "location": remote.location,
        "independent": remote.is_independent,
        "fetched": [dict(fetch_json(one)) for one in remote.fetched],
        "integrated": [integrated_json(one) for one in remote.integrated],
        "pushed": [pushed_json(one) for one in remote.pushed],
        "kept": [
            {
                "ref": one.ref,
                "here": one.here.hex(),
                "there": one.there.hex(),
                "reason": one.reason.value,
            }
            for one in remote.kept
        ],
        "notes_left": remote.notes_left,
        "objects": remote.objects,
        "bytes": remote.bytes,
        "settled": [settled_json(one) for one in remote.settled],
        "purged_there": [one.hex() for one in remote.purged_there],
        "purged_here": [one.hex() for one in remote.purged_here],
        "away": remote.away or None,
        "untold": remote.untold or None,
    }
