"""Formats without items: nothing in their files can be found or set by a name."""

from typing import Final, NoReturn

from contentvc.formats.items import Path, Piece
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source

__all__ = ["Itemless"]

_NO_ITEMS: Final = Problem("malformed", "files of its kind have no items")


class Itemless:
    """The part of the contract that concerns items, for formats that have none."""

    def find(self, content: Source, item: Path, rules: Rules) -> NoReturn:
        """There is none.

        Raises:
            Unfit: always.
        """
        raise Unfit(_NO_ITEMS)

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> NoReturn:
        """There is none.

        Raises:
            Unfit: always.
        """
        raise Unfit(_NO_ITEMS)
