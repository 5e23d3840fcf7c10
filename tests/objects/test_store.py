from dataclasses import replace
from random import Random

import pytest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName, blob_id, keyed_id
from contentvc.objects.blocks import Base, seal
from contentvc.objects.chunker import Chunking
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import pack_path
from tests.objects.shelf import Shelf, delta, raw

SMALL = Chunking(minimum=256, average=512, maximum=1024, whole=512)
LARGE = Random(7).randbytes(20_000)
OLD = b"".join(b"line %d of the old version\n" % number for number in range(200))
NEW = OLD.replace(b"line 7 ", b"line seven ")
NEWER = NEW.replace(b"line 9 ", b"line nine ")


@pytest.fixture
def shelf():
    return Shelf()


def put_large(shelf, content=LARGE, *, received=False):
    with shelf.writing(SMALL) as writing:
        blob, size = writing.put_stream(
            [content[at : at + 999] for at in range(0, len(content), 999)]
        )
        records = writing.finish()
    assert size == len(content)
    if received:
        records = [record.__class__(*record_fields(record), received=True) for record in records]
    shelf.add(records)
    return blob


def record_fields(record):
    return record.name, record.digest, record.length, record.footer_length


def test_small_blobs_are_read_back(shelf):
    contents = [b"", b"a", b"b" * 1000, bytes(range(256)) * 100]
    shelf.put(*contents)
    for content in contents:
        identifier = blob_id(content)
        assert shelf.store.blob(identifier) == content
        assert shelf.store.size(identifier) == len(content)
        assert shelf.store.kind(identifier) is Kind.RAW
        assert not shelf.store.is_large(identifier)
        assert shelf.store.read_range(identifier, 1, 3) == content[1:3]
    assert dict(shelf.store.blobs(map(blob_id, contents))) == {blob_id(c): c for c in contents}


def test_metadata_is_read_as_what_it_is(shelf):
    with shelf.writing() as writing:
        tree = writing.put_tree(b"a tree")
        commit = writing.put_commit(b"a commit")
        shelf.add(writing.finish())
    assert shelf.store.read(Kind.TREE, tree) == b"a tree"
    assert shelf.store.read(Kind.COMMIT, commit) == b"a commit"
    for kind, identifier in ((Kind.COMMIT, tree), (Kind.RAW, tree), (Kind.TREE, commit)):
        with pytest.raises(Damaged, match="not what it was"):
            shelf.store.read(kind, identifier)


def test_what_is_not_stored_is_missing(shelf):
    shelf.put(b"a")
    for read in (shelf.store.blob, shelf.store.size, shelf.store.chunks):
        with pytest.raises(Damaged) as caught:
            read(blob_id(b"b"))
        assert caught.value.code == "missing-object"
    assert shelf.reloads == 3
    assert not shelf.store.has(blob_id(b"b"))
    assert shelf.store.kind(blob_id(b"b")) is None


def test_neighbours_are_decompressed_once(shelf):
    contents = [b"%d" % number * 50 for number in range(100)]
    shelf.put(*contents)
    reads = []
    inner = shelf.storage.read
    shelf.storage.read = lambda name, span=None: reads.append(name) or inner(name, span)
    assert len(list(shelf.store.blobs(map(blob_id, contents)))) == 100
    assert len([name for name in reads if name.startswith("packs/")]) <= 2


def test_the_cache_of_blocks_is_bounded(shelf, monkeypatch):
    monkeypatch.setattr("contentvc.objects.store._CACHED", 1000)
    blocks = [raw(bytes([number]) * 400) for number in range(10)]
    shelf.put_blocks(*blocks)
    for number in range(10):
        assert shelf.store.blob(blob_id(bytes([number]) * 400)) == bytes([number]) * 400
        assert sum(map(len, shelf.store._cache.values())) == shelf.store._cached <= 1000


