from random import Random
from threading import active_count

import pytest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, blob_id
from contentvc.objects.blocks import Method
from contentvc.objects.chunker import Chunking
from contentvc.objects.pack import PackBuilder, pack_path
from contentvc.objects.writing import seal_small
from contentvc.storage.contract import StorageError
from contentvc.storage.faulty import FaultyStorage, Tear, always
from contentvc.storage.memory import MemoryStorage
from tests.objects.shelf import Shelf

SMALL = Chunking(minimum=256, average=512, maximum=1024, whole=512)


@pytest.fixture
def shelf():
    return Shelf()


def rows(shelf, record):
    return list(shelf.reopened().index.footer(record.name).rows())


def test_nothing_written_is_no_pack(shelf):
    with shelf.writing() as writing:
        assert writing.finish() == ()
    assert list(shelf.storage.list("")) == []


def test_what_is_written_is_invisible_until_an_operation_adds_it(shelf):
    with shelf.writing() as writing:
        identifier = writing.put_blob(b"content")
        records = writing.finish()
    assert not shelf.reopened().has(identifier)
    shelf.add(records)
    assert shelf.store.blob(identifier) == b"content"


def test_an_object_is_stored_once_in_a_session(shelf):
    with shelf.writing() as writing:
        for _ in range(3):
            writing.put_blob(b"content")
            writing.put_tree(b"content")
            writing.put_commit(b"content")
        shelf.add(writing.finish())
    (record,) = shelf.live.values()
    assert sorted(row[1] for row in rows(shelf, record)) == [Kind.RAW, Kind.TREE, Kind.COMMIT]


def test_what_is_stored_already_is_not_stored_again(shelf):
    shelf.put(b"old")
    with shelf.writing() as writing:
        assert not writing.is_new(blob_id(b"old"))
        assert writing.is_new(blob_id(b"new"))
        assert not writing.is_new(blob_id(b"new"))
        writing.put_blob(b"old")
        assert writing.finish() == ()
        assert writing.stored == 0


def test_what_was_published_is_found_without_reading_it(shelf):
    with shelf.writing() as writing:
        identifier = writing.put_blob(b"content")
        records = writing.finish()
        writing.publish()
    reads = []
    inner = shelf.storage.read
    shelf.storage.read = lambda name, span=None: reads.append(name) or inner(name, span)
    shelf.add(records)
    assert shelf.store.has(identifier)
    assert reads == []


def test_the_order_in_a_pack(shelf):
    """Blobs as they came, then lists, trees and commits, the last written first."""
    with shelf.writing(SMALL) as writing:
        blobs = [writing.put_blob(b"%d" % number) for number in range(5)]
        large, _ = writing.put_stream([Random(1).randbytes(5000)])
        trees = [writing.put_tree(b"tree %d" % number) for number in range(3)]
        commit = writing.put_commit(b"commit")
        (record,) = writing.finish()
    shelf.add([record])
    found = rows(shelf, record)
    kinds = [row[1] for row in found]
    assert kinds == sorted(kinds, key=lambda kind: kind is not Kind.RAW)
    assert [row[0] for row in found if row[0] in set(blobs)] == blobs
    assert [row[0] for row in found][-5:] == [commit, *trees[::-1], large]
    footer = shelf.store.index.footer(record.name)
    assert sum(footer.per_block) == len(found)
    assert footer.blocks[0].offset == 8


def test_small_blobs_share_blocks(shelf, monkeypatch):
    monkeypatch.setattr(limits, "BLOCK_TARGET", 1000)
    contents = [b"%d," % number * 50 for number in range(100)]
    shelf.put(*contents)
    (record,) = shelf.live.values()
    footer = shelf.reopened().index.footer(record.name)
    assert all(block.raw <= 1000 for block in footer.blocks)
    assert 10 < len(footer.blocks) < 40
    assert {blob_id(one): one for one in contents} == dict(
        shelf.store.blobs(map(blob_id, contents))
    )


def test_a_blob_larger_than_a_block_has_its_own(monkeypatch):
    monkeypatch.setattr(limits, "BLOCK_TARGET", 100)
    contents = [b"a" * 30, b"b" * 500, b"c" * 30, b"d" * 70, b"e"]
    sealed = list(seal_small([(blob_id(one), one) for one in contents]))
    assert [block.raw for block in sealed] == [30, 500, 100, 1]


def test_packs_are_closed_by_bytes(shelf, monkeypatch):
    monkeypatch.setattr(limits, "PACK_BYTES", 10_000)
    monkeypatch.setattr(limits, "BLOCK_TARGET", 1000)
    contents = [Random(number).randbytes(900) for number in range(100)]
    shelf.put(*contents)
    assert 9 <= len(shelf.live) <= 11
    assert len({record.name for record in shelf.live.values()}) == len(shelf.live)
    store = shelf.reopened()
    for content in contents:
        assert store.blob(blob_id(content)) == content


def test_packs_are_closed_by_objects(shelf, monkeypatch):
    monkeypatch.setattr(limits, "PACK_CLOSED_OBJECTS", 50)
    monkeypatch.setattr(limits, "BLOCK_TARGET", 40)
    contents = [b"%04d" % number for number in range(200)]
    shelf.put(*contents)
    store = shelf.reopened()
    for record in shelf.live.values():
        assert len(store.index.footer(record.name).kinds) <= 50 + 10
    assert len(shelf.live) == 4


