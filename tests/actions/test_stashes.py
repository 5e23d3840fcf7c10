"""Stashes: changes set aside and brought back."""

import os

import pytest

from contentvc.actions.branches import delete_branch
from contentvc.actions.log import LogRequest, log
from contentvc.actions.stashes import drop_stash, list_stashes
from contentvc.actions.workspaces import add_workspace
from contentvc.changes.files import ChangeKind
from contentvc.errors import Conflict, Declined, Missing
from tests.actions.site import Link, Site

FILES = {b"a": b"1", b"d/b": b"b", b"link": Link(b"a")}
CHANGED = {b"a": b"changed", b"d/new": b"new", b"link": Link(b"d")}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(FILES)
    site.commit("one")
    return site.write(CHANGED).remove(b"d/b")


AFTER = {b"a": b"changed", b"d/new": b"new", b"link": Link(b"d")}


def test_away_and_back(site):
    entry = site.stash()
    assert entry.number == 1
    assert {(change.path, change.change) for change in entry.changes} == {
        (b"a", ChangeKind.MODIFIED),
        (b"d/b", ChangeKind.DELETED),
        (b"d/new", ChangeKind.ADDED),
        (b"link", ChangeKind.MODIFIED),
    }
    assert site.kinds(site.files()) == site.kinds(FILES)
    assert site.status().clean
    assert site.kinds(site.at("stash/1")) == site.kinds(AFTER)
    popped = site.pop()
    assert popped.entry == entry
    assert site.kinds(site.files()) == site.kinds(AFTER)
    assert {change.path for change in site.status().changes} == {b"a", b"d/b", b"d/new", b"link"}
    assert not site.refs().keys() & {"stash/1"}


def test_a_deletion_that_comes_back_is_seen_by_status(site):
    site.stash()
    site.pop()
    site.commit("two")
    assert site.kinds(site.at("HEAD")) == site.kinds(AFTER)


def test_only_some_paths(site):
    site.stash(b"d")
    assert site.kinds(site.files()) == site.kinds(
        {b"a": b"changed", b"d/b": b"b", b"link": Link(b"d")}
    )
    site.pop()
    assert site.kinds(site.files()) == site.kinds(AFTER)


def test_before_the_first_commit(tmp_path):
    site = Site(tmp_path / "site").init().write({b"a": b"1"})
    site.stash()
    assert site.files() == {}
    site.pop()
    assert site.files() == {b"a": b"1"}
    site.undo()
    site.undo()
    assert site.files() == {b"a": b"1"}


def test_nothing_to_set_aside(site):
    site.stash()
    with pytest.raises(Declined) as failed:
        site.stash()
    assert failed.value.code == "nothing-to-stash"


def test_ignored_files_and_secrets_stay(site):
    site.write({b".contentvcignore": b"*.log\n", b"x.log": b"log", b".env": b"KEY=1"})
    site.stash()
    assert site.files().keys() == {*FILES, b"x.log", b".env"}


def test_several_are_a_stack_with_numbers(site):
    site.stash(message="first")
    site.write({b"a": b"again"}).stash(message="second")
    site.write({b"a": b"third"}).stash(message="third")
    assert [(one.number, one.commit.message) for one in list_stashes(site.context())] == [
        (3, "third"), (2, "second"), (1, "first"),
    ]  # fmt: skip
    drop_stash(site.context(), 2)
    site.pop()
    assert site.files()[b"a"] == b"third"
    site.undo()
    site.pop(1)
    assert site.files()[b"a"] == b"changed"
    for number in (1, 2, 4):
        with pytest.raises(Missing):
            site.pop(number)


def test_a_pop_on_changed_files_is_refused_or_keeps_them(site):
    site.stash()
    site.write({b"a": b"others"})
    with pytest.raises(Conflict) as failed:
        site.pop()
    assert failed.value.details["paths"] == ["a"]
    assert "stash/1" in site.refs()
    assert site.pop(force=True).saved
    assert site.saved() == [{b"a": b"others"}]
    assert site.kinds(site.files()) == site.kinds(AFTER)


def test_a_pop_where_a_commit_changed_the_files_is_refused(site):
    site.stash()
    site.write({b"a": b"committed since"}).commit("two")
    with pytest.raises(Conflict):
        site.pop()
    assert site.files()[b"a"] == b"committed since"


def test_on_another_branch_and_in_another_workspace(site, tmp_path):
    site.stash()
    add_workspace(site.context(), os.fsencode(tmp_path / "second"), "main")
    second = Site(tmp_path / "second")
    second.pop()
    assert second.kinds(second.files()) == second.kinds(AFTER)
    assert site.kinds(site.files()) == site.kinds(FILES)


def test_a_file_that_changes_meanwhile_is_not_lost(site, monkeypatch):
    from contentvc.actions import stashes

    real = stashes.edited

    def edited(*given):
        changes = list(real(*given))
        site.write({b"a": b"while it is set aside"})
        return changes

    monkeypatch.setattr(stashes, "edited", edited)
    with pytest.raises(Conflict):
        site.stash()
    assert site.files()[b"a"] == b"while it is set aside"
    assert site.refs().keys() == {"branch/main"}


def test_stashes_are_no_part_of_history(site):
    site.stash()
    request = LogRequest(all_refs=True)
    assert [one.commit.message for one in log(site.context(), request)] == ["one"]
    site.switch("two", create=True)
    site.write({b"z": b"z"}).commit("two")
    site.write({b"z": b"zz"}).stash()
    site.switch("main")
    with pytest.raises(Conflict):
        delete_branch(site.context(), "two", force=False)
