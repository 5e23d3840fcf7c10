"""Differences: the changed files of two versions, each with what is in both of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contentvc.actions.content import ContentDiff, PurgedDiff, purged_diff
from contentvc.actions.context import Context
from contentvc.actions.diff import DiffReport, sides_of
from contentvc.changes.files import FileChange
from contentvc.formats.changes import Changes, TextChanges
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import HEAD, OF_RECORDS, candidates, diff_file, diff_lines
from contentvc.formats.rules import Rules
from contentvc.formats.source import NOTHING, Source

__all__ = ["Difference", "differences"]


_WITHOUT_VALUES: Final = ("text", "binary")


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed file."""

    change: FileChange
    old: Source | None
    """None where it is not."""
    new: Source | None
    rules: Rules
    purged: str | None = None
    """Why nobody can look inside."""

    @property
    def is_of_content(self) -> bool:
        """Whether the content differs and can be looked at, not only its mode or attributes."""
        old, new = self.change.old, self.change.new
        return self.purged is None and (old is None or new is None or old.id != new.id)

    def terms(self) -> tuple[Changes, str]:
        """What changed in the terms of its format, and the format's name."""
        changes, form = diff_file(self.change.path, self.old, self.new, self.rules)
        return changes, form.name

    def whole(self) -> tuple[Changes, str]:
        """The same of a file that came or went: its records, else its lines, else its bytes."""
        shown = self.new or self.old or NOTHING
        head = shown.span(0, min(HEAD, shown.size))
        for one in candidates(self.change.path, head, self.rules):
            try:
                if one.name not in (*OF_RECORDS, *_WITHOUT_VALUES):
                    one.find(shown, (), self.rules)
                    return self.lines(), one.name
                changes = one.diff(self.old or NOTHING, self.new or NOTHING, self.rules)
            except Unfit:
                continue
            return (changes if one.name in OF_RECORDS else self.lines()), one.name
        raise AssertionError("the last format takes every file")

    def by_line(self) -> ContentDiff:
        """What is told of the file where nobody asks for the terms of its format."""
        if self.purged is not None:
            return PurgedDiff(self.purged)
        return self.lines() if self.is_of_content else TextChanges(())

    def lines(self) -> Changes:
        """What changed by line, or by bytes where a version is no text."""
        return diff_lines(self.old or NOTHING, self.new or NOTHING)


def differences(context: Context, report: DiffReport) -> Iterator[Difference]:
    """Each file of a report, in its order; nothing is read before it is asked for."""
    for change in report.changes:
        purged = purged_diff(context.repository, change)
        old, new = (None, None) if purged else sides_of(context, report, change)
        why = purged.message if isinstance(purged, PurgedDiff) else None
        yield Difference(change, old, new, report.rules(change.path), why)
