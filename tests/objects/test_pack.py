"""The end of a pack: ids that are compressed against the trees before them, and the footer."""

from contextlib import suppress
from random import Random

import msgpack
import pytest
import zstandard
from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, PackName, blob_id
from contentvc.objects import pack as pack_module
from contentvc.objects.blocks import seal
from contentvc.objects.compression import compress
from contentvc.objects.pack import PackBuilder, pack_path, read_footer
from contentvc.snapshots.tree import Entry, Mode, build_tree
from tests.objects.shelf import Shelf, delta, raw


@pytest.fixture
def shelf():
    return Shelf()


def snapshot(shelf, count):
    """That many files and the tree that names them, in one pack; its record."""
    with shelf.writing() as writing:
        contents = [b"file %d" % number for number in range(count)]
        entries = [
            Entry(b"%06d" % number, Mode.FILE, len(content), writing.put_blob(content))
            for number, content in enumerate(contents)
        ]
        build_tree(entries, writing.put_tree)
        (record,) = writing.finish()
    shelf.add([record])
    return record


def ids_frame(shelf, record):
    """The stored bytes of the ids, and of the footer's message."""
    ending = shelf.storage.read(pack_path(record.name))[-record.footer_length : -24]
    length = int.from_bytes(shelf.storage.read(pack_path(record.name))[-16:-8], "little")
    return ending[: len(ending) - length], ending[len(ending) - length :]


def with_footer(shelf, record, frame, fields):
    """The same blocks with another end, its checksum right; the record of it."""
    path = pack_path(record.name)
    blocks = shelf.storage.read(path)[: record.length - record.footer_length]
    message = compress(msgpack.packb(fields))
    ending = frame + message
    ending += pack_module._TRAILER.pack(
        xxh3_64_intdigest(ending), len(message), pack_module._END_MAGIC
    )
    shelf.storage.write(path, blocks + ending)
    return record.__class__(record.name, record.digest, len(blocks + ending), len(ending))


def opened(shelf, record):
    frame, message = ids_frame(shelf, record)
    return frame, msgpack.unpackb(zstandard.ZstdDecompressor().decompress(message))


def read(shelf, record):
    path = pack_path(record.name)
    return read_footer(lambda start, end: shelf.storage.read(path, (start, end)), record)


@pytest.mark.parametrize("count", [1, 10, 3000, 10_000])
def test_all_ids_are_read(shelf, count):
    record = snapshot(shelf, count)
    rows = list(read(shelf, record).rows())
    assert {row[0] for row in rows if row[1] is Kind.RAW} == {
        blob_id(b"file %d" % number) for number in range(count)
    }


def test_ids_that_trees_name_take_little_room(shelf):
    record = snapshot(shelf, 10_000)
    assert len(ids_frame(shelf, record)[0]) < 10_000


def test_they_are_read_at_once(shelf):
    """From a bucket, each range is a request."""
    record, spans = snapshot(shelf, 10_000), []
    path = pack_path(record.name)
    read_footer(
        lambda start, end: spans.append(start) or shelf.storage.read(path, (start, end)), record
    )
    assert len(spans) == 2


def test_more_trees_than_readers_bear_are_left_out(shelf, monkeypatch):
    monkeypatch.setattr(limits, "DELTA_COST", 200_000)
    record = snapshot(shelf, 10_000)
    _, fields = opened(shelf, record)
    assert fields[9] >= 1
    assert len(list(read(shelf, record).rows())) > 10_000
    monkeypatch.setattr(limits, "DELTA_COST", 1000)
    with pytest.raises(Damaged, match="too many bytes"):
        read(shelf, record)


@pytest.mark.parametrize("count", [-1, 99, 1 << 40])
def test_blocks_that_are_not_there(shelf, count):
    record = snapshot(shelf, 100)
    frame, fields = opened(shelf, record)
    fields[9] = count
    with pytest.raises(Damaged):
        read(shelf, with_footer(shelf, record, frame, fields))


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_blocks_gives_no_wrong_objects(shelf, count):
    """The prefix is another, which zstd may not notice; the objects' ids tell."""
    record = snapshot(shelf, 100)
    frame, fields = opened(shelf, record)
    fields[9] = count
    other = with_footer(shelf, record, frame, fields)
    shelf.live = {record.name: other}
    for number in range(100):
        with suppress(Damaged):
            content = b"file %d" % number
            assert shelf.reopened().blob(blob_id(content)) == content


def test_ids_that_stand_on_a_delta_block_are_refused(shelf):
    content = b"content " * 50
    name = shelf.put_blocks(
        raw(content), delta(content + b"x", (content, PackName(b""), 0), under=400)
    )
    record = shelf.live[name]
    frame, fields = opened(shelf, record)
    fields[9] = 1
    with pytest.raises(Damaged, match="delta"):
        read(shelf, with_footer(shelf, record, frame, fields))


def test_a_damaged_block_under_the_ids_is_told(shelf):
    record = snapshot(shelf, 100)
    last = read(shelf, record).blocks[-1]
    shelf.flip_pack(record.name, last.offset)
    with pytest.raises(Damaged):
        read(shelf, record)


@pytest.mark.parametrize("frame", [b"", b"x", compress(bytes(31)), compress(bytes(64))])
def test_ids_that_are_none_are_refused(shelf, frame):
    record = snapshot(shelf, 100)
    _, fields = opened(shelf, record)
    with pytest.raises(Damaged):
        read(shelf, with_footer(shelf, record, frame, fields))


def test_only_the_last_blocks_count(shelf):
    """A block of files after trees ends the prefix: it must be the end of the pack."""
    builder = PackBuilder(PackName(bytes(16)))
    tree = seal(bytes([Kind.TREE]), [blob_id(b"t")], [b"t"])
    builder.add(tree, b"t")
    builder.add(raw(Random(1).randbytes(10)))
    assert builder._prefix() == []
    builder.add(tree, b"t")
    builder.add(tree, b"t")
    assert builder._prefix() == [b"t", b"t"]


def test_every_part_of_the_end_is_under_its_checksum(shelf):
    record = snapshot(shelf, 20)
    stored = shelf.storage.read(pack_path(record.name))
    for at in range(record.length - record.footer_length, record.length):
        shelf.storage.write(pack_path(record.name), stored)
        shelf.flip_pack(record.name, at)
        with pytest.raises(Damaged):
            read(shelf, record)
