from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from contentvc import limits
from contentvc.errors import Busy, Conflict, Damaged, Missing
from contentvc.history.bundle import bundle_path, decode_bundle
from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.history.log import Clockwork, operation_path
from contentvc.history.view import EMPTY_VIEW, Standing, decode_view, encode_view
from contentvc.ids import RepositoryId, WorkspaceId
from contentvc.snapshots.operation import Head
from contentvc.storage.contract import StorageError, Unclear
from contentvc.storage.faulty import (
    Fail,
    FaultyStorage,
    LoseAnswer,
    RepeatAnswer,
    always,
    nth,
    share,
)
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import commit, move, new_log, pack, put

MAIN, SIDE = "branch/main", "branch/side"


@pytest.fixture
def storage():
    return MemoryStorage()


@pytest.fixture
def log(storage):
    return new_log(storage)


@pytest.fixture
def bundles_of_ten(monkeypatch):
    monkeypatch.setattr(limits, "BUNDLE_OPERATIONS", 10)


def grow(log, count, ref=MAIN, view=None):
    """Move a ref that many times, 1, 2, 3, …; the view after."""
    view = log.latest() if view is None else view
    for _ in range(count):
        current = view.refs.get(ref)
        old = int.from_bytes(current.id, "big") if current else None
        view = log.append(move(ref, old, (old or 0) + 1), view)
    return view


