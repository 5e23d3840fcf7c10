"""Items: what happened to single values, as lines."""

from collections.abc import Iterator, Sequence
from typing import Final

from contentvc.cli.documents import Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, width_of
from contentvc.cli.values import Part, value_json, value_parts, value_text
from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.items import Path, item_name

__all__ = ["change_json", "item_lines", "items_lines", "path_text"]

_LEAST: Final = 24
"""Columns that a value has even on the narrowest terminal."""
_NAME: Final = 60
"""Columns of a path; longer ones keep their end, where they differ."""


def path_text(path: Path) -> str:
    """A path as people write it, escaped; the whole document has a word of its own."""
    name = escape(item_name(path)) or "(all of it)"
    return name if width_of(name) <= _NAME else "…" + name[1 - _NAME :]


def change_json(change: ItemChange) -> dict[str, Json]:
    """A change for programs; the item as `resolve` and `cat` take it."""
    return {
        "item": item_name(change.path),
        "kind": change.kind.value,
        "old": value_json(change.old),
        "new": value_json(change.new),
        "source": None if change.source is None else item_name(change.source),
    }


def items_lines(
    changes: Sequence[ItemChange], screen: Screen, indent: int, most: int, word: str = "change"
) -> Iterator[str]:
    """Each change; the rest beyond `most` counted."""
    for change in changes[:most]:
        yield from item_lines(change, screen, indent)
    if len(changes) > most:
        more = len(changes) - most
        yield f"  … and {more:,} more {word}{'' if more == 1 else 's'}"


def item_lines(change: ItemChange, screen: Screen, indent: int) -> Iterator[str]:
    """``path: old → new`` on one line, or on two where it would be too long.

    Args:
        change: of one value.
        screen: how wide it may be.
        indent: columns that the caller puts before each line.
    """
    name = path_text(change.path)
    room = max(_LEAST, screen.width - indent - width_of(name) - 4)
    if change.kind is ItemKind.MOVED:
        source = "" if change.source is None else f" from {path_text(change.source)}"
        yield f"  {name}: {screen.paint('moved', Tone.CHANGED)}{source}"
    elif change.kind is ItemKind.ADDED:
        yield screen.paint(f"+ {name}: {value_text(change.new, room)}", Tone.ADDED)
    elif change.kind is ItemKind.DELETED:
        yield screen.paint(f"- {name}: {value_text(change.old, room)}", Tone.REMOVED)
    else:
        yield from _changed_lines(change, name, room, screen, indent)


def _changed_lines(
    change: ItemChange, name: str, room: int, screen: Screen, indent: int
) -> Iterator[str]:
    if change.source is not None:
        name = f"{name} (was {path_text(change.source)})"
        room = max(_LEAST, screen.width - indent - width_of(name) - 4)
    old, new = value_parts(change.old, change.new, room)
    before = _painted(old, screen, Tone.REMOVED, Tone.REMOVED_WORD)
    after = _painted(new, screen, Tone.ADDED, Tone.ADDED_WORD)
    if width_of(before) + width_of(after) + 3 <= room:
        yield f"  {name}: {before} → {after}"
        return
    yield f"  {name}: {before}"
    yield " " * (width_of(name) + 2) + f"→ {after}"


def _painted(parts: Sequence[Part], screen: Screen, plain: Tone, word: Tone) -> str:
    """The words that changed stand out, unless all did."""
    if not screen.palette.is_on:
        return "".join(part.text for part in parts)
    shown = [part for part in parts if part.text]
    is_all = all(part.is_changed or part.text == '"' for part in shown)
    return "".join(
        screen.paint(part.text, word if part.is_changed and not is_all else plain) for part in shown
    )
