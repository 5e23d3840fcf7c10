"""Counts: how many records and fields, or values of a document, differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contentvc.formats.changes import (
    ItemKind,
    RecordChanges,
    RecordCounts,
    StructuredChanges,
)

__all__ = ["NO_COUNTS", "Counts", "counts_of", "sum_of"]

_NONE: Final = RecordCounts()


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


def sum_of(many: Iterable[Counts], noun: str) -> Counts:
    """The counts of several files, of one noun."""
    rows = [one.of for one in many if one.noun == noun] or [_NONE]
    return Counts(noun, RecordCounts(*(sum(column) for column in zip(*rows, strict=True))))
