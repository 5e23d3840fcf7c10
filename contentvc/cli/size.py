"""``contentvc size``: what is stored, and what takes the room."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.size import CommitSize, PathSize, SizeReport
from contentvc.actions.size import size as measured
from contentvc.cli.complete import revision_paths
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.cli.units import size as octets
from contentvc.history.revisions import split_path
from contentvc.ids import short

__all__ = ["EXAMPLES", "size"]

EXAMPLES: Final = (
    ("contentvc size", "all of it, and the largest folders, commits and files"),
    ("contentvc size v1:corpus", "what is in one folder of a version"),
)
_SUBJECT: Final = 40


def size(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="[REV[:PATH]]",
            help="A version, and a folder of it, whose entries are told.",
            autocompletion=revision_paths,
            show_default=False,
        ),
    ] = "",
) -> None:
    """Show what the repository holds, what it takes on disk, and what takes the room.

    Content is counted once, however often it is recorded. What is stored together is shared out by
    length; what several paths have counts at the first of them.
    """
    session = Session.of(ctx)
    revision, text = split_path(target) if target else (None, None)
    paths = paths_of(session, [text]) if text else (b"",)
    report = measured(session.context, revision or None, paths[0])
    session.emit(report, _lines, _json)


def _lines(report: SizeReport, screen: Screen) -> Iterator[str]:
    told = f": {report.ratio:.1f} times smaller" if report.ratio > 1 else ""
    yield f"{octets(report.total)} hold {octets(report.history)} of content{told}"
    stored = report.stored
    deltas = (
        f"{count(stored.blocks, 'block')}, {count(stored.delta_blocks, 'delta block')} "
        f"({octets(stored.delta_bytes)})"
    )
    rows = [
        ["this version", octets(report.content), ""],
        ["all versions", octets(report.history), ""],
        ["packs", octets(stored.bytes), count(stored.packs, "pack")],
        ["", "", deltas],
        ["index", octets(report.index), ""],
        ["log", octets(report.log), ""],
        ["compact would drop", octets(report.droppable),
         f"and merge {count(report.mergeable, 'pack')}"],
    ]  # fmt: skip
    yield from (f"  {line.rstrip()}" for line in aligned(rows))
    yield from _paths("what takes the room here:", report.folders, "file", screen)
    if report.commits:
        yield ""
        yield "commits that brought most:"
        yield from (f"  {line}" for line in aligned([_commit(one) for one in report.commits]))
    yield from _paths("files that take most, in all versions:", report.files, "version", screen)


def _paths(title: str, rows: Sequence[PathSize], noun: str, screen: Screen) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield title
    cells = [
        [
            octets(row.stored),
            octets(row.content),
            count(row.files, noun),
            screen.paint(screen.path(row.path) + ("/" if row.is_folder else ""), Tone.NAME),
        ]
        for row in rows
    ]
    yield from (f"  {line}" for line in aligned(cells))


def _commit(one: CommitSize) -> list[str]:
    return [octets(one.stored), octets(one.content), short(one.id), escape(one.subject[:_SUBJECT])]


def _json(report: SizeReport) -> Document:
    stored = report.stored
    return {
        "version": None if report.version is None else report.version.hex(),
        "content": report.content,
        "history": report.history,
        "total": report.total,
        "packs": stored.packs,
        "stored": stored.bytes,
        "blocks": stored.blocks,
        "delta_blocks": stored.delta_blocks,
        "delta_bytes": stored.delta_bytes,
        "index": report.index,
        "log": report.log,
        "folders": [_path_json(one, "files") for one in report.folders],
        "commits": [
            {
                "id": one.id.hex(),
                "subject": one.subject,
                "content": one.content,
                "stored": one.stored,
            }
            for one in report.commits
        ],
        "files": [_path_json(one, "versions") for one in report.files],
        "compact": {"dropped": report.droppable, "merged": report.mergeable},
    }


def _path_json(one: PathSize, counted: str) -> Json:
    return {
        **json_path(one.path),
        "folder": one.is_folder,
        counted: one.files,
        "content": one.content,
        "stored": one.stored,
    }
