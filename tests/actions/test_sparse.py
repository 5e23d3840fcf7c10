"""A sparse working tree: what is absent is never recorded as deleted, and what is there counts."""

import os
from dataclasses import replace

import pytest

from contentvc.actions.apply import apply
from contentvc.actions.attributes import set_attributes
from contentvc.actions.carrying import Overwrite
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.elsewhere import list_workspaces
from contentvc.actions.patches import FilePatch
from contentvc.actions.restore import restore
from contentvc.actions.sparse import sparse_here, sparse_paths
from contentvc.actions.untrack import untrack
from contentvc.actions.validate import ValidateRequest, validate
from contentvc.actions.workspaces import add_workspace, remove_workspace
from contentvc.changes.files import ChangeKind
from contentvc.errors import Conflict, Damaged, Declined, Missing, NotAllowed, Usage
from contentvc.formats.contract import Side
from contentvc.snapshots.merging import MergeKind
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Link, Program, Site

ALL = {
    b"contentvc.toml": b"",
    b".contentvcignore": b"*.tmp\n",
    b"data/.contentvcignore": b"*.bak\n",
    b"data/big/one": b"1\n",
    b"data/big/two": b"2\n",
    b"data/link": Link(b"big/one"),
    b"prompts/a.md": b"a\n",
    b"prompts/deep/b.md": b"b\n",
    b"prompts/run": Program(b"#!/bin/sh\n"),
    b"top": b"top\n",
}
KEPT = {path: one for path, one in ALL.items() if path.startswith(b"prompts/")} | {
    b"contentvc.toml": b"",
    b".contentvcignore": b"*.tmp\n",
}


@pytest.fixture
def whole(tmp_path):
    site = Site(tmp_path / "here").init().write(ALL)
    site.commit("all of it")
    return site


@pytest.fixture
def site(whole):
    report = whole.sparse(b"prompts")
    assert (report.brought, report.removed, report.stays) == (0, 5, ())
    assert whole.files() == KEPT
    return whole


def changes(site):
    return {one.path: one.change for one in site.status().changes}


def changed(site, revision="HEAD", before=ALL):
    """What a commit has that is otherwise than in `before`; None for what is gone."""
    now = site.at(revision)
    paths = sorted(before.keys() | now.keys())
    return {path: now.get(path) for path in paths if now.get(path) != before.get(path)}


def test_absent_is_not_missing(site):
    report = site.status()
    assert report.clean
    assert report.files == len(KEPT)
    assert report.sparse == (b"prompts",)
    assert report.here == (sum(map(len, KEPT.values())), sum(map(len, ALL.values())))
    with pytest.raises(Declined):
        site.commit()
    assert site.commit("empty", allow_empty=True)
    assert changed(site) == {}


def test_commit_leaves_the_rest(site):
    site.write({b"prompts/a.md": b"edited\n", b"prompts/new": b"n\n"}).remove(b"prompts/deep/b.md")
    report = site.commit()
    assert set(report.changes.elements()) == set(changes_of(b"added modified deleted"))
    assert changed(site) == {
        b"prompts/a.md": b"edited\n", b"prompts/new": b"n\n", b"prompts/deep/b.md": None,
    }  # fmt: skip
    assert site.status().clean


def changes_of(words):
    return [ChangeKind(word) for word in words.decode().split()]


def test_a_file_outside_that_is_there_counts(site):
    site.write({b"data/big/one": b"mine\n", b"data/big/three": b"3\n", b"top": b"top\n"})
    assert changes(site) == {
        b"data/big/one": ChangeKind.MODIFIED, b"data/big/three": ChangeKind.ADDED,
    }  # fmt: skip
    site.commit()
    assert changed(site) == {b"data/big/one": b"mine\n", b"data/big/three": b"3\n"}
    assert site.status().files == len(KEPT) + 3
    before = site.status().here[0]
    site.remove(b"data/big/one", b"data/big/three", b"top")
    assert site.status().clean
    assert site.status().here[0] == before - len(b"mine\n3\ntop\n")
    site.write({b"data/big/one": b"mine\n"})
    assert site.status().clean


