"""Sending: what arrives is exactly what the moved refs reach."""

from random import Random

import pytest

from contentvc.errors import Damaged
from contentvc.history.draft import Draft
from contentvc.ids import blob_id
from contentvc.objects.blocks import Method
from contentvc.remotes.receiving import receive_blobs
from contentvc.remotes.sending import send
from contentvc.upkeep.rewrite import rewrite_without
from tests.remotes.replicas import MAIN, Replica, Watching, fetch, push

FILES = {b"a.txt": b"alpha", b"data/b.txt": b"beta", b"data/deep/c.txt": b"gamma"}
LARGE = Random(1).randbytes(600_000)


@pytest.fixture
def here():
    return Replica.new(1)


@pytest.fixture
def there():
    return Replica.new(2)


def edited(content, *places):
    for place in places:
        content = content[:place] + b"edited" + content[place:]
    return content


def blocks_of(replica, method):
    return [
        block.checksum
        for pack in replica.repo.view.packs
        for block in replica.repo.objects.index.footer(pack).blocks
        if block.method is method
    ]


class TestWhatArrives:
    def test_everything_that_a_commit_reaches(self, here, there):
        commit = here.commit(FILES)
        sent = push(here, there, {MAIN: commit})
        assert there.stored() == here.reach([commit])
        assert sent.objects == len(there.stored()) == 7
        assert sent.bytes == sum(pack.length for pack in there.repo.view.packs.values())
        assert there.is_sound()

    def test_nothing_is_visible_before_the_operation(self, here, there):
        commit = here.commit(FILES)
        sent = send(here.repo, there.remote, [commit], Watching())
        assert there.reopened().stored() == set()
        assert len(list(there.repo.storage.list("packs/"))) == len(sent.packs) == 1

    def test_the_second_time_nothing(self, here, there):
        commit = here.commit(FILES)
        push(here, there, {MAIN: commit})
        sent = push(here, there, {MAIN: commit})
        assert (sent.packs, sent.objects, sent.bytes) == ((), 0, 0)

    def test_of_a_change_only_what_changed(self, here, there):
        first = here.commit(FILES)
        push(here, there, {MAIN: first})
        second = here.commit(FILES | {b"data/b.txt": b"other"}, [first])
        assert push(here, there, {MAIN: second}).objects == 4  # blob, two trees, commit
        assert there.stored() == here.reach([second])
        assert there.is_sound()

    def test_a_folder_that_was_moved_is_not_sent_again(self, here, there):
        first = here.commit({b"old/x/big": b"1" * 5000, b"old/x/two": b"2"})
        push(here, there, {MAIN: first})
        second = here.commit({b"big": b"1" * 5000, b"two": b"2"}, [first])
        assert push(here, there, {MAIN: second}).objects == 1  # a root that was a folder before

    def test_what_an_older_version_had_is_looked_for_where_it_is_much(self, here, there):
        noise = {b"noise": Random(5).randbytes(5_000_000)}
        first = here.commit(noise)
        second = here.commit({b"other": b"x"}, [first])
        push(here, there, {MAIN: second})
        third = here.commit(noise | {b"new": b"x"}, [second])
        assert push(here, there, {MAIN: third}).objects == 2  # a root and the commit

    def test_large_files_arrive_with_list_and_chunks(self, here, there):
        commit = here.commit({b"large": LARGE})
        push(here, there, {MAIN: commit})
        assert all(pack.received for pack in there.repo.view.packs.values())
        assert there.repo.objects.chunks(blob_id(LARGE)) == here.repo.objects.chunks(blob_id(LARGE))
        assert there.is_sound()

    def test_merges_and_many_commits_at_once(self, here, there):
        one = here.commit({b"a": b"1"}, message="one")
        left = here.commit({b"a": b"2"}, [one], "left")
        right = here.commit({b"a": b"3"}, [one], "right")
        merged = here.commit({b"a": b"4"}, [left, right], "merged")
        push(here, there, {MAIN: merged})
        assert there.stored() == here.reach([merged])

    def test_a_commit_of_the_remote_that_is_not_here_is_no_hindrance(self, here, there):
        theirs = there.commit({b"theirs": b"x"})
        there.move("branch/theirs", theirs)
        commit = here.commit(FILES)
        push(here, there, {MAIN: commit})
        assert here.reach([commit]) <= there.stored()

    def test_several_packs_where_there_is_much(self, here, there, monkeypatch):
        monkeypatch.setattr("contentvc.limits.PACK_BYTES", 100_000)
        commit = here.commit({b"large": LARGE})
        sent = push(here, there, {MAIN: commit})
        assert len(sent.packs) > 3
        assert there.is_sound()


