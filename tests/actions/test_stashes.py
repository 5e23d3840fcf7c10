"""Stashes: changes set aside and brought back."""

import os

import pytest

from contentvc.actions.branches import delete_branch
from contentvc.actions.log import LogRequest, log
from contentvc.actions.stashes import drop_stash, list_stashes
from contentvc.actions.workspaces import add_workspace
from contentvc.changes.files import ChangeKind
from contentvc.errors import Conflict, Declined, Missing
from contentvc.formats.contract import Side
from contentvc.snapshots.merging import MergeKind
from contentvc.surroundings.settings import OnConflict
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
    assert failed.value.code == "merge-conflict"
    assert failed.value.details["paths"] == ["a"]
    assert "stash/1" in site.refs()
    assert site.files()[b"a"] == b"others"
    assert site.pop(force=True).saved
    assert site.saved() == [{b"a": b"others"}]
    assert site.kinds(site.files()) == site.kinds(AFTER)


def test_a_pop_where_a_commit_changed_the_files_is_refused(site):
    site.stash()
    site.write({b"a": b"committed since"}).commit("two")
    with pytest.raises(Conflict):
        site.pop()
    assert site.files()[b"a"] == b"committed since"


LINES = b"".join(b"line %d\n" % number for number in range(9))


@pytest.fixture
def lines(tmp_path) -> Site:
    """Set aside: a change of the first line, and a new file."""
    site = Site(tmp_path / "lines").init().write({b"a": LINES, b"keep": b"keep\n"})
    site.commit("one")
    site.write({b"a": LINES.replace(b"line 0", b"first"), b"new": b"new\n"}).stash()
    return site


def test_both_changes_of_a_file_are_put_together(lines):
    edited = LINES.replace(b"line 8", b"last")
    lines.write({b"a": edited, b"keep": b"edited\n", b"loose": b"loose\n"})
    before = lines.files()
    popped = lines.pop()
    assert popped.is_merged
    assert lines.files() == before | {
        b"a": edited.replace(b"line 0", b"first"), b"new": b"new\n"
    }  # fmt: skip
    assert {one.path for one in lines.status().changes} == {b"a", b"keep", b"loose", b"new"}
    read = {one.path for one in lines.status(rehash=True).changes}
    assert read == {b"a", b"keep", b"loose", b"new"}
    assert "stash/1" not in lines.refs()
    lines.undo()
    assert lines.files() == before
    assert "stash/1" in lines.refs()
    lines.write({b"a": edited}).commit("committed since")
    assert lines.pop().is_merged
    assert lines.files()[b"a"] == edited.replace(b"line 0", b"first")


def test_a_pop_that_stops_keeps_the_stash_until_it_is_decided(lines):
    lines.write({b"a": LINES.replace(b"line 0", b"mine"), b"loose": b"loose\n"})
    before = lines.files()
    popped = lines.pop(on_conflict=OnConflict.STOP)
    assert [row.path for row in popped.conflicts] == [b"a"]
    assert b"<<<<<<< working tree" in lines.files()[b"a"]
    assert lines.files()[b"new"] == b"new\n"
    assert "stash/1" in lines.refs()
    assert lines.status().merging.kind is MergeKind.STASH_POP
    with pytest.raises(Conflict) as failed:
        lines.commit()
    assert failed.value.code == "unresolved"
    lines.abort(MergeKind.STASH_POP)
    assert lines.files() == before
    lines.pop(on_conflict=OnConflict.STOP)
    lines.resolve(b"a", side=Side.THEIRS)
    assert lines.status().merging is None
    assert "stash/1" in lines.refs()
    assert lines.files()[b"a"] == LINES.replace(b"line 0", b"first")
    lines.commit("goes on")
    assert lines.at("HEAD") == lines.files()
    assert lines.verify().ok


@pytest.mark.parametrize(("side", "line"), [("ours", b"mine"), ("theirs", b"first")])
def test_one_side_decides_what_comes_back(lines, side, line):
    lines.write({b"a": LINES.replace(b"line 0", b"mine")})
    popped = lines.pop(on_conflict=OnConflict(side))
    assert popped.conflicts == ()
    assert lines.files()[b"a"] == LINES.replace(b"line 0", line)
    assert "stash/1" not in lines.refs()


def test_what_is_ignored_is_never_merged_into(lines):
    lines.write({b".contentvcignore": b"new\n", b"new": b"mine\n"})
    with pytest.raises(Conflict) as failed:
        lines.pop(on_conflict=OnConflict.STOP)
    assert failed.value.code == "would-overwrite"
    assert lines.files()[b"new"] == b"mine\n"


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
