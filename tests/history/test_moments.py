from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Usage
from contentvc.history.moments import parse_moment

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
FIRST, LAST = (
    datetime(*day, tzinfo=UTC).replace(tzinfo=None) for day in ((1, 1, 2), (9999, 12, 30))
)
DAY = 86_400 * SECOND


def parse(text, zone=0):
    return parse_moment(text, NOW, zone)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", 0), ("yesterday", DAY), ("Yesterday", DAY), ("0 seconds ago", 0),
        ("1 second ago", SECOND), ("90 seconds ago", 90 * SECOND), ("a minute ago", 60 * SECOND),
        ("2 hours ago", 7200 * SECOND), ("an hour ago", 3600 * SECOND), ("2.hours.ago", 7200 * SECOND),
        (" 3 Days  Ago ", 3 * DAY), ("one week ago", 7 * DAY), ("2 weeks ago", 14 * DAY),
        ("1 month ago", 2_629_746 * SECOND), ("1 year ago", 31_556_952 * SECOND),
    ],
)  # fmt: skip
def test_ages(text, ago):
    assert parse(text) == NOW - ago


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-01", 0, datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T09:30", 60, datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        ("2026-11-01 09:30", -90, datetime(2026, 11, 1, 11, 0, tzinfo=UTC)),
        ("2026-11-01T09:30:15.25+02:00", 60, datetime(2026, 11, 1, 7, 30, 15, 250_000, tzinfo=UTC)),
        ("2026-11-01T09:30Z", 60, datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        ("1969-12-31T23:59:59Z", 0, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("@1700000000", 60, datetime.fromtimestamp(1_700_000_000, UTC)),
        ("@-1", 60, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates(text, zone, expected):
    since = expected - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse(text, zone) == round(since.total_seconds() * SECOND)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2 hours", "hours ago", "2 fortnights ago", "-1 day ago", "2026-13-01", "@", "@x",
     "2026-11-01T25:00", "99999-01-01", "1 hour ago ago", "\ud800"],
)  # fmt: skip
def test_what_is_no_time_is_told(text):
    with pytest.raises(Usage) as caught:
        parse(text)
    assert caught.value.code == "bad-value"


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_is_told(text):
    with suppress(Usage):
        assert isinstance(parse(text), int)


@given(
    st.datetimes(min_value=FIRST, max_value=LAST),
    st.integers(-720, 720),
)
def test_dates_are_read_as_they_are_written(moment, zone):
    aware = moment.replace(tzinfo=UTC)
    assert parse(aware.isoformat(), zone) == parse(moment.isoformat(), zone) + zone * 60 * SECOND
