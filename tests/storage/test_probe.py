import os

import pytest

from contentvc.errors import Busy, NotAllowed
from contentvc.storage.contract import NotFound, StorageError, Unclear
from contentvc.storage.faulty import (
    Fail,
    FaultyStorage,
    IgnoreConditions,
    LoseAnswer,
    RepeatAnswer,
    always,
    nth,
)
from contentvc.storage.memory import MemoryStorage
from contentvc.storage.probe import check_exclusive


@pytest.fixture
def inner():
    storage = MemoryStorage()
    storage.create("kept", b"x")
    yield storage
    assert list(storage.list("")) == ["kept"], "the probe's name is gone"


def test_a_sound_storage_passes(inner):
    check_exclusive(inner, os.urandom)


UNSAFE = {
    "overwrites": ((IgnoreConditions(always("create")),), "a second time"),
    "overwrites and loses the answer": (
        (IgnoreConditions(always("create")), LoseAnswer(nth([2, 3], "create"))),
        "a second time",
    ),
    "overwrites and says that it fails": (
        (IgnoreConditions(always("create")), RepeatAnswer(nth([2], "create"))),
        "it replaces the bytes",
    ),
    "loses what was created": ((Fail(always("read"), NotFound),), "it loses what was created"),
}


@pytest.mark.parametrize(("faults", "reason"), UNSAFE.values(), ids=UNSAFE)
def test_an_unsafe_storage_is_refused_with_the_reason(inner, faults, reason):
    with pytest.raises(NotAllowed, match=reason) as caught:
        check_exclusive(FaultyStorage(inner, *faults), os.urandom)
    assert caught.value.code == "unsafe-storage"
    assert caught.value.hint


def test_a_storage_with_other_bytes_under_a_new_name_is_refused(inner):
    class Spoiling(FaultyStorage):
        def create(self, name, content):
            super().create(name, b"spoilt")
            super().create(name, content)

    with pytest.raises(NotAllowed, match="keeps other bytes"):
        check_exclusive(Spoiling(inner), os.urandom)


@pytest.mark.parametrize("numbers", [[1], [1, 2], [2], [2, 3], [1, 3], [1, 2, 4, 5]])
def test_lost_answers_are_no_reason_to_refuse(inner, numbers):
    check_exclusive(FaultyStorage(inner, Fail(nth(numbers, "create"), Unclear)), os.urandom)
    check_exclusive(FaultyStorage(inner, LoseAnswer(nth([1], "create"))), os.urandom)


@pytest.mark.parametrize("numbers", [range(1, 100), range(2, 100)])
def test_a_storage_that_never_answers_is_busy(inner, numbers):
    with pytest.raises(Busy):
        check_exclusive(FaultyStorage(inner, Fail(nth(numbers, "create"), Unclear)), os.urandom)


def test_a_storage_that_fails_is_not_called_unsafe(inner):
    with pytest.raises(StorageError, match="it failed"):
        check_exclusive(FaultyStorage(inner, Fail(always("create"))), os.urandom)