class TestAppending:
    def test_an_empty_log_has_the_empty_view(self, log):
        assert log.latest() == EMPTY_VIEW
        assert log.view_at(0) == EMPTY_VIEW
        assert log.read(1) is None
        assert list(log.walk()) == []
        assert list(log.check()) == []

    def test_a_ref_moves_by_one_operation(self, log, storage):
        view = grow(log, 3)
        assert (view.sequence, view.refs[MAIN]) == (3, (commit(3), 3))
        assert new_log(storage).latest() == view
        assert [one.operation.refs[0].previous for one in log.walk()] == [0, 1, 2]
        assert all(one.effective for one in log.walk())

    def test_each_operation_names_the_one_before(self, log):
        grow(log, 3)
        walked = list(log.walk())
        assert [one.operation.previous for one in walked] == [None, walked[0].id, walked[1].id]

    def test_a_ref_that_moved_is_a_conflict_that_names_it(self, log, storage):
        old = grow(log, 1)
        grow(new_log(storage, 2), 1)
        with pytest.raises(Conflict) as caught:
            log.append(move(MAIN, 1, 7), old)
        assert caught.value.code == "ref-moved"
        assert caught.value.details == {
            "ref": MAIN,
            "expected": commit(1).hex(),
            "found": commit(2).hex(),
        }
        assert log.latest().sequence == 2

    @pytest.mark.parametrize(("old", "new"), [(None, 5), (9, 5), (9, None)])
    def test_a_draft_that_never_fitted_is_refused_before_anything_is_written(self, log, old, new):
        view = grow(log, 1)
        with pytest.raises(Conflict):
            log.append(move(MAIN, old, new), view)
        assert log.read(2) is None

    def test_who_loses_a_number_takes_the_next(self, log, storage):
        old = grow(log, 1)
        grow(new_log(storage, 2), 3, SIDE)
        view = log.append(move(MAIN, 1, 2), old)
        assert view.sequence == 5
        assert view.refs[MAIN] == (commit(2), 5)
        assert view.refs[SIDE] == (commit(3), 4)

    def test_a_workspace_that_changed_is_a_conflict(self, log, storage):
        name = WorkspaceId(bytes(16))
        heads = [Head(MAIN, commit(number)) for number in range(3)]
        first = Draft("x", "A", workspaces=(WorkspaceMove(name, None, heads[0]),))
        old = log.append(first, log.latest())
        second = Draft("x", "A", workspaces=(WorkspaceMove(name, heads[0], heads[1]),))
        new_log(storage, 2).append(second, old)
        third = Draft("x", "A", workspaces=(WorkspaceMove(name, heads[0], heads[2]),))
        with pytest.raises(Conflict, match="workspace"):
            log.append(third, old)

    def test_packs_that_were_discarded_mean_starting_over(self, log, storage):
        old = grow(log, 1)
        discard = Draft("x", "A", discarded=(pack(1).name,))
        new_log(storage, 2).append(discard, old)
        with pytest.raises(Busy) as caught:
            log.append(move(MAIN, 1, 2, added=(pack(1),)), old)
        assert caught.value.code == "start-over"

    def test_packs_removed_by_another_cannot_be_removed_again(self, log, storage):
        old = log.append(Draft("x", "A", added=(pack(1),)), log.latest())
        remove = Draft("x", "A", removed=(pack(1).name,))
        new_log(storage, 2).append(remove, old)
        with pytest.raises(Busy):
            log.append(remove, old)

    @pytest.mark.parametrize(
        "draft",
        [
            Draft("x", "A", added=(replace(pack(1), length=9),)),  # another of that name is live
            Draft("x", "A", added=(pack(1),), removed=(pack(1).name,)),
            Draft("x", "A", added=(pack(2), pack(2))),
            Draft("x", "A", discarded=(pack(1).name,)),  # it is live
        ],
    )
    def test_what_would_be_void_is_never_written(self, log, draft):
        view = log.append(Draft("x", "A", added=(pack(1),)), log.latest())
        with pytest.raises(Busy):
            log.append(draft, view)
        assert log.read(2) is None

    def test_a_pack_that_another_command_added_too_is_not_added_again(self, log, storage):
        """Both found it left behind by a third, which was killed."""
        old = grow(log, 1)
        new_log(storage, 2).append(Draft("x", "A", added=(pack(1),)), old)
        view = log.append(move(MAIN, 1, 2, added=(pack(1), pack(2))), old)
        assert set(view.packs) == {pack(1).name, pack(2).name}
        assert log.read(3)[0].added == (pack(2),)
        assert view.refs[MAIN].id == commit(2)

    def test_packs_that_deltas_stand_on_must_be_live(self, log, storage):
        old = log.append(move(MAIN, None, 1, added=(pack(1),)), log.latest())
        needy = move(MAIN, 1, 2, added=(pack(2),), needs=frozenset({pack(1).name}))
        with pytest.raises(Busy) as caught:
            log.append(replace(needy, needs=frozenset({pack(3).name})), old)
        assert caught.value.code == "start-over"
        with pytest.raises(Busy):
            log.append(replace(needy, removed=(pack(1).name,)), old)
        new_log(storage, 2).append(Draft("x", "A", removed=(pack(1).name,)), old)
        with pytest.raises(Busy) as caught:
            log.append(needy, old)
        assert caught.value.code == "start-over"
        assert log.read(3) is None

    def test_content_dropped_meanwhile_means_starting_over(self, log, storage):
        old = grow(log, 2)
        new_log(storage, 2).append(Draft("drop", "A", horizon=1), old)
        with pytest.raises(Busy, match="dropped"):
            log.append(move(MAIN, 2, 3, written_at=old.sequence), old)
        view = log.latest()
        assert log.append(move(MAIN, 2, 3, written_at=view.sequence), view).sequence == 4

    def test_a_clock_that_goes_back_does_not_take_the_log_back(self, storage):
        late = new_log(storage)
        view = grow(late, 1)
        early = new_log(storage, 2)
        early._clockwork = Clockwork(lambda: 5, bytes, lambda _: None)
        after = grow(early, 1, view=view)
        assert after.time == view.time
        assert [one.operation.time for one in early.walk()] == [view.time, view.time]

    def test_the_wait_after_losing_is_short_and_random(self, storage):
        waits = []
        log = new_log(storage)
        log._clockwork = Clockwork(lambda: 5, log._clockwork.random, waits.append)
        old = grow(log, 1)
        grow(new_log(storage, 2), 2, SIDE)
        log.append(move(MAIN, 1, 2), old)
        assert waits
        assert all(0 <= wait <= 0.02 for wait in waits)