class TestSecrets:
    """What no moved ref reaches stays here, though it lies in the same block."""

    SECRET = b"the password is swordfish" * 3

    @pytest.mark.parametrize("neighbours", [0, 1, 300])
    def test_a_secret_that_was_taken_back_does_not_leave(self, here, there, neighbours):
        files = {b"f%d" % n: Random(n).randbytes(40).hex().encode() for n in range(neighbours)}
        here.commit(files | {b"m-secret": self.SECRET}, message="with " + "secret" * 20)
        assert self.SECRET in here.raw()
        again = here.commit(files | {b"fine": b"fine"})
        push(here, there, {MAIN: again})
        assert there.stored() == here.reach([again])
        assert self.SECRET not in there.raw()
        assert b"secretsecret" not in there.raw()
        assert b"m-secret" not in there.raw()
        assert there.is_sound()

    def test_nor_as_the_base_of_a_delta(self, here, there):
        secret = edited(LARGE, 100_000)[:400_000] + b"swordfish" * 5 + LARGE[400_000:]
        first = here.commit({b"large": secret})
        second = here.commit({b"large": LARGE}, old={b"large": blob_id(secret)})
        assert blocks_of(here, Method.DELTA)
        push(here, there, {MAIN: second})
        assert there.stored() == here.reach([second])
        assert first not in there.stored()
        assert b"swordfish" * 5 not in there.raw()
        assert there.is_sound()

    def test_purged_content_is_passed_over(self, here, there):
        commit = here.commit({b"a": b"fine", b"s": self.SECRET})
        push(here, there, {MAIN: commit})
        gone = blob_id(self.SECRET)
        done = rewrite_without(there.repo.objects, there.repo.clockwork.random, {gone})
        there.repo.append(
            Draft("purge", "A", added=done.added, removed=done.removed, purged=(gone,))
        )
        again = here.commit({b"s": self.SECRET, b"b": b"new"}, [commit])
        branch = here.commit({b"s": self.SECRET}, message="branch")
        push(here, there, {MAIN: again, "branch/b": branch})
        assert gone not in there.stored()
        assert there.is_sound()


class Hub:
    """Where content lies that is not here."""

    is_asked = True
    names = ("hub",)

    def __init__(self, here, hub):
        self.here, self.hub = here.repo, hub

    def bring(self, blobs):
        got = receive_blobs(self.here, self.hub.remote, blobs, Watching())
        self.here.append(Draft("bring", "A", added=got.packs, written_at=got.written_at))
        return self.here.view.packs


class TestElsewhere:
    def test_what_lies_elsewhere_is_brought_and_sent(self, here, there):
        hub = Replica.new(3)
        commit = hub.commit(FILES | {b"large": LARGE})
        hub.move(MAIN, commit)
        fetch(here, hub, without_blobs=True)
        here.repo.objects.elsewhere = Hub(here, hub)
        push(here, there, {MAIN: commit})
        assert there.stored() == hub.reach([commit])
        assert there.is_sound()

    def test_nothing_is_brought_that_the_other_side_has(self, here, there):
        hub = Replica.new(3)
        commit = hub.commit(FILES | {b"large": LARGE})
        push(hub, there, {MAIN: commit})
        hub.move(MAIN, commit)
        fetch(here, hub, without_blobs=True)
        here.repo.objects.elsewhere = Hub(here, hub)
        before = here.stored()
        again = here.commit({b"new": b"new"}, [commit])
        push(here, there, {MAIN: again})
        assert len(here.stored() - before) == 3


