"""Diffs: what changed inside one file, in its own terms or line by line."""

from collections.abc import Iterator, Sequence
from typing import Final

from contentvc import limits
from contentvc.actions.content import ContentDiff, PurgedDiff, RewrittenDiff
from contentvc.changes.files import FileChange
from contentvc.cli.changes import (
    CHANGE_WORDS,
    attribute_lines,
    change_name,
    change_tone,
    sizes_of,
)
from contentvc.cli.escape import escape, escape_line
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.units import count, size
from contentvc.formats.binary import Range
from contentvc.formats.changes import (
    BinaryChanges,
    RecordChanges,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.text import Hunk, Line, Mark
from contentvc.formats.words import Words

__all__ = ["diff_lines"]

_RANGES: Final = 10
"""Byte ranges listed; more are counted, since nobody reads them."""
_UNENDED: Final = "\\ No newline at end of file"
_SIGNS: Final = {Mark.SAME: " ", Mark.REMOVED: "-", Mark.ADDED: "+"}
_TONES: Final = {
    Mark.REMOVED: (Tone.REMOVED, Tone.REMOVED_WORD),
    Mark.ADDED: (Tone.ADDED, Tone.ADDED_WORD),
}


def diff_lines(change: FileChange, difference: ContentDiff, screen: Screen) -> Iterator[str]:
    """A heading, then what changed in the terms of the format.

    Of text, hunks as `patch` reads them: where colours are on, the words that changed within a
    line stand out, and a carriage return at the end of a line is shown only where some lines of a
    hunk lost or gained it. Of documents each value, of records each field, of binary content the
    byte ranges.
    """
    word = CHANGE_WORDS[change.change][1]
    told = screen.paint(sizes_of(change), Tone.HINT)
    yield f"{screen.paint(word, change_tone(change))}: {change_name(change, screen)}  {told}"
    yield from attribute_lines(change, screen)
    yield from _inside(change, difference, screen)


def _inside(change: FileChange, difference: ContentDiff, screen: Screen) -> Iterator[str]:
    if isinstance(difference, PurgedDiff):
        yield screen.paint(escape(difference.message), Tone.HINT)
    elif isinstance(difference, RewrittenDiff):
        yield screen.paint("the values are the same, only the writing differs", Tone.HINT)
        yield from _inside(change, difference.lines, screen)
    elif isinstance(difference, BinaryChanges):
        yield from _binary_lines(change, difference)
    elif isinstance(difference, TextChanges):
        yield from _text_lines(change, difference, screen)
    else:
        yield from _terms(change, difference, screen)


def _terms(
    change: FileChange, difference: StructuredChanges | RecordChanges, screen: Screen
) -> Iterator[str]:
    if isinstance(difference, RecordChanges):
        from contentvc.cli.diff_records import record_lines

        is_whole = change.old is None or change.new is None
        yield from record_lines(difference, screen, is_whole=is_whole)
        return
    from contentvc.cli.diff_structured import structured_lines

    yield from structured_lines(difference, screen)
    if difference.text is not None:
        yield from _text_lines(change, difference.text, screen)


def _text_lines(change: FileChange, difference: TextChanges, screen: Screen) -> Iterator[str]:
    if difference.hunks:
        yield "--- " + _patch_name(b"a/", change.old_path or change.path, exists=bool(change.old))
        yield "+++ " + _patch_name(b"b/", change.path, exists=bool(change.new))
    for hunk in difference.hunks:
        yield from _hunk_lines(hunk, difference, screen)


def _patch_name(side: bytes, path: bytes, *, exists: bool) -> str:
    """A path for `patch`, which takes what follows a blank for a date unless a tab comes first."""
    if not exists:
        return "/dev/null"
    return escape(side + path) + ("\t" if b" " in path else "")


def _hunk_lines(hunk: Hunk, difference: TextChanges, screen: Screen) -> Iterator[str]:
    old = _span(hunk.old_start, hunk.old_count)
    new = _span(hunk.new_start, hunk.new_count)
    yield screen.paint(f"@@ -{old} +{new} @@", Tone.NAME)
    whole = _whole(hunk, difference)
    if whole is not None:
        yield from _whole_lines(hunk.lines[0].mark, whole, screen)
        return
    returns = _are_returns_told(hunk.lines)
    for line in hunk.lines:
        removed = line.mark is Mark.REMOVED
        encoding = difference.old_encoding if removed else difference.new_encoding
        pieces, is_ended = _pieces(line, encoding, returns=returns)
        yield _painted(line.mark, pieces, screen)
        if not is_ended:
            yield screen.paint(_UNENDED, Tone.HINT)


def _whole(hunk: Hunk, difference: TextChanges) -> str | None:
    """The text of a hunk that only removes or only adds, where it can be shown as it is.

    Files that come by the thousand are read and looked through in one go each.
    """
    marks = {line.mark for line in hunk.lines}
    if len(marks) != 1 or any(line.words for line in hunk.lines):
        return None
    removed = Mark.REMOVED in marks
    if (difference.old_encoding if removed else difference.new_encoding) != "utf-8":
        return None
    text = b"".join([line.content for line in hunk.lines]).decode("utf-8", "replace")
    # A carriage return is not printable either.
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None


def _whole_lines(mark: Mark, text: str, screen: Screen) -> Iterator[str]:
    lines = text.split("\n")
    last = lines.pop()
    shown = [*lines, last] if last else lines
    sign = _SIGNS[mark]
    if screen.palette.is_on and mark is not Mark.SAME:
        tone = _TONES[mark][0]
        yield from [screen.paint(sign + line, tone) for line in shown]
    else:
        yield from [sign + line for line in shown]
    if last:
        yield screen.paint(_UNENDED, Tone.HINT)


def _span(start: int, length: int) -> str:
    """Where a hunk's lines stand; an empty span is named by the line before it."""
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def _are_returns_told(lines: Sequence[Line]) -> bool:
    ends = {
        line.content.endswith((b"\r\n", b"\r\0\n\0", b"\0\r\0\n"))
        for line in lines
        if line.mark is not Mark.SAME
    }
    return len(ends) > 1


def _pieces(line: Line, encoding: str, *, returns: bool) -> tuple[list[tuple[str, bool]], bool]:
    """The text in pieces, each with whether it is a changed word; and whether the line ends."""
    pieces = [
        (line.content[start:end].decode(encoding, "replace"), changed)
        for start, end, changed in _cuts(line.words, len(line.content))
        if start < end
    ]
    is_ended = bool(pieces) and pieces[-1][0].endswith("\n")
    if is_ended:
        _trim(pieces, "\n")
        if not returns:
            _trim(pieces, "\r")
    return [(escape_line(text), changed) for text, changed in pieces if text], is_ended


def _trim(pieces: list[tuple[str, bool]], end: str) -> None:
    """Take one character away from the end, if it is there."""
    while pieces and not pieces[-1][0]:
        pieces.pop()
    if pieces:
        text, changed = pieces[-1]
        pieces[-1] = (text.removesuffix(end), changed)


def _cuts(words: Words, length: int) -> Iterator[tuple[int, int, bool]]:
    position = 0
    for start, end in words or ():
        yield position, start, False
        yield start, end, True
        position = end
    yield position, length, False


def _painted(mark: Mark, pieces: Sequence[tuple[str, bool]], screen: Screen) -> str:
    sign = _SIGNS[mark]
    if mark is Mark.SAME or not screen.palette.is_on:
        return sign + "".join(text for text, _ in pieces)
    plain, word = _TONES[mark]
    merged: list[tuple[str, bool]] = [(sign, False)]
    for text, changed in pieces:
        if changed == merged[-1][1]:
            merged[-1] = (merged[-1][0] + text, changed)
        else:
            merged.append((text, changed))
    return "".join(screen.paint(text, word if changed else plain) for text, changed in merged)


def _binary_lines(change: FileChange, difference: BinaryChanges) -> Iterator[str]:
    old, new = difference.old_size, difference.new_size
    noun = "Large" if max(old, new) > limits.WHOLE_TEXT else "Binary"
    if change.old is None or change.new is None:
        yield f"{noun}: {size(old if change.new is None else new)}"
        return
    if not difference.ranges:
        return
    told = size(old) if old == new else f"{size(old)} → {size(new)}"
    yield f"{noun}: {told}, {count(len(difference.ranges), 'range')} changed:"
    rows = [_range_cells(one) for one in difference.ranges[:_RANGES]]
    yield from (f"  {line}" for line in aligned(rows))
    if len(difference.ranges) > _RANGES:
        yield f"  … and {len(difference.ranges) - _RANGES:,} more"


def _range_cells(one: Range) -> list[str]:
    """The old bytes, first and last, and how many; or where new ones came in."""
    removed, added = one.old_end - one.old_start, one.new_end - one.new_start
    if not removed:
        return [f"0x{one.old_start:x}", f"{size(added)} inserted"]
    place = f"0x{one.old_start:x}" + (f"-0x{one.old_end - 1:x}" if removed > 1 else "")
    if not added:
        return [place, f"{size(removed)} removed"]
    return [place, size(removed) if removed == added else f"{size(removed)} → {size(added)}"]
