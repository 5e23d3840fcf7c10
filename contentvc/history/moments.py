"""Moments in time as people write them: ``2 hours ago``, ``yesterday``, ``2026-11-01 09:30``."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from contentvc.errors import Usage

__all__ = ["parse_moment"]

_UNITS: Final = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_629_746,
    "year": 31_556_952,
}
_AGO: Final = re.compile(r"(\d{1,9}|an?|one)[ .]+([a-z]+?)s?[ .]+ago", re.IGNORECASE)
_NAMED: Final = {"now": 0, "today": 0, "yesterday": 86_400}
_SECOND: Final = 1_000_000


def parse_moment(text: str, now: int, zone: int) -> int:
    """Microseconds since 1970 UTC.

    Args:
        text: an age, a name of a day, seconds since 1970 as ``@1700000000``, or a date with or
            without a time and a zone (ISO 8601).
        now: the present, microseconds since 1970.
        zone: minutes that the local clock is ahead of UTC; for dates without a zone.

    Raises:
        Usage: the text is none of these.
    """
    words = text.strip().casefold()
    if words in _NAMED:
        return now - _NAMED[words] * _SECOND
    if match := _AGO.fullmatch(words):
        number, unit = match.groups()
        if unit in _UNITS:
            return now - (int(number) if number.isdigit() else 1) * _UNITS[unit] * _SECOND
    try:
        if words.startswith("@"):
            return int(words[1:]) * _SECOND
        return _absolute(text.strip(), zone)
    except (ValueError, OverflowError) as error:
        raise Usage(
            "bad-value",
            f"{text!r} is not a time",
            'write for example "2 hours ago", yesterday, 2026-11-01 or 2026-11-01T09:30+01:00',
        ) from error


def _absolute(text: str, zone: int) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=zone)))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)
