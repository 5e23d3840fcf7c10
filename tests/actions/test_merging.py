"""Merge, conflicts, resolve, and what concludes or takes back a merge in progress."""

import os
from dataclasses import replace

import pytest

from contentvc.actions.branches import create_ref, rename_branch
from contentvc.actions.merge import FastForward, Outcome
from contentvc.actions.restore import restore
from contentvc.actions.untrack import untrack
from contentvc.changes.conflicts import ConflictKind
from contentvc.errors import Conflict, Declined, Missing
from contentvc.formats.contract import Side
from contentvc.history.draft import RefMove
from contentvc.snapshots.commit import encode_commit
from contentvc.snapshots.merging import MergeKind
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import ACTOR, Program, Site

BASE = {
    b"text": b"one\ntwo\nthree\n",
    b"sub/both": b"a\nb\nc\n",
    b"gone": b"deleted here\n",
    b"binary": b"\0base",
    b"calm": b"nobody changes it\n",
}
OURS = {
    b"text": b"one\nTWO\nthree\n",
    b"sub/both": b"a\nOURS\nc\n",
    b"binary": b"\0ours",
    b"mine": b"only here\n",
}
THEIRS = {
    b"text": b"one\ntwo\nthree\nfour\n",
    b"sub/both": b"a\nTHEIRS\nc\n",
    b"gone": b"changed there\n",
    b"binary": b"\0theirs",
    b"theirs": Program(b"only there\n"),
}


@pytest.fixture
def site(tmp_path) -> Site:
    """On main, beside a branch other: clean edits, three conflicts."""
    site = Site(tmp_path / "site").init().write(BASE)
    site.commit("base")
    site.switch("other", create=True)
    site.write(THEIRS).commit("theirs")
    site.switch("main")
    site.write(OURS).remove(b"gone")
    site.commit("ours")
    return site


@pytest.fixture
def calm(tmp_path) -> Site:
    """On main, beside a branch other without conflicts."""
    site = Site(tmp_path / "calm").init().write(BASE)
    site.commit("base")
    site.switch("other", create=True)
    site.write({b"calm": b"changed there\n", b"theirs": b"new\n"}).commit("theirs")
    site.switch("main")
    return site


def diverged(calm: Site) -> Site:
    calm.write({b"mine": b"mine\n"}).commit("ours")
    return calm


def test_a_branch_with_nothing_of_its_own_moves_on(calm):
    report = calm.merge("other")
    assert report.outcome is Outcome.FAST_FORWARD
    assert calm.refs()["branch/main"] == calm.refs()["branch/other"] == report.new
    assert [change.path for change in report.changes] == [b"calm", b"theirs"]
    assert calm.at("main") == calm.files()
    assert calm.status().clean
    calm.undo()
    assert calm.files() == BASE
    calm.redo()
    assert calm.files() == calm.at("other")


def test_merging_again_says_so_and_does_nothing(calm):
    calm.merge("other")
    before = calm.repository().view.sequence
    assert calm.merge("other").outcome is Outcome.UP_TO_DATE
    assert calm.merge("HEAD~1").outcome is Outcome.UP_TO_DATE
    assert calm.repository().view.sequence == before


def test_a_fast_forward_can_be_asked_for_or_refused(calm):
    report = calm.merge("other", fast_forward=FastForward.NEVER)
    assert report.outcome is Outcome.MERGED
    commit = calm.context().base()
    assert commit.parents == (report.old, report.theirs)
    assert commit.tree == calm.repository().commit(report.theirs).tree
    calm.undo()
    calm.write({b"mine": b"mine\n"}).commit("ours")
    with pytest.raises(Conflict) as failed:
        calm.merge("other", fast_forward=FastForward.ONLY)
    assert failed.value.code == "not-fast-forward"


def test_two_lines_become_one_commit(calm):
    report = diverged(calm).merge("other")
    assert report.outcome is Outcome.MERGED
    commit = calm.context().base()
    assert commit.message == report.message == "Merge branch 'other' into main"
    assert commit.author == ACTOR
    assert commit.parents == (report.old, report.theirs)
    wanted = BASE | {b"calm": b"changed there\n", b"theirs": b"new\n", b"mine": b"mine\n"}
    assert calm.files() == calm.at("main") == wanted
    assert calm.status(rehash=True).clean
    calm.undo()
    assert calm.files() == BASE | {b"mine": b"mine\n"}
    assert calm.context().head.commit == report.old