class TestManyWriters:
    def test_ten_threads_lose_no_number(self, storage):
        """Ten branches at once, twenty commits on each: every one is in the log, in order."""
        start = Barrier(10)

        def work(writer):
            log = new_log(storage, seed=writer + 10)
            start.wait()
            grow(log, 20, f"branch/{writer}", log.latest())

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(work, range(10)))
        log = new_log(storage)
        view = log.latest()
        assert view.sequence == 200
        assert all(one.effective for one in log.walk())
        for writer in range(10):
            assert view.refs[f"branch/{writer}"].id == commit(20)

    def test_of_ten_that_move_one_ref_one_wins_each_time(self, storage):
        grow(new_log(storage), 1)
        start = Barrier(10)

        def work(writer):
            log = new_log(storage, seed=writer + 10)
            view = log.latest()
            start.wait()
            try:
                log.append(move(MAIN, 1, writer + 100), view)
            except Conflict:
                return None
            return writer

        with ThreadPoolExecutor(10) as pool:
            winners = [one for one in pool.map(work, range(10)) if one is not None]
        assert len(winners) == 1
        view = new_log(storage).latest()
        assert (view.sequence, view.refs[MAIN].id) == (2, commit(winners[0] + 100))


class TestAnswers:
    """Of `create`: lost before or after it took effect, or repeated on the way."""

    @pytest.mark.parametrize(
        "fault",
        [
            LoseAnswer(nth([2, 3, 5], "create")),
            RepeatAnswer(nth([1, 4, 5], "create")),
            Fail(nth([1, 3], "create"), Unclear),
        ],
        ids=["lost", "repeated", "unclear"],
    )
    def test_no_operation_is_lost_or_written_twice(self, storage, fault):
        log = new_log(FaultyStorage(storage, fault))
        view = grow(log, 10)
        assert view.sequence == 10
        assert [one.operation.refs[0].new for one in new_log(storage).walk()] == [
            commit(number) for number in range(1, 11)
        ]

    @pytest.mark.parametrize("seed", range(5))
    def test_many_writers_and_a_bad_line(self, storage, seed):
        def work(writer):
            faults = (
                LoseAnswer(share(0.2, seed * 10 + writer, "create")),
                RepeatAnswer(share(0.2, seed * 10 + writer + 5, "create")),
                Fail(share(0.2, seed * 10 + writer + 7, "create"), Unclear),
            )
            log = new_log(FaultyStorage(storage, *faults), seed=writer + 10)
            grow(log, 10, f"branch/{writer}", log.latest())

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(work, range(5)))
        log = new_log(storage)
        assert log.latest().sequence == 50
        assert all(one.effective for one in log.walk())

    def test_a_line_that_stays_dead_is_told(self, storage):
        log = new_log(FaultyStorage(storage, Fail(always("create"), Unclear)))
        with pytest.raises(Busy) as caught:
            grow(log, 1)
        assert caught.value.code == "storage-failed"

    def test_an_error_of_the_storage_is_not_swallowed(self, storage):
        log = new_log(FaultyStorage(storage, Fail(always("create"))))
        with pytest.raises(StorageError):
            grow(log, 1)
        assert new_log(storage).latest() == EMPTY_VIEW


class TestVoidOperations:
    @pytest.mark.parametrize(
        "wrong",
        [
            move(MAIN, 7, 8),  # not where it is
            move("branch/none", 7, 8),
            move(MAIN, None, 8),
            Draft(
                "x",
                "A",
                workspaces=(WorkspaceMove(WorkspaceId(bytes(16)), Head(None, None), None),),
            ),
            Draft("x", "A", removed=(pack(9).name,)),
            Draft("x", "A", added=(pack(3), pack(3))),
        ],
    )
    def test_they_keep_their_number_and_change_nothing(self, log, storage, wrong):
        view = grow(log, 2)
        put(storage, view, wrong)
        after = new_log(storage).latest()
        assert (after.sequence, after.refs, after.packs) == (3, view.refs, view.packs)
        assert after.workspaces == view.workspaces
        assert [one.effective for one in log.walk()] == [True, True, False]
        assert grow(log, 1).sequence == 4
        assert list(log.check()) == []

    def test_one_that_names_another_predecessor(self, log, storage):
        view = grow(log, 2)
        put(storage, view, move(MAIN, 2, 3), previous=bytes(32))
        assert [one.effective for one in log.walk()] == [True, True, False]
        assert log.latest().refs[MAIN].id == commit(2)

    def test_one_that_names_another_previous_change(self, log, storage):
        view = grow(log, 2)
        later = grow(log, 1, SIDE)
        assert view.refs[MAIN] == later.refs[MAIN]
        operation = move(MAIN, 2, 3).at(later, b"r" * 16, b"p" * 16, bytes(16), 0)
        change = operation.refs[0]
        wrong = change.__class__(change.name, change.old, change.new, previous=1)
        put(storage, later, move(MAIN, 2, 3), refs=(wrong,))
        assert [one.effective for one in log.walk()] == [True, True, True, False]

    def test_their_time_counts(self, log, storage):
        view = grow(log, 1)
        put(storage, view, move(MAIN, 7, 8), time=view.time + 10**15)
        assert log.latest().time == view.time + 10**15


