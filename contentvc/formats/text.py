"""Text: is a file text, and what changed in it, by line and by word within changed lines.

Content stays bytes throughout: a line ends after its newline, carriage returns are part of a line,
and bytes that are not valid in their encoding are compared like any other.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain, repeat
from typing import Final, NamedTuple

from contentvc.errors import Conflict
from contentvc.formats.sequences import Shared, shared_runs
from contentvc.formats.words import Words, changed_words

__all__ = ["Hunk", "Line", "Mark", "apply", "encoding_of", "is_text", "line_changes", "split_lines"]

_SAMPLE: Final = 8000
"""Bytes looked at to tell text from binary, as git does."""
_WORDS_BYTES: Final = 512 * 1024
"""Bytes of changed lines that are compared by word in one diff; more is not read by word."""
_UTF8: Final = "utf-8"
_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CONTROLS: Final = bytes(set(range(0x20)) - set(b"\b\t\n\f\r\x1b")) + b"\x7f"


class Mark(StrEnum):
    """What happened to a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Line(NamedTuple):
    """One line of a hunk. A tuple, since a rewritten file has hundreds of thousands."""

    mark: Mark
    content: bytes
    """With its line end; without one it is the last line of a file that has none."""
    words: Words = None
    """Byte spans of the content that changed; None where the line is no part of a comparison by
    word, so a removed or added line counts as a whole."""


_new_line: Final[Callable[[tuple[Mark, bytes, Words]], Line]] = partial(tuple.__new__, Line)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with lines around them, in file order, removed before added."""

    old_start: int
    """Lines before the hunk in the old content; the hunk's first line has this index."""
    new_start: int
    lines: tuple[Line, ...]

    @property
    def old_count(self) -> int:
        """Lines of the old content in the hunk."""
        return sum([line.mark is not Mark.ADDED for line in self.lines])

    @property
    def new_count(self) -> int:
        """Lines of the new content in the hunk."""
        return sum([line.mark is not Mark.REMOVED for line in self.lines])


class _Change(NamedTuple):
    """Lines old_start to old_end became lines new_start to new_end; one of both may be none."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def is_text(content: bytes) -> bool:
    """Whether people read this content as text, from its first 8,000 bytes.

    UTF-8 without NUL is text, and UTF-16 with a byte order mark. Other bytes are text of an older
    encoding if they hold no control characters that text does not use. Empty content is text.
    """
    sample = content[:_SAMPLE]
    encoding = encoding_of(content)
    if encoding == _UTF8 and b"\0" in sample:
        return False
    if encoding == _UTF8 and sample.isascii():
        return True
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(sample, final=len(content) <= _SAMPLE)
    except UnicodeDecodeError:
        return encoding == _UTF8 and len(sample.translate(None, _CONTROLS)) == len(sample)
    return "\0" not in text


def encoding_of(content: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` where a byte order mark says so, else ``utf-8``.

    A guess for splitting and showing; it does not promise that the content is valid.
    """
    return _MARKS.get(content[:2], _UTF8)


def split_lines(content: bytes) -> list[bytes]:
    """The lines, each with its newline; joined they are the content."""
    encoding = encoding_of(content)
    if encoding == _UTF8 or len(content) % 2:
        return _split(content, b"\n")
    try:
        text = content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return _split(content, b"\n")
    ended = [line + "\n" for line in text.split("\n")]
    ended[-1] = ended[-1][:-1]
    return [line.encode(encoding, "surrogatepass") for line in ended if line]


def line_changes(old: bytes, new: bytes, context: int = 3) -> tuple[Hunk, ...]:
    """The hunks that turn `old` into `new`, with up to `context` unchanged lines around changes.

    Deterministic, and empty for equal contents. The work is near linear in the lines; where a
    minimal answer would take more, the answer is coarser.
    """
    if old == new:
        return ()
    if not old or not new:
        mark = Mark.REMOVED if old else Mark.ADDED
        return (Hunk(0, 0, tuple(_whole(mark, split_lines(old or new)))),)
    before, after = split_lines(old), split_lines(new)
    changes = _changes(shared_runs(before, after), len(before), len(after))
    encoding = encoding_of(old) if encoding_of(old) == encoding_of(new) else _UTF8
    by_word = _changed_bytes(changes, before, after) <= _WORDS_BYTES
    return tuple(
        _hunk(group, before, after, context, encoding if by_word else None)
        for group in _grouped(changes, context)
    )