def test_message_and_author_are_what_was_given(calm):
    diverged(calm).merge("other", message="Both", author="Eve <eve@example.org>")
    commit = calm.context().base()
    assert (commit.message, commit.author) == ("Both", "Eve <eve@example.org>")


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("v1", "Merge tag 'v1' into main"),
        ("other~0", "Merge commit 'other~0' into main"),
    ],
)
def test_the_message_names_what_is_merged(calm, revision, message):
    create_ref(calm.context(), "tag/", "v1", "other", force=False)
    assert diverged(calm).merge(revision).message == message


def test_uncommitted_changes_come_along_or_refuse(calm):
    diverged(calm).write({b"text": b"edited\n", b"loose": b"new\n"})
    calm.merge("other")
    assert calm.files()[b"text"] == b"edited\n"
    assert [change.path for change in calm.status().changes] == [b"loose", b"text"]
    calm.undo()
    calm.write({b"calm": b"edited\n"})
    before = calm.files()
    with pytest.raises(Conflict) as failed:
        calm.merge("other")
    assert failed.value.code == "would-overwrite"
    assert calm.files() == before
    report = calm.merge("other", force=True)
    assert report.overwritten == (b"calm",)
    calm.undo()
    assert calm.files() == before


def test_unrelated_histories_are_refused(calm):
    head = calm.context().head.commit
    calm.switch("away", create=True)
    context = calm.context()
    with context.repository.writing() as writing:
        alone = replace(context.base(), parents=(), message="alone")
        identifier = writing.put_commit(encode_commit(alone))
        draft = replace(
            context.draft("branch"),
            refs=(RefMove("branch/alone", None, identifier),),
            added=writing.finish(),
        )
        context.repository.append(draft)
    with pytest.raises(Conflict) as failed:
        calm.merge("alone")
    assert failed.value.code == "unrelated"
    report = calm.merge("alone", allow_unrelated=True)
    assert calm.context().base().parents == (head, identifier)
    assert report.outcome is Outcome.MERGED


def test_a_dry_run_changes_nothing(site):
    before, sequence = site.files(), site.repository().view.sequence
    report = site.merge("other", dry_run=True)
    assert report.outcome is Outcome.STOPPED
    assert report.dry_run
    assert {row.path for row in report.conflicts} == {b"binary", b"gone", b"sub/both"}
    assert site.files() == before
    assert site.repository().view.sequence == sequence
    assert site.status().merging is None


def test_conflicts_that_fail_change_nothing(site):
    before, sequence = site.files(), site.repository().view.sequence
    with pytest.raises(Conflict) as failed:
        site.merge("other", on_conflict=OnConflict.FAIL)
    assert failed.value.code == "merge-conflict"
    assert failed.value.details["paths"] == ["binary", "gone", "sub/both"]
    assert site.files() == before
    assert site.repository().view.sequence == sequence


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_one_side_decides_item_by_item(site, side):
    report = site.merge("other", on_conflict=OnConflict(side))
    assert report.outcome is Outcome.MERGED
    files = site.files()
    assert files[b"text"] == b"one\nTWO\nthree\nfour\n"
    assert files[b"binary"] == b"\0" + side.encode()
    assert files[b"sub/both"] == b"a\n" + side.upper().encode() + b"\nc\n"
    assert (b"gone" in files) is (side == "theirs")
    assert site.status().clean


def stopped(site: Site) -> Site:
    assert site.merge("other").outcome is Outcome.STOPPED
    return site


def test_a_merge_that_stops_keeps_all_versions(site):
    head = site.context().head
    stopped(site)
    assert site.context().head.commit == head.commit
    assert site.files()[b"text"] == b"one\nTWO\nthree\nfour\n"
    assert site.files()[b"theirs"] == Program(b"only there\n")
    merging = site.status().merging
    assert merging.kind is MergeKind.MERGE
    assert merging.source == "other"
    listed = site.conflicts()
    versions = {
        one.path: [
            None if side is None else site.repository().blob(side.entry.id)
            for side in (one.base, one.ours, one.theirs)
        ]
        for one in listed.conflicts
    }
    assert versions == {
        b"binary": [b"\0base", b"\0ours", b"\0theirs"],
        b"gone": [b"deleted here\n", None, b"changed there\n"],
        b"sub/both": [b"a\nb\nc\n", b"a\nOURS\nc\n", b"a\nTHEIRS\nc\n"],
    }
    by_path = {one.path: one for one in listed.conflicts}
    assert by_path[b"gone"].kind is ConflictKind.DELETED_BY_US
    assert by_path[b"binary"].items == ()
    assert len(by_path[b"sub/both"].items) == 1
    assert [one.path for one in site.conflicts(b"sub").conflicts] == [b"sub/both"]
    with pytest.raises(Missing):
        site.conflicts(b"calm")
    assert site.verify().ok


