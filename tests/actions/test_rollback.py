"""Rollback: old content as a new commit."""

import pytest

from contentvc.errors import Conflict, Declined, Missing
from tests.actions.site import Program, Site

ONE = {b"a": b"1", b"d/b": b"one", b"d/gone": b"only in one"}
TWO = {b"a": b"2", b"d/b": Program(b"two"), b"new": b"only in two"}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(ONE)
    site.commit("one")
    site.remove(b"d/gone").write(TWO)
    site.commit("two")
    return site


def test_everything_is_as_it_was_and_history_stays(site):
    two = site.refs()["branch/main"]
    report = site.rollback("HEAD~1")
    assert site.files() == site.at("HEAD") == ONE
    assert report.commit.parents == (two,)
    assert site.at(two) == TWO
    assert site.status().clean
    assert report.commit.message.endswith("(HEAD~1)")
    assert {change.path for change in report.changes} == {b"a", b"d/b", b"d/gone", b"new"}


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        ((b"a",), TWO | {b"a": b"1"}),
        ((b"d",), {b"a": b"2", b"new": b"only in two", b"d/b": b"one", b"d/gone": b"only in one"}),
        ((b"d/gone", b"new"), {b"a": b"2", b"d/b": Program(b"two"), b"d/gone": b"only in one"}),
        ((b"",), ONE),
    ],
)
def test_only_some_paths(site, paths, wanted):
    site.rollback("HEAD~1", *paths)
    assert site.kinds(site.files()) == site.kinds(site.at("HEAD")) == site.kinds(wanted)


def test_a_folder_and_a_file_change_places(site):
    site.remove(b"d/b", b"a")
    import shutil

    shutil.rmtree(site.root + b"/d")
    site.write({b"d": b"a file now", b"a/in": b"a folder now"}).commit("three")
    site.rollback("HEAD~1", b"d", b"a")
    assert site.files() == TWO


def test_changes_elsewhere_come_along(site):
    site.write({b"mine": b"new", b"d/b": Program(b"two")})
    site.rollback("HEAD~1", b"a")
    assert site.files() == TWO | {b"a": b"1", b"mine": b"new"}
    assert [change.path for change in site.status().changes] == [b"mine"]
    assert b"mine" not in site.at("HEAD")


def test_changes_in_the_way_are_refused_or_kept(site):
    site.write({b"a": b"edited", b"d/gone": b"untracked"})
    head = site.refs()
    with pytest.raises(Conflict) as failed:
        site.rollback("HEAD~1")
    assert failed.value.details["paths"] == ["a", "d/gone"]
    assert site.refs() == head
    assert site.files()[b"a"] == b"edited"
    report = site.rollback("HEAD~1", force=True)
    assert report.saved
    assert site.saved() == [{b"a": b"edited", b"d/gone": b"untracked"}]
    assert site.files() == ONE
    site.undo()
    assert site.files() == TWO | {b"a": b"edited", b"d/gone": b"untracked"}


def test_nothing_differs(site):
    with pytest.raises(Declined) as failed:
        site.rollback("HEAD")
    assert failed.value.code == "nothing-to-commit"
    site.rollback("HEAD~1", b"a")
    with pytest.raises(Declined):
        site.rollback("HEAD~1~1", b"a")


def test_a_path_that_never_was(site):
    with pytest.raises(Missing) as failed:
        site.rollback("HEAD~1", b"a", b"nowhere")
    assert failed.value.details["path"] == "nowhere"


def test_no_such_version(site):
    with pytest.raises(Missing):
        site.rollback("nowhere")


def test_a_branch_that_others_moved(site):
    site.switch("HEAD", detach=True)
    site.rollback("HEAD~1")
    assert site.context().head.ref is None
    assert site.files() == ONE
