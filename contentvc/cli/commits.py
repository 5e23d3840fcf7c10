"""Commits: a commit as lines and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Final

from contentvc.cli.documents import Json, json_time
from contentvc.cli.escape import escape, escape_line
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.ids import ObjectId, short
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.commit import Commit

__all__ = ["commit_json", "commit_line", "commit_lines", "subject"]

_INDENT: Final = "    "


def subject(message: str) -> str:
    """The first line of a message, escaped."""
    return escape(message.strip().split("\n", 1)[0])


def commit_line(identifier: ObjectId, commit: Commit, refs: Sequence[str], screen: Screen) -> str:
    """``3f9a1c2b7d04 (main) Subject``."""
    return f"{_named(identifier, refs, screen)} {subject(commit.message)}".rstrip()


def commit_lines(
    identifier: ObjectId,
    commit: Commit,
    refs: Sequence[str],
    screen: Screen,
    notes: Attributes = (),
) -> Iterator[str]:
    """All that people want to know of a commit except its changes."""
    yield f"commit {_named(identifier, refs, screen)}"
    if len(commit.parents) > 1:
        yield "Merge:  " + " ".join(short(parent) for parent in commit.parents)
    yield f"Author: {escape(commit.author)}"
    yield f"Date:   {screen.moment(commit.time, commit.zone)} ({screen.age(commit.time)})"
    for key, value in commit.attributes:
        yield f"Attr:   {escape(key)}={escape(value)}"
    for key, value in notes:
        yield f"Note:   {escape(key)}={escape(value)}"
    message = commit.message.strip("\n")
    if message:
        yield ""
        for line in message.split("\n"):
            yield (_INDENT + escape_line(line.removesuffix("\r"))).rstrip()


def commit_json(identifier: ObjectId, commit: Commit, notes: Attributes = ()) -> dict[str, Json]:
    """The members that every document has for a commit."""
    return {
        "id": identifier.hex(),
        "tree": commit.tree.hex(),
        "parents": [parent.hex() for parent in commit.parents],
        "author": commit.author,
        "time": json_time(commit.time, commit.zone),
        "message": commit.message,
        "attributes": dict(commit.attributes),
        "notes": dict(notes),
    }


def _named(identifier: ObjectId, refs: Sequence[str], screen: Screen) -> str:
    name = screen.paint(short(identifier), Tone.NAME)
    if not refs:
        return name
    return f"{name} ({', '.join(screen.paint(escape(ref), Tone.NAME) for ref in refs)})"
