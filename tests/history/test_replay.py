"""Replay: transactions and packs. What the log's own tests do not reach."""

import pytest

from contentvc.errors import Busy, Conflict
from contentvc.history.draft import Draft
from contentvc.history.view import decode_view, encode_view
from contentvc.ids import ObjectId
from contentvc.snapshots.operation import RefChange, Transaction
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import REPLICA, commit, move, new_log, pack, put

MAIN = "branch/main"
ONE, OTHER = bytes([1]) * 16, bytes([2]) * 16


def step(phase, *changes, identifier=ONE):
    """A draft of one step; changes are (ref, old, new, sequence of the ref's last change)."""
    refs = tuple(
        RefChange(name, old and commit(old), new and commit(new), previous)
        for name, old, new, previous in changes
    )
    refs_of = refs if phase == "prepare" else ()
    return Draft(
        "push", "A", transaction=Transaction(phase, identifier, (REPLICA,), REPLICA, refs_of)
    )


class Line:
    """A log whose operations are put whatever they say, and whether they took effect."""

    def __init__(self):
        self.storage = MemoryStorage()
        self.log = new_log(self.storage)

    @property
    def view(self):
        return new_log(self.storage).latest()

    def put(self, draft, **wrong):
        put(self.storage, self.view, draft, transaction=draft.transaction, **wrong)
        return list(new_log(self.storage).walk())[-1].effective


@pytest.fixture
def line():
    line = Line()
    assert line.put(move(MAIN, None, 1))
    return line


PREPARED = step("prepare", (MAIN, 1, 2, 1), ("branch/new", None, 3, 0))


def test_prepare_reserves_and_changes_nothing(line):
    assert line.put(PREPARED)
    view = line.view
    assert view.refs[MAIN].id == commit(1)
    assert "branch/new" not in view.refs
    assert view.reserved(MAIN) == view.reserved("branch/new") == ONE
    assert view.reserved("branch/else") is None


def test_commit_makes_the_changes(line):
    line.put(PREPARED)
    assert line.put(step("commit"))
    view = line.view
    assert view.refs == {MAIN: (commit(2), 3), "branch/new": (commit(3), 3)}
    assert not view.reservations


@pytest.mark.parametrize("phase", ["abort", "break"])
def test_abort_and_break_only_let_go(line, phase):
    line.put(PREPARED)
    assert line.put(step(phase))
    view = line.view
    assert view.refs == {MAIN: (commit(1), 1)}
    assert not view.reservations


@pytest.mark.parametrize("first", ["commit", "abort", "break"])
@pytest.mark.parametrize("second", ["commit", "abort", "break"])
def test_the_first_decision_is_the_decision(line, first, second):
    line.put(PREPARED)
    assert line.put(step(first))
    after = line.view.refs
    assert not line.put(step(second))
    assert line.view.refs == after


@pytest.mark.parametrize("phase", ["commit", "abort", "break"])
def test_a_decision_on_nothing_prepared_is_void(line, phase):
    assert not line.put(step(phase))
    line.put(PREPARED)
    assert not line.put(step(phase, identifier=OTHER))
    assert line.view.reserved(MAIN) == ONE


def test_the_same_transaction_cannot_be_prepared_twice(line):
    line.put(PREPARED)
    assert not line.put(step("prepare", ("branch/else", None, 3, 0)))


@pytest.mark.parametrize("phase", ["commit", "abort", "break"])
def test_a_prepare_that_comes_after_the_decision_is_void(line, phase):
    """It was late on its way, or somebody between repeated it."""
    line.put(PREPARED)
    line.put(step(phase))
    assert not line.put(PREPARED)
    assert not line.view.reservations


@pytest.mark.parametrize("phase", ["abort", "break"])
def test_the_cached_view_knows_what_was_decided(line, phase):
    line.put(PREPARED)
    line.put(step(phase))
    view = decode_view(encode_view(line.view))
    assert view == line.view
    with pytest.raises(Busy, match="settled"):
        line.log.append(PREPARED, view)


@pytest.mark.parametrize("phase", ["commit", "abort", "break"])
def test_writers_are_told_of_a_decision_on_nothing_prepared(line, phase):
    with pytest.raises(Busy, match="settled"):
        line.log.append(step(phase), line.view)


def test_prepare_and_an_own_change_of_the_same_ref_do_not_go_together(line):
    draft = Draft("push", "A", refs=move(MAIN, 1, 9).refs, transaction=PREPARED.transaction)
    assert not line.put(draft)
    assert line.view.refs == {MAIN: (commit(1), 1)}


def test_a_prepare_that_lost_its_number_names_the_newest_change_of_its_refs(line):
    """The ref went away and came back: the reservation stands on where it is now."""
    old = line.view
    line.put(move(MAIN, 1, 9))
    line.put(move(MAIN, 9, 1))
    view = line.log.append(PREPARED, old)
    assert {change.previous for change in view.reservations[ONE]} == {0, 3}


@pytest.mark.parametrize(
    "change", [(MAIN, 9, 2, 1), (MAIN, 1, 2, 9), (MAIN, None, 2, 0), ("branch/no", 1, None, 1)]
)
def test_prepare_holds_only_for_refs_as_they_are(line, change):
    assert not line.put(step("prepare", change))
    assert not line.view.reservations


