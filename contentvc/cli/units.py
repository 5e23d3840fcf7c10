"""Units: sizes, counts and times as people read them. The exact ones are in the JSON."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = ["age", "count", "exact_time", "moment", "size"]

_SIZES: Final = ("KB", "MB", "GB", "TB", "PB", "EB")
_SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AGES: Final = (
    (90, 1, "second"),
    (90 * 60, 60, "minute"),
    (36 * 3600, 3600, "hour"),
    (14 * 86_400, 86_400, "day"),
    (70 * 86_400, 604_800, "week"),
    (365 * 86_400, 2_629_746, "month"),
)
"""Up to so many seconds, in units of so many seconds: the steps that git has."""
_YEAR: Final = 31_556_952


def size(octets: int) -> str:
    """Bytes in decimal units with two digits or more: ``512 bytes``, ``4.1 MB``, ``38 KB``."""
    if octets < 1000:
        return count(octets, "byte")
    value = float(octets)
    for unit in _SIZES:
        value /= 1000
        if value < 9.95:
            return f"{value:.1f} {unit}"
        if value < 999.5:
            return f"{value:.0f} {unit}"
    return f"{value:,.0f} {_SIZES[-1]}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 file``, ``35,000 files``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def age(time: int, now: int) -> str:
    """How long ago: ``2 hours ago``, ``just now``. Times are microseconds since 1970.

    Clocks disagree, so a time may lie ahead: ``in 3 minutes``.
    """
    seconds = round((now - time) / _SECOND)
    if -5 < seconds < 5:
        return "just now"
    distance = _distance(abs(seconds))
    return f"{distance} ago" if seconds > 0 else f"in {distance}"


def _distance(seconds: int) -> str:
    for below, unit, noun in _AGES:
        if seconds < below:
            return count(round(seconds / unit), noun)
    return count(max(1, round(seconds / _YEAR)), "year")


def moment(time: int, zone: int) -> str:
    """A time by the clock of its zone (minutes ahead of UTC): ``2026-11-01 09:30:12 +0100``."""
    when = _local(time, zone)
    return _beyond(time) if when is None else when.strftime("%Y-%m-%d %H:%M:%S %z")


def exact_time(time: int, zone: int = 0) -> str:
    """A time for programs, to the microsecond: ``2026-11-01T09:30:12.000000+01:00``."""
    when = _local(time, zone)
    return _beyond(time) if when is None else when.isoformat(timespec="microseconds")


def _local(time: int, zone: int) -> datetime | None:
    try:
        return (_EPOCH + timedelta(microseconds=time)).astimezone(timezone(timedelta(minutes=zone)))
    except (OverflowError, ValueError):
        return None


def _beyond(time: int) -> str:
    """A stored time that no calendar has, as git writes seconds since 1970."""
    return f"@{time // _SECOND}"