def test_commit_of_paths(site):
    site.write({b"prompts/a.md": b"edited\n", b"data/big/one": b"mine\n"})
    site.commit("one", b"data")
    assert changed(site) == {b"data/big/one": b"mine\n"}
    for path in (b"data/big", b"top", b"data/big/two"):
        with pytest.raises(Declined):
            site.commit("nothing", path)
    with pytest.raises(Missing):
        site.commit("none", b"data/none")
    site.commit("the rest", b"")
    assert changed(site) == {b"data/big/one": b"mine\n", b"prompts/a.md": b"edited\n"}


@pytest.mark.parametrize("path", [b"data", b"data/big", b"top/below", b"data/big/one/x/y"])
def test_nothing_takes_the_place_of_what_is_not_here(site, path):
    site.write({path: b"mine\n"})
    for act in (site.commit, site.stash, lambda: site.commit("it", path)):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "not-covered"
        assert path.decode() in caught.value.message
    assert changed(site) == {}
    assert site.files() == KEPT | {path: b"mine\n"}


def test_a_folder_above_a_covered_one_is_not_replaced(whole):
    whole.sparse(b"data/big")
    whole.remove(b"data/big/one", b"data/big/two", b"data/.contentvcignore")
    os.rmdir(whole.root + b"/data/big")
    os.rmdir(whole.root + b"/data")
    whole.write({b"data": b"mine\n"})
    with pytest.raises(Conflict) as caught:
        whole.commit()
    assert caught.value.code == "not-covered"


def test_switch(site):
    site.switch("other", create=True)
    whole_edit(site, {b"prompts/a.md": b"A\n", b"top": b"TOP\n", b"data/big/two": None,
                      b"data/big/new": b"new\n"})  # fmt: skip
    report = site.switch("main")
    assert [one.path for one in report.changes] == [b"prompts/a.md"]
    assert site.files() == KEPT
    assert site.status().clean
    site.switch("other")
    assert site.files() == KEPT | {b"prompts/a.md": b"A\n"}
    assert site.status().clean
    site.undo()
    assert site.files() == KEPT
    site.redo()
    assert site.files() == KEPT | {b"prompts/a.md": b"A\n"}
    assert changed(site) == {b"prompts/a.md": b"A\n", b"top": b"TOP\n", b"data/big/two": None,
                             b"data/big/new": b"new\n"}  # fmt: skip


def whole_edit(site, files, message="elsewhere"):
    """Commit edits of any files, as a clone that has everything would."""
    sparse = site.context().place.sparse
    site.sparse()
    site.write({path: one for path, one in files.items() if one is not None})
    site.remove(*(path for path, one in files.items() if one is None))
    report = site.commit(message)
    if sparse:
        site.sparse(*sparse)
    return report.id


def branched(site, files, name="other"):
    """A branch on which these files are otherwise."""
    site.switch(name, create=True)
    whole_edit(site, files, f"on {name}")
    site.switch("main")


def test_switch_takes_along_what_is_there(site):
    branched(site, {b"top": b"TOP\n", b"data/big/one": None})
    restore(site.context(), [b"top", b"data/big/one", b"data/big/two"], None)
    there = {path: ALL[path] for path in (b"top", b"data/big/one", b"data/big/two")}
    assert site.files() == KEPT | there
    site.switch("other")
    assert site.files() == KEPT | {b"top": b"TOP\n", b"data/big/two": b"2\n"}
    site.undo()
    assert site.files() == KEPT | there
    site.write({b"top": b"mine\n"})
    with pytest.raises(Conflict) as caught:
        site.switch("other")
    assert caught.value.code == "would-overwrite"
    site.switch("other", force=True)
    assert site.files() == KEPT | {b"top": b"TOP\n", b"data/big/two": b"2\n"}
    site.remove(b"top")
    site.undo()
    assert site.files() == KEPT | there | {b"top": b"mine\n"}


