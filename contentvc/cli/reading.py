"""Reading: content as of a version, which several commands print."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contentvc.actions.read import Found, Listed, content, find, listing
from contentvc.cli.changes import MODE_WORDS, entry_json
from contentvc.cli.documents import Document, Json, dump_item, json_path
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.snapshots.tree import Mode

if TYPE_CHECKING:
    from contentvc.actions.items import FoundItem
    from contentvc.formats.items import Piece

__all__ = [
    "found_json",
    "listed_json",
    "listed_line",
    "print_content",
    "print_found",
    "print_listing",
    "print_named",
]


def print_found(session: Session, target: str) -> None:
    """A file's bytes, or a folder's names."""
    found = find(session.context, target, session.standing)
    if found.is_folder:
        print_listing(session, found)
    else:
        print_content(session, found)


def print_content(session: Session, found: Found) -> None:
    """A file's bytes as they are, or a document with all of them.

    Raises:
        Usage: it is a folder.
    """
    session.output.emit_bytes(
        content(session.context, found), lambda octets: _content_json(found, octets)
    )


def print_named(session: Session, target: str) -> None:
    """What ``REV:PATH#ITEM`` names: a file, or an item of it as it is written there.

    Raises:
        Missing: there is none.
        Usage: it is a folder.
    """
    from contentvc.actions.items import FoundItem, find_item

    found = find_item(session.context, target, session.standing)
    if isinstance(found, FoundItem):
        session.output.emit_bytes(_written(found.piece), lambda raw: _item_json(found, raw))
    else:
        print_content(session, found)


def _written(piece: "Piece") -> Iterator[bytes]:
    """A piece of a file on lines of its own; what has no writing, as JSON."""
    from contentvc.cli.values import value_json

    raw = dump_item(value_json(piece.value)).encode() if piece.raw is None else piece.raw
    yield raw
    if not raw.endswith(b"\n"):
        yield b"\n"


def print_listing(session: Session, found: Found) -> None:
    """A folder's names."""
    session.output.emit_each(
        "entries",
        listing(session.context, found, recursive=False),
        lambda one, screen: [listed_line(one, screen)],
        listed_json,
        found_json(found),
    )


def found_json(found: Found) -> Document:
    """The members that say what was asked for."""
    return {"commit": found.commit.hex(), **json_path(found.path)}


def listed_line(one: Listed, screen: Screen) -> str:
    """The path; a folder's ends with a slash."""
    return screen.path(one.path) + ("/" if one.entry.mode is Mode.DIRECTORY else "")


def listed_json(one: Listed) -> dict[str, Json]:
    """A path with what stands there."""
    return {**json_path(one.path), **entry_json(one.entry)}


def _item_json(found: "FoundItem", raw: bytes) -> Document:
    from contentvc.cli.values import value_json

    return {
        **found_json(found.file),
        "item": found.item,
        "line": found.piece.line,
        "value": value_json(found.piece.value),
        **json_path(raw, "content"),
    }


def _content_json(found: Found, octets: bytes) -> Document:
    entry = found.entry
    return {
        **found_json(found),
        "id": entry.id.hex(),
        "size": entry.size,
        "mode": MODE_WORDS[entry.mode],
        **json_path(octets, "content"),
    }
