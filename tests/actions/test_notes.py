"""Notes: what is attached to commits that are already made, at a ref of its own."""

import threading
from dataclasses import replace

import pytest

from contentvc import limits
from contentvc.actions.branches import delete_branch
from contentvc.actions.compact import compact
from contentvc.actions.log import LogRequest, log
from contentvc.actions.notes import NOTES, notes_by_commit, notes_of
from contentvc.actions.noting import set_notes, unset_notes
from contentvc.changes.trees import list_files
from contentvc.errors import Conflict, Declined, Missing, Usage
from contentvc.history.draft import RefMove
from contentvc.ids import blob_id
from tests.actions.site import Site


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    site.write({b"a": b"1\n"}).commit("one")
    site.write({b"a": b"2\n"}).commit("two")
    return site


def note(site, revision="HEAD", **notes):
    return set_notes(site.context(), revision, tuple(sorted(notes.items())))


def notes(site, revision="HEAD"):
    context = site.context()
    return dict(notes_of(context.repository, context.resolve(revision)))


def test_a_note_does_not_change_its_commit(site):
    before = site.refs()
    note(site, "HEAD~1", score="0.9")
    note(site, "HEAD~1", by="Ada")
    report = note(site, score="1")
    assert (dict(report.notes), report.before) == ({"score": "1"}, ())
    assert notes(site, "HEAD~1") == {"score": "0.9", "by": "Ada"}
    assert notes(site) == {"score": "1"}
    refs = site.refs()
    del refs[NOTES]
    assert refs == before
    assert site.status().clean


def test_where_they_are_kept(site):
    note(site, "HEAD~1", score="0.9")
    first = site.refs()[NOTES]
    note(site, score="1")
    repository = site.repository()
    commit = repository.commit(site.refs()[NOTES])
    assert commit.parents == (first,)
    kept = dict(list_files(repository.entries, commit.tree))
    head = site.refs()["branch/main"].hex().encode()
    assert kept.keys() >= {head}
    assert kept[head].attributes == (("score", "1"),)
    assert {entry.id for entry in kept.values()} == {blob_id(b"")}
    assert notes_by_commit(repository) == {
        site.context().resolve("HEAD"): (("score", "1"),),
        site.context().resolve("HEAD~1"): (("score", "0.9"),),
    }


def test_taken_away(site):
    note(site, score="1", by="Ada")
    unset_notes(site.context(), "HEAD", ["score"])
    assert notes(site) == {"by": "Ada"}
    unset_notes(site.context(), "HEAD", ["by"])
    assert notes(site) == {}
    assert notes_by_commit(site.repository()) == {}
    with pytest.raises(Missing) as missing:
        unset_notes(site.context(), "HEAD", ["by"])
    assert missing.value.code == "unknown-attribute"


def test_what_is_there_already_is_no_operation(site):
    note(site, score="1")
    before = site.repository().view.sequence
    with pytest.raises(Declined):
        note(site, score="1")
    assert site.repository().view.sequence == before


def test_what_is_beyond_the_limits_is_refused(site):
    half = "x" * (limits.ENTRY_ATTRIBUTES_BYTES // 2)
    note(site, one=half)
    with pytest.raises(Usage):
        note(site, two=half)
    with pytest.raises(Missing):
        note(site, "nowhere", score="1")
    assert notes(site) == {"one": half}


def test_log_tells_them_and_does_not_list_their_commits(site):
    note(site, score="1")
    found = list(log(site.context(), LogRequest(all_refs=True)))
    assert [entry.commit.message for entry in found] == ["two", "one"]
    assert [dict(entry.notes) for entry in found] == [{"score": "1"}, {}]


def test_undo_takes_them_back(site):
    note(site, score="1")
    note(site, score="2")
    site.undo()
    assert notes(site) == {"score": "1"}
    site.undo()
    assert NOTES not in site.refs()
    site.redo()
    assert notes(site) == {"score": "1"}


def test_they_are_kept_when_the_rest_is_dropped(site):
    note(site, score="1")
    compact(site.context())
    assert notes(site) == {"score": "1"}
    assert site.verify().ok


def test_a_note_does_not_keep_a_branch_merged(site):
    site.switch("other", create=True)
    site.write({b"a": b"3\n"}).commit("three")
    site.switch("main")
    note(site, "other", score="1")
    with pytest.raises(Conflict) as refused:
        delete_branch(site.context(), "other", force=False)
    assert refused.value.code == "not-merged"


def test_names_that_are_no_ids_are_passed_over(site):
    site.switch("odd", create=True)
    site.write({b"0" * 63 + b"g": b"", b"short": b"", b"0" * 63 + b"\xff": b""}).commit("odd")
    context = site.context()
    move = RefMove(NOTES, None, site.refs()["branch/odd"])
    context.repository.append(replace(context.draft("note"), refs=(move,)))
    assert notes_by_commit(site.repository()) == {}
    note(site, score="1")
    assert list(notes_by_commit(site.repository()).values()) == [(("score", "1"),)]


def test_those_of_several_at_once_are_all_kept(site):
    def work(number):
        note(site, f"HEAD~{number % 2}", **{f"key{number}": str(number)})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert notes(site) == {"key0": "0", "key2": "2"}
    assert notes(site, "HEAD~1") == {"key1": "1", "key3": "3"}