def test_what_can_be_written_can_be_read():
    """The limits of writers stay below those of readers, a whole block more included."""
    assert limits.PACK_CLOSED_OBJECTS + limits.BLOCK_TARGET // 3 < limits.PACK_OBJECTS
    assert limits.PACK_CLOSED_OBJECTS <= limits.PACK_BLOCKS
    assert limits.PACK_BYTES + limits.BLOCK_RAW < limits.PACK_LENGTH
    assert (32 + 4 + 1) * limits.PACK_OBJECTS + 21 * limits.PACK_BLOCKS < limits.FOOTER_BYTES
    assert limits.TREE_BYTES < limits.BLOCK_RAW
    assert limits.COMMIT_BYTES <= limits.BLOCK_RAW
    assert limits.CHUNKS * 36 + 100 < limits.BLOCK_RAW
    assert limits.CHUNK_MAX < limits.DELTA_COST


class TestStreams:
    def put(self, shelf, *parts):
        with shelf.writing(SMALL) as writing:
            put = writing.put_stream(parts)
            shelf.add(writing.finish())
        return put

    def test_the_empty_stream_is_the_empty_blob(self, shelf):
        assert self.put(shelf) == (blob_id(b""), 0)
        assert shelf.store.blob(blob_id(b"")) == b""

    def test_one_chunk_is_stored_raw(self, shelf):
        assert self.put(shelf, b"a", b"b") == (blob_id(b"ab"), 2)
        assert not shelf.store.is_large(blob_id(b"ab"))

    def test_several_chunks_get_a_list(self, shelf):
        content = Random(2).randbytes(9000)
        blob, size = self.put(shelf, content[:4000], content[4000:])
        assert (blob, size) == (blob_id(content), 9000)
        assert shelf.reopened().is_large(blob)
        assert shelf.store.blob(blob) == content
        (record,) = shelf.live.values()
        footer = shelf.store.index.footer(record.name)
        assert footer.per_block == (1,) * len(footer.per_block)

    def test_chunks_that_are_stored_are_not_stored_again(self, shelf):
        content = Random(2).randbytes(9000)
        self.put(shelf, content)
        before = {name: record.length for name, record in shelf.live.items()}
        blob, _ = self.put(shelf, content[:4500] + b"inserted" + content[4500:])
        after = sum(record.length for name, record in shelf.live.items() if name not in before)
        assert after < 5000
        assert shelf.reopened().blob(blob) == content[:4500] + b"inserted" + content[4500:]

    def test_a_stream_stored_already_is_no_pack(self, shelf):
        content = Random(2).randbytes(9000)
        self.put(shelf, content)
        with shelf.writing(SMALL) as writing:
            assert writing.put_stream([content]) == (blob_id(content), 9000)
            assert writing.finish() == ()

    def test_a_chunk_that_repeats_is_stored_once(self, shelf):
        blob, _ = self.put(shelf, bytes(100_000))
        assert shelf.store.blob(blob) == bytes(100_000)
        (record,) = shelf.live.values()
        assert len(rows(shelf, record)) <= 3

    def test_a_small_blob_may_be_a_chunk_of_a_large_one(self, shelf):
        content = Random(2).randbytes(9000)
        with shelf.writing(SMALL) as writing:
            blob, _ = writing.put_stream([content])
            shelf.add(writing.finish())
        chunk = shelf.store.chunks(blob).ids[0]
        alone = shelf.store.blob(chunk)
        with shelf.writing(SMALL) as writing:
            assert writing.put_blob(alone) == chunk
            assert writing.finish() == ()

    def test_no_thread_is_left(self, shelf):
        before = active_count()
        self.put(shelf, Random(2).randbytes(50_000))
        assert active_count() == before

    def test_a_stream_that_fails_leaves_nothing_live(self, shelf):
        def parts():
            yield Random(2).randbytes(9000)
            raise OSError("the file vanished")

        before = active_count()
        with pytest.raises(OSError, match="vanished"), shelf.writing(SMALL) as writing:
            writing.put_stream(parts())
        assert active_count() == before


class TestBlocks:
    def test_incompressible_bytes_are_stored_as_they_are(self, shelf):
        content = Random(1).randbytes(15_000)
        with shelf.writing(Chunking()) as writing:
            writing.put_stream([content])
            (record,) = writing.finish()
        shelf.add([record])
        (block,) = shelf.reopened().index.footer(record.name).blocks
        assert (block.method, block.stored) == (Method.PLAIN, 15_000)

    def test_compressible_bytes_are_compressed(self, shelf):
        pack = shelf.put(b"again and " * 1000)
        (block,) = shelf.reopened().index.footer(pack).blocks
        assert block.method is Method.ZSTD
        assert block.stored < 100
        assert block.cost == block.raw == 10_000


def test_an_upload_that_breaks_off_leaves_no_pack():
    storage = MemoryStorage()
    shelf = Shelf(FaultyStorage(storage, Tear(always("upload"), 50)))
    with shelf.writing() as writing:
        writing.put_blob(b"content" * 100)
        with pytest.raises(StorageError):
            writing.finish()
    assert list(storage.list("")) == []


def test_a_pack_is_what_its_record_says(shelf):
    from blake3 import blake3

    with shelf.writing() as writing:
        writing.put_blob(b"content")
        (record,) = writing.finish()
    stored = shelf.storage.read(pack_path(record.name))
    assert record.length == len(stored)
    assert record.digest == blake3(stored).digest()
    assert not record.received


def test_a_pack_without_blocks_can_be_read(shelf):
    record, _ = PackBuilder(bytes(16)).upload(shelf.storage)
    shelf.add([record])
    assert list(shelf.store.index.footer(record.name).rows()) == []


def test_a_footer_that_does_not_fit_its_record_is_told(shelf):
    shelf.put(b"content")
    (record,) = shelf.live.values()
    other = record.__class__(record.name, record.digest, record.length - 1, record.footer_length)
    shelf.live = {record.name: other}
    with pytest.raises(Damaged):
        shelf.reopened().index.footer(record.name)
