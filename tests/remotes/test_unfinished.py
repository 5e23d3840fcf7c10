"""Transfers that were cut short go on where they ended."""

import pytest

from contentvc.history.draft import Draft
from contentvc.ids import blob_id
from contentvc.remotes.receiving import receive
from contentvc.remotes.sending import send
from contentvc.remotes.unfinished import Unfinished
from contentvc.storage.memory import MemoryStorage
from tests.remotes.replicas import MAIN, Replica, Watching, fetch, push
from tests.remotes.test_sending import FILES, LARGE

FILE = {b"large": LARGE, b"small": b"small"}


class Interrupting(Watching):
    """Is interrupted after so many blocks."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def advance(self, *_):
        self.after -= 1
        if not self.after:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _small_packs(monkeypatch):
    monkeypatch.setattr("contentvc.limits.PACK_BYTES", 100_000)


@pytest.fixture
def here():
    return Replica.new(1)


@pytest.fixture
def there():
    return Replica.new(2)


def cut(move):
    with pytest.raises(KeyboardInterrupt):
        move(Interrupting(8))


def names(replica):
    return set(replica.repo.storage.list("packs/"))


class TestSending:
    def test_what_was_sent_is_not_sent_again(self, here, there):
        commit = here.commit(FILE)
        cut(lambda watching: send(here.repo, there.remote, [commit], watching))
        left = names(there)
        assert left
        sent = push(here, there, {MAIN: commit})
        assert left < names(there)
        assert len(sent.packs) == len(names(there)) == len(there.repo.view.packs)
        assert sent.bytes < sum(pack.length for pack in sent.packs)
        assert there.stored() == here.reach([commit])
        assert there.is_sound()

    def test_unless_something_else_is_wanted_now(self, here, there):
        commit = here.commit(FILE)
        cut(lambda watching: send(here.repo, there.remote, [commit], watching))
        other = here.commit({b"small": b"small"})
        push(here, there, {MAIN: other})
        assert there.stored() == here.reach([other])

    @pytest.mark.parametrize("trouble", ["gone", "short", "discarded"])
    def test_or_a_pack_is_not_what_it_was(self, here, there, trouble):
        commit = here.commit(FILE)
        cut(lambda watching: send(here.repo, there.remote, [commit], watching))
        for name in names(there):
            pack = there.repo.storage.read(name)
            there.repo.storage.delete(name)
            if trouble == "short":
                there.repo.storage.write(name, pack[:-1])
            elif trouble == "discarded":
                there.repo.storage.write(name, pack)
                gone = bytes.fromhex(name.partition("/")[2])
                there.repo.append(Draft("sweep", "A", discarded=(gone,)))
        push(here, there, {MAIN: commit})
        assert there.stored() == here.reach([commit])
        assert there.is_sound()


class TestReceiving:
    def test_what_was_received_is_not_received_again(self, here, there):
        commit = there.commit(FILE)
        there.move(MAIN, commit)
        cut(lambda watching: receive(here.repo, there.remote, [commit], watching))
        left = names(here)
        assert left
        got = fetch(here, there)
        assert left < names(here)
        assert len(got.packs) == len(names(here)) == len(here.repo.view.packs)
        assert all(pack.received for pack in here.repo.view.packs.values())
        assert here.stored() == there.reach([commit])
        assert here.is_sound()

    def test_deltas_stand_on_what_was_received_before(self, here, there):
        first = there.commit(FILE)
        second = there.commit({b"large": b"x" + LARGE}, [first], old={b"large": blob_id(LARGE)})
        there.move(MAIN, second)
        cut(lambda watching: receive(here.repo, there.remote, [second], watching))
        fetch(here, there)
        assert here.stored() == there.reach([second])
        assert any(one.needs for one in footers(here))
        assert here.is_sound()


def footers(replica):
    return [replica.repo.objects.index.footer(pack) for pack in replica.repo.view.packs]


def test_a_damaged_file_is_no_more_than_forgotten(here, there):
    commit = here.commit(FILES)
    storage = MemoryStorage()
    left = Unfinished(storage, "sent")
    sent = send(here.repo, there.remote, [commit], Watching())
    left.add(sent.packs[0])
    wanted = {one: here.repo.objects.kind(one) for one in here.reach([commit])}

    def found():
        again = Unfinished(storage, "sent")
        return again.left(there.repo.objects, there.repo.view, wanted, lambda _: True)

    assert [one.record for one in found()] == list(sent.packs)
    storage.write("sent", storage.read("sent")[:-1] + b"?")
    assert found() == []
