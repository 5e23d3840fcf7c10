import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats import binary
from contentvc.formats.binary import Range, changed_chunks, changed_ranges
from contentvc.ids import blob_id

similar = st.lists(st.sampled_from([b"\0", b"a", b"b" * 20, b"c" * 40]), max_size=10).map(b"".join)
contents = st.one_of(st.binary(max_size=80), similar)


@pytest.fixture(params=[16, 64, binary._WINDOW])
def window(request, monkeypatch):
    """Small windows too, so that short contents span several."""
    monkeypatch.setattr(binary, "_WINDOW", request.param)
    return request.param


def check(old, new, ranges):
    """What lies between the ranges is equal on both sides; what they hold, put in, gives new."""
    result, position, end = [], 0, -1
    for old_start, old_end, new_start, new_end in ranges:
        assert old_start > end
        assert old_start < old_end or new_start < new_end
        result += [old[position:old_start], new[new_start:new_end]]
        assert len(b"".join(result)) == new_end
        position = end = old_end
    assert b"".join([*result, old[position:]]) == new


class Reader:
    def __init__(self, content, most):
        self.content = content
        self.most = most
        self.read = 0

    def __call__(self, start, end):
        assert 0 <= start < end <= len(self.content)
        assert end - start <= self.most
        self.read += end - start
        return self.content[start:end]


def chunks(content, size):
    cut = [content[start : start + size] for start in range(0, len(content), size)]
    return [(blob_id(chunk), len(chunk)) for chunk in cut]


@given(contents, contents)
def test_the_ranges_are_all_that_differs(old, new):
    check(old, new, changed_ranges(old, new))


@given(contents)
def test_equal_contents_have_no_ranges(content):
    assert changed_ranges(content, content) == ()
    assert changed_chunks(chunks(content, 8), chunks(content, 8), unread, unread) == ()


def unread(start, end):
    pytest.fail(f"read {start} to {end}")


@given(old=contents, new=contents, old_size=st.integers(1, 30), new_size=st.integers(1, 30))
@pytest.mark.parametrize("most", [1, 16, 1000])
def test_chunks_tell_all_that_differs_in_any_window(most, old, new, old_size, new_size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binary, "_WINDOW", most)
        ranges = changed_chunks(
            chunks(old, old_size), chunks(new, new_size), Reader(old, most), Reader(new, most)
        )
    check(old, new, ranges)


def test_lengths_that_differ_give_one_range():
    assert changed_ranges(b"head old tail", b"head newer tail") == (Range(5, 8, 5, 10),)
    assert changed_ranges(b"", b"new") == (Range(0, 0, 0, 3),)
    assert changed_ranges(b"aaa", b"aaaa") == (Range(3, 3, 3, 4),)


def test_numbers_changed_in_place_are_told_apart():
    values = [float(k) for k in range(1000)]
    old = struct.pack("<1000f", *values)
    values[10] = values[500] = -1.5
    new = struct.pack("<1000f", *values)
    ranges = changed_ranges(old, new)
    check(old, new, ranges)
    assert [start // 4 for start, _, _, _ in ranges] == [10, 500]
    assert sum(end - start for start, end, _, _ in ranges) <= 8


def test_equal_islands_by_chance_divide_nothing():
    assert changed_ranges(b"1" + b"=" * 15 + b"1", b"2" + b"=" * 15 + b"2") == (
        Range(0, 17, 0, 17),
    )
    assert len(changed_ranges(b"1" + b"=" * 16 + b"1", b"2" + b"=" * 16 + b"2")) == 2


def test_very_many_ranges_in_a_window_count_as_one():
    old = (b"1" + b"=" * 20) * 2000
    new = (b"2" + b"=" * 20) * 2000
    assert changed_ranges(old, new) == (Range(0, len(old) - 20, 0, len(new) - 20),)


def test_a_range_across_a_windows_border_is_one(window):
    old = bytes(200)
    new = bytes(50) + b"x" * 100 + bytes(50)
    assert changed_ranges(old, new) == (Range(50, 150, 50, 150),)


def test_only_what_lies_between_shared_chunks_is_read():
    rng = random.Random(3)
    parts = [rng.randbytes(5000) for _ in range(100)]
    edited = list(parts)
    edited[40] = parts[40][:100] + b"inserted" + parts[40][100:]
    del edited[70]
    old, new = b"".join(parts), b"".join(edited)
    read_old, read_new = Reader(old, 10**6), Reader(new, 10**6)
    ranges = changed_chunks(
        [(blob_id(part), len(part)) for part in parts],
        [(blob_id(part), len(part)) for part in edited],
        read_old,
        read_new,
    )
    check(old, new, ranges)
    assert ranges[0] == Range(200_100, 200_100, 200_100, 200_108)
    assert ranges[1] == Range(350_000, 355_000, 350_008, 350_008)
    assert read_old.read <= 10_000
    assert read_new.read <= 10_016
