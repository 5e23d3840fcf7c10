"""push: what it moves, and what it never loses."""

import pytest

from contentvc.actions.branches import create_ref, delete_tag
from contentvc.actions.noting import set_notes
from contentvc.actions.push_plan import PushStep
from contentvc.actions.remotes_change import add_remote
from contentvc.errors import Conflict, Missing, Usage
from contentvc.history.names import BRANCH, TAG
from contentvc.remotes import sending
from contentvc.remotes.sending import send
from contentvc.upkeep.verify import verify
from tests.actions.site import Site
from tests.actions.team import Team


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


def tag(site, name, at="HEAD", *, force=False):
    create_ref(site.context(), TAG, name, at, force=force)


def branch(site, name, at="HEAD"):
    create_ref(site.context(), BRANCH, name, at, force=False)


def steps(report):
    return {one.ref: one.step.value for one in report.refs}


def refused(code, act):
    with pytest.raises((Conflict, Missing, Usage)) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_the_current_branch_goes_to_the_branch_of_its_name_and_belongs_to_it(tmp_path):
    site = Site(tmp_path / "site").init().write({b"a": b"one\n"})
    commit = site.commit().id
    site.add_remote("origin", str(tmp_path / "shared"))
    report = site.push()
    assert steps(report) == {"branch/main": "new"}
    assert (report.remote, report.upstream.name, report.objects) == ("origin", "origin/main", 3)
    assert site.refs()["remote/origin/main"] == commit
    assert site.push().upstream is None


def test_the_folder_has_all_that_was_pushed_and_is_sound(team):
    team.ada.write({b"a": b"two\n", b"large": bytes(range(256)) * 4000}).commit("second")
    team.ada.push()
    team.ben.pull()
    assert team.ben.files() == team.ada.files()
    assert team.ben.verify().ok
    assert team.refs() == {"branch/main": team.ada.refs()["branch/main"]}


def test_what_is_there_already_writes_nothing(team):
    there, here = team.shared().view.sequence, team.operations(team.ada)
    assert steps(team.ada.push()) == {"branch/main": "up-to-date"}
    assert (team.shared().view.sequence, team.operations(team.ada)) == (there, here)


def test_what_others_pushed_is_not_lost(team):
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    before = team.refs()
    error = refused("not-fast-forward", team.ben.push)
    assert "contentvc sync" in error.hint
    assert "contentvc pull" in error.hint
    assert team.refs() == before
    team.ben.pull()
    assert steps(team.ben.push()) == {"branch/main": "forward"}
    assert team.ben.files()[b"a"] == b"two\n"


def test_a_lease_moves_a_branch_back_only_where_nobody_else_moved_it(team):
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    team.ada.undo()
    refused("not-fast-forward", team.ada.push)
    assert steps(team.ada.push(force_with_lease=True)) == {"branch/main": "forced"}
    team.ben.write({b"a": b"of ben\n"}).commit("of ben")
    team.ben.push()
    team.ada.write({b"a": b"three\n"}).commit("third")
    refused("ref-moved", lambda: team.ada.push(force_with_lease=True))
    team.ada.fetch()
    assert steps(team.ada.push(force_with_lease=True)) == {"branch/main": "forced"}


def test_a_lease_on_what_was_never_seen_is_refused_where_it_is_there(team):
    branch(team.ada, "trial")
    team.ada.push(None, "trial")
    branch(team.ben, "trial")
    team.ben.switch("trial")
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    refused("ref-moved", lambda: team.ben.push(None, "trial", force_with_lease=True))


def test_several_refs_go_together_or_none_does(team):
    branch(team.ada, "trial")
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    team.ben.push()
    refused("not-fast-forward", lambda: team.ada.push("origin", "trial", "main"))
    assert "branch/trial" not in team.refs()
    there = team.shared().view.sequence
    team.ada.pull()
    assert steps(team.ada.push("origin", "trial", "main")) == {
        "branch/trial": "new",
        "branch/main": "forward",
    }
    assert team.shared().view.sequence == there + 1


