"""``contentvc resolve``: notes that conflicts are decided."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.merging import WORDS, conclusion, in_progress
from contentvc.actions.resolve import ResolveReport, ResolveRequest, is_at
from contentvc.actions.resolve import resolve as decide
from contentvc.cli.complete import conflicts
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.paths import inside
from contentvc.cli.progressing import conflict_json, conflict_lines
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.formats.contract import Side
from contentvc.formats.items import Piece, split_item
from contentvc.snapshots.merging import MergeKind

__all__ = ["EXAMPLES", "resolve"]

EXAMPLES: Final = (
    ("contentvc resolve prompts/support.md", "the file is right as it is now"),
    ("contentvc resolve --theirs evals", "all conflicts below evals: as the other side has it"),
    ("contentvc resolve cases.jsonl#17 --theirs", "one record of a file, the rest as it is"),
    ("contentvc resolve cases.jsonl#17/answer --value '\"Lyon\"'", "one field, as you write it"),
    ("contentvc resolve .", "every conflict here is decided by what the files hold"),
)


def resolve(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH[#ITEM]…",
            help="Files in conflict, or folders; or records and values of a file.",
            autocompletion=conflicts,
        ),
    ],
    ours: Annotated[
        bool, typer.Option("--ours", help="Take the version of the branch I am on.")
    ] = False,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Take the version that is merged into it.")
    ] = False,
    base: Annotated[
        bool, typer.Option("--base", help="Take the version from before both changed it.")
    ] = False,
    value: Annotated[
        str | None,
        typer.Option(
            "--value", metavar="JSON", help="Of one ITEM: it becomes this.", show_default=False
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="As it is now, even with the marks of a conflict.")
    ] = False,
) -> None:
    """Note that conflicts are decided: as the files are now, or as one side has them.

    A file that still has the marks of a conflict is refused. Of a document or of records, PATH#ITEM
    decides one value or record, as contentvc conflicts names it, and all else in the file stays;
    PATH# is every item of it. A path with # in it that is in conflict is never split.

    What a side overwrites is kept in the operation log. Once none is left, contentvc commit
    concludes the merge.
    """
    session = Session.of(ctx)
    sides = [side for side, is_wanted in zip(Side, (base, ours, theirs), strict=True) if is_wanted]
    if len(sides) + force + (value is not None) > 1:
        raise Usage("usage", "only one version can be taken", "give one of the options")
    files, items = _told_apart(session, paths)
    _check(files, items, force=force, has_value=value is not None)
    side = sides[0] if sides else None
    if items:
        report = _by_item(session, items, side, value)
    else:
        report = decide(session.context, ResolveRequest(files, side, force=force))
    session.announce(report, _text, _json)


_Items = tuple[tuple[bytes, str], ...]


def _check(files: tuple[bytes, ...], items: _Items, *, force: bool, has_value: bool) -> None:
    if items and files:
        raise Usage("usage", "files and items of files cannot be mixed", "use two commands")
    if items and force:
        raise Usage("usage", "--force is for files", "give PATH#ITEM alone, or with a version")
    if has_value and len(items) != 1:
        raise Usage("usage", "--value is of one item", "name it: contentvc resolve PATH#ITEM")


def _told_apart(session: Session, texts: list[str]) -> tuple[tuple[bytes, ...], _Items]:
    """Files and folders, and items of files."""
    if not any("#" in text for text in texts):
        return paths_of(session, texts), ()
    found = in_progress(session.repository, session.context.head)
    rows = found.merging.conflicts if found is not None else ()

    def exists(text: str) -> bool:
        path = inside(session.place.root, session.here, text) if text else b""
        return any(is_at(row, path) for row in rows)

    split = [split_item(text, exists) for text in texts]
    files = [path for path, item in split if item is None]
    items = [(path, item) for path, item in split if item is not None]
    paths = paths_of(session, [path for path, _ in items])
    named = [item for _, item in items]
    return paths_of(session, files), tuple(zip(paths, named, strict=True))


def _by_item(
    session: Session, items: _Items, side: Side | None, value: str | None
) -> ResolveReport:
    from contentvc.actions.resolve_items import ItemsRequest, resolve_items
    from contentvc.cli.values import value_of

    piece = None if value is None else Piece(value_of(value))
    return resolve_items(session.context, ItemsRequest(items, side, piece))


def _text(report: ResolveReport, screen: Screen) -> Iterator[str]:
    left = report.merging.conflicts
    items = [f"{screen.path(path)}#{escape(item)}" for path, item in report.items]
    names = items or [screen.path(row.path) for row in report.resolved]
    noun = "item" if items else "conflict"
    shown = names[0] if len(names) == 1 else count(len(names), noun)
    yield f"{screen.paint(shown, Tone.NAME)} resolved; {count(len(left), 'conflict')} left"
    yield from conflict_lines(left, screen)
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)
    if left:
        return
    if report.merging.kind is MergeKind.STASH_POP:
        hint = f"{report.merging.source} is kept; to drop it: contentvc stash drop"
    else:
        word = WORDS[report.merging.kind]
        hint = f"to conclude the {word}: {conclusion(report.merging)}"
    yield screen.paint(hint, Tone.HINT)


def _json(report: ResolveReport) -> Document:
    return {
        "items": [{**json_path(path), "item": item} for path, item in report.items],
        "resolved": [conflict_json(row) for row in report.resolved],
        "left": [conflict_json(row) for row in report.merging.conflicts],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
