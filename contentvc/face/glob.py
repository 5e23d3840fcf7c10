"""Glob: which paths fit a pattern, told name by name, so that other folders need not be read."""

import re
from dataclasses import dataclass
from fnmatch import translate

from contentvc.errors import Usage

__all__ = ["Pattern"]

Part = re.Pattern[str] | None
"""What one name must match; None stands for any number of folders."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of which some names were matched already, in every way that is possible."""

    parts: tuple[Part, ...]
    places: frozenset[int]
    """Where in the parts the next name can be."""

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """The whole pattern.

        Raises:
            Usage: it is empty, or has an empty name in it.
        """
        names = text.split("/")
        if not all(names):
            raise Usage("bad-value", f"{text!r} is not a pattern of paths: a name is empty")
        parts = tuple(None if name == "**" else re.compile(translate(name)) for name in names)
        return cls(parts, _closed(parts, frozenset({0})))

    def after(self, name: str) -> "Pattern":
        """What is left for the names that follow."""
        next_places: set[int] = set()
        for place in self.places:
            if place == len(self.parts):
                continue
            part = self.parts[place]
            if part is None:
                next_places.add(place)
            elif part.match(name):
                next_places.add(place + 1)
        return Pattern(self.parts, _closed(self.parts, frozenset(next_places)))

    @property
    def is_complete(self) -> bool:
        """Whether the names so far fit the whole pattern."""
        return len(self.parts) in self.places

    @property
    def is_open(self) -> bool:
        """Whether more names could fit."""
        return any(place < len(self.parts) for place in self.places)


def _closed(parts: tuple[Part, ...], places: frozenset[int]) -> frozenset[int]:
    """With the places behind ``**``, which also stands for no folder."""
    closed = set(places)
    for place in range(len(parts)):
        if place in closed and parts[place] is None:
            closed.add(place + 1)
    return frozenset(closed)
