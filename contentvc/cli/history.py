"""``contentvc history``: all versions of one record or value."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.history import HistoryRequest, ItemVersion, item_history
from contentvc.cli.commits import commit_json, commit_line
from contentvc.cli.complete import files
from contentvc.cli.diff_items import change_json, items_lines
from contentvc.cli.documents import Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.paths import inside
from contentvc.cli.session import Session
from contentvc.cli.values import value_json, value_text
from contentvc.errors import Usage
from contentvc.formats.changes import ItemKind
from contentvc.formats.items import Path, parse_item, split_item

__all__ = ["EXAMPLES", "history"]

EXAMPLES: Final = (
    ("contentvc history evals/cases.jsonl#17", "the record with the key 17, newest first"),
    ("contentvc history evals/cases.jsonl#17/expected", "one field of it"),
    ("contentvc history configs/model.yaml#model/temperature", "one value of a document"),
)
_FIELDS: Final = 50
_INDENT: Final = "    "
_LEAST: Final = 24
_WORDS: Final = {
    ItemKind.ADDED: ("added", Tone.ADDED),
    ItemKind.DELETED: ("deleted", Tone.REMOVED),
    ItemKind.CHANGED: ("changed", Tone.CHANGED),
    ItemKind.MOVED: ("moved", Tone.CHANGED),
}


def history(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH#ITEM",
            help="A file and a record by its key, or a value by its path.",
            autocompletion=files,
        ),
    ],
    revision: Annotated[
        str,
        typer.Option("--from", metavar="REV", help="Start there, or a range; HEAD."),
    ] = "HEAD",
    most: Annotated[
        int | None,
        typer.Option("-n", "--max-count", metavar="N", min=1, help="At most so many versions."),
    ] = None,
) -> None:
    """Show every version of one record or value: the commit, who, when, and what changed in it.

    The file is followed under its old names, and only commits that touch it are read. A file with #
    in its name is split at a later #. For a whole file: contentvc log -p PATH.
    """
    session = Session.of(ctx)
    session.page()
    path, item = _split(session, target)
    request = HistoryRequest(path, item, revision, most)
    session.output.emit_each(
        "versions",
        item_history(session.context, request),
        _Versions(parse_item(item)).lines,
        _json,
        {**json_path(path), "item": item},
    )


def _split(session: Session, target: str) -> tuple[bytes, str]:
    from contentvc.actions.items import is_recorded

    root, here = session.place.root, session.here

    def exists(text: str) -> bool:
        return bool(text) and is_recorded(session.context, inside(root, here, text))

    name, item = split_item(target, exists)
    if item is None:
        raise Usage(
            "usage",
            f"{escape(target)} names no item",
            "write PATH#ITEM; of a whole file: contentvc log -p PATH",
        )
    return inside(root, here, name), item


class _Versions:
    """Renders one version after the other, with what stands between two."""

    def __init__(self, item: Path) -> None:
        self._item = item
        self._is_first = True

    def lines(self, version: ItemVersion, screen: Screen) -> Iterator[str]:
        """The commit, then what it did to the item."""
        if not self._is_first:
            yield ""
        self._is_first = False
        commit = version.entry.commit
        yield commit_line(version.entry.id, commit, version.entry.refs, screen)
        when = f"{screen.moment(commit.time, commit.zone)} ({screen.age(commit.time)})"
        yield _INDENT + screen.paint(f"{escape(commit.author)}, {when}", Tone.HINT)
        yield _INDENT + _what(version, screen)
        yield from _inside(version, self._item, screen)


def _what(version: ItemVersion, screen: Screen) -> str:
    word, tone = _WORDS[version.kind]
    piece = version.new or version.old
    line = f", line {piece.line:,}" if piece is not None and piece.line is not None else ""
    return f"{screen.paint(word, tone)} in {screen.path(version.path)}{line}"


def _inside(version: ItemVersion, item: Path, screen: Screen) -> Iterator[str]:
    """What is inside the item is named from there; the item itself by its last step."""
    indent = len(_INDENT)
    if version.kind is ItemKind.CHANGED:
        changes = [one._replace(path=one.path or item[-1:]) for one in version.changes]
        for line in items_lines(changes, screen, indent, _FIELDS, "field"):
            yield " " * indent + line
        return
    piece = version.new or version.old
    if piece is not None:
        room = max(_LEAST, screen.width - indent - 2)
        yield f"{' ' * indent}  {value_text(piece.value, room)}"


def _json(version: ItemVersion) -> Json:
    entry = version.entry
    return {
        "commit": commit_json(entry.id, entry.commit, entry.notes),
        **json_path(version.path),
        "kind": version.kind.value,
        "changes": [change_json(change) for change in version.changes],
        "old": None if version.old is None else value_json(version.old.value),
        "new": None if version.new is None else value_json(version.new.value),
        "line": None if version.new is None else version.new.line,
    }