def test_a_reserved_ref_cannot_be_moved_or_reserved_by_others(line):
    line.put(PREPARED)
    assert not line.put(move(MAIN, 1, 9))
    assert not line.put(move(MAIN, 1, None))
    assert not line.put(move("branch/new", None, 9))
    assert not line.put(step("prepare", (MAIN, 1, 9, 1), identifier=OTHER))
    assert line.put(move("branch/else", None, 9))
    assert line.put(step("prepare", ("branch/else", 9, 8, line.view.sequence), identifier=OTHER))
    assert line.put(step("commit"))
    assert line.put(move(MAIN, 2, 9))


def test_writers_are_told_of_a_reservation(line):
    line.put(PREPARED)
    with pytest.raises(Conflict, match="reserved") as refused:
        line.log.append(move(MAIN, 1, 9), line.view)
    assert refused.value.code == "reserved"
    assert refused.value.details == {"ref": MAIN, "transaction": ONE.hex()}


def test_a_step_may_move_other_refs_too(line):
    assert line.put(
        Draft(
            "push", "A", refs=(*move("branch/x", None, 5).refs,), transaction=PREPARED.transaction
        )
    )
    assert line.view.refs["branch/x"].id == commit(5)


def test_a_transaction_deletes_refs(line):
    line.put(step("prepare", (MAIN, 1, None, 1)))
    assert line.put(step("commit"))
    assert line.view.refs == {}


def test_the_steps_of_two_transactions_interleave(line):
    assert line.put(step("prepare", (MAIN, 1, 2, 1)))
    assert line.put(step("prepare", ("branch/x", None, 3, 0), identifier=OTHER))
    assert line.put(step("commit", identifier=OTHER))
    assert line.put(step("abort"))
    assert line.view.refs == {MAIN: (commit(1), 1), "branch/x": (commit(3), 4)}


def test_a_ref_deleted_and_made_again(line):
    assert line.put(move(MAIN, 1, None))
    assert line.put(move(MAIN, None, 1))
    assert line.view.refs[MAIN] == (commit(1), 3)
    walked = list(new_log(line.storage).walk())
    assert [one.operation.refs[0].previous for one in walked] == [0, 1, 0]


class TestPacks:
    def test_their_life(self, line):
        assert line.put(Draft("x", "A", added=(pack(1), pack(2))))
        assert list(line.view.packs) == [pack(1).name, pack(2).name]
        assert line.put(Draft("x", "A", removed=(pack(1).name,), added=(pack(3),)))
        assert list(line.view.packs) == [pack(2).name, pack(3).name]
        assert line.view.gone == {pack(1).name}

    @pytest.mark.parametrize("how", ["removed", "discarded"])
    def test_a_name_is_never_used_again(self, line, how):
        if how == "removed":
            line.put(Draft("x", "A", added=(pack(1),)))
        assert line.put(Draft("x", "A", **{how: (pack(1).name,)}))
        assert not line.put(Draft("x", "A", added=(pack(1),)))
        assert not line.put(Draft("x", "A", removed=(pack(1).name,)))
        assert line.put(Draft("x", "A", discarded=(pack(1).name,)))  # it says so once more

    def test_a_pack_added_and_removed_at_once(self, line):
        assert not line.put(Draft("x", "A", added=(pack(1),), removed=(pack(1).name,)))

    def test_a_void_operation_adds_no_pack(self, line):
        assert not line.put(move(MAIN, 7, 8, added=(pack(1),)))
        assert line.view.packs == {}
        assert line.put(move(MAIN, 1, 8, added=(pack(1),)))

    def test_horizon_and_purged(self, line):
        assert line.put(Draft("drop", "A", horizon=1, purged=(commit(7),)))
        assert line.put(move(MAIN, 1, 2))
        view = line.view
        assert (view.horizon, view.dropped, view.purged) == (1, 2, {commit(7)})
        assert line.put(Draft("drop", "A", horizon=3, purged=(commit(8),)))
        assert (line.view.horizon, line.view.dropped) == (3, 4)
        assert line.view.purged == {commit(7), commit(8)}

    def test_what_is_purged_was_dropped_and_the_horizon_stays(self, line):
        line.put(Draft("drop", "A", horizon=1))
        assert line.put(Draft("forget", "A", purged=(commit(7),)))
        assert (line.view.horizon, line.view.dropped) == (1, 3)
        with pytest.raises(Busy) as caught:
            Draft("commit", "A", written_at=2).check(line.view)
        assert caught.value.code == "start-over"
        Draft("commit", "A", written_at=3).check(line.view)

    def test_an_older_horizon_does_not_take_it_back(self, line):
        line.put(move("branch/x", None, 2))
        line.put(Draft("drop", "A", horizon=2))
        line.put(Draft("drop", "A", horizon=1))
        assert (line.view.horizon, line.view.dropped) == (2, 4)


def test_the_view_of_all_that_survives_being_cached(line):
    line.put(PREPARED)
    line.put(step("prepare", ("branch/x", None, 3, 0), identifier=OTHER))
    line.put(Draft("x", "A", added=(pack(1, received=True), pack(2))))
    line.put(Draft("drop", "A", removed=(pack(2).name,), horizon=2, purged=(ObjectId(bytes(32)),)))
    view = line.view
    assert decode_view(encode_view(view)) == view
    line.storage.delete("view")
    assert line.view == view
