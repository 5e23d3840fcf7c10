"""What a hostile remote may hold: each lie is found, named, and changes nothing here."""

from dataclasses import replace
from random import Random

import pytest
from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.draft import Draft, RefMove
from contentvc.ids import Kind, PackName, blob_id, keyed_id
from contentvc.objects.blocks import Base, Method, SealedBlock, seal
from contentvc.objects.compression import compress
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import PackBuilder
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from tests.remotes.replicas import MAIN, Replica, fetch

HERE = PackName(b"")
OLD = Random(1).randbytes(20_000)
NEW = OLD[:9000] + b"new" + OLD[9000:]


def block(kind, *objects, **changed):
    """A block of (id, bytes), told to be of a kind."""
    ids, contents = zip(*objects, strict=True)
    sealed = seal(bytes([kind]) * len(ids), ids, contents)
    fields = {name: getattr(sealed, name) for name in SealedBlock.__slots__}
    return SealedBlock(**(fields | changed))


def delta(content, bases, prefix, cost):
    stored = compress(content, prefix)
    return SealedBlock(
        stored=stored,
        raw=len(content),
        method=Method.DELTA,
        checksum=xxh3_64_intdigest(stored),
        kinds=bytes([Kind.RAW]),
        ids=blob_id(content),
        lengths=(len(content),),
        cost=cost,
        bases=tuple(bases),
    )


def tree(*entries):
    encoded = encode_tree(Tree(tuple(entries)))
    return keyed_id(Kind.TREE, encoded), encoded


def entry(name, content, identifier=None):
    return Entry(name, Mode.FILE, len(content), identifier or blob_id(content))


def commit(root, *parents):
    encoded = encode_commit(Commit(root, parents, "A <a@b>", 1, 0, "m"))
    return keyed_id(Kind.COMMIT, encoded), encoded


class Liar:
    """A replica whose only pack is made of whatever blocks."""

    def __init__(self):
        self.replica = Replica.new(2)

    def tells(self, head, *blocks):
        builder = PackBuilder(PackName(self.replica.repo.clockwork.random(16)))
        for one in blocks:
            builder.add(one)
        record, _ = builder.upload(self.replica.repo.storage)
        return self.appends(head, record)

    def appends(self, head, record):
        """Without looking at what is in the pack, as a program that means well would."""
        repo = self.replica.repo
        old = repo.view.refs.get(MAIN)
        move = RefMove(MAIN, old and old.id, head)
        repo.log.append(Draft("lie", "A", refs=(move,), added=(record,)), repo.view)
        repo.refresh()
        return self.replica

    def tells_of(self, content, *blocks):
        """A commit with one file."""
        root = tree(entry(b"f", content))
        head = commit(root[0])
        return self.tells(head[0], *blocks, block(Kind.TREE, root), block(Kind.COMMIT, head))


@pytest.fixture
def liar():
    return Liar()


@pytest.fixture
def here():
    return Replica.new(1)


def refused(here, there):
    """The error; nothing that was received is visible, or becomes so later."""
    before = here.repo.view
    with pytest.raises(Damaged) as caught:
        fetch(here, there)
    assert str(caught.value).startswith("beside: ")
    assert caught.value.details["remote"] == "beside"
    assert here.repo.view is before
    assert here.reopened().stored() == set()
    return caught.value


def good(content):
    return block(Kind.RAW, (blob_id(content), content))


def test_without_a_lie_it_is_taken(here, liar):
    fetch(here, liar.tells_of(b"true", good(b"true")))
    assert here.repo.objects.blob(blob_id(b"true")) == b"true"


def test_content_of_another_id(here, liar):
    error = refused(here, liar.tells_of(b"true", block(Kind.RAW, (blob_id(b"true"), b"lies"))))
    assert error.details["object"] == blob_id(b"true").hex()


def test_content_that_is_told_to_be_something_else(here, liar):
    there = liar.tells_of(b"true", block(Kind.TREE, (blob_id(b"true"), b"true")))
    refused(here, there)


def test_a_tree_that_is_told_to_be_a_list(here, liar):
    root = tree(entry(b"f", b"true"))
    head = commit(root[0])
    fake = (root[0], encode_list(ChunkList((blob_id(b"true"),), (4,))))
    blocks = [good(b"true"), block(Kind.LIST, fake), block(Kind.COMMIT, head)]
    refused(here, liar.tells(head[0], *blocks))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_commit_that_is_none(here, liar, kind):
    identifier = keyed_id(Kind.COMMIT, b"no commit")
    refused(here, liar.tells(identifier, block(kind, (identifier, b"no commit"))))


@pytest.mark.parametrize("names", [(b"b", b"a"), (b"a", b"a"), (b"..",), (b"a/b",), (b"",)])
def test_names_that_no_tree_has(here, liar, names):
    root = tree(*[entry(name, b"true") for name in names])
    head = commit(root[0])
    blocks = [good(b"true"), block(Kind.TREE, root), block(Kind.COMMIT, head)]
    refused(here, liar.tells(head[0], *blocks))


