"""The formats, and which of them reads a file."""

from collections.abc import Iterator
from typing import Final

from contentvc import limits
from contentvc.errors import Usage
from contentvc.formats.changes import Changes
from contentvc.formats.contract import Favour, Format, Labels, Merged
from contentvc.formats.plain import PlainFormat
from contentvc.formats.problems import Unfit
from contentvc.formats.records.formats import CSV, JSONL, TSV
from contentvc.formats.records.parquet import PARQUET
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import NOTHING, Source
from contentvc.formats.structured.languages import DOCUMENTS
from contentvc.formats.whole import WholeFormat

__all__ = [
    "FORMATS",
    "HEAD",
    "OF_RECORDS",
    "candidates",
    "diff_file",
    "diff_lines",
    "diff_whole",
    "format_named",
    "merge_file",
    "merge_limit",
    "merge_lines",
]

HEAD: Final = 8192
"""Bytes at the start of a file that a format is chosen by."""

OF_RECORDS: Final = frozenset({"jsonl", "csv", "tsv", "parquet"})
"""Formats whose items are records."""

FORMATS: Final[tuple[Format, ...]] = (
    JSONL,
    CSV,
    TSV,
    PARQUET,
    *DOCUMENTS,
    PlainFormat(),
    WholeFormat(),
)
"""In the order in which they are asked; the last takes every file."""


def format_named(word: str) -> Format:
    """The format of that name.

    Raises:
        Usage: there is none (``bad-value``).
    """
    for one in FORMATS:
        if one.name == word:
            return one
    known = ", ".join(one.name for one in FORMATS)
    raise Usage("bad-value", f"there is no format {word!r}", f"the formats are: {known}")


def candidates(path: bytes, head: bytes, rules: Rules) -> Iterator[Format]:
    """The formats that may read a file, the likeliest first, the last one surely."""
    if rules.format is not None:
        yield format_named(rules.format)
    for one in FORMATS:
        if one.name != rules.format and one.fits(path, head, rules):
            yield one


def diff_file(
    path: bytes, old: Source | None, new: Source | None, rules: Rules
) -> tuple[Changes, Format]:
    """What changed in a file, by the first format that can read both versions; None is no file."""
    before, after = old or NOTHING, new or NOTHING
    shown = after if after.size else before
    for one in candidates(path, shown.span(0, min(HEAD, shown.size)), rules):
        try:
            return one.diff(before, after, rules), one
        except Unfit:
            continue
    raise AssertionError("the last format takes every file")


def diff_whole(path: bytes, old: Source | None, new: Source | None, rules: Rules) -> Changes:
    """What is told of a file that came or went as a whole: its records, else its lines."""
    shown = new or old or NOTHING
    for one in candidates(path, shown.span(0, min(HEAD, shown.size)), rules):
        if one.name in OF_RECORDS:
            try:
                return one.diff(old or NOTHING, new or NOTHING, rules)
            except Unfit:
                continue
    return diff_lines(old or NOTHING, new or NOTHING)


def diff_lines(old: Source, new: Source) -> Changes:
    """What changed by line, or by bytes where a version is no text, whatever it holds."""
    try:
        return PlainFormat().diff(old, new, NO_RULES)
    except Unfit:
        return WholeFormat().diff(old, new, NO_RULES)


def merge_file(
    path: bytes,
    base: bytes | None,
    ours: bytes,
    theirs: bytes,
    labels: Labels,
    favour: Favour | None,
    rules: Rules,
) -> tuple[Merged, Format]:
    """The merge by the first format that can read all versions and is sure of its answer."""
    for one in candidates(path, (ours or theirs)[:HEAD], rules):
        try:
            return one.merge(base, ours, theirs, labels, favour, rules), one
        except Unfit:
            continue
    raise AssertionError("the last format takes every file")


def merge_lines(
    base: bytes | None, ours: bytes, theirs: bytes, labels: Labels, favour: Favour | None
) -> tuple[Merged, Format]:
    """The merge by line, with marks where it has conflicts; of what is no text, as a whole."""
    plain = PlainFormat()
    try:
        return plain.merge(base, ours, theirs, labels, favour), plain
    except Unfit:
        whole = WholeFormat()
        return whole.merge(base, ours, theirs, labels, favour), whole


def merge_limit(path: bytes, rules: Rules) -> int:
    """Bytes of a version up to which it is worth reading for a merge."""
    is_of_records = any(one.name in OF_RECORDS for one in candidates(path, b"", rules))
    return limits.MERGE_RECORDS if is_of_records else limits.MERGE_BLOB