def test_a_new_file_in_the_way(site):
    branched(site, {b"data/big/new": b"theirs\n"})
    site.write({b"data/big/new": b"mine\n"})
    with pytest.raises(Conflict) as caught:
        site.switch("other")
    assert caught.value.code == "would-overwrite"
    site.write({b"data/big/new": b"theirs\n"})
    site.switch("other")
    assert site.status().clean
    assert site.files() == KEPT | {b"data/big/new": b"theirs\n"}


def test_a_file_seen_once_and_gone_is_not_taken_for_another(site):
    branched(site, {b"top": b"TOP\n"})
    restore(site.context(), [b"top"], None)
    assert site.status().clean
    os.rename(site.root + b"/top", site.root + b"/.contentvc/aside")
    site.switch("other")
    os.rename(site.root + b"/.contentvc/aside", site.root + b"/top")
    assert changes(site) == {b"top": ChangeKind.MODIFIED}


def test_stash(site):
    site.write({b"prompts/a.md": b"edited\n", b"data/big/one": b"mine\n", b"data/n": b"n\n"})
    site.remove(b"prompts/run")
    before = site.files()
    entry = site.stash()
    assert changed(site, entry.id) == {b"prompts/a.md": b"edited\n", b"data/big/one": b"mine\n",
                                       b"data/n": b"n\n", b"prompts/run": None}  # fmt: skip
    assert site.files() == KEPT | {b"data/big/one": b"1\n"}
    site.remove(b"data/big/one")
    site.pop()
    assert site.files() == before
    site.undo()
    assert site.files() == KEPT
    site.redo()
    assert site.files() == before


def test_a_stash_comes_back_merged(site):
    site.write({b"prompts/a.md": b"a\nmine\n", b"data/big/one": b"mine\n"})
    site.stash()
    site.remove(b"data/big/one")
    site.write({b"prompts/a.md": b"new\na\n"})
    whole_edit_of_top = {b"top": b"TOP\n"}
    site.commit()
    site.write({b"prompts/a.md": b"newer\na\n"} | whole_edit_of_top)
    site.pop(on_conflict=OnConflict.STOP)
    files = site.files()
    assert files[b"data/big/one"] == b"mine\n"
    assert b"mine" in files[b"prompts/a.md"]
    assert files.keys() == KEPT.keys() | {b"data/big/one", b"top"}


def test_a_stash_that_deletes_what_is_not_here(whole):
    whole.remove(b"top")
    whole.stash()
    whole.sparse(b"prompts")
    with pytest.raises(Conflict) as caught:
        whole.pop()
    assert caught.value.code == "not-covered"
    whole.sparse()
    whole.pop()
    assert changes(whole) == {b"top": ChangeKind.DELETED}


THEIRS = {b"prompts/a.md": b"A\n", b"top": b"TOP\n", b"data/big/two": None, b"data/big/n": b"n\n"}


def test_merge(site):
    branched(site, THEIRS)
    site.write({b"prompts/deep/b.md": b"B\n"})
    site.commit()
    report = site.merge("other")
    assert report.outcome == "merged"
    assert changed(site) == THEIRS | {b"prompts/deep/b.md": b"B\n"}
    assert site.files() == KEPT | {b"prompts/a.md": b"A\n", b"prompts/deep/b.md": b"B\n"}
    assert site.status().clean
    site.undo()
    assert site.files() == KEPT | {b"prompts/deep/b.md": b"B\n"}
    site.redo()
    assert site.status().clean


def test_fast_forward(site):
    branched(site, THEIRS)
    assert site.merge("other").outcome == "fast-forward"
    assert changed(site) == THEIRS
    assert site.files() == KEPT | {b"prompts/a.md": b"A\n"}
    assert site.status().clean


def test_a_conflict_inside_keeps_what_was_merged_outside(site):
    branched(site, THEIRS)
    site.write({b"prompts/a.md": b"other\n"})
    site.commit()
    site.merge("other")
    assert site.files().keys() == KEPT.keys()
    site.resolve(b"prompts/a.md", side=Side.OURS)
    site.commit()
    assert changed(site) == THEIRS | {b"prompts/a.md": b"other\n"}
    assert site.files() == KEPT | {b"prompts/a.md": b"other\n"}
    assert site.status().clean


