"""The formats, and which of them reads a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from contentvc import limits
from contentvc.errors import Usage
from contentvc.formats.changes import Changes
from contentvc.formats.contract import Favour, Format, Labels, Merged
from contentvc.formats.plain import PlainFormat
from contentvc.formats.problems import Unfit
from contentvc.formats.recognition import (
    Recognises,
    is_any,
    is_csv,
    is_front_matter,
    is_json,
    is_jsonl,
    is_parquet,
    is_plain,
    is_toml,
    is_tsv,
    is_yaml,
)
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import NOTHING, Source
from contentvc.formats.whole import WholeFormat

__all__ = [
    "FORMATS",
    "HEAD",
    "OF_RECORDS",
    "Listed",
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A format that there is. What reads its files is imported when the first one is read."""

    name: str
    fits: Recognises
    load: Callable[[], Format]


def _records(name: str) -> Format:
    from contentvc.formats.records import formats  # noqa: PLC0415 - see `Listed`

    return {"jsonl": formats.JSONL, "csv": formats.CSV, "tsv": formats.TSV}[name]


def _parquet() -> Format:
    from contentvc.formats.records.parquet import ParquetRecords  # noqa: PLC0415 - see `Listed`

    return ParquetRecords()


def _document(name: str) -> Format:
    from contentvc.formats.structured import languages  # noqa: PLC0415 - see `Listed`

    return {"json": languages.JSON, "yaml": languages.YAML, "toml": languages.TOML}[name]


def _front_matter() -> Format:
    from contentvc.formats.structured.front_matter import (  # noqa: PLC0415 - see `Listed`
        FrontMatterFormat,
    )
    from contentvc.formats.structured.languages import YAML  # noqa: PLC0415

    return FrontMatterFormat(YAML)


FORMATS: Final = (
    Listed("jsonl", is_jsonl, partial(_records, "jsonl")),
    Listed("csv", is_csv, partial(_records, "csv")),
    Listed("tsv", is_tsv, partial(_records, "tsv")),
    Listed("parquet", is_parquet, _parquet),
    Listed("json", is_json, partial(_document, "json")),
    Listed("yaml", is_yaml, partial(_document, "yaml")),
    Listed("toml", is_toml, partial(_document, "toml")),
    Listed("markdown", is_front_matter, _front_matter),
    Listed("text", is_plain, PlainFormat),
    Listed("binary", is_any, WholeFormat),
)
"""In the order in which they are asked; the last takes every file."""

_RECORD_FORMATS: Final = tuple(one for one in FORMATS if one.name in OF_RECORDS)


def format_named(word: str) -> Format:
    """The format of that name.

    Raises:
        Usage: there is none (``bad-value``).
    """
    for one in FORMATS:
        if one.name == word:
            return one.load()
    known = ", ".join(one.name for one in FORMATS)
    raise Usage("bad-value", f"there is no format {word!r}", f"the formats are: {known}")


def candidates(
    path: bytes, head: bytes, rules: Rules, among: Sequence[Listed] = FORMATS
) -> Iterator[Format]:
    """The formats that may read a file, the likeliest first, the last one surely.

    `head` is its first `HEAD` bytes, or all of it; the one that the rules name need not be `among`
    the others.
    """
    if rules.format is not None:
        yield format_named(rules.format)
    for one in among:
        if one.name != rules.format and one.fits(path, head):
            yield one.load()


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
    head = shown.span(0, min(HEAD, shown.size))
    for one in candidates(path, head, rules, _RECORD_FORMATS):
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
