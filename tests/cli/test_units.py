import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.cli.units import age, count, exact_time, moment, size

SECOND = 1_000_000
HOUR = 3600 * SECOND
NOW = 1_800_000_000 * SECOND


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (9_949, "9.9 KB"),
        (9_951, "10 KB"),
        (38_000, "38 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (4_100_000, "4.1 MB"),
        (2**63, "9.2 EB"),
        (10**21, "1,000 EB"),
    ],
)
def test_sizes(octets, shown):
    assert size(octets) == shown


@given(st.integers(0, 2**64))
def test_a_size_is_within_a_twentieth(octets):
    number, unit = size(octets).split()
    factor = {"byte": 1, "bytes": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}
    told = float(number.replace(",", "")) * factor.get(unit, 1e18)
    assert told == pytest.approx(octets, rel=0.055)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "just now"),
        (4, "just now"),
        (-4, "just now"),
        (5, "5 seconds ago"),
        (89, "89 seconds ago"),
        (90, "2 minutes ago"),
        (7200, "2 hours ago"),
        (36 * 3600, "2 days ago"),
        (14 * 86_400, "2 weeks ago"),
        (100 * 86_400, "3 months ago"),
        (370 * 86_400, "1 year ago"),
        (4000 * 86_400, "11 years ago"),
        (-180, "in 3 minutes"),
    ],
)
def test_ages(seconds, shown):
    assert age(NOW - seconds * SECOND, NOW) == shown


def test_counts():
    assert count(1, "file") == "1 file"
    assert count(0, "file") == "0 files"
    assert count(35_000, "entry", "entries") == "35,000 entries"


def test_a_moment_is_told_by_its_own_clock():
    assert moment(0, 60) == "1970-01-01 01:00:00 +0100"
    assert moment(-HOUR, -90) == "1969-12-31 21:30:00 -0130"
    assert exact_time(1, 60) == "1970-01-01T01:00:00.000001+01:00"
    assert exact_time(0) == "1970-01-01T00:00:00.000000+00:00"


@given(st.integers(-(2**63), 2**64), st.integers(-1439, 1439))
def test_no_stored_time_breaks_the_output(time, zone):
    exact = exact_time(time, zone)
    if exact.startswith("@"):
        assert re.fullmatch(r"@-?\d+", exact)
        assert moment(time, zone) == exact
    else:
        back = datetime.fromisoformat(exact)
        assert back.utcoffset().total_seconds() == zone * 60
    assert age(time, NOW)