@pytest.fixture
def clashing(site):
    branched(site, {b"top": b"theirs\n", b"data/big/two": b"TWO\n"})
    whole_edit(site, {b"top": b"ours\n"})
    site.merge("other")
    return site


def test_a_conflict_outside_comes_here(clashing):
    files = clashing.files()
    assert files.keys() == KEPT.keys() | {b"top"}
    assert b"ours" in files[b"top"]
    assert b"theirs" in files[b"top"]
    with pytest.raises(Conflict):
        clashing.commit()
    clashing.write({b"top": b"both\n"}).resolve(b"top")
    clashing.commit()
    assert changed(clashing) == {b"top": b"both\n", b"data/big/two": b"TWO\n"}
    assert clashing.status().clean


@pytest.mark.parametrize(
    ("side", "expected"), [(Side.OURS, b"ours\n"), (Side.THEIRS, b"theirs\n"), (None, b"both\n")]
)
def test_what_was_decided_stays_decided(clashing, side, expected):
    if side is None:
        clashing.write({b"top": b"both\n"})
    clashing.resolve(b"top", side=side)
    clashing.remove(b"top")
    clashing.commit()
    assert changed(clashing) == {b"top": expected, b"data/big/two": b"TWO\n"}
    assert clashing.files() == KEPT


def test_a_conflict_outside_decided_by_deleting(clashing):
    clashing.remove(b"top").resolve(b"top")
    clashing.commit()
    assert changed(clashing) == {b"top": None, b"data/big/two": b"TWO\n"}


def test_aborting(clashing):
    clashing.abort()
    assert clashing.files() == KEPT | {b"top": b"ours\n"} or clashing.files() == KEPT
    assert changed(clashing) == {b"top": b"ours\n"}
    assert clashing.status().clean


def test_a_stopped_merge_is_undone_and_done_again(clashing):
    during = clashing.files()
    clashing.undo()
    assert clashing.files() == KEPT
    assert clashing.status().clean
    clashing.redo()
    assert clashing.files() == during
    assert clashing.status().merging is not None


def test_binary_conflicts_outside_come_here_too(site):
    branched(site, {b"data/big/two": b"\0theirs"})
    whole_edit(site, {b"data/big/two": b"\0ours"})
    site.merge("other")
    assert site.files() == KEPT | {b"data/big/two": b"\0ours"}
    site.resolve(b"data/big/two", side=Side.THEIRS)
    site.commit()
    assert changed(site) == {b"data/big/two": b"\0theirs"}


def test_a_deletion_against_an_edit_outside(site):
    branched(site, {b"top": None})
    whole_edit(site, {b"top": b"ours\n"})
    site.merge("other")
    assert site.files() == KEPT | {b"top": b"ours\n"}
    site.resolve(b"top", side=Side.THEIRS)
    assert site.files() == KEPT
    site.commit()
    assert changed(site) == {b"top": None}


def test_the_set_does_not_change_while_merging(clashing):
    with pytest.raises(Conflict) as caught:
        clashing.sparse(b"data")
    assert caught.value.code == "merging"


@pytest.mark.parametrize("kind", [MergeKind.CHERRY_PICK, MergeKind.REVERT])
def test_picks(site, kind):
    branched(site, THEIRS)
    if kind is MergeKind.CHERRY_PICK:
        site.pick("other")
        assert changed(site) == THEIRS
        assert site.files() == KEPT | {b"prompts/a.md": b"A\n"}
    else:
        site.switch("other")
        site.revert("HEAD")
        assert changed(site) == {}
        assert site.files() == KEPT
    assert site.status().clean
    site.undo()
    assert site.status().clean


def test_a_pick_that_stops(site):
    branched(site, {b"top": b"theirs\n", b"data/big/two": b"TWO\n"})
    whole_edit(site, {b"top": b"ours\n"})
    site.pick("other")
    assert site.files().keys() == KEPT.keys() | {b"top"}
    site.resolve(b"top", side=Side.THEIRS)
    site.go_on()
    assert changed(site) == {b"top": b"theirs\n", b"data/big/two": b"TWO\n"}


