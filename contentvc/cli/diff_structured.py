"""Structured changes: what happened in a document, by path, as lines."""

from collections.abc import Iterator
from typing import Final

from contentvc.cli.diff_items import items_lines
from contentvc.cli.output import Screen
from contentvc.formats.changes import StructuredChanges

__all__ = ["structured_lines"]

_SHOWN: Final = 200
"""Changes of one document; more are counted, and all of them are in the JSON."""


def structured_lines(difference: StructuredChanges, screen: Screen) -> Iterator[str]:
    """``path: old → new``, with a sign before what came or went."""
    yield from items_lines(difference.changes, screen, 0, _SHOWN)
