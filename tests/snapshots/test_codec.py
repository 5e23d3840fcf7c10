import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Damaged
from contentvc.snapshots import codec

FIELD = st.one_of(
    st.integers(-(1 << 63), (1 << 64) - 1), st.text(max_size=20), st.binary(max_size=300)
)


def decode(encoded, shape=None, most=100, limit=1 << 20):
    if shape is None:
        return codec.decode_fields(encoded, most=most, what="a message", limit=limit)
    return codec.decode(encoded, shape, what="a message", limit=limit)


@given(st.lists(FIELD, max_size=20))
def test_a_message_is_what_was_encoded(fields):
    encoded = codec.encode(fields)
    assert decode(encoded) == fields
    assert decode(encoded, [type(field) for field in fields]) == fields
    assert codec.encode(decode(encoded)) == encoded


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (0, 1), (127, 1), (128, 2), (255, 2), (256, 3), (65_535, 3), (65_536, 5), ((1 << 32) - 1, 5),
        (1 << 32, 9), (-1, 1), (-32, 1), (-33, 2), ("", 1), ("x" * 31, 32), ("x" * 32, 34),
        (b"", 2), (b"x" * 255, 257), (b"x" * 256, 259),
    ],
)  # fmt: skip
def test_the_shortest_form_is_written(value, length):
    assert len(codec.encode([value])) == 1 + length


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x90\x00",  # bytes follow
        b"\x91",  # a field is missing
        b"\x92\x01",
        b"\x01",  # no array
        b"\x80",
        b"\xc0",
        b"\xdc",
        b"\xdc\x00",
        b"\xdd\x00\x00",
        b"\x91\xc0",  # nil
        b"\x91\xc2",  # false
        b"\x91\xc3",  # true
        b"\x91\xca\x00\x00\x00\x00",  # a float
        b"\x91\xcb" + bytes(8),
        b"\x91\x90",  # it nests
        b"\x91\x91\x01",
        b"\x91\x80",
        b"\x91\x81\x01\x01",
        b"\x91\xd4\x01\x01",  # an extension
        b"\x91\xc7\x00\x01",  # an empty extension
        b"\x91\xd6\xff\x00\x00\x00\x00",  # a timestamp
        b"\x91\xc7\x0c\xff" + bytes(12),
        b"\x91\xc1",  # never used
        b"\x91\xa1\xff",  # not UTF-8
        b"\x91\xa3\xed\xa0\x80",  # a surrogate
        b"\x91\xc4\x02\x01",  # cut short
        b"\x91\xa2x",
        b"\x91\xcd\x01",
    ],
)
def test_what_is_no_flat_message_is_refused(encoded):
    with pytest.raises(Damaged):
        decode(encoded)


def test_limits_and_shapes():
    encoded = codec.encode([1, "a", b"b"])
    with pytest.raises(Damaged) as caught:
        decode(encoded, limit=len(encoded) - 1)
    assert caught.value.code == "beyond-limit"
    for shape in ([int], [int, str, str], [int, str, bytes, bytes], []):
        with pytest.raises(Damaged):
            decode(encoded, shape)
    assert decode(encoded, most=3) == [1, "a", b"b"]
    with pytest.raises(Damaged):
        decode(encoded, most=2)


@given(st.binary(max_size=40))
def test_the_first_number_is_told_of_anything(encoded):
    version = codec.first_number(encoded)
    assert version is None or type(version) is int


@pytest.mark.parametrize(
    ("message", "version"),
    [
        ([7], 7),
        ([1 << 63, "x"], 1 << 63),
        ([7, [{}], None], 7),
        ([], None),
        (["7"], None),
        ([True], None),
        ([[7]], None),
        (7, None),
    ],
)
def test_the_first_number_is_read_whatever_follows(message, version):
    assert codec.first_number(msgpack.packb(message)) == version


@given(st.lists(st.integers(0, (1 << 32) - 1)))
def test_columns_of_numbers(values):
    assert list(codec.u32_values(codec.u32_column(values), len(values))) == values
    assert codec.u32_column(values) == b"".join(n.to_bytes(4, "little") for n in values)
    assert list(codec.u64_values(codec.u64_column(values), len(values))) == values
    assert codec.u64_column(values) == b"".join(n.to_bytes(8, "little") for n in values)


def test_columns_swap_their_bytes_on_other_machines(monkeypatch):
    little = codec.u32_column([1])
    monkeypatch.setattr(codec, "_SWAP", not codec._SWAP)
    assert codec.u32_column([1]) == little[::-1]
    assert list(codec.u32_values(little[::-1], 1)) == [1]


@pytest.mark.parametrize("length", [1, 3, 5, 8])
def test_columns_of_another_length_are_refused(length):
    with pytest.raises(Damaged):
        codec.u32_values(bytes(length), 1)
    with pytest.raises(Damaged):
        codec.u64_values(bytes(length), 2)


@given(st.lists(st.binary(max_size=5).map(lambda one: one.replace(b"\0", b"")), max_size=9))
def test_columns_of_names(names):
    assert codec.split_names(codec.join_names(names), len(names)) == names
    for wrong in {len(names) - 1, len(names) + 1}:
        with pytest.raises(Damaged):
            codec.split_names(codec.join_names(names), wrong)


@pytest.mark.parametrize(("column", "count"), [(b"a", 0), (b"a", 1), (b"a\0b", 1), (b"\0a", 1)])
def test_names_without_their_end_are_refused(column, count):
    with pytest.raises(Damaged):
        codec.split_names(column, count)


def test_columns_of_ids():
    assert codec.split_ids(b"aabb", 2) == [b"aa", b"bb"]
    assert codec.split_ids(b"aabb", 2, 2) == [b"aa", b"bb"]
    assert codec.split_ids(b"", 2, 0) == []
    for column, count in ((b"aab", None), (b"aabb", 1), (b"aabb", 3), (b"", 1)):
        with pytest.raises(Damaged):
            codec.split_ids(column, 2, count)


def test_fields_of_another_type_are_refused():
    for read, wrong in ((codec.integer, "1"), (codec.text, b"x"), (codec.octets, "x")):
        with pytest.raises(Damaged):
            read(wrong)
    with pytest.raises(Damaged):
        codec.octets(b"abc", 2)