def test_a_pick_that_is_left_out(site):
    branched(site, {b"top": b"theirs\n", b"data/big/two": b"TWO\n", b"data/big/n": b"n\n"})
    whole_edit(site, {b"top": b"ours\n"})
    site.pick("other")
    site.go_on(skip=True)
    assert changed(site) == {b"top": b"ours\n"}
    assert site.files() == KEPT | {b"top": b"ours\n"}
    assert site.status().clean


def test_rollback(site):
    whole_edit(site, THEIRS)
    site.rollback("HEAD~1")
    assert changed(site) == {}
    assert site.files() == KEPT
    site.undo()
    site.rollback("HEAD~1", b"top", b"prompts/a.md")
    assert changed(site) == {b"data/big/two": None, b"data/big/n": b"n\n"}
    assert site.files() == KEPT
    assert site.status().clean


def test_restore(site):
    restore(site.context(), [b""], None)
    assert site.files() == KEPT
    restore(site.context(), [b"data"], None)
    assert site.files() == {path: one for path, one in ALL.items() if path != b"top"}
    assert site.status().clean
    site.undo()
    assert site.files() == KEPT
    site.redo()
    assert b"data/big/one" in site.files()
    whole_edit(site, {b"top": b"TOP\n"})
    restore(site.context(), [b"top"], "HEAD~1")
    assert changes(site) == {b"top": ChangeKind.MODIFIED}
    site.commit()
    assert changed(site) == {}


def test_restoring_a_folder_that_is_partly_here(whole):
    whole.sparse(b"data/big/one", b"prompts")
    whole.write({b"data/big/one": b"edited\n"})
    restore(whole.context(), [b"data"], None)
    assert whole.files() == KEPT | {path: ALL[path] for path in
                                    (b"data/big/one", b"data/.contentvcignore")}  # fmt: skip


def test_untrack_and_attributes(site):
    untrack(site.context(), [b"data/big/one"], None)
    assert changed(site).keys() == {b"data/big/one", b".contentvcignore"}
    assert site.at("HEAD").keys() == ALL.keys() - {b"data/big/one"}
    set_attributes(site.context(), [b"top", b"prompts/a.md"], (("license", "MIT"),), None)
    assert site.at("HEAD").keys() == ALL.keys() - {b"data/big/one"}
    assert site.status().clean
    site.undo()
    site.undo()
    assert changed(site) == {}
    assert site.files() == KEPT


def test_apply(site):
    with pytest.raises(Conflict):
        apply(site.context(), [FilePatch(b"top", is_deleted=True)])
    restore(site.context(), [b"top"], None)
    apply(site.context(), [FilePatch(b"top", is_deleted=True)])
    assert site.files() == KEPT
    assert site.status().clean, "to take it from the version: untrack"


def test_amend_and_renames(site):
    os.rename(site.root + b"/prompts/a.md", site.root + b"/data-a.md")
    assert changes(site) == {b"data-a.md": ChangeKind.RENAMED}
    site.commit(amend=True)
    assert changed(site) == {b"prompts/a.md": None, b"data-a.md": b"a\n"}


# The set itself


def test_widening_and_narrowing(site):
    assert site.sparse(b"prompts/deep", b"data/big").brought == 3
    assert site.files().keys() == {
        b"contentvc.toml",
        b".contentvcignore",
        b"prompts/deep/b.md",
        b"data/.contentvcignore",
        b"data/big/one",
        b"data/big/two",
    }
    assert not os.path.exists(site.root + b"/prompts/run")
    assert site.status().clean
    report = site.sparse()
    assert report.paths == ()
    assert site.files() == ALL
    assert site.status().clean
    assert sparse_here(site.context()).size == report.recorded == sum(map(len, ALL.values()))


def test_what_is_not_recorded_stays(site):
    site.write({b"prompts/new": b"new\n", b"prompts/a.tmp": b"ignored\n", b"top": b"mine\n"})
    report = site.sparse(b"data/big/one")
    assert report.stays == (b"prompts/new", b"top")
    assert site.files().keys() == {
        b"contentvc.toml", b".contentvcignore", b"data/.contentvcignore", b"data/big/one",
        b"prompts/new", b"prompts/a.tmp", b"top",
    }  # fmt: skip
    assert changes(site) == {b"prompts/new": ChangeKind.ADDED, b"top": ChangeKind.MODIFIED}


