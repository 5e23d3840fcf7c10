from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, blob_id, keyed_id
from contentvc.snapshots.codec import encode
from contentvc.snapshots.names import unsafe_reason
from contentvc.snapshots.tree import (
    EMPTY_TREE,
    Entry,
    Mode,
    Tree,
    build_tree,
    decode_columns,
    decode_tree,
    encode_tree,
)

ID = blob_id(b"content")
NAMES = st.binary(min_size=1, max_size=12).filter(lambda name: unsafe_reason(name) is None)


class Stored:
    """Trees by id, as they were put."""

    def __init__(self):
        self.trees = {}

    def put(self, encoded):
        identifier = keyed_id(Kind.TREE, encoded)
        self.trees[identifier] = encoded
        return identifier

    def entries(self, identifier):
        tree = decode_tree(self.trees[identifier])
        if not tree.is_node:
            return list(tree.entries)
        return [entry for part in tree.entries for entry in self.entries(part.id)]


def file(name, size=1, identifier=ID, attributes=()):
    return Entry(name, Mode.FILE, size, identifier, attributes)


@contextmanager
def small_parts():
    """Trees are split as early as hypothesis can afford to look at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "TREE_FLAT_ENTRIES", 8)
        patch.setattr("contentvc.snapshots.tree._CUT_BITS", 2)
        yield


@given(
    st.dictionaries(
        NAMES,
        st.tuples(
            st.sampled_from(Mode),
            st.integers(0, (1 << 64) - 1),
            st.binary(min_size=32, max_size=32),
            st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        ),
        max_size=8,
    )
)
def test_a_tree_is_what_was_encoded(rows):
    entries = tuple(
        Entry(name, mode, size, ObjectId(identifier), tuple(sorted(attributes.items())))
        for name, (mode, size, identifier, attributes) in sorted(rows.items())
    )
    assert decode_tree(encode_tree(Tree(entries))) == Tree(entries)


def test_the_empty_tree():
    assert decode_tree(encode_tree(EMPTY_TREE)) == EMPTY_TREE
    stored = Stored()
    assert build_tree((), stored.put) == (keyed_id(Kind.TREE, encode_tree(EMPTY_TREE)), 0)


def fields_of(**changed):
    """The fields of a tree of the files a and b, some of them replaced."""
    fields = {
        "version": 1,
        "kind": 0,
        "names": b"a\0b\0",
        "modes": b"\0\0",
        "sizes": bytes(16),
        "ids": ID + ID,
        "attributes": b"",
    }
    return encode(list((fields | changed).values()))


def test_the_fields_are_those_of_a_tree():
    assert decode_tree(fields_of()) == Tree((file(b"a", 0), file(b"b", 0)))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"version": 0},
        {"kind": 2},
        {"kind": 1},  # a node of files
        {"names": b"b\0a\0"},
        {"names": b"a\0a\0"},
        {"names": b"a\0"},
        {"names": b"a\0b"},
        {"names": b"a\0b\0c\0"},
        {"names": b"\0b\0"},
        {"names": b"a/b\0c\0"},
        {"names": b".\0a\0"},
        {"names": b"..\0a\0"},
        {"names": b".contentvc\0a\0"},
        {"names": b"a\0" + b"b" * 256 + b"\0"},
        {"modes": b"\0"},
        {"modes": b"\0\4"},
        {"sizes": bytes(15)},
        {"sizes": bytes(24)},
        {"ids": ID},
        {"ids": ID + ID + b"x"},
        {"attributes": encode([2, encode(["a", "b"])])},
        {"attributes": encode([-1, encode(["a", "b"])])},
        {"attributes": encode([0, b""])},
        {"attributes": encode([0])},
        {"attributes": encode([])},
        {"attributes": encode([0, "text"])},
        {"attributes": encode([1, encode(["a", "b"]), 0, encode(["a", "b"])])},
        {"attributes": encode([0, encode(["a", "b"]), 0, encode(["a", "b"])])},
        {"attributes": encode([0, encode(["b", "x", "a", "x"])])},
    ],
)
def test_what_is_not_as_a_tree_has_it_is_refused(changed):
    with pytest.raises(Damaged):
        decode_tree(fields_of(**changed))


def test_a_tree_beyond_the_limits_is_refused(monkeypatch):
    encoded = encode_tree(Tree((file(b"a"), file(b"b"))))
    monkeypatch.setattr(limits, "TREE_FLAT_ENTRIES", 1)
    with pytest.raises(Damaged, match="2 entries"):
        decode_tree(encoded)
    monkeypatch.setattr(limits, "TREE_BYTES", len(encoded) - 1)
    with pytest.raises(Damaged, match="at most"):
        decode_tree(encoded)


@given(names=st.sets(NAMES, max_size=120))
def test_a_large_directory_is_its_parts_joined(names):
    with small_parts():
        check_parts(names)


def check_parts(names):
    stored, entries = Stored(), [file(name, len(name)) for name in sorted(names)]
    root, size = build_tree(entries, stored.put)
    assert stored.entries(root) == entries
    assert size == sum(map(len, names))
    for encoded in stored.trees.values():
        tree = decode_tree(encoded)
        assert len(tree.entries) <= limits.TREE_FLAT_ENTRIES
        assert encode_tree(tree) == encoded
        for part in tree.entries if tree.is_node else ():
            inner = decode_tree(stored.trees[part.id]).entries
            assert part.name == inner[0].name
            assert part.size == sum(entry.size for entry in inner)


@pytest.mark.parametrize("count", [4096, 4097, 30_000])
def test_when_a_directory_is_split(count):
    stored = Stored()
    root, _ = build_tree([file(b"%06d" % number) for number in range(count)], stored.put)
    assert decode_tree(stored.trees[root]).is_node == (count > 4096)
    assert len(stored.entries(root)) == count


@given(st.data())
@settings(max_examples=25)
def test_a_change_touches_few_parts(data):
    """Of 20,000 names: one added, removed or changed makes new at most a few leaves and the node."""
    entries = {b"%08d" % (number * 7): file(b"%08d" % (number * 7)) for number in range(20_000)}
    before = Stored()
    build_tree(entries.values(), before.put)
    number = data.draw(st.integers(0, 140_000))
    name = b"%08d" % number
    if name in entries and data.draw(st.booleans()):
        del entries[name]
    else:
        entries[name] = file(name, size=2)
    after = Stored()
    build_tree([entries[name] for name in sorted(entries)], after.put)
    assert 1 <= len(after.trees.keys() - before.trees.keys()) <= 6


def test_hostile_names_cannot_stop_the_splitting(monkeypatch):
    """Every name asks for a cut, at every level: parts still hold two entries at least."""
    monkeypatch.setattr("contentvc.snapshots.tree.xxh3_64_intdigest", lambda _: 0)
    monkeypatch.setattr(limits, "TREE_FLAT_ENTRIES", 8)
    stored, entries = Stored(), [file(b"%04d" % number) for number in range(1000)]
    root, _ = build_tree(entries, stored.put)
    assert stored.entries(root) == entries
    assert len(stored.trees) <= 1000


def test_names_that_never_ask_for_a_cut_are_cut_all_the_same(monkeypatch):
    monkeypatch.setattr("contentvc.snapshots.tree.xxh3_64_intdigest", lambda _: (1 << 64) - 1)
    stored, entries = Stored(), [file(b"%05d" % number) for number in range(10_000)]
    root, _ = build_tree(entries, stored.put)
    assert stored.entries(root) == entries
    sizes = [len(decode_tree(encoded).entries) for encoded in stored.trees.values()]
    assert max(sizes) == 4096


def test_parts_are_put_before_the_node_that_names_them():
    order = []
    stored = Stored()

    def put(encoded):
        identifier = stored.put(encoded)
        order.append(identifier)
        return identifier

    root, _ = build_tree([file(b"%05d" % number) for number in range(9000)], put)
    assert order[-1] == root
    assert set(order[:-1]) == {part.id for part in decode_tree(stored.trees[root]).entries}
    assert all(a != b for a, b in pairwise(order))


def test_the_id_does_not_need_storing():
    entries = [file(b"%05d" % number) for number in range(9000)]
    assert build_tree(entries) == build_tree(entries, Stored().put)


@given(st.sets(NAMES, max_size=40), NAMES)
def test_columns_find_what_the_tree_has(names, other):
    entries = tuple(
        Entry(name, Mode(at % 4), at, blob_id(name), (("key", str(at)),) if at % 3 else ())
        for at, name in enumerate(sorted(names))
    )
    encoded = encode_tree(Tree(entries))
    columns = decode_columns(encoded)
    assert decode_tree(encoded).entries == entries
    assert tuple(columns.find(name) for name in sorted(names)) == entries
    assert other in names or columns.find(other) is None
