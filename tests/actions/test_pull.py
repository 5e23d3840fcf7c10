"""pull: fetch, then the merge that the formats make."""

import pytest

from contentvc.actions.merge import FastForward, Outcome
from contentvc.actions.notes import notes_of
from contentvc.actions.noting import set_notes
from contentvc.errors import Conflict, Missing, Usage
from contentvc.surroundings.settings import OnConflict
from tests.actions.team import Team


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


def test_a_branch_with_nothing_of_its_own_moves_on(team):
    team.ada.write({b"a": b"two\n"}).remove(b"b").commit("second")
    team.ada.push()
    report = team.ben.pull()
    assert report.integrated.merge.outcome is Outcome.FAST_FORWARD
    assert report.integrated.merge.source == "origin/main"
    assert team.ben.files() == {b"a": b"two\n"}
    assert team.ben.refs()["branch/main"] == team.ada.refs()["branch/main"]


def test_both_sides_are_put_together(team):
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    merged = team.ben.pull().integrated.merge
    assert merged.outcome is Outcome.MERGED
    assert merged.message == "Merge remote-tracking branch 'origin/main' into main"
    assert team.ben.files() == {b"a": b"two\n", b"b": b"two\n"}


def test_records_that_both_edited_merge_by_their_keys(team):
    rows = [b'{"id": %d, "answer": "x"}\n' % number for number in range(9)]
    declared = b'[sets.cases]\npaths = ["cases.jsonl"]\nkey = "id"\n'
    team.ada.write({b"cases.jsonl": b"".join(rows), b"contentvc.toml": declared}).commit("cases")
    team.ada.push()
    team.ben.pull()
    of_ada = [rows[0].replace(b"x", b"ada"), *rows[1:], b'{"id": 11, "answer": "ada"}\n']
    of_ben = [*rows[:8], rows[8].replace(b"x", b"ben"), b'{"id": 12, "answer": "ben"}\n']
    team.ada.write({b"cases.jsonl": b"".join(of_ada)}).commit("of ada")
    team.ada.push()
    team.ben.write({b"cases.jsonl": b"".join(of_ben)}).commit("of ben")
    assert team.ben.pull().integrated.merge.outcome is Outcome.MERGED
    both = [of_ada[0], *rows[1:8], of_ben[8], of_ada[9], of_ben[9]]
    assert team.ben.files()[b"cases.jsonl"] == b"".join(both)


def test_conflicts_fail_and_what_was_fetched_stays(team):
    team.ada.write({b"a": b"ada\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"a": b"ben\n"}).commit("of ben")
    before = team.ben.refs()["branch/main"]
    with pytest.raises(Conflict) as caught:
        team.ben.pull()
    assert caught.value.code == "merge-conflict"
    assert team.ben.refs()["branch/main"] == before
    assert team.ben.refs()["remote/origin/main"] == team.ada.refs()["branch/main"]
    assert team.ben.files()[b"a"] == b"ben\n"


def test_conflicts_stop_or_a_side_decides(team):
    team.ada.write({b"a": b"ada\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"a": b"ben\n"}).commit("of ben")
    report = team.ben.pull(on_conflict=OnConflict.STOP)
    assert report.integrated.merge.outcome is Outcome.STOPPED
    assert b"origin/main" in team.ben.files()[b"a"]
    with pytest.raises(Conflict) as caught:
        team.ben.pull()
    assert caught.value.code == "merging"
    team.ben.abort()
    team.ben.pull(on_conflict=OnConflict.THEIRS)
    assert team.ben.files()[b"a"] == b"ada\n"


def test_only_a_fast_forward_where_that_is_asked(team):
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    with pytest.raises(Conflict) as caught:
        team.ben.pull(fast_forward=FastForward.ONLY)
    assert caught.value.code == "not-fast-forward"


def test_uncommitted_changes_come_along_or_are_named(team):
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"b": b"not recorded\n", b"a": b"in the way\n"})
    with pytest.raises(Conflict) as caught:
        team.ben.pull()
    assert caught.value.details["paths"] == ["a"]
    team.ben.write({b"a": b"one\n"})
    team.ben.pull()
    assert team.ben.files() == {b"a": b"two\n", b"b": b"not recorded\n"}


def test_undo_takes_back_what_came_in_and_not_what_was_fetched(team):
    set_notes(team.ada.context(), "HEAD", (("reviewed", "ada"),))
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    before = team.ben.refs()["branch/main"]
    team.ben.pull()
    assert team.ben.undo().operation.kind == "merge"
    assert team.ben.refs()["branch/main"] == before
    assert team.ben.files()[b"a"] == b"one\n"
    assert team.ben.refs()["remote/origin/main"] == team.ada.refs()["branch/main"]
    team.ben.redo()
    assert team.ben.files()[b"a"] == b"two\n"


def test_notes_of_both_are_merged_by_key(team):
    commit = team.ada.refs()["branch/main"]
    set_notes(team.ada.context(), "HEAD", (("reviewed", "ada"), ("score", "1")))
    team.ada.push()
    set_notes(team.ben.context(), "HEAD", (("seen", "ben"), ("score", "2")))
    notes = team.ben.pull().integrated.notes
    assert notes.clashes == (commit.hex(),)
    assert dict(notes_of(team.ben.repository(), commit)) == {
        "reviewed": "ada",
        "score": "2",
        "seen": "ben",
    }
    team.ben.push()
    team.ada.pull()
    assert notes_of(team.ada.repository(), commit) == notes_of(team.ben.repository(), commit)
    assert team.ada.pull().integrated.notes is None


def test_notes_on_other_commits_never_clash(team):
    first = team.ada.refs()["branch/main"]
    set_notes(team.ada.context(), "HEAD", (("by", "ada"),))
    team.ada.push()
    second = team.ben.write({b"b": b"two\n"}).commit("second").id
    set_notes(team.ben.context(), "HEAD", (("by", "ben"),))
    assert team.ben.pull().integrated.notes.clashes == ()
    assert dict(notes_of(team.ben.repository(), first)) == {"by": "ada"}
    assert dict(notes_of(team.ben.repository(), second)) == {"by": "ben"}


def test_a_branch_that_the_remote_does_not_have_says_how_to_give_it(team):
    team.ben.switch("trial", create=True)
    with pytest.raises(Missing) as caught:
        team.ben.pull()
    assert caught.value.code == "unknown-ref"
    assert "contentvc push origin trial" in caught.value.hint


def test_on_no_branch_nothing_is_pulled(team):
    team.ben.switch("main", detach=True)
    with pytest.raises(Usage):
        team.ben.pull()
