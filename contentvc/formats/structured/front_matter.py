"""Markdown with front matter: a YAML mapping between dashes, and text after it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.formats.changes import Changes, StructuredChanges, TextChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.items import Path, Piece
from contentvc.formats.plain import PlainFormat
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source, source_of
from contentvc.formats.structured.format import DocumentFormat
from contentvc.formats.structured.merge import Versions, undecided
from contentvc.formats.text import Hunk

__all__ = ["FrontMatterFormat"]

_OPENING: Final = re.compile(rb"(?:\xef\xbb\xbf)?---\r?\n")
_CLOSING: Final = re.compile(rb"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_NONE: Final = Problem("malformed", "it has no front matter")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A file in three."""

    opening: bytes
    """A byte-order mark, and the dashes."""
    matter: bytes
    body: bytes
    """From the dashes that close the front matter."""

    @property
    def lines(self) -> int:
        """Lines before the body."""
        return (self.opening + self.matter).count(b"\n")


class FrontMatterFormat:
    """Front matter by path, the body by line."""

    name = "markdown"

    def __init__(self, matter: DocumentFormat) -> None:
        """With the format of front matter."""
        self._matter = matter
        self._text = PlainFormat()

    def diff(self, old: Source, new: Source, rules: Rules) -> StructuredChanges:
        """Changes of the front matter by path; of the body by line, counted in the file.

        Raises:
            Unfit: a version has no front matter, or no text after it.
        """
        before, after = _parts(old), _parts(new)
        found = self._matter.diff(source_of(before.matter), source_of(after.matter), rules)
        text = self._text.diff(source_of(before.body), source_of(after.body), rules)
        hunks = tuple(_shifted(one, before.lines, after.lines) for one in text.hunks)
        return StructuredChanges(found.changes, replace(text, hunks=hunks) if hunks else None)

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """The file with these changes.

        Raises:
            Conflict: something that they expect is not so (``does-not-fit``).
            Unfit: it has no front matter.
        """
        if not isinstance(changes, StructuredChanges):
            raise Unfit(Problem("malformed", "these changes are not of Markdown"))
        parts = _parts(source_of(old))
        matter = self._matter.apply(parts.matter, StructuredChanges(changes.changes), rules)
        body = parts.body
        if changes.text is not None:
            shift = -parts.lines
            hunks = tuple(_shifted(one, shift, shift) for one in changes.text.hunks)
            body = self._text.apply(body, TextChanges(hunks), rules)
        return parts.opening + matter + body

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """Front matter merged by path, with ours in conflicts; the body by line, with marks.

        Raises:
            Unfit: a version has no front matter, or it cannot be merged by path.
        """
        if theirs in (ours, base):
            return Merged(ours)
        if ours == base:
            return Merged(theirs)
        if base is None:
            raise Unfit(Problem("malformed", "without a base it is merged by line"))
        was, mine, other = (_parts(source_of(one)) for one in (base, ours, theirs))
        matter = self._matter.merge(was.matter, mine.matter, other.matter, labels, favour, rules)
        if any(one.path is None for one in matter.conflicts):
            return undecided(Versions(base, ours, theirs), favour, "the front matter is not sure")
        # As many lines as ours has before the body, so that conflicts are counted in the file.
        lead = mine.opening[-2:] if mine.opening.endswith(b"\r\n") else b"\n"
        lead *= mine.lines
        first, second, third = (lead + one.body for one in (was, mine, other))
        body = self._text.merge(first, second, third, labels, favour, rules)
        opening = _chosen(was.opening, mine.opening, other.opening)
        conflicts = (*matter.conflicts, *body.conflicts)
        return Merged(opening + matter.content + body.content.removeprefix(lead), conflicts)

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What is wrong with the front matter."""
        try:
            parts = _parts(content)
        except Unfit as error:
            yield error.problem
            return
        shift = parts.opening.count(b"\n")
        for one in self._matter.problems(path, source_of(parts.matter), rules, check):
            yield one._replace(line=None if one.line is None else one.line + shift)

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """One item of the front matter.

        Raises:
            Unfit: there is none.
        """
        parts = _parts(content)
        found = self._matter.find(source_of(parts.matter), item, rules)
        if found is None or found.line is None:
            return found
        return replace(found, line=found.line + parts.opening.count(b"\n"))

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """The file with one item of the front matter set or taken out.

        Raises:
            Missing: what it would be in is not there (``unknown-item``).
            Unfit: there is no front matter.
        """
        parts = _parts(source_of(content))
        return parts.opening + self._matter.put(parts.matter, item, piece, rules) + parts.body


def _parts(content: Source) -> _Parts:
    if content.size > limits.WHOLE_TEXT:
        raise Unfit(Problem("malformed", "it is too large to be read by its front matter"))
    whole = content.read()
    opening = _OPENING.match(whole)
    closing = None if opening is None else _CLOSING.search(whole, opening.end())
    if opening is None or closing is None:
        raise Unfit(_NONE)
    start, end = opening.end(), closing.start()
    return _Parts(whole[:start], whole[start:end], whole[end:])


def _shifted(hunk: Hunk, old: int, new: int) -> Hunk:
    return replace(hunk, old_start=hunk.old_start + old, new_start=hunk.new_start + new)


def _chosen(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    if ours in (theirs, base):
        return theirs
    if theirs != base:
        raise Unfit(Problem("malformed", "both sides changed how the file begins"))
    return ours
