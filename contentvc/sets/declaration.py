"""The declaration: what ``contentvc.toml`` says about the content beside it, as values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contentvc.formats.rules import NO_RULES, Rules
from contentvc.sets.fields import Strictness
from contentvc.sets.patterns import compile_choice

__all__ = ["EMPTY", "ContentSet", "Declaration", "Strictness"]


@dataclass(frozen=True, slots=True)
class ContentSet:
    """One named part of the content."""

    name: str
    paths: tuple[str, ...]
    """Patterns, see `compile_patterns`."""
    has: Callable[[bytes], bool] = field(compare=False, repr=False)
    """Whether a path is in it; the first set of the file that has it is the one that counts."""
    format: str | None = None
    key: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    schema: str | None = None
    """Path of a JSON Schema in the same tree."""
    required_attributes: tuple[str, ...] = ()
    validate: Strictness = Strictness.ERROR

    @property
    def rules(self) -> Rules:
        """How its files are read."""
        return Rules(self.name, self.format, self.key, self.unordered)


class Declaration:
    """All content sets, in the order of the file. Immutable."""

    __slots__ = ("_choose", "_rules", "sets")

    def __init__(self, sets: tuple[ContentSet, ...] = ()) -> None:
        """Of these sets."""
        self.sets: Final = sets
        self._choose = compile_choice([one.paths for one in sets])
        self._rules = tuple(one.rules for one in sets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declaration) and self.sets == other.sets

    def __hash__(self) -> int:
        return hash(self.sets)

    def set_for(self, path: bytes) -> ContentSet | None:
        """The first set that has the path: sets may overlap, and the file's order decides."""
        place = self._choose(path)
        return None if place is None else self.sets[place]

    def rules_for(self, path: bytes) -> Rules:
        """How a file is read; no set has no rules."""
        place = self._choose(path)
        return NO_RULES if place is None else self._rules[place]


EMPTY: Final = Declaration()
