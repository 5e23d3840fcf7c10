"""JSON Pointer (RFC 6901): where in a JSON document something is, as text.

``""`` is the document; each step after a ``/`` is a key, or the place of an element in an array.
"""

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["Pointer", "place_in", "pointer_text", "read_pointer"]

Pointer = tuple[str, ...]
"""The steps, without escapes."""

_STEP: Final = re.compile(r"(?:[^~]++|~[01])*+")
_PLACE: Final = re.compile(r"0|[1-9][0-9]{0,17}")


def read_pointer(text: str) -> Pointer | None:
    """The steps of a pointer; None where the text is none."""
    if not text:
        return ()
    if not text.startswith("/") or not _STEP.fullmatch(text):
        return None
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))


def pointer_text(steps: Iterable[str | int]) -> str:
    """The pointer with these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def place_in(step: str, length: int) -> int | None:
    """The place that a step means in an array of that length; None where it means none there."""
    if not _PLACE.fullmatch(step):
        return None
    place = int(step)
    return place if place < length else None
