"""Every parser of stored bytes: an error that says so, never a crash, a hang, or endless memory."""

import json
import struct
import tracemalloc
from pathlib import Path

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.bundle import decode_bundle
from contentvc.history.path_segment import PathSegment
from contentvc.history.view import decode_view
from contentvc.ids import Kind, ObjectId, PackName, RepositoryId, keyed_id
from contentvc.objects.compression import compress, decompress
from contentvc.objects.lists import decode_list
from contentvc.objects.pack import decode_footer
from contentvc.objects.segment import Segment
from contentvc.repository import read_description as described
from contentvc.snapshots.attributes import decode_attributes
from contentvc.snapshots.commit import decode_commit
from contentvc.snapshots.merging import decode_merging
from contentvc.snapshots.operation import (
    PackRecord,
    decode_head,
    decode_operation,
    decode_packs,
    decode_refs,
)
from contentvc.snapshots.tree import decode_tree
from contentvc.storage.memory import MemoryStorage
from tests.golden.vectors import COMPRESSED, footer_frames

GOLDEN = {
    name: bytes.fromhex(text)
    for name, text in json.loads(Path(__file__).with_name("vectors.json").read_text()).items()
}


def read_footer(ending):
    length = 8 + len(ending)
    for end in (length, length + 170, length + 100):
        record = PackRecord(PackName(bytes(16)), ObjectId(bytes(32)), end, len(ending))
        footer = decode_footer(ending, record, lambda *_: b"")
        list(footer.rows())


def read_segment(stored):
    segment = Segment(lambda start, end: stored[start:end])
    segment.check()
    segment.contents()
    for first in range(256):
        segment.find(bytes([first]) * 32, segment.packs)
    list(segment.starting_with(b"\1", 0))


def read_path_segment(stored):
    segment = PathSegment(RepositoryId(b"\xa5" * 16), stored)
    list(segment.touches())
    segment.candidates([0, 1, 7, 0xFFFFFFFF])


def read_description(stored):
    storage = MemoryStorage()
    storage.write("repository.json", stored)
    described(storage)


PARSERS = {
    "attributes": decode_attributes,
    "tree, leaf": decode_tree,
    "tree, node": decode_tree,
    "commit, merge": decode_commit,
    "chunk list": decode_list,
    "ref changes": decode_refs,
    "pack records": decode_packs,
    "head, merging": decode_head,
    "merging, stopped": decode_merging,
    "merging, picking": decode_merging,
    "merging, by item": decode_merging,
    "operation, commit": decode_operation,
    "operation, prepare": decode_operation,
    "operation, drop": decode_operation,
    "view": decode_view,
    "bundle": decode_bundle,
    "footer": read_footer,
    "segment": read_segment,
    "path segment": read_path_segment,
    "repository.json": read_description,
}


def opened(name):
    """The message inside the golden bytes: what checksums and compression guard."""
    stored = GOLDEN[name]
    if name in COMPRESSED:
        start = COMPRESSED[name]
        frame = stored[start:] if start else footer_frames(stored)[1]
        return zstandard.ZstdDecompressor().decompress(frame)
    if name == "view":
        return stored[16:]
    if name == "chunk list":
        return stored[32:]
    if name == "segment":
        return stored[24 : 24 + struct.unpack("<Q", stored[8:16])[0]]
    return stored


def sealed(name, message):
    """A message as it is stored, its checksums right whatever is in it."""
    if name == "bundle":
        frame = compress(message)
        return b"CVBUNDL1" + struct.pack("<Q", xxh3_64_intdigest(frame)) + frame
    if name == "path segment":
        frame = compress(message)
        start = struct.pack("<QQ", len(message), xxh3_64_intdigest(frame))
        return GOLDEN[name][:24] + start + frame
    if name == "footer":
        frame = compress(message)
        both = footer_frames(GOLDEN[name])[0] + frame
        return both + struct.pack("<QQ8s", xxh3_64_intdigest(both), len(frame), b"CVPEND1\n")
    if name == "view":
        return b"CVVIEW1\n" + struct.pack("<Q", xxh3_64_intdigest(message)) + message
    if name == "chunk list":
        return keyed_id(Kind.LIST, message) + message
    if name == "segment":
        buckets = GOLDEN[name][24 + len(opened(name)) :]
        start = struct.pack("<8sQQ", b"CVINDEX2", len(message), xxh3_64_intdigest(message))
        return start + message + buckets
    return message