class TestWrongBytes:
    def test_a_damaged_block_is_told(self, shelf):
        pack = shelf.put(b"a" * 1000)
        shelf.flip_pack(pack, 10)
        with pytest.raises(Damaged, match="block 0"):
            shelf.store.blob(blob_id(b"a" * 1000))

    def test_bytes_under_another_id_are_told(self, shelf):
        """Footer and checksums are sound, the id is another's: someone made it so."""
        shelf.put_blocks(seal(b"\0", [blob_id(b"good")], [b"evil"]))
        with pytest.raises(Damaged, match="not what it was"):
            shelf.store.blob(blob_id(b"good"))

    def test_a_file_cannot_pass_for_a_tree(self, shelf):
        encoded = b"\x97 pretends to be a tree"
        shelf.put_blocks(seal(bytes([Kind.TREE]), [blob_id(encoded)], [encoded]))
        with pytest.raises(Damaged):
            shelf.store.read(Kind.TREE, blob_id(encoded))

    def test_a_truncated_pack_is_told(self, shelf):
        pack = shelf.put_blocks(raw(b"a" * 500), raw(Random(1).randbytes(500)))
        path = pack_path(pack)
        stored = shelf.storage.read(path)
        shelf.store.blob(blob_id(b"a" * 500))
        shelf.storage.write(path, stored[:100])
        with pytest.raises(Damaged, match="block 1"):
            shelf.store.blob(blob_id(Random(1).randbytes(500)))


class TestPacksThatAreGone:
    def test_what_was_moved_to_another_pack_is_found(self, shelf):
        old = shelf.put(b"content")
        shelf.store.blob(blob_id(b"content"))
        other = Shelf(shelf.storage)
        other.random = Random(2).randbytes
        other.put(b"content")
        shelf.storage.delete(pack_path(old))
        store = shelf.store
        store._cache.clear()
        shelf.after_reload = other.live
        assert store.blob(blob_id(b"content")) == b"content"
        assert shelf.reloads == 1

    def test_what_is_nowhere_else_is_missing(self, shelf):
        pack = shelf.put(b"content")
        shelf.store.has(blob_id(b"content"))
        shelf.storage.delete(pack_path(pack))
        with pytest.raises(Damaged) as caught:
            shelf.store.blob(blob_id(b"content"))
        assert caught.value.code == "missing-object"
        assert pack.hex() in caught.value.message
        assert shelf.reloads == 1

    def test_one_unreadable_footer_does_not_hide_other_packs(self, shelf):
        gone, damaged = shelf.put(b"gone"), shelf.put(b"damaged" * 100)
        shelf.put(b"fine")
        shelf.storage.delete(pack_path(gone))
        shelf.flip_pack(damaged, -30)
        store = shelf.reopened()
        assert store.blob(blob_id(b"fine")) == b"fine"
        assert set(store.index.unreadable) == {gone, damaged}
        with pytest.raises(Damaged, match=gone.hex()):
            store.blob(blob_id(b"gone"))


