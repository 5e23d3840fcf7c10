"""fetch: what a remote has is remembered, and nothing else changes."""

from dataclasses import replace

import pytest

from contentvc.actions.branches import create_ref, delete_branch
from contentvc.actions.fetch import Step
from contentvc.actions.noting import set_notes
from contentvc.errors import Damaged, Missing, Unreachable
from contentvc.history.draft import Draft, RefMove
from contentvc.history.names import BRANCH, TAG
from contentvc.ids import ObjectId
from tests.actions.team import Team


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


def steps(report):
    return {one.ref: one.step for one in report.refs}


def tag(site, name, *, force=False):
    create_ref(site.context(), TAG, name, "HEAD", force=force)


def test_what_others_pushed_is_remembered_and_nothing_else_changes(team):
    files, branch = team.ben.files(), team.ben.refs()["branch/main"]
    pushed = team.ada.write({b"a": b"two\n", b"new/c": b"three\n"}).commit("second").id
    team.ada.push()
    report = team.ben.fetch()
    assert steps(report) == {"remote/origin/main": Step.FORWARD}
    assert report.objects == 5
    assert team.ben.refs()["remote/origin/main"] == pushed
    assert team.ben.refs()["branch/main"] == branch
    assert team.ben.files() == files
    assert team.ben.at("origin/main") == team.ada.files()
    assert team.ben.verify().ok


def test_where_nothing_is_new_nothing_is_written(team):
    before = team.operations(team.ben)
    assert team.ben.fetch().refs == ()
    assert team.operations(team.ben) == before


def test_all_of_it_is_one_operation(team):
    for name in ("one", "two"):
        team.ada.switch(name, create=True)
        team.ada.write({b"a": name.encode()}).commit(name)
        tag(team.ada, f"v-{name}")
    set_notes(team.ada.context(), "HEAD", (("reviewed", "ada"),))
    team.ada.push("origin", "one", "two", tags=True)
    before = team.operations(team.ben)
    report = team.ben.fetch()
    assert steps(report) == {
        "remote/origin/one": Step.NEW,
        "remote/origin/two": Step.NEW,
        "tag/v-one": Step.NEW,
        "tag/v-two": Step.NEW,
        "remote-note/origin/commits": Step.NEW,
    }
    assert team.operations(team.ben) == before + 1


def test_a_branch_that_was_moved_back_is_told_so(team):
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    team.ben.fetch()
    team.ada.undo()
    team.ada.push(force_with_lease=True)
    assert steps(team.ben.fetch()) == {"remote/origin/main": Step.FORCED}


def test_a_tag_that_names_something_else_here_stays_and_is_told(team):
    tag(team.ada, "v1")
    team.ada.push(tags=True)
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    tag(team.ben, "v1")
    mine, before = team.ben.refs()["tag/v1"], team.operations(team.ben)
    assert steps(team.ben.fetch()) == {"tag/v1": Step.KEPT}
    assert team.ben.refs()["tag/v1"] == mine
    assert team.operations(team.ben) == before


def test_what_is_gone_there_is_forgotten_when_that_is_asked_for(team):
    create_ref(team.ada.context(), BRANCH, "trial", "HEAD", force=False)
    tag(team.ada, "v1")
    team.ada.push("origin", "trial", "v1")
    team.ben.fetch()
    team.ada.push("origin", "trial", "v1", delete=True)
    assert team.ben.fetch().refs == ()
    assert "remote/origin/trial" in team.ben.refs()
    assert steps(team.ben.fetch(prune=True)) == {"remote/origin/trial": Step.PRUNED}
    assert "tag/v1" in team.ben.refs()


def test_a_branch_that_only_a_remote_has_can_be_looked_at_and_gone_to(team):
    team.ada.switch("trial", create=True)
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    team.ben.fetch()
    assert team.ben.at("origin/trial") == team.ada.files()
    report = team.ben.switch("trial")
    assert (report.created, report.remote) == (True, "origin")
    assert team.ben.files() == team.ada.files()
    assert team.ben.status().standing.upstream.name == "origin/trial"
    team.ben.switch("main")
    assert not team.ben.switch("trial").created


