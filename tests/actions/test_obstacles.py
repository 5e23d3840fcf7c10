"""What stands in the way of files that a command writes: refused, saved, or left to its owner."""

import os
import socket

import pytest

from contentvc.actions.restore import restore
from contentvc.errors import Conflict, ContentvcError
from tests.actions.site import Link, Site
from tests.faults.seam import crash_points, run_crashing

OLD = {b"same": b"1", b"a": b"old"}
NEW = {b"same": b"1", b"a": b"new", b"f": b"a file", b"d/x": b"in a folder", b"deep/er/y": b"2"}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(OLD)
    site.commit("old")
    site.switch("new", create=True)
    site.write(NEW).commit("new")
    site.switch("main")
    assert site.files() == OLD
    return site


OBSTACLES = {
    "file": {b"f": b"mine"},
    "folder where a file comes": {b"f/one": b"mine", b"f/two/three": b"mine too"},
    "file where a folder comes": {b"d": b"mine"},
    "link where a folder comes": {b"d": Link(b"elsewhere")},
    "link to a folder": {b"elsewhere/x": b"not to be touched", b"d": Link(b"elsewhere")},
    "file above": {b"deep": b"mine"},
    "link where a file comes": {b"f": Link(b"same")},
    "changed": {b"a": b"mine"},
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_switch_refuses_and_changes_nothing(site, name):
    site.write(OBSTACLES[name])
    before = site.files()
    with pytest.raises(Conflict) as error:
        site.switch("new")
    assert error.value.code == "would-overwrite"
    assert site.files() == before
    assert site.context().head.ref == "branch/main"
    site.commit("still works")


@pytest.mark.parametrize("name", OBSTACLES)
def test_forced_switch_saves_and_overwrites(site, name):
    site.write(OBSTACLES[name])
    report = site.switch("new", force=True)
    wanted = NEW | {p: c for p, c in OBSTACLES[name].items() if p.startswith(b"elsewhere")}
    assert site.files() == wanted
    assert report.saved
    kept = {p: c for p, c in OBSTACLES[name].items() if not p.startswith(b"elsewhere")}
    assert site.kinds(site.saved()[-1]) == site.kinds(kept)
    assert set(report.overwritten) == set(kept)
    changed = {change.path for change in site.status().changes}
    assert changed == {p for p in OBSTACLES[name] if p.startswith(b"elsewhere")}


@pytest.mark.parametrize("name", OBSTACLES)
def test_discarding_switch_overwrites(site, name):
    site.write(OBSTACLES[name])
    report = site.switch("new", discard=True)
    assert not report.saved
    assert site.saved() == []
    assert {p: c for p, c in site.files().items() if not p.startswith(b"elsewhere")} == NEW


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_comes_into_the_way_of_an_interrupted_switch_stays(site, name):
    for nth in range(1, 60):
        if not run_crashing(lambda: site.switch("new"), nth):
            raise AssertionError("the switch was never interrupted after its operation")
        if site.context().head.ref == "branch/new" and site.files() == OLD:
            break
    site.write(OBSTACLES[name])
    site.settle()
    site.settle()
    files = site.files()
    assert OBSTACLES[name].items() <= files.items()
    assert files[b"same"] == b"1"
    hidden = {b"f/one": b"f", b"d": b"d/x", b"deep": b"deep/er/y"}
    for path, content in NEW.items():
        if path not in OBSTACLES[name] and path not in {hidden.get(p) for p in OBSTACLES[name]}:
            assert files[path] == content
    site.commit("as it is")
    assert site.at("HEAD") == files


def test_a_forced_switch_that_was_interrupted_goes_on_overwriting_what_it_saved(site):
    site.write({b"a": b"mine", b"f/one": b"mine", b"d": b"mine as well"})
    before = site.files()
    for nth in range(1, 200):
        if not run_crashing(lambda: site.switch("new", force=True), nth):
            break
        site.settle()
        if site.context().head.ref == "branch/new":
            assert site.files() == NEW
            assert site.status().clean
            site.switch("main")
            site.write({b"a": b"mine", b"f/one": b"mine", b"d": b"mine as well"})
        assert site.files() == before


@pytest.mark.parametrize("name", OBSTACLES)
def test_restore_saves_and_overwrites(site, name):
    site.write(OBSTACLES[name])
    restore(site.context(), [b"a", b"f", b"d", b"deep"], "new")
    files = {p: c for p, c in site.files().items() if not p.startswith(b"elsewhere")}
    assert files == NEW
    kept = {p: c for p, c in OBSTACLES[name].items() if not p.startswith(b"elsewhere")}
    assert site.saved()[-1] == kept


@pytest.mark.parametrize("options", [{}, {"force": True}])
def test_a_fifo_in_the_way_is_refused(site, options):
    os.mkfifo(os.path.join(site.root, b"f"))
    with pytest.raises(Conflict) as error:
        site.switch("new", **options)
    assert error.value.code == "would-overwrite"
    assert "f" in str(error.value)
    assert site.context().head.ref == "branch/main"
    site.switch("new", discard=True)
    assert site.files() == NEW


def test_a_socket_in_a_folder_in_the_way_is_refused(site):
    os.mkdir(os.path.join(site.root, b"f"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.join(os.fsdecode(site.root), "f", "s"))
        for options in ({}, {"force": True}):
            with pytest.raises(Conflict):
                site.switch("new", **options)
    assert site.context().head.ref == "branch/main"


def test_a_fifo_that_comes_into_the_way_of_an_interrupted_switch_stays(site):
    points = crash_points(lambda: site.switch("new"))
    site.switch("main")
    for nth in range(1, points):
        assert run_crashing(lambda: site.switch("new"), nth)
        if site.context().head.ref == "branch/new":
            break
    os.mkfifo(os.path.join(site.root, b"f"))
    site.settle()
    assert site.files() == NEW | {b"f": b"<special>"}
    os.unlink(os.path.join(site.root, b"f"))
    restore(site.context(), [b"f"], None)
    assert site.status().clean


def test_ignored_files_in_the_way_are_saved_too(site):
    site.write({b".contentvcignore": b"f\n", b"f": b"ignored, and mine"})
    with pytest.raises(Conflict):
        site.switch("new")
    site.switch("new", force=True)
    assert site.saved() == [{b"f": b"ignored, and mine"}]


def test_secrets_in_the_way_are_not_saved(site):
    site.switch("new")
    site.write({b".env": b"theirs"}).commit("a secret", b".env")
    site.switch("main")
    site.write({b".env": b"mine"})
    with pytest.raises(ContentvcError) as error:
        site.switch("new", force=True)
    assert error.value.code == "looks-like-secret"
    assert site.files()[b".env"] == b"mine"
    assert site.context().head.ref == "branch/main"


def test_empty_folders_are_in_nobodys_way(site):
    os.makedirs(os.path.join(site.root, b"f/empty/ones"))
    site.switch("new")
    assert site.files() == NEW