@pytest.mark.parametrize("edit", [{b"prompts/a.md": b"edited\n"}, {b"prompts/a.md": None}])
def test_uncommitted_changes_are_not_left_out(site, edit):
    for path, content in edit.items():
        site.remove(path) if content is None else site.write({path: content})
    before = site.files()
    with pytest.raises(Conflict) as caught:
        site.sparse(b"data")
    assert caught.value.code == "would-overwrite"
    assert "prompts/a.md" in caught.value.message
    assert site.files() == before
    site.sparse(b"data", b"prompts/a.md")
    assert changes(site).keys() == {b"prompts/a.md"}


def test_a_deleted_file_stays_deleted(site):
    site.remove(b"prompts/a.md")
    site.sparse(b"prompts", b"top")
    assert changes(site) == {b"prompts/a.md": ChangeKind.DELETED}


def test_something_in_the_way(site):
    site.write({b"data": b"mine\n"})
    with pytest.raises(Conflict) as caught:
        site.sparse(b"data", b"prompts")
    assert caught.value.code == "would-overwrite"
    assert site.context().place.sparse == (b"prompts",)
    assert site.files() == KEPT | {b"data": b"mine\n"}


def test_a_file_that_is_there_already(site):
    site.write({b"top": b"mine\n"})
    site.sparse(b"prompts", b"top")
    assert changes(site) == {b"top": ChangeKind.MODIFIED}


def test_bad_paths(site):
    for bad in (b"", b"/x", b"a//b", b"../x"):
        with pytest.raises(Usage):
            site.sparse(bad)
    assert site.context().place.sparse == (b"prompts",)


SETS = b"""
[sets.prompts]
paths = ["prompts/**/*.md", "prompts/run"]
[sets.tops]
paths = ["t*"]
[sets.mixed]
paths = ["data/big/**", "*.none"]
[sets.none]
paths = ["x*"]
"""


def test_content_sets_stand_for_folders(whole):
    whole.write({b"contentvc.toml": SETS}).commit()
    context = whole.context()

    def of(*names, paths=()):
        return sparse_paths(context.repository, context.base_tree(), paths, names)

    assert of("prompts") == (b"prompts",)
    assert of("tops") == (b"top",)
    assert of("mixed") == (b"data/big",)
    assert of("tops", "mixed", paths=(b"data", b"prompts/run")) == (
        b"data", b"prompts/run", b"top",
    )  # fmt: skip
    assert of(paths=(b"data/big", b"data")) == (b"data",)
    for names, paths in ((("none",), ()), (("unknown",), ()), ((), (b"nowhere",))):
        with pytest.raises(Missing):
            of(*names, paths=paths)


def test_a_set_of_too_many_paths(site):
    with pytest.raises(NotAllowed):
        site.sparse(*(b"%d" % number for number in range(10_001)))


# Linked workspaces


def test_a_linked_working_tree(whole, tmp_path):
    root = os.fsencode(tmp_path / "linked")
    add_workspace(whole.context(), root)
    linked = Site(root)
    linked.sparse(b"prompts")
    assert linked.files() == KEPT
    assert linked.status().clean
    assert whole.files() == ALL
    add_workspace(whole.context(), root)
    assert linked.files() == KEPT
    os.rename(tmp_path / "here", tmp_path / "moved")
    moved = Site(tmp_path / "moved")
    add_workspace(moved.context(), root)
    assert linked.context().place.sparse == (b"prompts",)
    assert linked.status().clean
    entry = next(one for one in list_workspaces(moved.context()) if one.root == root)
    remove_workspace(moved.context(), entry)
    assert not os.path.exists(root)


def test_undo_of_what_came_before_narrowing(whole):
    whole.switch("other", create=True)
    whole.write({b"top": b"TOP\n", b"prompts/a.md": b"A\n"}).remove(b"data/big/one")
    whole.commit()
    whole.switch("main")
    whole.sparse(b"prompts")
    whole.undo()
    assert whole.files() == KEPT | {b"prompts/a.md": b"A\n"}
    assert whole.status().clean


