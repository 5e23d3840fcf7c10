import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Usage
from contentvc.history.names import check_ref_name, full_name, short_name
from contentvc.history.revisions import split_range


@pytest.mark.parametrize(
    "name",
    ["main", "feature/x", "v1.0", "a-b_c", "ünï", "x@y", "1", "deadbeef", "a/b/c/d", "release/2026.11",
     "HEAD2", "@a", "a.lockx", "main-"],
)  # fmt: skip
def test_names_that_are_fine(name):
    check_ref_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "@", "HEAD", "-x", "/x", "x/", "x.", ".x", "a/.b", "a//b", "a..b", "a b", "a~1", "a^", "a:b",
     "a?", "a*", "a[b", "a\\b", "a@{1}", "a\tb", "a\nb", "\x7f", "a.lock", "a.lock/b", "\ud800", "x" * 1025],
)  # fmt: skip
def test_names_that_are_not(name):
    with pytest.raises(Usage) as caught:
        check_ref_name(name)
    assert caught.value.code == "bad-name"


@given(st.text(max_size=12))
def test_a_name_that_is_fine_is_never_a_range_or_a_flag(name):
    try:
        check_ref_name(name)
    except Usage:
        return
    assert split_range(name) is None
    assert not name.startswith("-")
    assert not set("~^: \0") & set(name)


REFS = {"branch/main": 1, "tag/main": 2, "branch/x": 3, "remote/origin/x": 4, "tag/origin/x": 5}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("main", "tag/main"), ("x", "branch/x"), ("origin/x", "tag/origin/x"), ("branch/main", "branch/main"),
        ("remote/origin/x", "remote/origin/x"), ("y", None), ("", None), ("branch", None), ("tag/", None),
    ],
)  # fmt: skip
def test_short_names_are_completed(name, full):
    assert full_name(name, REFS) == full


def test_short_names_are_what_people_write():
    assert [short_name(ref) for ref in REFS] == ["main", "main", "x", "origin/x", "origin/x"]
    assert short_name("pin/x") == "pin/x"
