"""Refs: what commands did to branches and tags, as lines and as JSON."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from contentvc.actions.branches import RefEntry, RefMoved
from contentvc.cli.documents import Document, Json, json_time
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.ids import short

if TYPE_CHECKING:
    from contentvc.actions.ahead import Standing

__all__ = ["moved_json", "moved_lines", "ref_json", "ref_rows"]


def ref_rows(entries: Sequence[RefEntry], screen: Screen, *, details: bool) -> Iterator[str]:
    """A line for each, the current one marked; with commit, age and subject for `details`."""
    rows = []
    for entry in entries:
        mark = "*" if entry.is_current else "+" if entry.workspaces else " "
        name = (
            screen.paint(escape(entry.name), Tone.NAME) if entry.is_current else escape(entry.name)
        )
        rows.append([f"{mark} {name}", *(_details(entry, screen) if details else ())])
    yield from aligned(rows)


def _details(entry: RefEntry, screen: Screen) -> Iterator[str]:
    if entry.commit is None:
        yield "no commit yet"
        return
    yield screen.paint(short(entry.commit), Tone.NAME)
    yield screen.age(entry.time)
    beside = [_beside(entry.standing)] if entry.standing is not None else []
    elsewhere = [f"(in workspace {workspace})" for workspace in entry.workspaces]
    yield " ".join([*beside, escape(entry.subject), *elsewhere])


def _beside(standing: "Standing") -> str:
    """How a branch stands to its upstream, in brackets before the subject, as git has it."""
    from contentvc.cli.apart import apart_text

    name, apart = escape(standing.upstream.name), standing.apart
    if apart is None:
        return f"[{name}: not there yet]"
    return f"[{name}]" if apart.is_same else f"[{name}: {apart_text(apart)}]"


def ref_json(entry: RefEntry) -> dict[str, Json]:
    """A branch or tag. A branch before its first commit has null for what is of the commit."""
    has_commit = entry.commit is not None
    return {
        "name": entry.name,
        "commit": entry.commit.hex() if entry.commit else None,
        "current": entry.is_current,
        "subject": entry.subject if has_commit else None,
        "time": json_time(entry.time) if has_commit else None,
        "workspaces": list(entry.workspaces),
    }


def moved_lines(noun: str, moves: Sequence[RefMoved], screen: Screen) -> Iterator[str]:
    """What was done, a line for each."""
    for move in moves:
        name = screen.paint(escape(move.name), Tone.NAME)
        old, new = (short(one) if one else "" for one in (move.old, move.new))
        if move.old_name is not None:
            yield f"{noun} {escape(move.old_name)} is called {name} now"
        elif move.new is None:
            yield f"{noun} {name} is deleted; it was at {old}"
        elif move.old is None:
            yield f"new {noun} {name} at {new}"
        else:
            yield f"{noun} {name} moved from {old} to {new}"


def moved_json(moves: Sequence[RefMoved]) -> Document:
    """The same as JSON."""
    return {
        "changes": [
            {
                "name": move.name,
                "old_name": move.old_name,
                "old": move.old.hex() if move.old else None,
                "new": move.new.hex() if move.new else None,
            }
            for move in moves
        ]
    }