def apply(old: bytes, hunks: Sequence[Hunk]) -> bytes:
    """The content that `old` becomes: `apply(old, line_changes(old, new))` is `new`.

    Raises:
        Conflict: a line that the hunks remove or keep is not there.
    """
    before = split_lines(old)
    result: list[bytes] = []
    position = 0
    for hunk in hunks:
        if not position <= hunk.old_start <= len(before):
            raise _does_not_fit(hunk.old_start)
        result += before[position : hunk.old_start]
        expected = [line.content for line in hunk.lines if line.mark is not Mark.ADDED]
        position = hunk.old_start + len(expected)
        if before[hunk.old_start : position] != expected:
            raise _does_not_fit(hunk.old_start)
        result += [line.content for line in hunk.lines if line.mark is not Mark.REMOVED]
    return b"".join(result + before[position:])


def _split(content: bytes, newline: bytes) -> list[bytes]:
    parts = content.split(newline)
    last = parts.pop()
    lines = [part + newline for part in parts]
    return [*lines, last] if last else lines


def _changes(runs: Shared, old_count: int, new_count: int) -> list[_Change]:
    """What lies between the shared runs."""
    changes: list[_Change] = []
    i = j = 0
    for old, new, length in runs:
        if i < old or j < new:
            changes.append(_Change(i, old, j, new))
        i, j = old + length, new + length
    if i < old_count or j < new_count:
        changes.append(_Change(i, old_count, j, new_count))
    return changes


def _changed_bytes(
    changes: Sequence[_Change], before: Sequence[bytes], after: Sequence[bytes]
) -> int:
    size = 0
    for change in changes:
        size += sum(map(len, before[change.old_start : change.old_end]))
        size += sum(map(len, after[change.new_start : change.new_end]))
    return size


def _grouped(changes: Sequence[_Change], context: int) -> Iterator[list[_Change]]:
    """Changes whose context lines meet, together."""
    group: list[_Change] = []
    for change in changes:
        if group and change.old_start - group[-1].old_end > 2 * context:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(
    group: Sequence[_Change],
    before: Sequence[bytes],
    after: Sequence[bytes],
    context: int,
    words_in: str | None,
) -> Hunk:
    lead = min(context, group[0].old_start)
    start = group[0].old_start - lead
    lines: list[Line] = []
    position = start
    for change in group:
        lines += _whole(Mark.SAME, before[position : change.old_start])
        removed = before[change.old_start : change.old_end]
        added = after[change.new_start : change.new_end]
        lines += _changed_lines(removed, added, words_in)
        position = change.old_end
    lines += _whole(Mark.SAME, before[position : position + context])
    return Hunk(start, group[0].new_start - lead, tuple(lines))


def _changed_lines(
    removed: Sequence[bytes], added: Sequence[bytes], words_in: str | None
) -> Iterator[Line]:
    if words_in is None or not removed or not added:
        return chain(_whole(Mark.REMOVED, removed), _whole(Mark.ADDED, added))
    old_words, new_words = changed_words(removed, added, words_in)
    return chain(
        map(Line, repeat(Mark.REMOVED), removed, old_words),
        map(Line, repeat(Mark.ADDED), added, new_words),
    )


def _whole(mark: Mark, lines: Sequence[bytes]) -> Iterator[Line]:
    # Past NamedTuple's own constructor, which is Python: twice as fast for 500,000 short lines.
    return map(_new_line, zip(repeat(mark), lines, repeat(None), strict=False))


def _does_not_fit(line: int) -> Conflict:
    return Conflict(
        "does-not-fit",
        f"a change was made for other content: line {line + 1} is not as it expects",
    )
