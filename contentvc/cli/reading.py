"""Reading: content as of a version, which several commands print."""

from contentvc.actions.read import Found, Listed, content, find, listing
from contentvc.cli.changes import MODE_WORDS, entry_json
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.snapshots.tree import Mode

__all__ = [
    "found_json",
    "listed_json",
    "listed_line",
    "print_content",
    "print_found",
    "print_listing",
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


def _content_json(found: Found, octets: bytes) -> Document:
    entry = found.entry
    return {
        **found_json(found),
        "id": entry.id.hex(),
        "size": entry.size,
        "mode": MODE_WORDS[entry.mode],
        **json_path(octets, "content"),
    }
