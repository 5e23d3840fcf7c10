"""Packs without some of their objects: what goes, what stays, and what stands on what."""

from random import Random

import pytest

from contentvc.errors import Damaged
from contentvc.ids import Kind, PackName, blob_id
from contentvc.objects.blocks import Method
from contentvc.objects.pack import pack_path
from contentvc.objects.store import ObjectStore
from contentvc.storage.contract import NotFound
from contentvc.upkeep.rewrite import packs_with, rewrite_without
from tests.objects.shelf import Shelf, delta, raw

HERE = PackName(b"")
OLD = Random(1).randbytes(5000)
NEW = OLD[:2000] + b"changed" + OLD[2000:]
NEWER = NEW[:900] + b"again" + NEW[900:]


@pytest.fixture
def shelf():
    return Shelf()


def without(shelf, *contents):
    """The shelf's packs rewritten, the old ones deleted; a store that sees what is left."""
    done = rewrite_without(shelf.store, shelf.random, {blob_id(one) for one in contents})
    live = {name: one for name, one in shelf.live.items() if name not in done.removed}
    live |= {record.name: record for record in done.added}
    for pack in done.removed:
        shelf.storage.delete(pack_path(pack))
    shelf.live = live
    store = ObjectStore(shelf.storage, lambda: None)
    store.cover(live)
    return done, store


def test_other_packs_are_left_alone(shelf):
    one, two = shelf.put(b"a", b"b"), shelf.put(b"c")
    assert packs_with(shelf.store, {blob_id(b"c")}) == (two,)
    done, store = without(shelf, b"c")
    assert (done.removed, done.added) == ((two,), ())
    assert list(store.live) == [one]
    assert store.blob(blob_id(b"a")) == b"a"
    assert not store.has(blob_id(b"c"))


def test_neighbours_in_a_block_stay_and_the_bytes_go(shelf):
    secret = Random(3).randbytes(300)
    shelf.put(b"before", secret, b"after")
    done, store = without(shelf, secret)
    assert len(done.added) == 1
    assert [store.blob(blob_id(one)) for one in (b"before", b"after")] == [b"before", b"after"]
    for name in shelf.storage.list(""):
        assert secret not in shelf.storage.read(name)


def test_whole_blocks_are_copied_as_they_are(shelf):
    pack = shelf.put_blocks(raw(b"one"), raw(OLD), raw(b"three"))
    blocks = shelf.store.index.footer(pack).blocks
    done, store = without(shelf, b"one")
    copied = store.index.footer(done.added[0].name).blocks
    assert [one.checksum for one in copied] == [one.checksum for one in blocks[1:]]


def test_deltas_move_with_their_bases(shelf):
    old = shelf.put_blocks(raw(b"goes"), raw(OLD))
    first = delta(NEW, (OLD, old, 1), under=len(OLD))
    second = delta(NEWER, (NEW, HERE, 1), under=first.cost)
    new = shelf.put_blocks(raw(b"x"), first, second)
    last = shelf.put_blocks(delta(NEWER + b"!", (NEWER, new, 2), under=second.cost))
    done, store = without(shelf, b"goes")
    assert done.removed == (old, new, last)
    for content in (OLD, NEW, NEWER, NEWER + b"!", b"x"):
        assert store.blob(blob_id(content)) == content
    footers = [store.index.footer(record.name) for record in done.added]
    methods = [[block.method for block in footer.blocks] for footer in footers]
    assert methods[1][1:] == [Method.DELTA] * 2
    assert methods[2] == [Method.DELTA]
    assert footers[1].needs == {done.added[0].name}
    assert footers[2].needs == {done.added[1].name}


def test_what_stands_on_dropped_content_stands_alone(shelf):
    old = shelf.put_blocks(raw(OLD))
    new = shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD)))
    done, store = without(shelf, OLD)
    assert done.removed == (old, new)
    assert store.blob(blob_id(NEW)) == NEW
    footer = store.index.footer(done.added[0].name)
    assert footer.blocks[0].method is not Method.DELTA
    assert not footer.needs


def test_a_delta_goes_and_its_base_stays(shelf):
    old = shelf.put_blocks(raw(OLD))
    new = shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD)))
    done, store = without(shelf, NEW)
    assert done.removed == (new,)
    assert store.blob(blob_id(OLD)) == OLD


def test_an_object_in_two_packs_goes_from_both(shelf):
    shelf.put_blocks(raw(b"twice", b"one"))
    shelf.put_blocks(raw(b"twice", b"two"))
    done, store = without(shelf, b"twice")
    assert len(done.removed) == 2
    assert not store.has(blob_id(b"twice"))
    assert store.has(blob_id(b"one"))
    assert store.has(blob_id(b"two"))


def test_trees_stay_beside_the_footer(shelf):
    with shelf.writing() as writing:
        writing.put_blob(b"goes")
        writing.put_blob(b"stays")
        from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree

        rows = [Entry(b"%03d" % n, Mode.FILE, 1, blob_id(b"%d" % n)) for n in range(500)]
        tree = writing.put_tree(encode_tree(Tree(tuple(rows))))
        records = writing.finish()
    shelf.add(records)
    done, store = without(shelf, b"goes")
    assert store.read(Kind.TREE, tree)
    # Its ids are compressed against the tree again, which names none of them twice.
    assert done.added[0].footer_length <= records[0].footer_length + 64


def test_damage_stops_it(shelf):
    pack = shelf.put_blocks(raw(b"one"), raw(OLD))
    at = shelf.store.index.footer(pack).blocks[1].offset
    shelf.flip_pack(pack, at)
    with pytest.raises(Damaged):
        rewrite_without(shelf.store, shelf.random, {blob_id(b"one")})
    shelf.storage.delete(pack_path(pack))
    with pytest.raises(NotFound):
        rewrite_without(shelf.reopened(), shelf.random, {blob_id(b"one")})


def test_a_pack_that_stands_on_a_later_one_stops_it(shelf):
    old = shelf.put_blocks(raw(OLD))
    new = shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD)))
    shelf.live = {name: shelf.live[name] for name in (new, old)}
    shelf.reopened()
    with pytest.raises(Damaged, match="added after"):
        packs_with(shelf.store, {blob_id(OLD)})
