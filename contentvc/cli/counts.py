"""Counts: how many records, fields and values differ, as people and programs read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contentvc.cli.documents import Json
from contentvc.cli.units import count
from contentvc.formats.changes import (
    ItemKind,
    RecordChanges,
    RecordCounts,
    StructuredChanges,
)

_NONE: Final = RecordCounts()

__all__ = ["NO_COUNTS", "Counts", "counts_json", "counts_of", "counts_text", "totals_of"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What differs, counted in records and their fields, or in the values of a document."""

    noun: str
    """``record`` or ``value``; nothing where only lines are counted."""
    of: RecordCounts = _NONE


NO_COUNTS: Final = Counts("")


def counts_of(difference: RecordChanges | StructuredChanges) -> Counts:
    """The counts of one file."""
    if isinstance(difference, RecordChanges):
        return Counts("record", difference.counts)
    kinds = [change.kind for change in difference.changes]
    return Counts(
        "value",
        RecordCounts(
            added=kinds.count(ItemKind.ADDED),
            deleted=kinds.count(ItemKind.DELETED),
            changed=kinds.count(ItemKind.CHANGED),
            moved=kinds.count(ItemKind.MOVED),
        ),
    )


def counts_text(counts: Counts) -> str:
    """``12 records changed, 3 added; 40 fields``."""
    told: list[str] = []
    for number, word in _worded(counts.of):
        told.append(f"{number:,} {word}" if told else f"{count(number, counts.noun)} {word}")
    fields = f"; {count(counts.of.fields, 'field')}" if counts.of.fields else ""
    return (", ".join(told) or f"no {counts.noun} changed") + fields


def totals_of(many: Iterable[Counts]) -> list[str]:
    """The same over files, for the words after those of lines; nothing where none is counted."""
    known = [one for one in many if one.noun]
    return [
        counts_text(Counts(noun, _sum([one.of for one in known if one.noun == noun])))
        for noun in dict.fromkeys(one.noun for one in known)
    ]


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


def _sum(many: list[RecordCounts]) -> RecordCounts:
    return RecordCounts(*(sum(column) for column in zip(*many, strict=True)))
