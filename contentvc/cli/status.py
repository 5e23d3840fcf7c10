"""``contentvc status``: where the working tree stands, and what is not recorded yet."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contentvc.actions.status import StatusReport, StatusRequest
from contentvc.actions.status import status as compare
from contentvc.changes.files import FileChange
from contentvc.cli.apart import standing_json, standing_line
from contentvc.cli.changes import change_line
from contentvc.cli.covered import sparse_json, sparse_line
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.progressing import conflict_line, progress_json, progress_lines
from contentvc.cli.session import Session
from contentvc.cli.skipped import skipped_json, skipped_lines
from contentvc.cli.units import count, size
from contentvc.ids import short

if TYPE_CHECKING:
    from contentvc.formats.counts import Counts

__all__ = ["EXAMPLES", "status"]

EXAMPLES: Final = (
    ("contentvc status", "what would be committed"),
    ("contentvc status --short", "a line for each file, for reading at a glance"),
    ("contentvc status --ignored", "also what is ignored"),
)

_SHOWN: Final = 200
"""Changes listed in full; more are counted, since nobody reads thousands of lines."""


def status(
    ctx: typer.Context,
    short_form: Annotated[
        bool, typer.Option("-s", "--short", help="Only a line for each change.")
    ] = False,
    ignored: Annotated[bool, typer.Option("--ignored", help="List what is ignored too.")] = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file again; believe no time stamps.")
    ] = False,
) -> None:
    """Show the branch, the commit the files come from, and what changed since."""
    session = Session.of(ctx)
    report = compare(session.context, StatusRequest(want_ignored=ignored, rehash=rehash))
    session.emit(report, _short if short_form else _text, _json)


def _text(report: StatusReport, screen: Screen) -> Iterator[str]:
    yield _where(report, screen)
    yield from progress_lines(report.merging, screen)
    if report.sparse:
        yield sparse_line(report.sparse, *report.here, screen)
    if report.moved_to is not None:
        yield f"others moved the branch to {short(report.moved_to)} since"
    if report.standing is not None:
        yield standing_line(report.standing, screen)
    if report.interrupted:
        yield "a switch was interrupted; the next switch, restore or commit finishes it"
    yield _totals(report)
    if report.changes:
        yield ""
        yield from _listed(report, screen)
    if report.changes and report.merging is None:
        yield ""
    yield from _ignored(report, screen)
    yield from skipped_lines(report.skipped, screen)
    if report.changes and report.merging is None:
        yield screen.paint(
            "record: contentvc commit -m TEXT   look: contentvc diff   take back: contentvc "
            "restore PATH",
            Tone.HINT,
        )


def _short(report: StatusReport, screen: Screen) -> Iterator[str]:
    in_conflict = _in_conflict(report)
    shown = {change.path for change in report.changes}
    yield from (conflict_line(path, screen) for path in in_conflict if path not in shown)
    for change in report.changes:
        yield _line(change, in_conflict, screen)
    for path in report.ignored:
        yield f"! {screen.path(path)}"


def _where(report: StatusReport, screen: Screen) -> str:
    head = report.head
    branch = f"branch {escape(head.ref.removeprefix('branch/'))}" if head.ref else "no branch"
    commit = f"at {short(head.commit)}" if head.commit else "before its first commit"
    return f"on {screen.paint(branch, Tone.NAME)}, {commit}"


def _totals(report: StatusReport) -> str:
    if report.clean and report.head.commit is not None:
        return f"clean: {count(report.files, 'file')}, {size(report.size)}"
    if report.clean:
        return "nothing here to record yet"
    changed = sum(change.new.size for change in report.changes if change.new is not None)
    told = f"{count(len(report.changes), 'change')}, {size(changed)}"
    if report.head.commit is None:
        return f"{told} to record"
    return f"{told} to record; {count(report.files, 'file')} unchanged, {size(report.size)}"


def _listed(report: StatusReport, screen: Screen) -> Iterator[str]:
    in_conflict = _in_conflict(report)
    rows = [
        ["  " + _line(change, in_conflict, screen), _counts(change, report, screen)]
        for change in report.changes[:_SHOWN]
    ]
    yield from aligned(rows)
    if len(report.changes) > _SHOWN:
        more = len(report.changes) - _SHOWN
        yield f"  … and {more:,} more (all of them: contentvc status --short)"


def _counts(change: FileChange, report: StatusReport, screen: Screen) -> str:
    counts = report.counts.get(change.path)
    return "" if counts is None else screen.paint(_worded(counts), Tone.HINT)


def _worded(counts: "Counts") -> str:
    from contentvc.cli.counts import counts_text

    return counts_text(counts)


def _line(change: FileChange, in_conflict: Collection[bytes], screen: Screen) -> str:
    if change.path in in_conflict:
        return conflict_line(change.path, screen)
    return change_line(change, screen)


def _in_conflict(report: StatusReport) -> dict[bytes, None]:
    rows = () if report.merging is None else report.merging.conflicts
    return dict.fromkeys(row.path for row in rows)


def _ignored(report: StatusReport, screen: Screen) -> Iterator[str]:
    if report.ignored:
        yield "ignored:"
        yield from (f"  {screen.path(path)}" for path in report.ignored)


def _json(report: StatusReport) -> Document:
    head = report.head
    return {
        "branch": head.ref.removeprefix("branch/") if head.ref else None,
        "commit": head.commit.hex() if head.commit else None,
        "clean": report.clean,
        "changes": [_change_json(change, report) for change in report.changes],
        "unchanged": {"files": report.files, "bytes": report.size},
        "skipped": skipped_json(report.skipped),
        "ignored": [json_path(path) for path in report.ignored],
        "merging": None if report.merging is None else progress_json(report.merging),
        "upstream": None if report.standing is None else standing_json(report.standing),
        "moved_to": report.moved_to.hex() if report.moved_to else None,
        "sparse": sparse_json(report.sparse, *report.here),
        "interrupted": report.interrupted,
    }


def _change_json(change: FileChange, report: StatusReport) -> Json:
    old = json_path(change.old_path, "old_path") if change.old_path is not None else {}
    counts = report.counts.get(change.path)
    told = {} if counts is None else {"counts": counts.of._asdict()}
    return {**json_path(change.path), "change": change.change.value, **old, **told}
