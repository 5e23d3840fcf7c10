"""Places: where in a text something is, as people count."""

__all__ = ["line_of", "place_of"]


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1; a byte-order mark counts as nothing."""
    start = text.rfind("\n", 0, offset) + 1
    column = offset - start + 1 - text.startswith("\ufeff", start)
    return line_of(text, offset), max(column, 1)


def line_of(text: str, offset: int) -> int:
    """The line of a character, from 1."""
    return text.count("\n", 0, offset) + 1
