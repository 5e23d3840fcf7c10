"""Palette: the few colours, each with a meaning, and never the only bearer of it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contentvc.surroundings.settings import ColorChoice

__all__ = ["Palette", "Tone", "aligned", "wants_color", "width_of"]


class Tone(StrEnum):
    """What a piece of text means; the value is its ANSI code.

    They are of the sixteen colours that every terminal has and its owner can choose.
    """

    ADDED = "32"
    REMOVED = "31"
    ADDED_WORD = "7;32"
    """What of an added line is new; reversed, as the rest of the line is in its colour too."""
    REMOVED_WORD = "7;31"
    CHANGED = "33"
    CONFLICT = "1;31"
    """Also errors."""
    HINT = "2"
    NAME = "36"
    """What one refers to a thing by: a commit's id, a branch."""


_LINES: Final = ("36", "33", "32", "35", "34", "31")
"""Of lines beside one another; they say nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints, or leaves as it is."""

    is_on: bool

    def paint(self, text: str, tone: Tone) -> str:
        """The text in the colour of its meaning."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.is_on and text else text

    def paint_line(self, text: str, number: int) -> str:
        """A part of a drawn line in a colour that tells it from its neighbours."""
        code = _LINES[number % len(_LINES)]
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on else text


def wants_color(
    flag: ColorChoice | None, setting: ColorChoice, no_color: str, *, is_terminal: bool
) -> bool:
    """Whether to use colours: the flag, then the setting, then NO_COLOR, then the terminal.

    The order is that of https://no-color.org: what a person chose for this program counts more.
    """
    choice = flag or setting
    if choice is ColorChoice.AUTO:
        return is_terminal and not no_color
    return choice is ColorChoice.ALWAYS


_CODES: Final = re.compile(r"\x1b\[[0-9;]*m")


def width_of(text: str) -> int:
    """Columns that painted text takes on a terminal."""
    plain = _CODES.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_width, plain))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def aligned(
    rows: Sequence[Sequence[str]], gap: str = "  ", right: frozenset[int] = frozenset()
) -> list[str]:
    """Rows of cells as lines in which the columns begin below one another.

    Args:
        rows: cells that may be painted; rows may be of different lengths.
        gap: what stands between two columns.
        right: the columns that are aligned at their right side, such as numbers.
    """
    widths = [0] * max(map(len, rows), default=0)
    for row in rows:
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], width_of(cell))
    return [gap.join(_padded(row, widths, right)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> list[str]:
    cells = []
    for column, cell in enumerate(row):
        blank = " " * (widths[column] - width_of(cell))
        cells.append(blank + cell if column in right else cell + blank)
    return cells