def test_of_several_remotes_that_have_a_branch_origin_counts_or_none(team, tmp_path):
    for name in ("one", "two"):
        team.ada.add_remote(name, str(tmp_path / name))
        team.ada.switch("trial", create=name == "one")
        team.ada.push(name)
    team.ada.switch("main")
    delete_branch(team.ada.context(), "trial", force=True)
    with pytest.raises(Missing) as caught:
        team.ada.switch("trial")
    assert caught.value.code == "unknown-ref"
    team.ben.switch("trial", create=True)
    team.ben.push()
    team.ada.fetch("origin")
    assert team.ada.switch("trial").remote == "origin"


def test_a_remote_that_is_not_there_changes_nothing(team, tmp_path):
    before = team.operations(team.ben)
    (tmp_path / "shared").rename(tmp_path / "away")
    with pytest.raises(Unreachable):
        team.ben.fetch()
    (tmp_path / "away").rename(tmp_path / "shared")
    assert team.ben.fetch().refs == ()
    assert team.operations(team.ben) == before


@pytest.mark.parametrize("name", ["branch/a..b", "branch/-d", "tag/HEAD", "branch/x\x1b[2J"])
def test_a_name_that_no_command_gives_is_refused(team, name):
    shared = team.shared()
    commit = shared.view.refs["branch/main"].id
    shared.append(Draft("push", "Eve <eve@example.org>", refs=(RefMove(name, None, commit),)))
    before = team.operations(team.ben)
    with pytest.raises(Damaged) as caught:
        team.ben.fetch()
    assert caught.value.code == "unsafe-name"
    assert team.operations(team.ben) == before


@pytest.mark.parametrize("what", ["nothing", "a tree", "a file"])
def test_a_ref_that_names_no_commit_changes_nothing(team, what):
    shared = team.shared()
    commit = shared.view.refs["branch/main"].id
    tree = shared.commit(commit).tree
    named = {
        "nothing": ObjectId(bytes([1]) * 32),
        "a tree": tree,
        "a file": shared.entries(tree)[0].id,
    }[what]
    for name in ("branch/evil", "tag/evil"):
        shared.append(Draft("push", "Eve <eve@example.org>", refs=(RefMove(name, None, named),)))
    before, operations = team.ben.refs(), team.operations(team.ben)
    with pytest.raises(Damaged):
        team.ben.fetch()
    assert (team.ben.refs(), team.operations(team.ben)) == (before, operations)
    assert team.ben.verify().ok


def test_notes_that_are_no_commit_change_nothing(team):
    shared = team.shared()
    tree = shared.commit(shared.view.refs["branch/main"].id).tree
    move = RefMove("note/commits", None, tree)
    shared.append(Draft("push", "Eve <eve@example.org>", refs=(move,)))
    before = team.ben.refs()
    with pytest.raises(Damaged):
        team.ben.pull()
    assert team.ben.refs() == before


def test_what_is_none_of_branches_tags_and_notes_stays_there(team):
    shared = team.shared()
    commit = shared.view.refs["branch/main"].id
    moves = [RefMove(name, None, commit) for name in ("stash/1", "remote/x/y", "odd")]
    shared.append(Draft("push", "Eve <eve@example.org>", refs=tuple(moves)))
    before = team.ben.refs()
    assert team.ben.fetch().refs == ()
    assert team.ben.refs() == before


def test_who_fetches_at_the_same_time_gets_the_same(team):
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    slow = team.ben.context()
    remote = slow.remotes.open("origin")
    team.ben.fetch()
    from contentvc.actions.fetch import fetch_from

    report = fetch_from(replace(slow), "origin", remote, prune=False)
    assert report.refs == ()
    assert team.ben.refs()["remote/origin/main"] == team.ada.refs()["branch/main"]
