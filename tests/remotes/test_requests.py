"""What commands cost in requests, over a remote with 1,000 commits in 1,000 packs."""

import pytest

from contentvc.changes.trees import list_files
from contentvc.history.revisions import Resolver
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.storage.counted import CountedStorage
from contentvc.storage.memory import MemoryStorage
from tests.history.scenes import clockwork
from tests.remotes.clones import MAIN, Clone, Writer, copied

COMMITS = 1000
FILES = 20


def content(number):
    return b'{"number": %d}\n' % number * 20


def path(number):
    return b"cases/%02d.jsonl" % (number % FILES)


@pytest.fixture(scope="session")
def past(tmp_path_factory):
    """A remote, the repository it is of, and its commits."""
    storage = MemoryStorage()
    like = Clone(storage, tmp_path_factory.mktemp("first")).repository.description
    writer = Writer(storage, like)
    commits = [writer.commit({path(n): content(n)}, f"Change {n}") for n in range(COMMITS)]
    assert len(writer.repository.view.packs) == COMMITS
    return storage, like, commits


@pytest.fixture
def shared(past):
    return copied(past[0])


@pytest.fixture
def like(past):
    return past[1]


@pytest.fixture
def commits(past):
    return past[2]


@pytest.fixture
def clone(shared, like, tmp_path):
    """A clone that is up to date and has pushed before."""
    clone = Clone(shared, tmp_path / "clone", 11, like)
    clone.pull()
    clone.commit({b"cases/mine.jsonl": b"{}\n"}, "Mine")
    clone.push()
    return clone


@pytest.fixture
def other(shared, like, tmp_path, clone):
    other = Clone(shared, tmp_path / "other", 12, like)
    other.pull()
    other.commit({b"cases/theirs.jsonl": b"{}\n"}, "Theirs")
    other.push()
    clone.pull()
    return other


def counted(clone, command):
    """The requests of a command."""
    clone.counted.reset()
    command()
    return clone.counted.total


def opened(storage):
    """The remote as somebody who never saw it opens it, and what counts."""
    counts = CountedStorage(storage)
    remote = LayoutRemote(counts, clockwork(9), "s3", "s3://shared", Memory(None), trusting=True)
    remote.refresh()
    return remote, counts


def read(remote, commit, name):
    """One file of a version, as the Python face reads it."""
    replica = remote.as_repository
    tree = replica.commit(commit).tree
    for part in name.split(b"/")[:-1]:
        tree = replica.entry(tree, part).id
    return replica.blob(replica.entry(tree, name.rpartition(b"/")[2]).id)


class TestFetch:
    def test_nothing_new(self, clone):
        assert counted(clone, clone.fetch) == 1

    def test_a_small_commit(self, clone, other):
        other.commit({b"cases/theirs.jsonl": b"{}\n{}\n"}, "More")
        other.push()
        assert counted(clone, clone.fetch) <= 6
        assert clone.repository.view.refs["remote/origin/main"].id == other.head.commit
        assert counted(clone, clone.fetch) == 1

    def test_many_small_commits_are_read_at_once_and_only_once(self, clone, other):
        for number in range(40):
            other.commit({b"cases/theirs.jsonl": b"{}\n" * number}, "More")
            other.push()
        requests = counted(clone, clone.fetch)
        assert requests <= 1 + 40 + 63, (
            requests
        )  # a listing, operations, and packs by twice as many
        assert counted(clone, clone.fetch) == 1

    def test_caches_that_are_gone_cost_requests_and_nothing_else(self, clone):
        clone.memory.forget()
        # Nothing there is believed but the log: its bundle, and what came after that.
        assert counted(clone, clone.fetch) <= 8
        assert counted(clone, clone.fetch) == 1


class TestPush:
    def test_a_small_commit(self, clone):
        for number in range(1, 40):
            clone.commit({b"cases/mine.jsonl": b"{}\n" * number}, "More")
            sequence = clone.remote().view.sequence + 1
            requests = counted(clone, clone.push)
            # Every sixteenth sees to the index segments there.
            assert requests <= (6 if sequence % 16 else 10)
        assert counted(clone, clone.fetch) == 1

    def test_after_what_others_pushed(self, clone, other):
        other.commit({b"cases/theirs.jsonl": b"{}\n{}\n"}, "More")
        other.push()
        clone.pull()
        clone.commit({b"cases/mine.jsonl": b"{}\n{}\n"}, "Mine again")
        assert counted(clone, clone.push) <= 6

    def test_the_first_one_finds_out_whether_it_is_safe(self, shared, like, tmp_path):
        clone = Clone(shared, tmp_path / "new", 13, like)
        clone.pull()
        clone.commit({b"cases/mine.jsonl": b"{}\n"}, "Mine")
        first = counted(clone, clone.push)
        clone.commit({b"cases/mine.jsonl": b"{}\n{}\n"}, "Mine")
        assert counted(clone, clone.push) == first - 4 == 5

    def test_the_thousandth_operation_bundles_those_before_it(self, shared):
        """What the single files held is read and emptied once, by whoever comes to that number."""
        bundles = list(shared.list("bundles/"))
        assert bundles == [f"bundles/{1:020}-{1000:020}"]
        assert shared.read(f"operations/{500:020}") == b""


class TestReading:
    @pytest.mark.parametrize("number", [0, 1, 499, 500, 900, COMMITS - 40])
    def test_a_small_file_of_an_old_version(self, shared, commits, number):
        remote, counts = opened(shared)
        assert read(remote, commits[number], path(number)) == content(number)
        assert counts.total <= 8

    @pytest.mark.parametrize("number", [100, 500, 900])
    def test_one_that_is_older_than_the_version(self, shared, commits, number):
        remote, counts = opened(shared)
        assert read(remote, commits[number], path(number - 7)) == content(number - 7)
        assert counts.total <= 8

    def test_by_its_whole_id_and_by_a_tag(self, shared, commits):
        remote, counts = opened(shared)
        replica = remote.as_repository
        resolver = Resolver(
            view=remote.view,
            log=replica.log,
            read=replica.commit,
            find_objects=replica.objects.index.starting_with,
            workspace=None,
            now=0,
            zone=0,
        )
        assert resolver.resolve(commits[300].hex()) == commits[300]
        assert read(remote, commits[300], path(300)) == content(300)
        assert counts.total <= 8

    def test_all_of_them_cost_a_request_for_each_pack_at_most(self, shared):
        remote, counts = opened(shared)
        replica = remote.as_repository
        files = dict(list_files(replica.entries, replica.commit(remote.view.refs[MAIN].id).tree))
        assert len(files) == FILES
        for entry in files.values():
            replica.blob(entry.id)
        assert counts.total <= 8 + 16 + FILES

    def test_a_large_pack_is_read_by_ranges(self, shared, like, tmp_path):
        clone = Clone(shared, tmp_path / "clone", 14, like)
        clone.pull()
        large = clockwork(3).random(3_000_000)
        clone.commit({b"large.bin": large, b"z.txt": b"small\n"}, "Large")
        clone.push()
        remote, counts = opened(shared)
        assert read(remote, clone.head.commit, b"z.txt") == b"small\n"
        assert counts.read_bytes < 1_200_000
