"""A transfer that fails at any call leaves nothing visible, and the next one goes on from there."""

import pytest

from contentvc.ids import blob_id
from contentvc.repository import Repository
from contentvc.storage.contract import StorageError
from contentvc.storage.faulty import Fail, FaultyStorage, nth
from tests.history.scenes import clockwork
from tests.remotes.replicas import MAIN, Replica, fetch, push
from tests.remotes.test_sending import LARGE, edited

CALLS = range(1, 12)
UNDER_WAY = 4
"""Packs that are uploaded at once; where one fails, those that stand on it are sent again."""


@pytest.fixture(autouse=True)
def _small_packs(monkeypatch):
    monkeypatch.setattr("contentvc.limits.PACK_BYTES", 100_000)


def history(replica):
    """Two versions of a large file, among small ones."""
    first = replica.commit({b"large": LARGE, b"a": b"a", b"d/b": b"b"})
    changed = {b"large": edited(LARGE, 300_000), b"a": b"a", b"d/b": b"c"}
    return replica.commit(changed, [first], old={b"large": blob_id(LARGE)})


def failing(replica, fault):
    """The same replica, on a storage that fails."""
    storage = FaultyStorage(replica.repo.storage, fault)
    return Replica(Repository.open(storage, clockwork(7)), replica.memory)


def names(replica):
    return set(replica.repo.storage.list("packs/"))


def live(replica):
    return {f"packs/{pack.hex()}" for pack in replica.repo.view.packs}


def outcome(move, *replicas):
    """Whether it went through."""
    try:
        move(*replicas)
    except StorageError:
        return False
    return True


@pytest.mark.parametrize("number", CALLS)
@pytest.mark.parametrize("verb", ["read", "upload"])
def test_while_sending(number, verb):
    here, there = Replica.new(1), Replica.new(2)
    head = history(here)

    def move(source, target):
        push(source, target, {MAIN: head})

    fault = Fail(nth([number], verb, prefix="packs/"))
    if not outcome(move, here, failing(there, fault)):
        assert there.reopened().repo.view.sequence == 1
        left = names(there)
        move(here, there)
        assert len(left - live(there)) < UNDER_WAY
    there.repo.refresh()
    assert there.stored() == here.reach([head])
    assert there.is_sound()


@pytest.mark.parametrize("number", CALLS)
@pytest.mark.parametrize(
    ("verb", "side"), [("read", "there"), ("read", "here"), ("upload", "here")]
)
def test_while_receiving(number, verb, side):
    here, there = Replica.new(1), Replica.new(2)
    head = history(there)
    there.move(MAIN, head)
    fault = Fail(nth([number], verb, prefix="packs/"))
    partly = (failing(here, fault), there) if side == "here" else (here, failing(there, fault))
    if not outcome(fetch, *partly):
        assert here.reopened().repo.view.sequence == 1
        left = names(here)
        fetch(here, there)
        assert len(left - live(here)) < UNDER_WAY
    here.repo.refresh()
    assert here.stored() == there.reach([head])
    assert here.is_sound()