def holds(parse, stored):
    """Either it is read, or it is named as damage."""
    try:
        parse(stored)
    except Damaged:
        return False
    return True


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_the_golden_bytes_pass_through_opening_and_sealing(name):
    if name != "footer":  # its lengths are guessed above
        assert holds(PARSERS[name], sealed(name, opened(name)))


BYTES = st.binary(max_size=200)
EDITS = st.lists(
    st.tuples(st.sampled_from("fidc"), st.integers(0, 1 << 16), st.integers(0, 255)),
    min_size=1,
    max_size=8,
)


def edited(content, edits):
    """Bytes flipped, inserted, deleted or cut off."""
    changed = bytearray(content)
    for how, where, byte in edits:
        at = where % (len(changed) + 1)
        if how == "f" and changed:
            changed[at % len(changed)] ^= byte or 1
        elif how == "i":
            changed[at:at] = bytes([byte]) * (1 + where % 9)
        elif how == "d":
            del changed[at : at + 1 + byte % 9]
        elif how == "c":
            del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(content=BYTES)
@settings(max_examples=60)
def test_random_bytes(name, content):
    holds(PARSERS[name], content)
    holds(PARSERS[name], sealed(name, content))


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(edits=EDITS)
@settings(max_examples=150)
def test_edited_bytes(name, edits):
    holds(PARSERS[name], edited(GOLDEN[name], edits))
    holds(PARSERS[name], sealed(name, edited(opened(name), edits)))


VALUES = st.recursive(
    st.one_of(
        st.integers(-(1 << 63), (1 << 64) - 1),
        st.integers(0, 3),
        st.text(max_size=5),
        st.binary(max_size=70),
        st.sampled_from(
            [b"", bytes(16), bytes(32), bytes(64), b"\x90", b"\x91\xa1x", None, True, 1.5]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("name", sorted(set(PARSERS) - {"repository.json"}))
@given(changes=st.dictionaries(st.integers(0, 30), VALUES, max_size=4), extra=st.integers(-2, 2))
@settings(max_examples=150)
def test_messages_with_other_fields(name, changes, extra):
    fields = msgpack.unpackb(opened(name), raw=False)
    for position, value in changes.items():
        fields[position % len(fields)] = value
    fields = fields[:extra] if extra < 0 else fields + fields[:extra]
    holds(PARSERS[name], sealed(name, msgpack.packb(fields)))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    changes=st.dictionaries(st.sampled_from(sorted(json.loads(GOLDEN["repository.json"]))), JSON)
)
@settings(max_examples=200)
def test_descriptions_with_other_members(changes):
    content = json.loads(GOLDEN["repository.json"]) | changes
    read = holds(read_description, json.dumps(content).encode())
    assert not read or content == json.loads(GOLDEN["repository.json"])


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"\xff", b"1", b"[]", b"null", b"{}", b"9" * 5000]
)
def test_descriptions_that_are_none(content):
    assert not holds(read_description, content)