class TestLargeBlobs:
    def test_they_are_read_back(self, shelf):
        blob = put_large(shelf)
        assert blob == blob_id(LARGE)
        store = shelf.reopened()
        assert store.is_large(blob)
        assert store.size(blob) == len(LARGE)
        assert store.blob(blob) == LARGE
        assert b"".join(store.stream(blob)) == LARGE
        chunks = store.chunks(blob)
        assert chunks.size == len(LARGE)
        assert [blob_id(store.blob(one)) for one in chunks.ids] == list(chunks.ids)

    @pytest.mark.parametrize(
        "span",
        [(0, 0), (0, 1), (0, 20_000), (5, 5), (300, 9_999), (19_999, 20_000), (19_000, 99_999)],
    )
    @pytest.mark.parametrize("received", [False, True])
    def test_ranges(self, shelf, span, received):
        blob = put_large(shelf, received=received)
        assert shelf.store.read_range(blob, *span) == LARGE[slice(*span)]

    def test_a_small_blob_has_no_list(self, shelf):
        shelf.put(b"small")
        with pytest.raises(Damaged, match="no chunk list"):
            shelf.store.chunks(blob_id(b"small"))

    def test_a_list_of_other_chunks_is_told_at_the_end(self, shelf):
        blob, chunks = blob_id(b"the real content"), (b"other", b"bytes")
        shelf.put_blocks(*map(raw, chunks), listed(blob, chunks))
        receive_all(shelf)
        stream = shelf.store.stream(blob)
        assert [next(stream), next(stream)] == list(chunks)
        with pytest.raises(Damaged, match="not its content"):
            next(stream)
        with pytest.raises(Damaged):
            shelf.store.blob(blob)

    def test_a_received_list_is_proved_before_a_range_is_read(self, shelf):
        blob, chunks = blob_id(b"the real content"), (b"other", b"bytes")
        shelf.put_blocks(*map(raw, chunks), listed(blob, chunks))
        receive_all(shelf)
        with pytest.raises(Damaged):
            shelf.store.read_range(blob, 0, 3)

    def test_a_list_is_proved_wherever_it_comes_from(self, shelf):
        blob, chunks = blob_id(b"the real content"), (b"other", b"bytes")
        shelf.put_blocks(*map(raw, chunks), listed(blob, chunks))
        with pytest.raises(Damaged, match="not its content"):
            shelf.store.prove(blob)
        with pytest.raises(Damaged):
            shelf.store.prove(blob_id(b"nothing"))
        sound = put_large(shelf)
        shelf.store.prove(sound)

    def test_a_list_of_wrong_lengths_is_told(self, shelf):
        """The chunks join to the blob, but ranges would be cut in wrong places."""
        chunks = (b"first", b"second")
        blob = blob_id(b"".join(chunks))
        wrong = encode_list(ChunkList(tuple(map(blob_id, chunks)), (6, 5)))
        shelf.put_blocks(*map(raw, chunks), seal(bytes([Kind.LIST]), [blob], [wrong]))
        with pytest.raises(Damaged, match="lengths"):
            shelf.store.blob(blob)

    def test_a_list_may_not_list_lists(self, shelf):
        inner = blob_id(b"innerinner")
        outer = blob_id(b"innerinnerinnerinner")
        encoded = encode_list(ChunkList((inner, inner), (10, 10)))
        block = seal(bytes([Kind.LIST]), [outer], [encoded])
        shelf.put_blocks(raw(b"inner"), listed(inner, (b"inner", b"inner")), block)
        assert shelf.store.blob(inner) == b"innerinner"
        with pytest.raises(Damaged):
            shelf.store.blob(outer)

    def test_a_list_that_names_itself_ends(self, shelf):
        blob = ObjectId(bytes(32))
        encoded = encode_list(ChunkList((blob,), (1,)))
        shelf.put_blocks(seal(bytes([Kind.LIST]), [blob], [encoded]))
        with pytest.raises(Damaged):
            shelf.store.blob(blob)

    def test_a_damaged_list_is_told_without_its_chunks(self, shelf):
        chunks = (b"first", b"second")
        blob = blob_id(b"".join(chunks))
        encoded = bytearray(encode_list(ChunkList(tuple(map(blob_id, chunks)), (5, 6))))
        encoded[-1] ^= 1
        shelf.put_blocks(*map(raw, chunks), seal(bytes([Kind.LIST]), [blob], [bytes(encoded)]))
        with pytest.raises(Damaged, match="hash"):
            shelf.store.size(blob)


def receive_all(shelf):
    shelf.live = {
        name: record.__class__(*record_fields(record), received=True)
        for name, record in shelf.live.items()
    }
    shelf.reopened()


def listed(blob, chunks):
    encoded = encode_list(ChunkList(tuple(map(blob_id, chunks)), tuple(map(len, chunks))))
    return seal(bytes([Kind.LIST]), [blob], [encoded])