def test_force_and_discard(site):
    branched(site, {b"top": b"TOP\n"})
    site.write({b"top": b"mine\n"})
    site.switch("other", discard=True)
    assert site.files() == KEPT | {b"top": b"TOP\n"}
    assert Overwrite(discard=True).allowed


# A repository that has not the content of what is outside


OUTSIDE = {path: one for path, one in ALL.items() if path not in KEPT}
LATER = {b"top": b"TOP\n", b"data/big/one": b"ONE\n", b"data/big/n": b"new and large\n" * 50}


@pytest.fixture
def hollow(tmp_path):
    """Two branches that differ outside; whoever reads content from there is told it is damaged."""
    site = Site(tmp_path / "hollow").init()
    context = site.context()
    with context.repository.writing() as writing:
        for content in (*OUTSIDE.values(), *LATER.values()):
            writing.put_blob(content)
        added = writing.finish()
        context.repository.append(replace(context.draft("odd"), added=added))
    site.write(ALL).commit("all of it")
    site.switch("other", create=True)
    site.write(LATER).write({b"prompts/a.md": b"A\n"}).remove(b"data/link").commit("other")
    site.switch("main")
    site.sparse(b"prompts")
    for pack in added:
        path = os.path.join(site.repository_folder, "packs", pack.name.hex())
        with open(path, "r+b") as file:
            file.seek(8)
            file.write(bytes(pack.length - pack.footer_length - 8))
    with pytest.raises(Damaged):
        restore(site.context(), [b"top"], None)
    assert site.files() == KEPT
    return site


def test_content_outside_is_not_asked_for(hollow):
    assert hollow.status(rehash=True).clean
    hollow.switch("other")
    assert hollow.files() == KEPT | {b"prompts/a.md": b"A\n"}
    hollow.switch("main")
    hollow.write({b"prompts/deep/b.md": b"B\n", b"prompts/moved": b"a\n"}).remove(b"prompts/a.md")
    assert diff_of(hollow) == {b"prompts/deep/b.md", b"prompts/moved"}
    hollow.commit()
    hollow.undo()
    hollow.redo()
    assert hollow.status().clean


def test_content_outside_is_not_asked_for_in_merges(hollow):
    hollow.write({b"prompts/deep/b.md": b"B\n"}).commit()
    assert hollow.merge("other").outcome == "merged"
    assert hollow.files() == KEPT | {b"prompts/a.md": b"A\n", b"prompts/deep/b.md": b"B\n"}
    hollow.undo()
    hollow.write({b"prompts/a.md": b"mine\n"}).commit()
    assert hollow.merge("other").outcome == "stopped"
    hollow.resolve(b"prompts/a.md", side=Side.OURS)
    hollow.commit()
    hollow.switch("third", create=True)
    hollow.rollback("HEAD~1")
    assert hollow.pick("other").stopped is not None
    hollow.go_on(skip=True)
    hollow.sparse(b"prompts/deep")
    hollow.sparse(b"prompts")
    assert hollow.status().clean


def diff_of(site):
    report = diff(site.context(), DiffRequest())
    return {one.path for one in report.changes}


def test_validation_looks_at_what_is_here(whole):
    whole.write(
        {
            b"contentvc.toml": b'[sets.a]\npaths = ["*/*.json"]\nschema = "s/own.json"\n',
            b"s/own.json": b'{"required": ["id"]}',
            b"prompts/p.json": b"{}",
            b"data/d.json": b"{}",
        }
    )
    whole.commit(is_verified=False)
    whole.sparse(b"prompts")
    report = validate(whole.context(), ValidateRequest())
    assert [one.path for one in report.found] == [b"prompts/p.json"]
    restore(whole.context(), [b"data/d.json"], None)
    report = validate(whole.context(), ValidateRequest())
    told = {one.path for one in report.found}
    assert told == {b"prompts/p.json", b"data/d.json"}