class TestDamage:
    @pytest.mark.parametrize("at", [0, 31, 32, 40, 100, -1])
    def test_a_damaged_operation_stops_reading(self, log, storage, at):
        grow(log, 3)
        storage.delete("view")
        stored = bytearray(storage.read(operation_path(2)))
        stored[at] ^= 1
        storage.write(operation_path(2), bytes(stored))
        with pytest.raises(Damaged, match="operation 2"):
            log.latest()
        assert [name for name, _ in log.check()] == [operation_path(2)]

    @pytest.mark.parametrize("stored", [b"", b"x", bytes(32), bytes(31)])
    def test_a_truncated_operation_stops_reading(self, log, storage, stored):
        grow(log, 3)
        storage.delete("view")
        storage.write(operation_path(2), stored)
        with pytest.raises(Damaged, match="operation 2"):
            log.latest()

    @pytest.mark.parametrize(
        "wrong", [{"repository": RepositoryId(b"x" * 16)}, {"replica": RepositoryId(b"x" * 16)}]
    )
    def test_an_operation_of_another_repository_stops_reading(self, log, storage, wrong):
        view = grow(log, 1)
        put(storage, view, move(MAIN, 1, 2), **wrong)
        with pytest.raises(Damaged, match="another repository"):
            log.latest()

    def test_an_operation_under_a_number_not_its_own_stops_reading(self, log, storage):
        view = grow(log, 1)
        put(storage, view, move(MAIN, 1, 2), sequence=3)
        with pytest.raises(Damaged, match="says it is number 3"):
            log.latest()

    def test_a_missing_operation_is_told_by_a_check(self, log, storage):
        grow(log, 5)
        storage.delete(operation_path(3))
        assert list(log.check()) == [(operation_path(3), "it is missing")]

    def test_an_unknown_critical_feature_stops_reading_and_writing(self, log, storage):
        view = grow(log, 1)
        put(storage, view, move(MAIN, 1, 2), features=("time-travel",))
        before = dict(storage._contents)
        for attempt in (log.latest, lambda: log.append(move(MAIN, 1, 3), view)):
            with pytest.raises(Damaged, match="time-travel") as caught:
                attempt()
            assert caught.value.code == "needs-newer"
        assert storage._contents == before