class TestDeltas:
    HERE = PackName(b"")

    def test_against_another_pack(self, shelf):
        old = shelf.put_blocks(raw(OLD))
        shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD)))
        assert shelf.reopened().blob(blob_id(NEW)) == NEW

    def test_a_chain_in_one_pack(self, shelf):
        first = delta(NEW, (OLD, self.HERE, 0), under=len(OLD))
        shelf.put_blocks(raw(OLD), first, delta(NEWER, (NEW, self.HERE, 1), under=first.cost))
        assert shelf.reopened().blob(blob_id(NEWER)) == NEWER

    def test_against_several_objects(self, shelf):
        old = shelf.put_blocks(raw(b"x" * 100, OLD), raw(NEW))
        bases = ((OLD, old, 0), (NEW, old, 1))
        shelf.put_blocks(delta(NEWER, *bases, under=len(OLD) + 100 + len(NEW)))
        assert shelf.reopened().blob(blob_id(NEWER)) == NEWER

    @pytest.mark.parametrize("trouble", ["pack", "object", "number", "later", "itself"])
    def test_bases_that_are_not_there(self, shelf, trouble):
        old = shelf.put_blocks(raw(OLD))
        base = {
            "pack": (OLD, PackName(bytes([9]) * 16), 0),
            "object": (NEWER, old, 0),
            "number": (OLD, old, 1),
            "later": (OLD, self.HERE, 1),
            "itself": (NEW, self.HERE, 0),
        }[trouble]
        block = delta(NEW, base, prefix=OLD, under=len(OLD))
        shelf.put_blocks(block, raw(OLD + b"x"))
        with pytest.raises(Damaged):
            shelf.reopened().blob(blob_id(NEW))

    def test_a_wrong_prefix_does_not_give_wrong_bytes(self, shelf):
        """zstd does not notice: the id does."""
        wrong = OLD.replace(b"line", b"lime")
        old = shelf.put_blocks(raw(wrong))
        shelf.put_blocks(delta(NEW, (wrong, old, 0), prefix=OLD, under=len(wrong)))
        with pytest.raises(Damaged):
            shelf.store.blob(blob_id(NEW))

    def test_a_damaged_base_is_told(self, shelf):
        evil = OLD.replace(b"line 1 ", b"lime 1 ")
        old = shelf.put_blocks(seal(b"\0", [blob_id(OLD)], [evil]))
        shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD)))
        with pytest.raises(Damaged, match="base"):
            shelf.store.blob(blob_id(NEW))

    @pytest.mark.parametrize("missing", [1, len(OLD), limits.DELTA_STEP])
    def test_a_cost_that_does_not_cover_the_bases_is_refused(self, shelf, missing):
        old = shelf.put_blocks(raw(OLD))
        shelf.put_blocks(delta(NEW, (OLD, old, 0), under=len(OLD) - missing))
        with pytest.raises(Damaged, match="costs more"):
            shelf.store.blob(blob_id(NEW))

    def test_a_cost_beyond_the_limit_is_refused(self, shelf):
        old = shelf.put_blocks(raw(OLD))
        shelf.put_blocks(delta(NEW, (OLD, old, 0), cost=limits.DELTA_COST + 1))
        with pytest.raises(Damaged):
            shelf.reopened().blob(blob_id(NEW))
        assert shelf.store.index.unreadable

    def test_a_chain_ends_before_the_stack_does(self, shelf):
        """Each block costs a step more, so the deepest chain there can be is read."""
        cost, blocks, before = 1, [raw(b"0")], b"0"
        while cost + limits.DELTA_STEP + 3 <= limits.DELTA_COST:
            content = b"%03d" % len(blocks)
            blocks.append(delta(content, (before, self.HERE, len(blocks) - 1), under=cost))
            cost, before = blocks[-1].cost, content
        shelf.put_blocks(*blocks)
        assert shelf.reopened().blob(blob_id(before)) == before
        assert 60 <= len(blocks) <= 65

    def test_two_packs_that_stand_on_each_other_are_refused(self, shelf):
        """Only someone who knows a pack's name before it exists can write this."""
        one, other = PackName(b"1" * 16), PackName(b"2" * 16)
        for name, content, base, where in ((one, NEW, OLD, other), (other, OLD, NEW, one)):
            block = delta(content, (base, where, 0), under=1 << 20)
            shelf.random = lambda _, name=name: name
            shelf.put_blocks(block)
        for content in (OLD, NEW):
            with pytest.raises(Damaged, match="costs more"):
                shelf.store.blob(blob_id(content))

    def test_a_base_is_no_tree(self, shelf):
        encoded = b"encoded as a tree" * 20
        old = shelf.put_blocks(seal(bytes([Kind.TREE]), [keyed_id(Kind.TREE, encoded)], [encoded]))
        block = delta(NEW, (encoded, old, 0), under=len(encoded))
        shelf.put_blocks(block)
        with pytest.raises(Damaged, match="base"):
            shelf.store.blob(blob_id(NEW))

    def test_a_list_may_be_a_base(self, shelf):
        blob, chunks = blob_id(b"firstsecond"), (b"first", b"second")
        encoded = encode_list(ChunkList(tuple(map(blob_id, chunks)), (5, 6)))
        old = shelf.put_blocks(*map(raw, chunks), listed(blob, chunks))
        block = delta(NEW, (encoded, old, 2), under=len(encoded))
        shelf.put_blocks(replace(block, bases=(Base(blob, old, 2),)))
        assert shelf.store.blob(blob_id(NEW)) == NEW

    def test_a_list_that_is_a_base_must_hash_to_its_own_id(self, shelf):
        blob, chunks = blob_id(b"firstsecond"), (b"first", b"second")
        encoded = encode_list(ChunkList(tuple(map(blob_id, chunks)), (5, 6)))
        evil = encoded[:-1] + b"\7"
        old = shelf.put_blocks(seal(bytes([Kind.LIST]), [blob], [evil]))
        block = delta(NEW, (evil, old, 0), under=len(evil))
        shelf.put_blocks(replace(block, bases=(Base(blob, old, 0),)))
        with pytest.raises(Damaged, match="base"):
            shelf.store.blob(blob_id(NEW))

    def test_a_block_with_several_bases_is_counted_once(self, shelf):
        old = shelf.put_blocks(raw(OLD, NEW))
        bases = ((OLD, old, 0), (NEW, old, 0))
        shelf.put_blocks(delta(NEWER, *bases, under=len(OLD) + len(NEW)))
        assert shelf.reopened().blob(blob_id(NEWER)) == NEWER


