"""Durations as people write them: ``30 days``, ``12 hours``; a bare number is days."""

import re
from typing import Final

from contentvc.errors import Usage

__all__ = ["duration", "is_duration"]

_UNITS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_DURATION: Final = re.compile(r"(\d{1,9})(?: *([a-z]+?)s?)?", re.IGNORECASE | re.ASCII)


def duration(text: str) -> int:
    """Seconds.

    Raises:
        Usage: the text is no duration.
    """
    found = _parsed(text)
    if found is None:
        raise Usage(
            "bad-value", f"{text!r} is not a duration", 'write for example 30, "7 days", "2 weeks"'
        )
    return found


def is_duration(text: str) -> bool:
    """Whether the text is one."""
    return _parsed(text) is not None


def _parsed(text: str) -> int | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    unit = _UNITS.get((match[2] or "day").casefold())
    return None if unit is None else int(match[1]) * unit
