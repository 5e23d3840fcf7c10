"""When a file's times prove that it is unchanged."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.ids import blob_id
from contentvc.worktree.stamps import NEVER, is_unsure, now_by_touching, seal_by_touching
from contentvc.worktree.state import CLEAN
from tests.worktree.trees import look, shared_folder, without_privileges, write

S = 1_700_000_000_123_456_789
SECOND = 10**9


@pytest.mark.parametrize(
    ("mtime", "ctime", "unsure"),
    [
        (S - SECOND, S - SECOND, False),
        (S, S - SECOND, True),
        (S - SECOND, S, True),
        (S + 1, S + 1, True),
        (S - 1_000_000, S - SECOND, True),
        (S - 10_000_001, S - 10_000_001, False),
        (S - 10_000_000, S - SECOND, True),
        # Whole seconds: the file system may keep no more, or only even ones.
        (S // SECOND * SECOND, S - 10 * SECOND, True),
        (S - 10 * SECOND, (S // SECOND - 1) * SECOND, True),
        ((S // SECOND - 2) * SECOND, (S // SECOND - 2) * SECOND, False),
        (0, 0, False),
        (S + 10**18, S - SECOND, True),
    ],
)
def test_rule(mtime, ctime, unsure):
    assert is_unsure(mtime, ctime, S) is unsure


@given(
    st.integers(0, 10**11),
    st.integers(0, 10**11),
    st.integers(0, 10**11),
    st.sampled_from([1, 100, 10**6, 4 * 10**6, 10**7, SECOND, 2 * SECOND]),
)
def test_no_later_change_hides(changed, read, later, granule):
    """A file system of any granularity: if the row is sure, a change after S has another stamp."""
    base = 1_700_000_000 * SECOND

    def stamp(moment):
        return (base + moment) // granule * granule

    since = changed + read
    if not is_unsure(stamp(changed), stamp(changed), stamp(since)):
        assert stamp(since + later) != stamp(changed)


def test_the_clock_is_that_of_the_files(tmp_path):
    root = os.fsencode(tmp_path)
    write(root, {b"marker": b"", b"a": b"x"})
    since = now_by_touching(root + b"/marker")
    assert os.stat(root + b"/a").st_mtime_ns <= since
    write(root, {b"b": b"x"})
    assert os.stat(root + b"/b").st_mtime_ns >= since
    assert now_by_touching(root) >= since
    assert seal_by_touching(root) >= since - 1


def test_a_change_in_the_same_moment_is_found(tmp_path):
    """git's race: changed right after it was read, with the same size, times set back."""
    root = os.fsencode(tmp_path)
    write(root, {b"a": b"one"})
    since = now_by_touching(root)
    found = look(root).new[0]
    row = found.row(blob_id(b"one"), CLEAN, since)
    assert row.mtime_ns == NEVER
    long_after = found.mtime_ns + 60 * SECOND
    assert found.row(blob_id(b"one"), CLEAN, long_after).mtime_ns == found.mtime_ns


def test_a_tree_that_cannot_be_touched():
    with shared_folder() as root:
        write(root, {b"marker": b""})
        os.chmod(root + b"/marker", 0o444)
        assert without_privileges(lambda: now_by_touching(root + b"/marker")) == NEVER
        assert without_privileges(lambda: seal_by_touching(root + b"/marker")) == 0
    assert is_unsure(0, 0, NEVER)