class TestReadingAhead:
    @pytest.fixture
    def shelf(self, monkeypatch):
        monkeypatch.setattr("contentvc.objects.ahead._WINDOW", 3000)
        return Shelf()

    def block_at(self, shelf, blob, number):
        place = shelf.store.index.find(shelf.store.chunks(blob).ids[number])
        return place.pack, place.block

    def test_they_are_read_back(self, shelf):
        content = LARGE + bytes(5000) + LARGE[:7000]
        blob = put_large(shelf, content)
        assert b"".join(shelf.reopened().stream(blob)) == content
        put_large(shelf, LARGE[3000:9000] + content)  # its chunks lie in two packs
        assert shelf.store.blob(blob_id(LARGE[3000:9000] + content)) == LARGE[3000:9000] + content

    def test_what_comes_before_damage_is_given_first(self, shelf):
        blob = put_large(shelf)
        pack, block = self.block_at(shelf, blob, 20)
        shelf.flip_pack(pack, block.offset)
        parts = []
        with pytest.raises(Damaged, match="damaged"):
            parts.extend(shelf.reopened().stream(blob))
        assert len(parts) > 10
        assert LARGE.startswith(b"".join(parts))

    def test_a_chunk_that_is_another_is_told(self, shelf):
        chunks = (Random(1).randbytes(2000), Random(2).randbytes(2000))
        blob = blob_id(b"".join(chunks))
        shelf.put_blocks(raw(chunks[0]), seal(b"\0", [blob_id(chunks[1])], [b"e" * 2000]))
        shelf.put_blocks(listed(blob, chunks))
        with pytest.raises(Damaged, match="not what it was"):
            list(shelf.store.stream(blob))

    def test_packs_that_move_meanwhile_are_followed(self, shelf):
        blob = put_large(shelf)
        (old,) = shelf.live
        stream = shelf.store.stream(blob)
        begun = [next(stream)]
        other = Shelf(shelf.storage)
        other.random = Random(2).randbytes
        put_large(other)
        shelf.storage.delete(pack_path(old))
        shelf.after_reload = other.live
        assert b"".join([*begun, *stream]) == LARGE

    def test_packs_that_are_gone_are_told(self, shelf):
        blob = put_large(shelf)
        stream = shelf.store.stream(blob)
        next(stream)
        shelf.storage.delete(pack_path(next(iter(shelf.live))))
        with pytest.raises(Damaged) as caught:
            list(stream)
        assert caught.value.code == "missing-object"