def test_tags_are_made_and_never_moved_without_being_asked(team):
    tag(team.ada, "v1")
    assert steps(team.ada.push(tags=True)) == {"tag/v1": "new"}
    team.ada.write({b"a": b"two\n"}).commit("second")
    tag(team.ada, "v1", force=True)
    error = refused("already-exists", lambda: team.ada.push(tags=True))
    assert "tag v1" in error.message
    assert steps(team.ada.push(None, "v1", force_with_lease=True)) == {"tag/v1": "forced"}


def test_refs_are_deleted_there_and_no_longer_remembered_here(team):
    branch(team.ada, "trial")
    tag(team.ada, "v1")
    team.ada.push(None, "trial", "v1")
    assert steps(team.ada.push("origin", "trial", "v1", delete=True)) == {
        "branch/trial": "deleted",
        "tag/v1": "deleted",
    }
    assert team.refs().keys() == {"branch/main"}
    assert "remote/origin/trial" not in team.ada.refs()
    assert "tag/v1" in team.ada.refs()
    refused("unknown-ref", lambda: team.ada.push("origin", "trial", delete=True))
    refused("usage", lambda: team.ada.push("origin", delete=True))


def test_a_ref_that_is_named_twice_moves_once(team):
    branch(team.ada, "trial")
    assert steps(team.ada.push("origin", "trial", "branch/trial")) == {"branch/trial": "new"}
    assert len(team.ada.push("origin", "trial", "trial", delete=True).refs) == 1
    assert verify(team.shared(), quick=False).ok
    assert team.ada.verify().ok


def test_a_branch_that_was_never_seen_is_not_deleted(team):
    branch(team.ada, "trial")
    team.ada.switch("trial")
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    refused("not-fast-forward", lambda: team.ben.push("origin", "trial", delete=True))
    team.ben.fetch()
    team.ben.push("origin", "trial", delete=True)
    assert team.refs().keys() == {"branch/main"}


def test_a_name_of_both_a_branch_and_a_tag_has_to_be_told(team):
    branch(team.ada, "x")
    tag(team.ada, "x")
    refused("usage", lambda: team.ada.push(None, "x"))
    assert steps(team.ada.push(None, "branch/x", "tag/x")) == {"branch/x": "new", "tag/x": "new"}


def test_what_is_no_branch_or_tag_is_not_pushed(team):
    team.ada.write({b"a": b"set aside\n"}).stash()
    refused("unknown-ref", lambda: team.ada.push(None, "stash/1"))
    refused("unknown-ref", lambda: team.ada.push(None, "remote/origin/main"))
    refused("bad-name", lambda: team.ada.push(None, "main:other"))
    team.ada.switch("main", detach=True)
    refused("usage", team.ada.push)
    refused("usage", lambda: team.ada.push(None, "HEAD"))


def test_a_branch_before_its_first_commit_has_nothing_to_push(tmp_path):
    site = Site(tmp_path / "site").init()
    site.add_remote("origin", str(tmp_path / "shared"))
    refused("no-commits", site.push)


def test_a_branch_that_somebody_works_on_there_is_left_alone(team):
    team.ada.add_remote("ben", team.ben.root.decode())
    team.ada.write({b"a": b"two\n"}).commit("second")
    error = refused("checked-out", lambda: team.ada.push("ben"))
    assert "main is checked out" in error.message
    branch(team.ada, "for-ben")
    assert steps(team.ada.push("ben", "for-ben")) == {"branch/for-ben": "new"}
    assert "branch/for-ben" in team.ben.refs()


def test_notes_go_along_where_those_there_are_part_of_them(team):
    set_notes(team.ada.context(), "HEAD", (("reviewed", "ada"),))
    report = team.ada.push()
    assert steps(report) == {"branch/main": "up-to-date", "note/commits": "new"}
    assert team.ada.refs()["remote-note/origin/commits"] == team.refs()["note/commits"]
    set_notes(team.ben.context(), "HEAD", (("score", "3"),))
    team.ben.write({b"b": b"two\n"}).commit("second")
    left = team.ben.push()
    assert left.notes_left
    assert steps(left) == {"branch/main": "forward"}
    team.ben.pull()
    done = team.ben.push()
    assert not done.notes_left
    assert steps(done)["note/commits"] == "forward"


