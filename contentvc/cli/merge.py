"""``contentvc merge``: brings in what another branch has done."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.merge import FastForward, MergeReport, MergeRequest, Outcome
from contentvc.actions.merge import merge as bring_in
from contentvc.cli.changes import change_json, change_lines
from contentvc.cli.commits import subject
from contentvc.cli.complete import revisions
from contentvc.cli.conflicting import CONFLICTS_EXIT, Abort, OnConflictFlag, on_conflict
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.message import message_of
from contentvc.cli.options import Author, Paragraphs
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force, overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.progressing import conflict_json, conflict_lines, ways_on
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.ids import short
from contentvc.snapshots.merging import MergeKind, Merging

__all__ = ["EXAMPLES", "merge", "merge_json", "merge_lines"]

EXAMPLES: Final = (
    ("contentvc merge terse", "bring what the branch terse has into this one"),
    ("contentvc merge --dry-run terse", "what would change, and where both sides conflict"),
    ("contentvc merge --on-conflict theirs terse", "where both changed the same lines, terse wins"),
    ("contentvc merge --abort", "files and branch are as before the merge"),
)
_SHOWN: Final = 20


def merge(
    ctx: typer.Context,
    revision: Annotated[
        str | None,
        typer.Argument(
            metavar="[REV]", help="What is merged.", autocompletion=revisions, show_default=False
        ),
    ] = None,
    message: Paragraphs = None,
    author: Author = None,
    no_ff: Annotated[
        bool, typer.Option("--no-ff", help="Record a merge also where the branch could move on.")
    ] = False,
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
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Show what would happen; change nothing.")
    ] = False,
    abort: Abort = False,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Merge another branch into this one: what both did since they were one is put together.

    Where both changed the same lines, the merge stops and the file has both versions; where both
    changed the same value or field, it has ours. Edit it, `contentvc resolve` it, then `contentvc
    commit`. Without a terminal it fails instead, and nothing is changed. Uncommitted changes that
    are not in the way come along.
    """
    session = Session.of(ctx)
    if abort:
        _take_back(session, revision, discard=discard)
        return
    if revision is None:
        raise Usage("usage", "what is to be merged is missing", "contentvc merge REV")
    if no_ff and ff_only:
        raise Usage("usage", "--no-ff and --ff-only contradict each other", "give one of them")
    request = MergeRequest(
        revision=revision,
        message=message_of(session, message, "", "") if message else None,
        author=session.author(author) if author else None,
        fast_forward=_fast_forward(no_ff=no_ff, ff_only=ff_only),
        on_conflict=on_conflict(session, on_conflict_),
        allow_unrelated=unrelated,
        dry_run=dry_run,
        overwrite=Overwrite(force=force, discard=discard),
    )
    report = bring_in(session.context, request)
    session.announce(report, merge_lines, merge_json)
    if report.conflicts:
        raise typer.Exit(CONFLICTS_EXIT)


def _take_back(session: Session, revision: str | None, *, discard: bool) -> None:
    if revision is not None:
        raise Usage("usage", "--abort takes no revision", "contentvc merge --abort")
    from contentvc.cli.aborted import take_back

    take_back(session, MergeKind.MERGE, discard=discard)


def _fast_forward(*, no_ff: bool, ff_only: bool) -> FastForward:
    if ff_only:
        return FastForward.ONLY
    return FastForward.NEVER if no_ff else FastForward.ALLOWED


def merge_lines(report: MergeReport, screen: Screen) -> Iterator[str]:
    """What a merge made, or would make, and the ways on."""
    branch = escape(report.branch) if report.branch else "HEAD"
    source = escape(report.source)
    if report.outcome is Outcome.UP_TO_DATE:
        yield f"already up to date: {branch} has all of {source}"
        return
    yield _headline(report, branch, source, screen)
    if report.conflicts:
        yield from conflict_lines(report.conflicts, screen)
        if not report.dry_run:
            yield from ways_on(_merging(report), screen)
    else:
        yield from change_lines(report.changes, screen, _SHOWN)
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)


def _headline(report: MergeReport, branch: str, source: str, screen: Screen) -> str:
    files = count(len(report.changes), "file")
    would = "would " if report.dry_run else ""
    if report.outcome is Outcome.STOPPED:
        found = count(len(report.conflicts), "conflict")
        verb = "would stop" if report.dry_run else "stopped"
        told = screen.paint(f"{verb} at {found}", Tone.CONFLICT)
        return f"merging {source} into {branch} {told}; {files} changed"
    if report.outcome is Outcome.FAST_FORWARD:
        old = short(report.old) if report.old else "nothing"
        moved = f"{would}move" if report.dry_run else "moved"
        name = screen.paint(branch, Tone.NAME)
        return f"{name} {moved} on to {source}, {old} → {short(report.theirs)}: {files} changed"
    if report.dry_run or report.new is None:
        return f"would merge {source} into {branch} without conflicts: {files} changed"
    name = screen.paint(f"[{branch} {short(report.new)}]", Tone.NAME)
    return f"{name} {subject(report.message)}: {files} changed"


def _merging(report: MergeReport) -> Merging:
    """What is in progress now."""
    parents = (report.theirs,)
    return Merging(MergeKind.MERGE, report.source, report.old, parents, conflicts=report.conflicts)


def merge_json(report: MergeReport) -> Document:
    """The same for programs."""
    return {
        "outcome": report.outcome.value,
        "dry_run": report.dry_run,
        "source": report.source,
        "theirs": report.theirs.hex(),
        "branch": report.branch,
        "previous": report.old.hex() if report.old else None,
        "commit": report.new.hex() if report.new else None,
        "message": report.message,
        "changes": [change_json(change) for change in report.changes],
        "conflicts": [conflict_json(row) for row in report.conflicts],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
