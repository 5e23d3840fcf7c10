"""Three-way merge of text, line by line."""

from collections.abc import Sequence

from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.text import is_text

__all__ = ["TextFormat"]


class TextFormat:
    """Text, merged by line."""

    name = "text"

    def accepts(self, path: bytes, contents: Sequence[bytes]) -> bool:  # noqa: ARG002 - the contract
        """Whether every version is text."""
        return all(map(is_text, contents))

    def merge(
        self, base: bytes | None, ours: bytes, theirs: bytes, labels: Labels, favour: Favour | None
    ) -> Merged:
        """As `Format.merge`, with markers in place of conflicts."""
        raise NotImplementedError
