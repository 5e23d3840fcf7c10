"""The formats, and which of them merges a file."""

from collections.abc import Sequence
from typing import Final

from contentvc.formats.contract import Format
from contentvc.formats.text_merge import TextFormat
from contentvc.formats.whole import WholeFormat

__all__ = ["FORMATS", "format_of"]

FORMATS: Final[tuple[Format, ...]] = (
    TextFormat(),
    WholeFormat(),
)
"""In the order in which they are asked; the last takes every file."""


def format_of(path: bytes, contents: Sequence[bytes]) -> Format:
    """The format that merges these versions of a file."""
    return next(one for one in FORMATS if one.accepts(path, contents))