class TestCachedView:
    def check(self, storage, expected):
        assert new_log(storage).latest() == expected

    @pytest.mark.parametrize("at", [0, 7, 8, 15, 16, 60, -1])
    def test_a_damaged_one_is_ignored_and_replaced(self, log, storage, at):
        view = grow(log, 5)
        stored = bytearray(storage.read("view"))
        stored[at] ^= 1
        storage.write("view", bytes(stored))
        self.check(storage, view)
        view = grow(log, 1, view=view)
        assert decode_view(storage.read("view")) == view

    @pytest.mark.parametrize("stored", [b"", b"CVVIEW1\n", b"x" * 100])
    def test_what_is_no_view_is_ignored(self, log, storage, stored):
        view = grow(log, 5)
        storage.write("view", stored)
        self.check(storage, view)

    def test_a_missing_one_is_made_again(self, log, storage):
        view = grow(log, 5)
        storage.delete("view")
        self.check(storage, view)

    def test_an_old_one_is_rolled_forward(self, log, storage):
        grow(log, 2)
        old = storage.read("view")
        view = grow(log, 3)
        storage.write("view", old)
        self.check(storage, view)

    def test_one_ahead_of_the_log_is_ignored(self, log, storage):
        """The log was restored from an older copy."""
        view = grow(log, 3)
        ahead = grow(log, 2)
        for number in (4, 5):
            storage.delete(operation_path(number))
        assert decode_view(storage.read("view")) == ahead
        self.check(storage, view)

    def test_one_of_another_log_is_ignored(self, log, storage):
        view = grow(log, 5)
        other = new_log(seed=77)
        foreign = grow(other, 4, SIDE)
        storage.write("view", encode_view(foreign))
        self.check(storage, view)

    @pytest.mark.usefixtures("bundles_of_ten")
    def test_one_of_another_log_is_ignored_even_where_operations_are_bundled(self, log, storage):
        view = grow(log, 25)
        other = new_log(seed=77)
        storage.write("view", encode_view(grow(other, 10, SIDE)))
        self.check(storage, view)
        storage.write("view", encode_view(grow(other, 7, SIDE)))
        self.check(storage, view)

    def test_a_newer_version_of_it_is_ignored(self, log, storage, monkeypatch):
        view = grow(log, 5)
        monkeypatch.setattr("contentvc.history.view._VERSION", 2)
        storage.write("view", encode_view(view))
        monkeypatch.undo()
        self.check(storage, view)

    def test_a_large_one_is_not_written_each_time(self, log, storage, monkeypatch):
        monkeypatch.setattr(limits, "VIEW_REFRESH_BYTES", 0)
        written = []
        write = storage.write
        storage.write = lambda name, content: written.append(name) or write(name, content)
        view = grow(log, 70)
        assert written == ["view", "view"]
        self.check(storage, view)

    def test_reading_starts_there(self, log, storage):
        grow(log, 30)
        reads = []
        read = storage.read
        storage.read = lambda name, span=None: reads.append(name) or read(name, span)
        new_log(storage).latest()
        assert len(reads) == 3


@pytest.mark.usefixtures("bundles_of_ten")
class TestBundles:
    def test_a_bundle_holds_the_operations_and_the_view(self, log, storage):
        kept = {}
        view = grow(log, 9)
        for number in range(1, 10):
            kept[number] = storage.read(operation_path(number))
        view = grow(log, 1)
        bundle = decode_bundle(storage.read(bundle_path(1)))
        assert bundle.first == 1
        assert bundle.operations[:9] == tuple(kept.values())
        assert decode_view(bundle.view) == view
        for number in range(1, 11):
            assert storage.read(operation_path(number)) == b""

    def test_nothing_changes_for_readers(self, log, storage):
        view = grow(log, 47)
        storage.delete("view")
        fresh = new_log(storage)
        assert fresh.latest() == view
        assert [one.operation.refs[0].new for one in fresh.walk()] == [
            commit(number) for number in range(1, 48)
        ]
        assert list(fresh.check()) == []
        for number in range(48):
            assert fresh.view_at(number).sequence == number
        assert len(list(storage.list("bundles/"))) == 4

    def test_reading_starts_at_the_last_one(self, log, storage):
        grow(log, 42)
        storage.delete("view")
        reads = []
        read = storage.read
        storage.read = lambda name, span=None: reads.append(name) or read(name, span)
        new_log(storage).latest()
        assert len([name for name in reads if name.startswith("operations/")]) == 3

    def test_an_emptied_number_is_never_free_again(self, log, storage):
        old = grow(log, 5)
        grow(log, 10)
        with pytest.raises(Conflict):
            new_log(storage, 3).append(move(MAIN, 5, 99), old)
        assert new_log(storage).latest().sequence == 15

    def test_who_loses_its_number_to_a_bundle_goes_on(self, log, storage):
        old = grow(log, 8)
        grow(new_log(storage, 2), 15, SIDE)
        view = log.append(move(MAIN, 8, 9), old)
        assert view.sequence == 24
        assert view.refs[SIDE].id == commit(15)

    @pytest.mark.parametrize("crash", range(11))
    def test_a_crash_between_bundle_and_emptying(self, storage, crash):
        """The emptying stops after some files; both halves say the same, and writing goes on."""
        fault = Fail(nth(range(crash + 1, 100), "write", prefix="operations/"))
        log = new_log(FaultyStorage(storage, fault))
        assert grow(log, 10).sequence == 10  # the operation exists, which is what was asked for
        fresh = new_log(storage)
        view = fresh.latest()
        assert view.sequence == 10
        assert list(fresh.check()) == []
        assert grow(fresh, 15).sequence == 25
        storage.delete("view")
        assert new_log(storage).latest().sequence == 25

    def test_a_crash_before_the_bundle(self, storage):
        """The operation exists, the bundle does not; nothing is missing."""
        fault = Fail(always("create", prefix="bundles/"))
        log = new_log(FaultyStorage(storage, fault))
        assert grow(log, 10).sequence == 10
        assert list(storage.list("bundles/")) == []
        fresh = new_log(storage)
        assert grow(fresh, 5).sequence == 15
        assert list(fresh.check()) == []
        storage.delete("view")
        assert new_log(storage).latest().sequence == 15

    def test_a_damaged_bundle_is_told(self, log, storage):
        view = grow(log, 25)
        stored = bytearray(storage.read(bundle_path(11)))
        stored[50] ^= 1
        storage.write(bundle_path(11), bytes(stored))
        assert new_log(storage).latest() == view
        troubles = dict(new_log(storage).check())
        assert set(troubles) == {operation_path(11), bundle_path(11)}
        with pytest.raises(Damaged):
            new_log(storage).read(15)
        assert new_log(storage).read(5) is not None

    def test_a_bundle_whose_files_were_not_emptied_is_checked_too(self, storage):
        log = new_log(FaultyStorage(storage, Fail(always("write", prefix="operations/"))))
        grow(log, 10)
        stored = bytearray(storage.read(bundle_path(1)))
        stored[-1] ^= 1
        storage.write(bundle_path(1), bytes(stored))
        assert [name for name, _ in new_log(storage).check()] == [bundle_path(1)]

    def test_a_missing_bundle_is_told(self, log, storage):
        grow(log, 15)
        storage.delete(bundle_path(1))
        with pytest.raises(Damaged, match="bundle is missing"):
            new_log(storage).read(3)

    def test_a_bundle_with_another_view_is_told(self, log, storage):
        from dataclasses import replace

        from contentvc.history.bundle import encode_bundle

        grow(log, 10)
        bundle = decode_bundle(storage.read(bundle_path(1)))
        wrong = encode_view(replace(decode_view(bundle.view), refs={}))
        storage.write(bundle_path(1), encode_bundle(replace(bundle, view=wrong)))
        assert [name for name, _ in new_log(storage).check()] == [bundle_path(1)]

    def test_ten_writers_make_each_bundle_once(self, storage):
        def work(writer):
            log = new_log(storage, seed=writer + 10)
            grow(log, 20, f"branch/{writer}", log.latest())

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(work, range(5)))
        fresh = new_log(storage)
        assert fresh.latest().sequence == 100
        assert list(fresh.check()) == []
        assert len(list(storage.list("bundles/"))) == 10