@pytest.mark.parametrize("missing", ["blob", "tree", "parent"])
def test_what_is_missing_is_named(here, liar, missing):
    root = tree(entry(b"f", b"true"))
    gone = commit(root[0])
    head = commit(root[0], gone[0]) if missing == "parent" else gone
    blocks = [block(Kind.COMMIT, head)]
    blocks += [] if missing == "blob" else [good(b"true")]
    blocks += [] if missing == "tree" else [block(Kind.TREE, root)]
    error = refused(here, liar.tells(head[0], *blocks))
    expected = {"blob": blob_id(b"true"), "tree": root[0], "parent": gone[0]}[missing]
    assert error.code == "missing-object"
    assert error.details["object"] == expected.hex()


class TestDeltas:
    COST = len(NEW) + limits.DELTA_STEP + len(OLD)

    def tells(self, liar, bases, prefix=OLD, cost=COST, first=()):
        root = tree(entry(b"new", NEW), entry(b"old", OLD))
        head = commit(root[0])
        made = delta(NEW, bases, prefix, cost)
        metadata = [block(Kind.TREE, root), block(Kind.COMMIT, head)]
        return liar.tells(head[0], *first, made, good(OLD), *metadata)

    def test_one_that_stands_on_what_is_there(self, here, liar):
        root = tree(entry(b"new", NEW), entry(b"old", OLD))
        head = commit(root[0])
        made = delta(NEW, [Base(blob_id(OLD), HERE, 0)], OLD, self.COST)
        metadata = [block(Kind.TREE, root), block(Kind.COMMIT, head)]
        fetch(here, liar.tells(head[0], good(OLD), made, *metadata))
        assert here.repo.objects.blob(blob_id(NEW)) == NEW
        assert here.is_sound()

    def test_on_a_later_block(self, here, liar):
        refused(here, self.tells(liar, [Base(blob_id(OLD), HERE, 1)]))

    def test_on_itself(self, here, liar):
        refused(here, self.tells(liar, [Base(blob_id(NEW), HERE, 0)]))

    def test_on_a_pack_that_is_not_there(self, here, liar):
        refused(here, self.tells(liar, [Base(blob_id(OLD), PackName(b"x" * 16), 0)]))

    def test_on_a_block_that_is_not_there(self, here, liar):
        refused(here, self.tells(liar, [Base(blob_id(OLD), HERE, 99)]))

    def test_on_other_bytes(self, here, liar):
        first = [good(OLD + NEW[:500])]
        base = Base(blob_id(OLD + NEW[:500]), HERE, 0)
        refused(here, self.tells(liar, [base], cost=4 * limits.MIB, first=first))

    def test_that_costs_more_than_it_says(self, here, liar):
        first = [good(OLD)]
        there = self.tells(liar, [Base(blob_id(OLD), HERE, 0)], cost=len(NEW), first=first)
        fetch(here, there)  # what it costs here is counted here
        assert here.is_sound()


class TestLists:
    CHUNKS = (OLD, NEW)

    def tells(self, liar, listed, blob, stored=CHUNKS):
        root = tree(Entry(b"f", Mode.FILE, 1, blob))
        head = commit(root[0])
        blocks = [good(one) for one in stored]
        blocks += [block(Kind.LIST, (blob, listed)), block(Kind.TREE, root)]
        return liar.tells(head[0], *blocks, block(Kind.COMMIT, head))

    def listed(self, *chunks):
        return encode_list(ChunkList(tuple(map(blob_id, chunks)), tuple(map(len, chunks))))

    def test_of_chunks_that_are_there(self, here, liar):
        blob = blob_id(OLD + NEW)
        fetch(here, self.tells(liar, self.listed(OLD, NEW), blob))
        assert here.repo.objects.blob(blob) == OLD + NEW

    def test_of_a_chunk_that_is_not(self, here, liar):
        error = refused(here, self.tells(liar, self.listed(OLD, NEW), blob_id(b"?"), [OLD]))
        assert error.details["object"] == blob_id(NEW).hex()

    @pytest.mark.parametrize("kind", [Kind.TREE, Kind.COMMIT, Kind.LIST])
    def test_of_a_chunk_that_is_told_to_be_something_else(self, here, liar, kind):
        root = tree(Entry(b"f", Mode.FILE, 1, blob_id(OLD + NEW)))
        head = commit(root[0])
        blocks = [good(OLD), block(kind, (blob_id(NEW), NEW))]
        blocks += [block(Kind.LIST, (blob_id(OLD + NEW), self.listed(OLD, NEW)))]
        blocks += [block(Kind.TREE, root), block(Kind.COMMIT, head)]
        error = refused(here, liar.tells(head[0], *blocks))
        assert error.details["object"] == blob_id(NEW).hex()

    def test_that_is_damaged(self, here, liar):
        refused(here, self.tells(liar, self.listed(OLD, NEW)[:-1] + b"?", blob_id(b"?")))

    def test_of_other_content_is_found_when_it_is_read(self, here, liar):
        """To hash whole blobs again is left to whoever reads them first."""
        blob = blob_id(b"something else")
        fetch(here, self.tells(liar, self.listed(OLD, NEW), blob))
        with pytest.raises(Damaged, match="not its content"):
            here.repo.objects.blob(blob)
        with pytest.raises(Damaged, match="not its content"):
            here.repo.objects.read_range(blob, 0, 10)


def test_a_pack_of_impossible_length(here, liar):
    there = liar.tells_of(b"true", good(b"true"))
    (record,) = there.repo.view.packs.values()
    other = replace(record, name=PackName(b"y" * 16), length=1 << 50)
    gone = keyed_id(Kind.COMMIT, b"gone")
    assert refused(here, liar.appends(gone, other)).code == "beyond-limit"
