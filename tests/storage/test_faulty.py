import pytest

from contentvc.errors import Busy
from contentvc.storage.contract import AlreadyExists, NotFound, StorageError, Unclear
from contentvc.storage.faulty import (
    Call,
    DelayListing,
    Fail,
    Fault,
    FaultyStorage,
    IgnoreConditions,
    LoseAnswer,
    RepeatAnswer,
    RunFull,
    Tear,
    always,
    nth,
    share,
)
from contentvc.storage.memory import MemoryStorage
from tests.contracts.storage_contract import StorageContract


class TestFaultyStorageWithoutFaults(StorageContract):
    @pytest.fixture
    def make(self):
        return lambda: FaultyStorage(MemoryStorage(), Fault(), Fail(nth([])), Tear(nth([]), 0))


@pytest.fixture
def inner():
    storage = MemoryStorage()
    storage.create("before", b"before")
    return storage


CALLS = {
    "read": lambda storage: storage.read("before"),
    "write": lambda storage: storage.write("new", b"x"),
    "create": lambda storage: storage.create("new", b"x"),
    "upload": lambda storage: storage.upload("new", [b"x"]),
    "delete": lambda storage: storage.delete("before"),
    "list": lambda storage: list(storage.list("")),
    "stamps": lambda storage: list(storage.stamps("")),
}


@pytest.mark.parametrize("verb", CALLS)
def test_a_failed_call_has_no_effect(inner, verb):
    with pytest.raises(StorageError, match="it failed") as caught:
        CALLS[verb](FaultyStorage(inner, Fail(always(verb))))
    assert type(caught.value) is StorageError
    assert list(inner.list("")) == ["before"]
    with pytest.raises(Unclear):
        CALLS[verb](FaultyStorage(inner, Fail(always(verb), Unclear)))


@pytest.mark.parametrize("verb", ["write", "create", "upload"])
def test_a_lost_answer_has_its_effect(inner, verb):
    with pytest.raises(Unclear):
        CALLS[verb](FaultyStorage(inner, LoseAnswer(always(verb))))
    assert inner.read("new") == b"x"


def test_a_repeated_answer_has_its_effect(inner):
    storage = FaultyStorage(inner, RepeatAnswer(always()))
    with pytest.raises(AlreadyExists):
        storage.create("new", b"x")
    assert inner.read("new") == b"x"
    storage.upload("other", [b"x"])


@pytest.mark.parametrize("length", [0, 1, 4, 5, 6, 100])
def test_a_torn_upload_is_not_seen(inner, length):
    storage = FaultyStorage(inner, Tear(always(), length))
    with pytest.raises(StorageError, match=f"torn after {length} bytes"):
        storage.upload("new", [b"12345", b"678"])
    assert list(inner.list("")) == ["before"]


def test_a_full_storage_takes_no_more(inner):
    storage = FaultyStorage(inner, RunFull(10))
    storage.write("a", b"1234")
    storage.create("b", b"123")
    with pytest.raises(Busy) as caught:
        storage.upload("c", [b"12", b"34"])
    assert caught.value.code == "disk-full"
    for call in (lambda: storage.write("a", b""), lambda: storage.create("d", b"1")):
        with pytest.raises(Busy):
            call()
    assert list(storage.list("")) == ["a", "b", "before"]
    assert storage.read("a") == b"1234"
    storage.delete("a")


def test_ignored_conditions_overwrite(inner):
    FaultyStorage(inner, IgnoreConditions(always("create"))).create("before", b"after")
    assert inner.read("before") == b"after"


def test_a_late_name_is_missing_from_some_lists(inner):
    storage = FaultyStorage(inner, DelayListing(2, always()))
    storage.create("new", b"x")
    assert storage.read("new") == b"x"
    lists = [list(storage.list("")) for _ in range(4)]
    assert lists == [["before"], ["before"], ["before", "new"], ["before", "new"]]
    storage.create("newer", b"x")
    shown = [[name for name, _ in storage.stamps("n")] for _ in range(3)]
    assert shown == [["new"], ["new"], ["new", "newer"]]


def test_faults_compose(inner):
    storage = FaultyStorage(
        inner, Fail(nth([1], "create")), LoseAnswer(nth([2], "create")), RunFull(3)
    )
    with pytest.raises(StorageError):
        storage.create("a", b"12")
    with pytest.raises(NotFound):
        storage.read("a")
    storage.create("b", b"12")
    with pytest.raises(Busy):
        storage.create("c", b"34")


def test_chosen_calls_are_the_same_at_every_run():
    calls = [Call(verb, f"n{number}", 0) for number in range(50) for verb in ("read", "create")]
    when = share(0.5, 7, "create", prefix="n1")
    chosen = [call for call in calls if when(call)]
    again = share(0.5, 7, "create", prefix="n1")
    assert chosen == [call for call in calls if again(call)]
    assert {call.verb for call in chosen} == {"create"}
    assert all(call.name.startswith("n1") for call in chosen)
    assert 0 < len(chosen) < 11
    other = share(0.5, 8, "create", prefix="n1")
    assert chosen != [call for call in calls if other(call)]


def test_calls_are_counted_among_those_concerned():
    when = nth([2, 3], "create", prefix="operations/")
    names = ["operations/1", "packs/1", "operations/2", "operations/3", "operations/4"]
    assert [when(Call("create", name, 0)) for name in names] == [False, False, True, True, False]
    assert not when(Call("read", "operations/2", 0))
