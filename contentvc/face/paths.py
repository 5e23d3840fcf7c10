"""Paths: bytes in a repository, text for people.

A name that is not UTF-8 is text with surrogates (PEP 383), as in `os.fsdecode`, so that every path
that is given out can be given back.
"""

import os
from collections.abc import Iterable

__all__ = ["Path", "to_bytes", "to_text", "to_texts"]

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]
"""What is taken as a path."""


def to_bytes(path: Path) -> bytes:
    """A path as repositories have it."""
    given = os.fspath(path)
    return _encoded(given) if isinstance(given, str) else given


def to_text(path: bytes) -> str:
    """A path as people write it."""
    return path.decode("utf-8", "surrogateescape")


def to_texts(paths: Iterable[bytes]) -> tuple[str, ...]:
    """Several paths as people write them."""
    return tuple(map(to_text, paths))


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # halves of surrogate pairs, which no name has
        return text.encode("utf-8", "surrogatepass")
