"""Changes: the files that differ between two versions, as lines and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Final

from contentvc.changes.files import ChangeKind, FileChange
from contentvc.cli.documents import Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.units import size
from contentvc.snapshots.tree import Entry, Mode

__all__ = [
    "CHANGE_WORDS",
    "MODE_WORDS",
    "attribute_lines",
    "change_json",
    "change_line",
    "change_lines",
    "change_name",
    "change_tone",
    "entry_json",
    "sizes_of",
]

CHANGE_WORDS: Final[dict[ChangeKind, tuple[str, str, Tone]]] = {
    ChangeKind.ADDED: ("A", "added", Tone.ADDED),
    ChangeKind.MODIFIED: ("M", "changed", Tone.CHANGED),
    ChangeKind.DELETED: ("D", "deleted", Tone.REMOVED),
    ChangeKind.RENAMED: ("R", "renamed", Tone.CHANGED),
    ChangeKind.MODE_CHANGED: ("X", "mode changed", Tone.CHANGED),
    ChangeKind.TYPE_CHANGED: ("T", "type changed", Tone.CHANGED),
}
"""Of each kind: its letter in lists, its word in sentences, its colour."""
MODE_WORDS: Final[dict[Mode, str]] = {
    Mode.FILE: "file",
    Mode.EXECUTABLE: "executable",
    Mode.SYMLINK: "symlink",
    Mode.DIRECTORY: "folder",
}
"""Modes as people and programs read them."""


def change_name(change: FileChange, screen: Screen) -> str:
    """The path, of a rename ``old → new``, as seen from where the person stands."""
    path = screen.path(change.path)
    return path if change.old_path is None else f"{screen.path(change.old_path)} → {path}"


def change_tone(change: FileChange) -> Tone:
    """The colour of what happened."""
    return CHANGE_WORDS[change.change][2]


def change_line(change: FileChange, screen: Screen) -> str:
    """``M path``."""
    letter, _, tone = CHANGE_WORDS[change.change]
    return f"{screen.paint(letter, tone)} {change_name(change, screen)}"


def change_lines(
    changes: Sequence[FileChange], screen: Screen, most: int | None = None
) -> Iterator[str]:
    """``M path  1.2 KB → 1.3 KB`` for each, the columns aligned; the rest beyond `most` counted."""
    rows = [
        [change_line(change, screen), screen.paint(sizes_of(change), Tone.HINT)]
        for change in changes[:most]
    ]
    yield from aligned(rows)
    if len(rows) < len(changes):
        yield f"… and {len(changes) - len(rows):,} more"


def sizes_of(change: FileChange) -> str:
    """What the sizes and modes of a change were and are."""
    old, new = change.old, change.new
    sizes = [size(one.size) for one in (old, new) if one is not None]
    told = [" → ".join(dict.fromkeys(sizes))]
    if old is not None and new is not None and old.mode != new.mode:
        told.append(f"{MODE_WORDS[old.mode]} → {MODE_WORDS[new.mode]}")
    if old is not None and new is not None and old.attributes != new.attributes:
        told.append("attributes changed")
    return ", ".join(told)


def attribute_lines(change: FileChange, screen: Screen) -> Iterator[str]:
    """``KEY: old → new`` for each attribute of a file that was there and is there that differs."""
    if change.old is None or change.new is None:
        return
    old, new = dict(change.old.attributes), dict(change.new.attributes)
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            removed = screen.paint(escape(before), Tone.REMOVED) if before is not None else "none"
            added = screen.paint(escape(after), Tone.ADDED) if after is not None else "none"
            yield f"attribute {escape(key)}: {removed} → {added}"


def change_json(change: FileChange) -> dict[str, Json]:
    """A change with both sides; ``old_path`` is null unless it is a rename."""
    old_path = (
        {"old_path": None} if change.old_path is None else json_path(change.old_path, "old_path")
    )
    return {
        **json_path(change.path),
        **old_path,
        "change": change.change.value,
        "old": None if change.old is None else entry_json(change.old),
        "new": None if change.new is None else entry_json(change.new),
    }


def entry_json(entry: Entry) -> dict[str, Json]:
    """One version of a file, without its name. A file that was not read has no id yet."""
    found: dict[str, Json] = {
        "id": entry.id.hex() or None,
        "size": entry.size,
        "mode": MODE_WORDS[entry.mode],
    }
    if entry.attributes:
        found["attributes"] = dict(entry.attributes)
    return found
