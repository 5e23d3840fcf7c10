"""Files that become folders and the reverse, recorded in parts: the state must keep up."""

import os

import pytest

from contentvc.actions.branches import create_ref
from contentvc.actions.progress import Silent
from contentvc.actions.restore import restore
from contentvc.actions.untrack import untrack
from contentvc.history.names import BRANCH
from tests.actions.site import Link, Site, any_bytes


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "site").init()


def _changes(site: Site) -> set[bytes]:
    """What status tells, each path once."""
    paths = [change.path for change in site.status().changes]
    assert len(paths) == len(set(paths))
    return set(paths)


def test_a_file_in_a_folder_is_recorded_alone_where_a_file_was(site):
    site.write({b"a": b"a file"}).commit("file")
    site.remove(b"a").write({b"a/x": b"1", b"a/y": b"2"})
    site.commit("part", b"a/x")
    assert site.at("HEAD") == {b"a/x": b"1"}
    assert _changes(site) == {b"a/y"}


def test_a_file_is_recorded_alone_where_a_folder_was(site):
    site.write({b"a/x": b"1", b"b": b"2"}).commit("folder")
    site.remove(b"a/x")
    os.rmdir(os.path.join(site.root, b"a"))
    site.write({b"a": Link(b"b")}).commit("link", b"a")
    assert site.at("HEAD") == {b"a": b"b", b"b": b"2"}
    assert _changes(site) == set()


def test_a_file_in_the_place_of_a_folder_is_not_recorded_with_what_was_in_it(site):
    site.write({b"a/b/x": b"1", b"a/c": b"2", b"z": b"3"}).commit("folders")
    site.remove(b"a/b/x", b"a/c")
    os.removedirs(os.path.join(site.root, b"a/b"))
    site.write({b"a": b"a file"}).commit("a deletion", b"a/b")
    assert site.at("HEAD") == {b"a/c": b"2", b"z": b"3"}
    assert _changes(site) == {b"a/c", b"a"}


def test_an_untracked_file_in_whose_place_a_folder_comes(site):
    site.write({b"a/b/c": b"1"}).commit("folders")
    site.switch("other", create=True)
    site.remove(b"a/b/c")
    os.removedirs(os.path.join(site.root, b"a/b"))
    site.write({b"a": b"a file", b"z": b"2"}).commit("file")
    untrack(site.context(), [b"a"], None)
    site.switch("main", force=True)
    assert _changes(site) == set()
    assert site.saved() == [{b"a": b"a file"}]


def test_a_file_that_was_restored_and_became_a_folder_and_a_file_again(site):
    site.write({b"a": b"1", b"z": b"0"}).commit("file")
    create_ref(site.context(), BRANCH, "file", "HEAD", force=False)
    site.remove(b"a").write({b"a/x/y": b"2"})
    site.commit("folder")
    untrack(site.context(), [b"a/x/y"], None)
    site.remove(b".contentvcignore", b"a/x/y")
    os.removedirs(os.path.join(site.root, b"a/x"))
    restore(site.context(), [b"a"], "file")
    assert _changes(site) == {b"a", b".contentvcignore"}
    site.remove(b"a").write({b"a/x/y": b"3"})
    assert _changes(site) == {b"a/x/y", b".contentvcignore"}
    site.remove(b"a/x/y")
    os.removedirs(os.path.join(site.root, b"a/x"))
    site.write({b"a": b"another file"})
    assert _changes(site) == {b"a", b".contentvcignore"}


def test_a_large_file_that_shrinks_while_it_is_recorded_reads_back(tmp_path):
    """How a blob is stored is told by its size, so it must not depend on when it was looked at."""

    class Shrinking(Silent):
        def start(self, *step):
            if step[-1] == "Recording files":
                site.write({b"shrinks": any_bytes(1, 100_000), b"grows": b"x" * 200_000})

    site = Site(tmp_path / "site", progress=Shrinking()).init()
    site.write({b"shrinks": any_bytes(1, 1_000_000), b"grows": b"x"})
    site.commit("while it changes")
    files = {b"shrinks": any_bytes(1, 100_000), b"grows": b"x" * 200_000}
    assert site.at("HEAD") == files
    site.remove(b"shrinks", b"grows")
    restore(site.context(), [b"shrinks", b"grows"], None)
    assert site.files() == files
    assert site.status().clean
    assert site.verify().ok


def test_leftovers_that_are_folders_stop_nobody(site):
    name = b".contentvc-new-1-0123456789abcdef"
    site.write({b"a": b"1", name + b"/x": b"2", b"d/" + name: b"3"}).commit("a")
    site.write({b"a": b"2"}).commit("b")
    site.switch("other", create=True)
    assert site.at("HEAD") == {b"a": b"2"}
