"""Undone: what `undo` and `redo` did, as lines and as JSON."""

import shlex
from collections.abc import Iterator

from contentvc.actions.undo import UndoReport
from contentvc.cli.changes import change_json
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.units import count
from contentvc.history.draft import RefMove
from contentvc.history.names import short_name
from contentvc.ids import short
from contentvc.snapshots.operation import Head

__all__ = ["redone_lines", "undone_json", "undone_lines"]


def undone_lines(report: UndoReport, screen: Screen) -> Iterator[str]:
    """What `undo` did, and how to have it otherwise."""
    yield from _lines("took back", "as before it", report, screen)
    commits = [short(move.old) for move in report.refs if move.old is not None]
    if report.published and commits:
        remotes = ", ".join(map(escape, report.published))
        yield screen.paint(
            f"{remotes} has it already; to take it back there too: contentvc revert {commits[0]}",
            Tone.CONFLICT,
        )
    yield screen.paint("to do it again: contentvc redo", Tone.HINT)


def redone_lines(report: UndoReport, screen: Screen) -> Iterator[str]:
    """What `redo` did."""
    yield from _lines("did again", "changed", report, screen)


def _lines(verb: str, result: str, report: UndoReport, screen: Screen) -> Iterator[str]:
    """The command in one line, then where refs, HEAD and files went."""
    operation = report.operation
    command = shlex.join(("contentvc", *operation.command)) if operation.command else operation.kind
    yield f"{verb} operation {operation.sequence}: {screen.paint(escape(command), Tone.NAME)}"
    yield from (_ref_line(move) for move in report.refs)
    has_moved = not report.refs and report.old.commit != report.new.commit
    if report.old.ref != report.new.ref or has_moved:
        yield f"on {_head(report.new)} again"
    if bool(report.old.merging) != bool(report.new.merging):
        is_over = "nothing is in progress any more"
        yield "what was in progress is so again" if report.new.merging else is_over
    if report.changes:
        yield f"{count(len(report.changes), 'file')} {result}"
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)


def _ref_line(move: RefMove) -> str:
    name = escape(short_name(move.name))
    old, new = (short(one) if one else None for one in (move.old, move.new))
    if new is None:
        return f"{name}: {old} → not there"
    return f"{name}: {old or 'not there'} → {new}"


def _head(head: Head) -> str:
    if head.ref is not None:
        return f"branch {escape(short_name(head.ref))}"
    return f"commit {short(head.commit)}" if head.commit else "no commit"


def undone_json(report: UndoReport) -> Document:
    """The same for programs."""
    return {
        "operation": report.operation.sequence,
        "kind": report.operation.kind,
        "command": list(report.operation.command),
        "refs": [
            {
                "name": move.name,
                "old": move.old.hex() if move.old else None,
                "new": move.new.hex() if move.new else None,
            }
            for move in report.refs
        ],
        "branch": short_name(report.new.ref) if report.new.ref else None,
        "commit": report.new.commit.hex() if report.new.commit else None,
        "changes": [change_json(change) for change in report.changes],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
        "published": list(report.published),
    }
