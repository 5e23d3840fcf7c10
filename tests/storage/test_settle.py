import pytest

from contentvc.errors import Busy
from contentvc.storage.contract import AlreadyExists, NotFound, StorageError, Unclear
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
from contentvc.storage.settle import create_settled
from tests.contracts.storage_contract import at_once

LOST = {
    "request": lambda when: Fail(when, Unclear),
    "answer": LoseAnswer,
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
@pytest.mark.parametrize("times", [0, 1, 2, 9])
def test_lost_answers_are_asked_for_again(lost, times):
    inner = MemoryStorage()
    create_settled(FaultyStorage(inner, lost(nth(range(1, times + 1), "create"))), "n", b"ours")
    assert inner.read("n") == b"ours"


@pytest.mark.parametrize("lost", [*LOST.values(), RepeatAnswer], ids=[*LOST, "repeated"])
def test_what_another_created_is_not_ours(lost):
    inner = MemoryStorage()
    inner.create("n", b"theirs")
    with pytest.raises(AlreadyExists):
        create_settled(FaultyStorage(inner, lost(nth([1], "create"))), "n", b"ours")
    assert inner.read("n") == b"theirs"


@pytest.mark.parametrize("theirs", [b"our", b"ours and more", b""])
def test_bytes_must_be_wholly_equal(theirs):
    storage = MemoryStorage()
    storage.create("n", theirs)
    with pytest.raises(AlreadyExists):
        create_settled(storage, "n", b"ours")


def test_a_repeated_create_is_ours():
    inner = MemoryStorage()
    create_settled(FaultyStorage(inner, RepeatAnswer(always())), "n", b"ours")
    assert inner.read("n") == b"ours"


def test_answers_that_are_always_lost_settle_on_the_second_create():
    inner = MemoryStorage()
    create_settled(FaultyStorage(inner, LoseAnswer(always("create"))), "n", b"ours", attempts=2)
    assert inner.read("n") == b"ours"


def test_it_gives_up_and_says_that_it_does_not_know():
    storage = FaultyStorage(MemoryStorage(), Fail(always("create"), Unclear))
    with pytest.raises(Busy, match="still unclear after 3 attempts") as caught:
        create_settled(storage, "n", b"ours", attempts=3)
    assert caught.value.code == "storage-failed"


def test_a_definite_failure_is_told():
    inner = MemoryStorage()
    with pytest.raises(StorageError, match="it failed"):
        create_settled(FaultyStorage(inner, Fail(always("create"))), "n", b"ours")
    assert list(inner.list("")) == []


def test_a_name_that_goes_while_it_is_read_is_created():
    inner = MemoryStorage()
    inner.create("n", b"theirs")

    class Removing(FaultyStorage):
        def read(self, name, span=None):
            inner.delete(name)
            return super().read(name, span)

    create_settled(Removing(inner), "n", b"ours")
    assert inner.read("n") == b"ours"


@pytest.mark.parametrize("seed", range(20))
def test_one_of_racing_settlers_wins_whatever_is_lost(seed):
    inner = MemoryStorage()
    faults = (
        Fail(share(0.2, seed, "create"), Unclear),
        LoseAnswer(share(0.2, seed + 1, "create")),
        RepeatAnswer(share(0.2, seed + 2, "create")),
    )
    storage, won, lost = FaultyStorage(inner, *faults), [], []

    def race(racer):
        try:
            create_settled(storage, "n", bytes([racer]), attempts=1000)
        except AlreadyExists:
            lost.append(racer)
        else:
            won.append(racer)

    at_once(5, race)
    assert (len(won), len(lost)) == (1, 4)
    assert inner.read("n") == bytes(won)


def test_unreadable_names_are_not_taken_for_ours():
    inner = MemoryStorage()
    inner.create("n", b"ours")
    storage = FaultyStorage(inner, Fail(always("read"), NotFound))
    with pytest.raises(Busy):
        create_settled(storage, "n", b"ours")
