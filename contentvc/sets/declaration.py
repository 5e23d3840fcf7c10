"""The declaration: what ``contentvc.toml`` says about the content beside it, as values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contentvc.formats.rules import NO_RULES, Rules
from contentvc.sets.fields import Strictness

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


@dataclass(frozen=True, slots=True)
class Declaration:
    """All content sets, in the order of the file."""

    sets: tuple[ContentSet, ...] = ()

    def set_for(self, path: bytes) -> ContentSet | None:
        """The first set that has the path."""
        return next((one for one in self.sets if one.has(path)), None)

    def rules_for(self, path: bytes) -> Rules:
        """How a file is read; no set has no rules."""
        found = self.set_for(path)
        return NO_RULES if found is None else found.rules


EMPTY: Final = Declaration()