def test_without_a_remote_it_says_how_to_add_one(tmp_path):
    site = Site(tmp_path / "site").init().write({b"a": b"one\n"})
    site.commit()
    assert "contentvc remote add" in refused("no-remote", site.push).hint


def test_of_several_remotes_the_branch_has_its_own_or_it_has_to_be_named(team, tmp_path):
    for name in ("one", "two"):
        add_remote(team.ben.context(), name, str(tmp_path / name))
    team.ben.push("one")
    assert team.ben.push().remote == "origin"
    team.ben.switch("trial", create=True)
    assert team.ben.push("two").upstream.name == "two/trial"
    assert team.ben.push().remote == "two"


def test_without_an_origin_a_new_branch_has_no_usual_remote(tmp_path):
    site = Site(tmp_path / "site").init().write({b"a": b"one\n"})
    site.commit()
    site.add_remote("one", str(tmp_path / "one"))
    site.add_remote("two", str(tmp_path / "two"))
    error = refused("usage", site.push)
    assert "one, two" in error.message


def test_an_older_command_is_undone_across_a_push(team):
    team.ada.write({b"a": b"two\n"}).commit("second")
    team.ada.push()
    undone = team.ada.undo()
    assert undone.operation.kind == "commit"
    assert undone.published == ("origin/main",)
    pushes = [
        one.operation.sequence
        for one in team.ada.repository().log.walk()
        if one.operation.kind == "push"
    ]
    assert "push again" in refused("bad-value", lambda: team.ada.undo(pushes[-1])).hint


def test_a_push_whose_end_was_cut_off_is_settled_by_the_next_fetch(team, monkeypatch):
    import contentvc.actions.push as module

    team.ada.write({b"a": b"two\n"}).commit("second")
    monkeypatch.setattr(module, "remember", lambda *_: None)
    team.ada.push()
    assert team.ada.status().standing.apart.ahead == 1
    fetched = team.ada.fetch()
    assert [one.ref for one in fetched.refs] == ["remote/origin/main"]
    assert team.ada.status().standing.apart.is_same


def meanwhile(monkeypatch, act):
    """Let somebody do something between the upload and the operation, once."""
    left = [act]

    def sent(*arguments):
        found = send(*arguments)
        while left:
            left.pop()()
        return found

    monkeypatch.setattr(sending, "send", sent)


def test_who_loses_the_race_for_a_branch_is_refused_and_nothing_is_lost(team, monkeypatch):
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    meanwhile(monkeypatch, team.ben.push)
    refused("not-fast-forward", team.ada.push)
    assert team.refs()["branch/main"] == team.ben.refs()["branch/main"]
    team.ada.pull()
    team.ada.push()
    assert verify(team.shared(), quick=False).ok


def test_who_loses_only_the_number_goes_on(team, monkeypatch):
    branch(team.ben, "trial")
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    meanwhile(monkeypatch, lambda: team.ben.push(None, "trial"))
    assert steps(team.ada.push()) == {"branch/main": "forward"}
    assert team.refs().keys() == {"branch/main", "branch/trial"}


def test_who_loses_the_race_for_the_notes_leaves_them(team, monkeypatch):
    set_notes(team.ben.context(), "HEAD", (("by", "ben"),))
    set_notes(team.ada.context(), "HEAD", (("by", "ada"),))
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    meanwhile(monkeypatch, team.ben.push)
    report = team.ada.push()
    assert report.notes_left
    assert steps(report) == {"branch/main": "forward"}
    assert team.refs()["note/commits"] == team.ben.refs()["note/commits"]


def test_the_workspace_and_the_command_stay_here(team):
    operation, _ = team.shared().log.read(team.shared().view.sequence)
    assert operation.kind == "push"
    assert operation.workspace is None
    assert operation.command == ()


def test_a_tag_that_is_gone_here_is_left_there(team):
    tag(team.ada, "v1")
    team.ada.push(tags=True)
    delete_tag(team.ada.context(), "v1")
    assert team.ada.push(tags=True).refs == ()
    assert "tag/v1" in team.refs()


def test_every_step_has_a_word():
    assert {one.value for one in PushStep} == {
        "new",
        "forward",
        "forced",
        "deleted",
        "up-to-date",
    }
