"""Counts: how many records, fields and values differ, as people and programs read it."""

from collections.abc import Iterable, Sequence

from contentvc.cli.documents import Json
from contentvc.cli.units import count
from contentvc.formats.changes import RecordCounts
from contentvc.formats.counts import Counts, sum_of

__all__ = ["counts_json", "counts_text", "totals_of"]


def counts_text(counts: Counts) -> str:
    """``12 records changed, 3 added; 40 fields``."""
    told: list[str] = []
    for number, word in _worded(counts.of):
        told.append(f"{number:,} {word}" if told else f"{count(number, counts.noun)} {word}")
    fields = f"; {count(counts.of.fields, 'field')}" if counts.of.fields else ""
    return (", ".join(told) or f"no {counts.noun} changed") + fields


def totals_of(many: Sequence[Counts]) -> list[str]:
    """The same over files, for the words after those of lines; nothing where none is counted."""
    nouns = dict.fromkeys(one.noun for one in many if one.noun)
    return [counts_text(sum_of(many, noun)) for noun in nouns]


def counts_json(counts: Counts) -> dict[str, Json]:
    """Members for programs."""
    return dict(counts.of._asdict())


def _worded(counts: RecordCounts) -> Iterable[tuple[int, str]]:
    words = (
        (counts.changed, "changed"),
        (counts.added, "added"),
        (counts.deleted, "deleted"),
        (counts.moved, "moved"),
    )
    return [(number, word) for number, word in words if number]
