"""Receiving: everything is proved before it counts."""

from random import Random

import pytest

from contentvc.errors import Damaged
from contentvc.history.draft import Draft
from contentvc.ids import Kind, blob_id
from contentvc.objects.blocks import Method
from contentvc.objects.pack import MAGIC
from contentvc.remotes.receiving import receive, receive_blobs
from contentvc.upkeep.rewrite import rewrite_packs, rewrite_without
from tests.remotes.replicas import MAIN, Replica, Watching, fetch, push
from tests.remotes.test_sending import FILES, LARGE, blocks_of, edited


@pytest.fixture
def here():
    return Replica.new(1)


@pytest.fixture
def there():
    return Replica.new(2)


def made(replica, files, parents=(), **how):
    commit = replica.commit(files, parents, **how)
    replica.move(MAIN, commit)
    return commit


class TestWhatArrives:
    def test_everything_that_the_refs_reach(self, here, there):
        commit = made(there, FILES)
        there.commit({b"unreached": b"unreached"})
        got = fetch(here, there)
        assert here.stored() == there.reach([commit])
        assert got.objects == 7
        assert here.is_sound()

    def test_it_counts_as_received(self, here, there):
        made(there, {b"large": LARGE})
        fetch(here, there)
        assert all(pack.received for pack in here.repo.view.packs.values())
        assert here.repo.objects.blob(blob_id(LARGE)) == LARGE

    def test_the_second_time_nothing(self, here, there):
        made(there, FILES)
        fetch(here, there)
        assert fetch(here, there).packs == ()

    def test_what_is_here_already_though_nothing_leads_to_it(self, here, there):
        here.commit(FILES)
        made(there, FILES | {b"more": b"more"})
        assert fetch(here, there).objects == 3

    def test_many_packs_by_and_by(self, here, there):
        parents = []
        for n in range(70):
            parents = [made(there, {b"f": b"%d" % n, b"same": b"same"}, parents)]
        fetch(here, there)
        assert here.stored() == there.reach(parents)
        assert len(here.repo.view.packs) == 1
        assert here.is_sound()

    def test_deltas_arrive_as_they_are(self, here, there):
        first = made(there, {b"large": LARGE})
        changed = edited(LARGE, 300_000)
        fetch(here, there)
        made(there, {b"large": changed}, [first], old={b"large": blob_id(LARGE)})
        got = fetch(here, there)
        assert got.bytes < 5000
        assert blocks_of(here, Method.DELTA) == blocks_of(there, Method.DELTA)
        assert here.is_sound()
        fresh = Replica.new(3)
        fetch(fresh, there)
        assert blocks_of(fresh, Method.DELTA) == blocks_of(there, Method.DELTA)
        assert fresh.is_sound()

    def test_deltas_whose_bases_are_not_wanted_are_sealed_anew(self, here, there):
        changed = edited(LARGE, 300_000)
        there.commit({b"large": LARGE})
        commit = made(there, {b"large": changed}, old={b"large": blob_id(LARGE)})
        assert blocks_of(there, Method.DELTA)
        fetch(here, there)
        assert here.stored() == there.reach([commit])
        assert here.is_sound()

    def test_without_blobs(self, here, there):
        made(there, FILES | {b"large": LARGE})
        fetch(here, there, without_blobs=True)
        assert {here.repo.objects.kind(one) for one in here.stored()} == {Kind.TREE, Kind.COMMIT}
        raw = here.raw()
        assert b"alpha" not in raw
        assert LARGE[:100] not in raw

    def test_blobs_afterwards(self, here, there):
        made(there, FILES | {b"large": LARGE})
        fetch(here, there, without_blobs=True)
        wanted = [blob_id(LARGE), blob_id(b"alpha")]
        got = receive_blobs(here.repo, there.remote, wanted, Watching())
        here.repo.append(Draft("fill", "A", added=got.packs, written_at=got.written_at))
        assert here.repo.objects.blob(blob_id(LARGE)) == LARGE
        assert here.repo.objects.blob(blob_id(b"alpha")) == b"alpha"
        assert blob_id(b"beta") not in here.stored()
        got = receive_blobs(here.repo, there.remote, wanted, Watching())
        assert got.packs == ()

    def test_progress_adds_up(self, here, there):
        watching = Watching()
        made(there, FILES | {b"large": LARGE})
        fetch(here, there, watching)
        told, done = watching.done("Receiving objects")
        assert told == done


class TestPurged:
    """Content that was purged there or here: versions name it, and nobody asks for it."""

    def purged(self, replica, content):
        gone = blob_id(content)
        done = rewrite_without(replica.repo.objects, replica.repo.clockwork.random, {gone})
        change = {"added": done.added, "removed": done.removed, "purged": (gone,)}
        replica.repo.append(Draft("purge", "A", **change))

    def test_there(self, here, there):
        made(there, FILES)
        self.purged(there, b"alpha")
        assert fetch(here, there).purged == {blob_id(b"alpha")}
        assert blob_id(b"alpha") not in here.stored()
        assert here.is_sound()
        assert fetch(here, there).purged == frozenset()

    def test_here(self, here, there):
        first = made(there, FILES)
        fetch(here, there)
        self.purged(here, b"alpha")
        made(there, FILES | {b"d/again": b"alpha"}, [first])
        fetch(here, there)
        assert blob_id(b"alpha") not in here.stored()
        assert here.is_sound()

    def test_it_is_not_sent_either(self, here, there):
        commit = here.commit(FILES)
        self.purged(here, b"alpha")
        assert push(here, there, {MAIN: commit}).purged == {blob_id(b"alpha")}
        assert there.is_sound()


class TestTrouble:
    @pytest.mark.parametrize("at", range(0, 700, 7))
    def test_any_wrong_byte_is_found(self, here, there, at):
        made(there, FILES)
        (name,) = there.repo.storage.list("packs/")
        pack = bytearray(there.repo.storage.read(name))
        pack[at % len(pack)] ^= 1
        there.repo.storage.write(name, bytes(pack))
        before = here.repo.view
        if at % len(pack) < len(MAGIC):  # which no read looks at
            fetch(here, there.reopened())
            assert here.is_sound()
            return
        with pytest.raises(Damaged, match="beside: "):
            fetch(here, there.reopened())
        assert here.repo.view is before

    def test_a_pack_that_is_missing(self, here, there):
        made(there, FILES)
        there = there.reopened()
        for name in there.repo.storage.list("packs/"):
            there.repo.storage.delete(name)
        with pytest.raises(Damaged, match=r"beside: packs/.* is missing"):
            fetch(here, there)

    def test_an_object_that_is_missing(self, here, there):
        commit = made(there, FILES)
        done = rewrite_without(there.repo.objects, there.repo.clockwork.random, {blob_id(b"alpha")})
        there.repo.append(Draft("x", "A", added=done.added, removed=done.removed))
        with pytest.raises(Damaged, match=r"beside: object .* is not stored there"):
            fetch(here, there)
        assert commit not in here.stored()

    def test_a_compaction_there_at_the_same_time(self, here, there):
        commit = made(there, FILES)
        stale = there.reopened()
        old = list(there.repo.storage.list("packs/"))
        packs = list(there.repo.view.packs)
        done = rewrite_packs(there.repo.objects, Random(7).randbytes, packs, set())
        there.repo.append(Draft("compact", "A", added=done.added, removed=done.removed))
        for name in old:
            there.repo.storage.delete(name)
        receive_from = stale.remote
        got = receive(here.repo, receive_from, [commit], Watching())
        assert got.objects == 7
