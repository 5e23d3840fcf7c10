"""When the files of packs that are gone are deleted."""

import pytest

from contentvc import limits
from contentvc.history.draft import Draft
from contentvc.objects.pack import pack_path
from contentvc.repository import Clockwork, Repository
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.sweep import delete_gone, delete_unread
from tests.history.scenes import START, WORKSPACE, clockwork


class Clock:
    """A repository, the time of which is set."""

    def __init__(self, workspace):
        self.now = START
        random = clockwork().random
        self.storage = MemoryStorage()
        clock = Clockwork(lambda: self.now, random, lambda _: None)
        self.repository = Repository.create(
            self.storage, clock, workspace, Draft("init", "A", workspace)
        )

    def put(self, content):
        with self.repository.writing() as writing:
            writing.put_blob(content)
            records = writing.finish()
        self.repository.append(Draft("commit", "A", added=records))
        return records[0].name

    def remove(self, pack):
        self.repository.append(Draft("repack", "A", removed=(pack,)))

    def has(self, pack):
        return pack_path(pack) in list(self.storage.list("packs/"))


def test_where_somebody_works_they_are_deleted_at_once():
    own = Clock(WORKSPACE)
    gone, live = own.put(b"gone"), own.put(b"live")
    own.remove(gone)
    delete_unread(own.repository)
    assert (own.has(gone), own.has(live)) == (False, True)


def test_what_only_others_read_stays_for_a_day():
    shared = Clock(None)
    first, second, live = shared.put(b"first"), shared.put(b"second"), shared.put(b"live")
    shared.remove(first)
    shared.now += limits.READERS_GRACE * 600_000
    shared.remove(second)
    delete_unread(shared.repository)
    assert shared.has(first)
    shared.now += limits.READERS_GRACE * 600_000
    delete_unread(shared.repository)
    assert (shared.has(first), shared.has(second)) == (False, True)
    shared.now += limits.READERS_GRACE * 600_000
    delete_unread(shared.repository)
    assert (shared.has(second), shared.has(live)) == (False, True)


@pytest.mark.parametrize("workspace", [None, WORKSPACE])
def test_what_was_purged_is_deleted_at_once_everywhere(workspace):
    own = Clock(workspace)
    gone = own.put(b"a secret")
    own.remove(gone)
    delete_gone(own.storage, own.repository.view)
    assert not own.has(gone)