SIZE = 1 << 20
HOSTILE = {
    "nested arrays": b"\x91" * SIZE,
    "wide arrays of empty arrays": b"\xdd" + struct.pack(">I", SIZE) + b"\x90" * SIZE,
    "maps": b"\x81\x01" * (SIZE // 2),
    "an endless array": b"\xdd\xff\xff\xff\xff" + b"\x01" * SIZE,
    "an endless binary": b"\x91\xc6\xff\xff\xff\xff" + b"x" * SIZE,
    "an endless string": b"\x91\xdb\xff\xff\xff\xff" + b"x" * SIZE,
    "an endless extension": b"\x91\xc9\xff\xff\xff\xff\x01" + b"x" * SIZE,
    "many short strings": b"\xdd" + struct.pack(">I", SIZE) + b"\xa2xy" * SIZE,
    "many numbers": b"\xdd" + struct.pack(">I", SIZE) + b"\x01" * SIZE,
    "zeros": bytes(SIZE),
}
MEMORY = 24
"""Bytes of memory for each byte read, at most, on top of `FLOOR`."""
FLOOR = 2 << 20


def peak(parse, stored):
    """The most memory that parsing takes."""
    tracemalloc.start()
    try:
        holds(parse, stored)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", sorted(HOSTILE))
@pytest.mark.parametrize("name", sorted(set(PARSERS) - {"repository.json"}))
def test_hostile_messages_take_little_memory(name, kind):
    hostile = HOSTILE[kind]
    stored = sealed(name, hostile)
    assert peak(PARSERS[name], stored) <= MEMORY * len(hostile) + FLOOR
    assert not holds(PARSERS[name], stored)


@pytest.mark.parametrize("kind", sorted(HOSTILE))
@pytest.mark.parametrize("name", sorted(set(PARSERS) - {"repository.json"}))
def test_hostile_fields_take_little_memory(name, kind):
    """The same bytes as the content of each binary field of an otherwise sound message."""
    hostile = HOSTILE[kind]
    for position, value in enumerate(msgpack.unpackb(opened(name), raw=False)):
        if not isinstance(value, bytes):
            continue
        fields = msgpack.unpackb(opened(name), raw=False)
        fields[position] = hostile
        stored = sealed(name, msgpack.packb(fields))
        assert peak(PARSERS[name], stored) <= MEMORY * len(hostile) + FLOOR


def bomb(size):
    """A frame of few bytes that becomes `size` zeros."""
    return zstandard.ZstdCompressor(level=19).compress(bytes(size))


def declared(size):
    """A frame of a few bytes that says it becomes `size` bytes."""
    return b"\x28\xb5\x2f\xfd" + b"\xe0" + struct.pack("<Q", size) + b"\x01\x00\x00"


@pytest.mark.parametrize("size", [1, 1 << 20, limits.BLOCK_RAW, 1 << 33, (1 << 64) - 1])
def test_a_frame_that_only_says_it_is_large_allocates_nothing(size):
    frame = declared(size)

    def parse(stored):
        decompress(stored, size, limit=limits.BUNDLE_BYTES)

    assert peak(parse, frame) <= FLOOR
    assert not holds(parse, frame)


@pytest.mark.parametrize("name", ["bundle", "footer"])
def test_bombs_beyond_the_limits_are_not_unpacked(name, monkeypatch):
    monkeypatch.setattr(limits, "BUNDLE_BYTES", 1 << 20)
    monkeypatch.setattr(limits, "FOOTER_BYTES", 1 << 20)
    message = bytes(64 << 20)
    stored = sealed(name, message)
    del message
    assert peak(PARSERS[name], stored) <= FLOOR
    assert not holds(PARSERS[name], stored)


def test_a_frame_must_be_what_its_pack_says():
    frame = compress(b"content" * 100)
    assert decompress(frame, 700) == b"content" * 100
    for wrong, size in ((frame, 699), (frame + b"x", 700), (frame + frame, 700), (frame[:-1], 700)):
        with pytest.raises(Damaged):
            decompress(wrong, size)


def test_a_frame_that_wants_a_large_window_is_refused():
    parameters = zstandard.ZstdCompressionParameters(window_log=25)
    content = bytes(range(256)) * 200_000
    frame = zstandard.ZstdCompressor(compression_params=parameters).compress(content)
    with pytest.raises(Damaged, match="window"):
        decompress(frame, len(content))


def test_a_frame_with_a_dictionary_id_or_without_a_size_is_refused():
    content = b"content" * 100
    sizeless = zstandard.ZstdCompressor(write_content_size=False).compress(content)
    with pytest.raises(Damaged):
        decompress(sizeless, len(content))
    single_segment_with_id = b"\x28\xb5\x2f\xfd\x21\x07" + bytes([5]) + b"\x29\0\0" + b"hello"
    assert zstandard.get_frame_parameters(single_segment_with_id).dict_id == 7
    with pytest.raises(Damaged, match="dictionary"):
        decompress(single_segment_with_id, 5)


@pytest.mark.parametrize("count", [limits.PACK_BLOCKS + 1])
def test_a_footer_of_too_many_blocks_is_refused_before_they_are_made(count):
    fields = msgpack.unpackb(opened("footer"), raw=False)
    fields[1] = fields[2] = bytes(4 * count)
    fields[3], fields[4], fields[5] = bytes(count), bytes(8 * count), b""
    fields[6:11] = [bytes(4 * count), b"", b"", 0, b""]
    stored = sealed("footer", msgpack.packb(fields))
    assert len(stored) < 10_000
    assert peak(read_footer, stored) <= 4 * 21 * count
    assert not holds(read_footer, stored)
