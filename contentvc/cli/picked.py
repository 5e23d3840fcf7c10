"""Picked: what `cherry-pick` and `revert` share: options, running, and what they print."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, NamedTuple

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.going_on import GoneOn, continue_picks, skip_pick
from contentvc.actions.picks import PickReport, PickRequest, pick
from contentvc.cli.aborted import take_back
from contentvc.cli.changes import change_json
from contentvc.cli.complete import revisions
from contentvc.cli.conflicting import CONFLICTS_EXIT, on_conflict
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.progressing import conflict_lines, progress_json, ways_on
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.ids import short
from contentvc.snapshots.merging import MergeKind, Merging
from contentvc.surroundings.settings import OnConflict

__all__ = ["Continue", "Mainline", "Revisions", "Skip", "Wanted", "run_command"]

Revisions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REV|A..B]…",
        help="Commits; a range is what B has and A has not.",
        autocompletion=revisions,
        show_default=False,
    ),
]
Mainline = Annotated[
    int | None,
    typer.Option(
        "-m",
        "--mainline",
        metavar="N",
        min=1,
        help="Of a merge commit: the parent, from 1, that counts as what came before.",
        show_default=False,
    ),
]
Continue = Annotated[
    bool, typer.Option("--continue", help="Conflicts are resolved: record it, and go on.")
]
Skip = Annotated[
    bool, typer.Option("--skip", help="Leave out the commit it stopped at, and go on.")
]
_SHOWN: Final = 20


class Wanted(NamedTuple):
    """What was asked for besides the commits."""

    kind: MergeKind
    mainline: int | None
    on_conflict: OnConflict | None
    goes_on: bool
    skip: bool
    abort: bool
    overwrite: Overwrite


def run_command(session: Session, given: Sequence[str] | None, wanted: Wanted) -> None:
    """Pick or revert, go on, or take back; and tell.

    Raises:
        Usage: more than one of these, or none, is asked for.
    """
    ways = sum((bool(given), wanted.goes_on, wanted.skip, wanted.abort))
    if ways != 1:
        raise Usage(
            "usage",
            "one is needed: commits, --continue, --skip or --abort",
            f"contentvc {wanted.kind} REV",
        )
    if wanted.abort:
        take_back(session, wanted.kind, discard=wanted.overwrite.discard)
        return
    choice = on_conflict(session, wanted.on_conflict)
    if given:
        request = PickRequest(
            wanted.kind, tuple(given), wanted.mainline or 0, choice, wanted.overwrite
        )
        done = GoneOn(None, pick(session.context, request))
    else:
        act = skip_pick if wanted.skip else continue_picks
        done = act(session.context, wanted.kind, choice, wanted.overwrite)
    session.announce(done, _text, _json)
    if done.rest is not None and done.rest.stopped is not None:
        raise typer.Exit(CONFLICTS_EXIT)


def _text(done: GoneOn, screen: Screen) -> Iterator[str]:
    if done.committed is not None:
        report = done.committed
        message = report.commit.message.strip().split("\n", 1)[0]
        yield f"{_name(report.branch, short(report.id), screen)} {escape(message)}"
    if done.rest is not None:
        yield from _rest(done.rest, screen)
    elif done.committed is None:
        yield "left out; nothing comes after it"


def _rest(report: PickReport, screen: Screen) -> Iterator[str]:
    for one in report.picks[:_SHOWN]:
        subject = escape(one.subject)
        if one.id is None:
            yield f"{short(one.source)} {subject}: passed over, as all of it is here already"
        else:
            yield f"{_name(report.branch, short(one.id), screen)} {subject}"
    if len(report.picks) > _SHOWN:
        yield f"… and {len(report.picks) - _SHOWN:,} more"
    if report.stopped is not None:
        yield from _stopped(report.stopped, screen)
    else:
        yield f"{count(len(report.changes), 'file')} changed"
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)


def _stopped(merging: Merging, screen: Screen) -> Iterator[str]:
    conflicts = merging.conflicts
    found = screen.paint(f"stopped at {count(len(conflicts), 'conflict')}", Tone.CONFLICT)
    after = f"; {count(len(merging.left), 'commit')} to come" if merging.left else ""
    yield f"{merging.kind} of {escape(merging.source)} {found}{after}"
    yield from conflict_lines(conflicts, screen)
    yield from ways_on(merging, screen)


def _name(branch: str | None, commit: str, screen: Screen) -> str:
    return screen.paint(f"[{escape(branch) if branch else 'detached'} {commit}]", Tone.NAME)


def _json(done: GoneOn) -> Document:
    rest = done.rest
    committed = done.committed
    picks = [] if rest is None else rest.picks
    commit = rest.new if rest is not None else committed.id if committed is not None else None
    return {
        "committed": committed.id.hex() if committed is not None else None,
        "picks": [
            {
                "source": one.source.hex(),
                "commit": one.id.hex() if one.id else None,
                "subject": one.subject,
            }
            for one in picks
        ],
        "commit": commit.hex() if commit else None,
        "merging": progress_json(rest.stopped) if rest is not None and rest.stopped else None,
        "changes": [change_json(change) for change in rest.changes] if rest is not None else [],
        "overwritten": [json_path(one) for one in rest.overwritten] if rest is not None else [],
        "saved": rest is not None and rest.saved,
    }