class TestBlocks:
    def test_travel_as_they_are(self, here, there):
        commit = here.commit({b"f%d" % n: Random(n).randbytes(99) for n in range(5000)})
        push(here, there, {MAIN: commit})
        assert blocks_of(there, Method.ZSTD) == blocks_of(here, Method.ZSTD)
        assert blocks_of(there, Method.PLAIN) == blocks_of(here, Method.PLAIN)

    def test_deltas_stand_on_what_the_other_side_has(self, here, there):
        changed = edited(LARGE, 300_000)
        first = here.commit({b"large": LARGE})
        push(here, there, {MAIN: first})
        second = here.commit({b"large": changed}, [first], old={b"large": blob_id(LARGE)})
        deltas = blocks_of(here, Method.DELTA)
        assert deltas
        sent = push(here, there, {MAIN: second})
        assert sent.bytes < 5000
        assert blocks_of(there, Method.DELTA) == deltas
        assert there.is_sound()

    def test_deltas_stand_on_what_came_along(self, here, there):
        versions, old, parents = [LARGE], {}, []
        for n in range(6):
            commit = here.commit({b"large": versions[-1]}, parents, old=old)
            old, parents = {b"large": blob_id(versions[-1])}, [commit]
            versions.append(edited(versions[-1], 90_000 * (n + 1), 300_000))
        deltas = blocks_of(here, Method.DELTA)
        push(here, there, {MAIN: parents[0]})
        assert blocks_of(there, Method.DELTA) == deltas
        assert there.is_sound()

    def test_also_across_packs(self, here, there, monkeypatch):
        changed = edited(LARGE, 300_000)
        first = here.commit({b"large": LARGE})
        second = here.commit({b"large": changed}, [first], old={b"large": blob_id(LARGE)})
        deltas = blocks_of(here, Method.DELTA)
        monkeypatch.setattr("contentvc.limits.PACK_BYTES", 100_000)
        sent = push(here, there, {MAIN: second})
        assert len(sent.packs) > 3
        assert blocks_of(there, Method.DELTA) == deltas
        assert there.is_sound()

    def test_trees_and_commits_come_last_in_their_pack(self, here, there):
        first = here.commit(FILES)
        second = here.commit({b"n": b"new"}, [first])
        push(here, there, {MAIN: second})
        (pack,) = there.repo.view.packs
        kinds = there.repo.objects.index.footer(pack).kinds
        assert kinds == bytes(kinds.count(0)) + kinds.lstrip(b"\0")


class Meanwhile(Watching):
    """Lets somebody else do something, once, when objects are about to be moved."""

    def __init__(self, deed):
        super().__init__()
        self.deed = deed

    def start(self, total_files, total_bytes, label):
        super().start(total_files, total_bytes, label)
        if self.deed and label == "Sending objects":
            self.deed()
            self.deed = None


class TestTrouble:
    def test_a_compaction_here_at_the_same_time(self, here, there):
        commit = here.commit(FILES)
        other = here.reopened()

        def compact():
            old = list(here.repo.storage.list("packs/"))
            other.compact()
            for name in old:
                here.repo.storage.delete(name)

        assert push(here, there, {MAIN: commit}, Meanwhile(compact)).objects == 7
        assert there.stored() == other.reach([commit])
        assert there.is_sound()

    def test_a_pack_that_is_gone_here(self, here, there):
        commit = here.commit(FILES)

        def lose():
            for name in list(here.repo.storage.list("packs/")):
                here.repo.storage.delete(name)

        with pytest.raises(Damaged, match=r"packs/\w+ is missing"):
            push(here, there, {MAIN: commit}, Meanwhile(lose))

    def test_damage_here_does_not_travel(self, here, there):
        commit = here.commit(FILES)
        (name,) = here.repo.storage.list("packs/")
        pack = bytearray(here.repo.storage.read(name))
        pack[9] ^= 1
        here.repo.storage.write(name, bytes(pack))
        with pytest.raises(Damaged):
            push(here.reopened(), there, {MAIN: commit})
        assert there.repo.view.sequence == 1

    def test_what_is_missing_here_is_named(self, here, there):
        commit = here.commit(FILES)
        for name in here.repo.storage.list("packs/"):
            here.repo.storage.delete(name)
        with pytest.raises(Damaged) as caught:
            push(here.reopened(), there, {MAIN: commit})
        assert caught.value.code == "missing-object"

    def test_progress_adds_up(self, here, there):
        watching = Watching()
        commit = here.commit(FILES | {b"large": LARGE})
        push(here, there, {MAIN: commit}, watching)
        told, done = watching.done("Sending objects")
        assert told == done