class TestEarlierViews:
    @pytest.mark.usefixtures("bundles_of_ten")
    def test_each_is_what_it_was(self, log, storage):
        views = [log.latest(), *(grow(log, 1) for _ in range(33))]
        fresh = new_log(storage)
        for number, view in enumerate(views):
            assert fresh.view_at(number) == view

    @pytest.mark.parametrize("sequence", [4, 100, -1])
    def test_one_that_never_was_is_missing(self, log, sequence):
        grow(log, 3)
        with pytest.raises(Missing) as caught:
            log.view_at(sequence)
        assert caught.value.code == "unknown-operation"
        assert "the last is 3" in caught.value.message or sequence < 0

    @pytest.mark.usefixtures("bundles_of_ten")
    def test_walking_from_the_middle(self, log):
        grow(log, 25)
        assert [one.operation.sequence for one in log.walk(18)] == list(range(18, 26))


def test_a_branch_is_checked_out_in_one_workspace_whoever_was_quicker():
    first, second = WorkspaceId(b"1" * 16), WorkspaceId(b"2" * 16)
    main, other = Head("branch/main", None), Head("branch/other", None)
    view = replace(EMPTY_VIEW, workspaces={first: Standing(main, 1), second: Standing(other, 1)})
    with pytest.raises(Conflict) as failed:
        Draft("switch", "A", workspaces=(WorkspaceMove(second, other, main),)).check(view)
    assert failed.value.code == "checked-out"
    both = (WorkspaceMove(first, main, other), WorkspaceMove(second, other, main))
    Draft("switch", "A", workspaces=both).check(view)
    Draft("switch", "A", workspaces=(WorkspaceMove(first, main, main),)).check(view)