def test_nothing_else_is_done_meanwhile(site):
    stopped(site)
    refused = [
        lambda: site.switch("other"),
        lambda: site.rollback("other"),
        lambda: site.merge("other"),
        lambda: site.pick("other"),
        lambda: site.revert("HEAD"),
        site.stash,
        site.pop,
        lambda: untrack(site.context(), [b"calm"], None),
        lambda: site.commit("again", amend=True),
        lambda: site.commit("some", b"calm"),
    ]
    before = site.repository().view.sequence
    for act in refused:
        with pytest.raises(Conflict) as failed:
            act()
        assert failed.value.code == "merging"
        assert "--abort" in failed.value.hint
    assert site.repository().view.sequence == before


def test_a_commit_waits_for_every_conflict_and_concludes(site):
    stopped(site)
    with pytest.raises(Conflict) as failed:
        site.commit(message=None)
    assert failed.value.code == "unresolved"
    assert failed.value.details["paths"] == ["binary", "gone", "sub/both"]
    with pytest.raises(Conflict) as failed:
        site.resolve(b"sub")
    assert failed.value.code == "unresolved"
    site.write({b"sub/both": b"a\nboth\nc\n"})
    report = site.resolve(b"sub")
    assert [row.path for row in report.resolved] == [b"sub/both"]
    assert [row.path for row in report.merging.conflicts] == [b"binary", b"gone"]
    site.resolve(b"binary", side=Side.THEIRS)
    site.remove(b"gone")
    report = site.resolve(b"gone")
    assert report.merging.conflicts == ()
    theirs = site.refs()["branch/other"]
    ours = site.context().head.commit
    done = site.commit(message=None)
    assert done.concluded == "merge"
    assert done.commit.parents == (ours, theirs)
    assert done.commit.message == "Merge branch 'other' into main"
    assert site.context().head.merging == ()
    wanted = BASE | OURS | {b"text": b"one\nTWO\nthree\nfour\n", b"theirs": THEIRS[b"theirs"]}
    wanted |= {b"sub/both": b"a\nboth\nc\n", b"binary": b"\0theirs"}
    del wanted[b"gone"]
    assert site.kinds(site.at("main")) == site.kinds(wanted)
    assert site.status(rehash=True).clean
    site.undo()
    assert site.status().merging.conflicts == ()
    site.undo()
    assert [row.path for row in site.status().merging.conflicts] == [b"gone"]


def test_marks_are_refused_unless_forced(site):
    stopped(site)
    site.resolve(b"sub/both", force=True)
    assert b"<<<<<<< main" in site.files()[b"sub/both"]
    assert b"sub/both" not in {row.path for row in site.status().merging.conflicts}


@pytest.mark.parametrize("side", list(Side))
def test_a_side_decides_everything_below_a_folder(site, side):
    stopped(site)
    site.write({b"sub/both": b"half a thought\n"})
    report = site.resolve(b"", side=side)
    assert len(report.resolved) == 3
    assert report.overwritten == (b"sub/both",)
    assert site.saved()[-1] == {b"sub/both": b"half a thought\n"}
    tree = {Side.BASE: BASE, Side.OURS: OURS, Side.THEIRS: THEIRS}[side]
    for path in (b"binary", b"sub/both"):
        assert site.files()[path] == tree[path]
    assert site.files().get(b"gone") == tree.get(b"gone")
    site.undo()
    assert site.files()[b"sub/both"] == b"half a thought\n"
    assert len(site.status().merging.conflicts) == 3
    site.redo()
    assert site.commit(message=None).concluded == "merge"
    assert site.files().get(b"gone") == tree.get(b"gone")


def test_what_no_side_edited_is_not_saved_again(site):
    stopped(site)
    assert site.resolve(b"", side=Side.THEIRS).overwritten == ()


def test_resolving_needs_a_merge_and_a_conflict(site):
    with pytest.raises(Declined) as failed:
        site.resolve(b"calm")
    assert failed.value.code == "not-merging"
    stopped(site)
    with pytest.raises(Missing) as missing:
        site.resolve(b"calm")
    assert missing.value.code == "unknown-path"


