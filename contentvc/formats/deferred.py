"""Deferred: a format whose modules are imported when a file of its kind is read.

Every command that compares anything asks all formats; few of them meet records.
"""

from collections.abc import Callable, Iterator

from contentvc.formats.changes import Changes
from contentvc.formats.contract import Favour, Format, Labels, Merged
from contentvc.formats.items import Path, Piece
from contentvc.formats.problems import Check, Problem
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source

__all__ = ["Deferred"]


class Deferred:
    """Known by its name and by which files it fits; all else is asked of the format itself."""

    def __init__(
        self, name: str, fits: Callable[[bytes, bytes], bool], load: Callable[[], Format]
    ) -> None:
        self._name, self._fits, self._load = name, fits, load
        self._loaded: Format | None = None

    @property
    def name(self) -> str:
        """Its word."""
        return self._name

    @property
    def loaded(self) -> Format:
        """The format itself."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def fits(self, path: bytes, head: bytes, rules: Rules) -> bool:
        """By its name, or its first bytes."""
        return self._fits(path, head)

    def diff(self, old: Source, new: Source, rules: Rules) -> Changes:
        """As the format itself."""
        return self.loaded.diff(old, new, rules)

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """As the format itself."""
        return self.loaded.apply(old, changes, rules)

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """As the format itself."""
        return self.loaded.merge(base, ours, theirs, labels, favour, rules)

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """As the format itself."""
        return self.loaded.problems(path, content, rules, check)

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """As the format itself."""
        return self.loaded.find(content, item, rules)

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """As the format itself."""
        return self.loaded.put(content, item, piece, rules)
