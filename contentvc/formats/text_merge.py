"""Three-way merge of text, line by line.

Content stays bytes: a carriage return is part of its line, and a last line without a newline is
another line than one with it. What counts as a conflict is what git's merges take for one: changes
of both sides that overlap or touch, unless they end in the same lines.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc.formats.contract import Favour, ItemConflict, Labels, Merged
from contentvc.formats.histogram import Change, changed_runs
from contentvc.formats.text import encoding_of, split_lines

__all__ = ["merge_text"]

_UTF8: Final = "utf-8"


class _Hunk(NamedTuple):
    """Lines of the base and what became of them on both sides; one side may have left them."""

    base: slice
    ours: slice
    theirs: slice
    by_us: bool
    by_them: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    """The three versions, line by line."""

    base: Sequence[bytes]
    ours: Sequence[bytes]
    theirs: Sequence[bytes]


def merge_text(
    base: bytes | None, ours: bytes, theirs: bytes, labels: Labels, favour: Favour | None
) -> Merged:
    """The merged lines. Each conflict has markers in its place, as git's style ``zdiff3``.

    That style shows the base too, without which nobody can tell who changed what, and leaves
    out lines at the start and end that both sides have. Without a base both sides made the text;
    with `favour` there are no conflicts.
    """
    if ours in (theirs, base):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    lines = _Lines(split_lines(base or b""), split_lines(ours), split_lines(theirs))
    writer = _Writer(lines, labels, encoding_of(ours or theirs))
    for hunk in _hunks(lines):
        writer.add(hunk, favour)
    return writer.finish()


class _Writer:
    """Ours, with what they changed and with conflicts put in."""

    def __init__(self, lines: _Lines, labels: Labels, encoding: str) -> None:
        self._lines, self._labels, self._encoding = lines, labels, encoding
        self._parts: list[bytes] = []
        self._done = 0
        self._conflicts: list[ItemConflict] = []

    def add(self, hunk: _Hunk, favour: Favour | None) -> None:
        ours, theirs = self._lines.ours[hunk.ours], self._lines.theirs[hunk.theirs]
        self._parts += self._lines.ours[self._done : hunk.ours.start]
        self._done = hunk.ours.stop
        if not hunk.by_them or ours == theirs or (favour is Favour.OURS and hunk.by_us):
            self._parts += ours
        elif not hunk.by_us or favour is Favour.THEIRS:
            self._parts += theirs
        else:
            self._conflict(hunk, ours, theirs)

    def finish(self) -> Merged:
        self._parts += self._lines.ours[self._done :]
        return Merged(b"".join(self._parts), tuple(self._conflicts))

    def _conflict(self, hunk: _Hunk, ours: Sequence[bytes], theirs: Sequence[bytes]) -> None:
        start, end = _shared_ends(ours, theirs)
        base = self._lines.base[hunk.base]
        our_part, their_part = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
        first = hunk.ours.start + start
        self._parts += ours[:start]
        self._parts += self._marked(base, our_part, their_part)
        self._parts += ours[len(ours) - end :]
        self._conflicts.append(
            ItemConflict(
                _place(first, len(our_part)),
                b"".join(base),
                b"".join(our_part),
                b"".join(their_part),
            )
        )

    def _marked(
        self, base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]
    ) -> Iterator[bytes]:
        newline = self._newline()
        for sign, label, lines in (
            ("<", self._labels.ours, ours),
            ("|", self._labels.base, base),
            ("=", "", theirs),
        ):
            yield self._marker(sign, label, newline)
            yield from lines
            if lines and not lines[-1].endswith(self._encoded("\n")):
                yield self._encoded(newline)
        yield self._marker(">", self._labels.theirs, newline)

    def _marker(self, sign: str, label: str, newline: str) -> bytes:
        printable = "".join(one if one.isprintable() else "?" for one in label)
        marks = sign * self._labels.marks
        return self._encoded(f"{marks} {printable}{newline}" if printable else f"{marks}{newline}")

    def _newline(self) -> str:
        """The line end of the first line of ours, or of theirs where ours has none."""
        for lines in (self._lines.ours, self._lines.theirs, self._lines.base):
            if lines and lines[0].endswith(self._encoded("\n")):
                return "\r\n" if lines[0].endswith(self._encoded("\r\n")) else "\n"
        return "\n"

    def _encoded(self, text: str) -> bytes:
        return text.encode(self._encoding)


def _shared_ends(ours: Sequence[bytes], theirs: Sequence[bytes]) -> tuple[int, int]:
    """How many lines both start with, and end with; not all of either, as they differ."""
    most = min(len(ours), len(theirs))
    start = end = 0
    while start < most and ours[start] == theirs[start]:
        start += 1
    while end < most - start and ours[-end - 1] == theirs[-end - 1]:
        end += 1
    return start, end


def _place(first: int, count: int) -> str:
    """Lines counted from 1, as people count them."""
    if not count:
        return f"after line {first}"
    return f"line {first + 1}" if count == 1 else f"lines {first + 1}-{first + count}"


def _hunks(lines: _Lines) -> list[_Hunk]:
    """What either side changed, ascending; changes that touch are one hunk."""
    numbers: dict[bytes, int] = {}
    base, ours, theirs = (
        [numbers.setdefault(line, len(numbers)) for line in version]
        for version in (lines.base, lines.ours, lines.theirs)
    )
    by_us, by_them = deque(changed_runs(base, ours)), deque(changed_runs(base, theirs))
    hunks: list[_Hunk] = []
    while by_us and by_them:
        our_next, their_next = by_us[0], by_them[0]
        if our_next.old_end < their_next.old_start:
            _add(hunks, _one_sided(by_us.popleft(), their_next, by_us=True))
        elif their_next.old_end < our_next.old_start:
            _add(hunks, _one_sided(by_them.popleft(), our_next, by_us=False))
        else:
            if not _same(our_next, ours, their_next, theirs):
                _add(hunks, _both(our_next, their_next))
            # The one that ends first is done; the other may meet more changes.
            if our_next.old_end >= their_next.old_end:
                by_them.popleft()
            if their_next.old_end >= our_next.old_end:
                by_us.popleft()
    for change in by_us:
        _add(hunks, _one_sided(change, _after(lines.base, lines.theirs), by_us=True))
    for change in by_them:
        _add(hunks, _one_sided(change, _after(lines.base, lines.ours), by_us=False))
    return hunks


def _same(
    our_change: Change, ours: Sequence[int], their_change: Change, theirs: Sequence[int]
) -> bool:
    return (
        our_change[:2] == their_change[:2]
        and ours[our_change.new_start : our_change.new_end]
        == theirs[their_change.new_start : their_change.new_end]
    )


def _after(base: Sequence[bytes], side: Sequence[bytes]) -> Change:
    """A change of nothing at the end: what places lines after the last change of a side."""
    return Change(len(base), len(base), len(side), len(side))


def _one_sided(change: Change, other_next: Change, *, by_us: bool) -> _Hunk:
    """A change where the other side has the lines of the base, before its next change."""
    shift = other_next.new_start - other_next.old_start
    changed = slice(change.new_start, change.new_end)
    unchanged = slice(change.old_start + shift, change.old_end + shift)
    base = slice(change.old_start, change.old_end)
    if by_us:
        return _Hunk(base, changed, unchanged, by_us=True, by_them=False)
    return _Hunk(base, unchanged, changed, by_us=False, by_them=True)


def _both(ours: Change, theirs: Change) -> _Hunk:
    """Both changes, each grown by the unchanged lines that only the other one takes in."""
    start, end = min(ours.old_start, theirs.old_start), max(ours.old_end, theirs.old_end)
    ours_grown, theirs_grown = (
        slice(
            change.new_start - (change.old_start - start), change.new_end + (end - change.old_end)
        )
        for change in (ours, theirs)
    )
    return _Hunk(slice(start, end), ours_grown, theirs_grown, by_us=True, by_them=True)


def _add(hunks: list[_Hunk], hunk: _Hunk) -> None:
    """Put a hunk after the others, or into the last one where no line is between."""
    if not hunks:
        hunks.append(hunk)
        return
    last = hunks[-1]
    if hunk.ours.start > last.ours.stop and hunk.theirs.start > last.theirs.stop:
        hunks.append(hunk)
        return
    hunks[-1] = _Hunk(
        slice(last.base.start, hunk.base.stop),
        slice(last.ours.start, hunk.ours.stop),
        slice(last.theirs.start, hunk.theirs.stop),
        last.by_us or hunk.by_us,
        last.by_them or hunk.by_them,
    )
