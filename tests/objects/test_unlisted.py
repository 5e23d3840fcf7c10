"""Packs that a killed session left, taken over by the next."""

from random import Random

import pytest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, blob_id
from contentvc.objects.blocks import seal
from contentvc.objects.chunker import Chunking
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import PackBuilder, pack_path, read_unlisted
from tests.objects.shelf import Shelf, delta, raw

SMALL = Chunking(minimum=512, average=2048, maximum=8192, whole=1024)
CONTENT = Random(1).randbytes(100_000)
OTHER = b"".join(b"line %d of the other content\n" % number for number in range(100))


@pytest.fixture
def shelf(monkeypatch):
    monkeypatch.setattr(limits, "PACK_BYTES", 20_000)
    return Shelf()


def leave(shelf, *blocks):
    """A pack that no operation adds; its name."""
    record = leave_record(shelf, *blocks)
    return record.name


def leave_record(shelf, *blocks):
    builder = PackBuilder(shelf.random(16))
    for block in blocks:
        builder.add(block)
    return builder.upload(shelf.storage)[0]


def put(shelf, content, gone=()):
    """Store it in a session that adopts; the bytes that were uploaded."""
    uploaded = []
    inner = shelf.storage.upload

    def upload(name, parts):
        parts = list(parts)
        uploaded.extend(parts)
        inner(name, parts)

    shelf.storage.upload = upload
    with shelf.writing(SMALL) as writing:
        writing.adopt(gone)
        if content is CONTENT:
            writing.put_stream([content])
        else:
            writing.put_blob(content)
        records = writing.finish()
        writing.publish()
    shelf.storage.upload = inner
    shelf.add(records)
    assert shelf.reopened().blob(blob_id(content)) == content
    return sum(map(len, uploaded))


def test_a_session_that_was_ended_midway_is_continued(shelf):
    class Killed(BaseException):
        pass

    def parts():
        yield CONTENT[:60_000]
        raise Killed

    with pytest.raises(Killed), shelf.writing(SMALL) as writing:
        writing.put_stream(parts())
    left = list(shelf.storage.list("packs/"))
    uploaded = put(shelf, CONTENT)
    assert uploaded + 20_000 * len(left) < len(CONTENT) + 25_000
    assert set(left) <= {pack_path(name) for name in shelf.live}


def test_everything_that_was_left_is_taken_over(shelf):
    with shelf.writing(SMALL) as writing:
        writing.put_stream([CONTENT])
        records = writing.finish()
    assert len(records) > 3
    assert put(shelf, CONTENT) == 0
    assert {pack_path(name) for name in shelf.live} == set(shelf.storage.list("packs/"))
    whole = {record.name: record for record in records}
    for name, record in shelf.live.items():
        assert (record.digest, record.length) == (whole[name].digest, whole[name].length)
        assert record.footer_length == whole[name].footer_length


def test_lists_that_were_left_must_be_proved(shelf):
    blob, chunks = blob_id(b"the real content"), (b"other", b"bytes")
    encoded = encode_list(ChunkList(tuple(map(blob_id, chunks)), tuple(map(len, chunks))))
    listed = seal(bytes([Kind.LIST]), [blob], [encoded])
    name = leave(shelf, *map(raw, chunks), listed)
    with shelf.writing() as writing:
        writing.adopt(())
        writing.put_blob(b"other")
        shelf.add(writing.finish())
    assert shelf.live[name].received
    with pytest.raises(Damaged, match="not its content"):
        shelf.reopened().blob(blob)


def test_a_sound_pack_is_taken(shelf):
    name = leave(shelf, raw(OTHER), raw(b"something else"))
    assert put(shelf, OTHER) == 0
    assert set(shelf.live) == {name}
    assert shelf.store.blob(blob_id(b"something else")) == b"something else"


def test_a_session_that_does_not_ask_takes_nothing(shelf):
    name = leave(shelf, raw(OTHER))
    shelf.put(OTHER)
    assert name not in shelf.live


def test_what_is_not_needed_is_left(shelf):
    name = leave(shelf, raw(OTHER))
    put(shelf, CONTENT)
    assert name not in shelf.live


@pytest.mark.parametrize("at", [0, 3, 9, 20, -1, -9, -30])
def test_damaged_packs_are_passed_over(shelf, at):
    name = leave(shelf, raw(OTHER), raw(b"something else"))
    shelf.flip_pack(name, at)
    put(shelf, OTHER)
    assert name not in shelf.live


@pytest.mark.parametrize("length", [0, 7, 8, 31, 32, 60, -1])
def test_packs_that_are_cut_short_are_passed_over(shelf, length):
    name = leave(shelf, raw(OTHER))
    stored = shelf.storage.read(pack_path(name))
    shelf.storage.write(pack_path(name), stored[:length])
    put(shelf, OTHER)
    assert name not in shelf.live


def test_a_pack_with_a_wrong_object_anywhere_is_passed_over(shelf):
    name = leave(shelf, raw(OTHER), seal(b"\0", [blob_id(b"good")], [b"evil"]))
    put(shelf, OTHER)
    assert name not in shelf.live


@pytest.mark.parametrize("name", ["packs/short", "packs/" + "G" * 32, "packs/" + "A" * 32])
def test_other_names_are_passed_over(shelf, name):
    shelf.storage.write(name, shelf.storage.read(pack_path(leave(shelf, raw(OTHER)))))
    put(shelf, OTHER)


def test_packs_that_are_gone_stay_gone(shelf):
    name = leave(shelf, raw(OTHER))
    put(shelf, OTHER, gone={name})
    assert name not in shelf.live


def test_packs_whose_needs_are_not_live_are_passed_over(shelf):
    base = leave(shelf, raw(OTHER))
    new = OTHER.replace(b"line 7 ", b"line seven ")
    name = leave(shelf, delta(new, (OTHER, base, 0), under=len(OTHER)))
    put(shelf, new)
    assert name not in shelf.live


def test_packs_whose_needs_are_live_are_taken(shelf):
    base = shelf.put_blocks(raw(OTHER))
    new = OTHER.replace(b"line 7 ", b"line seven ")
    name = leave(shelf, delta(new, (OTHER, base, 0), under=len(OTHER)))
    assert put(shelf, new) == 0
    assert name in shelf.live


def test_the_footer_of_a_pack_that_nobody_tells_of(shelf):
    record = leave_record(shelf, raw(OTHER), raw(b"x"))
    stored = shelf.storage.read(pack_path(record.name))
    length, footer = read_unlisted(lambda a, b: stored[a:b], record.name, len(stored))
    assert length == record.footer_length
    assert len(footer.blocks) == 2


@pytest.mark.parametrize("seed", range(20))
def test_hostile_packs_are_refused_and_not_more(shelf, seed):
    name = leave(shelf, raw(OTHER), raw(b"x" * 100))
    stored, random = bytearray(shelf.storage.read(pack_path(name))), Random(seed)
    for _ in range(4):
        stored[random.randrange(len(stored))] ^= random.randrange(1, 256)
    shelf.storage.write(pack_path(name), bytes(stored))
    put(shelf, OTHER)
    assert name not in shelf.live