def test_aborting_keeps_what_was_not_committed_before(site):
    site.write({b"calm": b"edited before\n", b"loose": b"new\n"})
    before = site.files()
    stopped(site)
    site.write({b"later": b"since\n"})
    report = site.abort()
    assert site.files() == before | {b"later": b"since\n"}
    assert report.overwritten == ()
    assert site.context().head.merging == ()
    assert site.status(rehash=True).merging is None
    assert {change.path for change in site.status().changes} == {b"calm", b"loose", b"later"}


def test_aborting_saves_what_was_edited_since(site):
    before = site.files()
    stopped(site)
    edits = {b"sub/both": b"half a thought\n", b"text": b"edited\n"}
    site.write(edits)
    site.resolve(b"sub")
    site.resolve(b"binary", side=Side.THEIRS)
    merged = site.files()
    report = site.abort()
    assert site.files() == before
    assert set(report.overwritten) == edits.keys()
    assert site.saved()[-1] == edits
    site.undo()
    assert site.files() == merged
    assert [row.path for row in site.status().merging.conflicts] == [b"gone"]
    site.redo()
    assert site.files() == before
    assert site.verify().ok


def test_aborting_brings_back_what_the_merge_was_forced_to_overwrite(site):
    site.write({b"sub/both": b"not committed\n", b"theirs": b"never recorded\n"})
    before = site.files()
    report = site.merge("other", force=True)
    assert set(report.overwritten) == {b"sub/both", b"theirs"}
    site.abort()
    assert site.files() == before


def test_aborting_without_a_state_file_removes_what_came(site):
    before = site.files()
    stopped(site)
    os.unlink(site.context().place.state)
    site.abort()
    assert site.files() == before


def test_aborting_needs_a_merge_of_that_kind(site):
    with pytest.raises(Declined) as failed:
        site.abort()
    assert failed.value.code == "not-merging"
    stopped(site)
    with pytest.raises(Declined) as failed:
        site.abort(MergeKind.REVERT)
    assert "merge --abort" in failed.value.hint


def test_undoing_the_stop_is_as_good(site):
    before = site.files()
    stopped(site)
    merged = site.files()
    site.undo()
    assert site.files() == before
    assert site.context().head.merging == ()
    site.redo()
    assert site.files() == merged
    assert len(site.status().merging.conflicts) == 3
    site.abort()
    assert site.files() == before


def test_a_renamed_branch_and_restored_files_do_not_end_it(site):
    stopped(site)
    rename_branch(site.context(), None, "trunk")
    restore(site.context(), [b"sub/both"], "other")
    assert len(site.status().merging.conflicts) == 3
    site.resolve(b"sub")
    site.resolve(b"", side=Side.OURS)
    assert site.commit(message=None).branch == "trunk"
    assert site.files()[b"sub/both"] == THEIRS[b"sub/both"]


def test_what_rules_ignore_here_is_merged_all_the_same(tmp_path):
    site = Site(tmp_path / "site").init().write({b"a": b"base\n"})
    site.commit("base")
    site.switch("other", create=True)
    site.write({b"a": b"theirs\n", b"x.log": b"recorded there\n", b".env": b"KEY=1\n"})
    site.commit("theirs")
    site.commit("and this", b".env", force=True)
    site.switch("main")
    site.write({b"a": b"ours\n", b".contentvcignore": b"*.log\n"}).commit("ours")
    stopped(site)
    site.resolve(b"a", side=Side.THEIRS)
    site.commit(message=None)
    assert site.at("main")[b"x.log"] == b"recorded there\n"
    assert site.at("main")[b".env"] == b"KEY=1\n"
    assert site.status(rehash=True).clean
    assert site.status().clean


def test_the_reflog_tells_of_commits_alone(site):
    ours = site.context().head.commit
    stopped(site)
    site.resolve(b"", side=Side.OURS)
    done = site.commit(message=None)
    assert site.context().resolve("HEAD@{1}") == ours
    assert site.context().resolve("HEAD@{0}") == done.id
    assert site.context().resolve("main@{1}") == ours


def test_a_merge_of_a_detached_head(site):
    site.switch("main", detach=True)
    report = site.merge("other", on_conflict=OnConflict.OURS)
    assert site.context().head.commit == report.new
    assert site.context().head.ref is None
    assert report.message == "Merge branch 'other'"


def test_aborting_after_undoing_the_commit_that_concluded_it(site):
    before = site.files()
    stopped(site)
    site.resolve(b"", side=Side.THEIRS)
    site.commit(None)
    site.switch("other")
    site.undo()
    site.undo()
    site.undo()
    assert len(site.status().merging.conflicts) == 3
    site.abort()
    assert site.files() == before
    assert site.status(rehash=True).clean
