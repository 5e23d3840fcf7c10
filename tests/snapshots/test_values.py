"""Commits, attributes and operations: what is encoded is what is read, and nothing else is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId, WorkspaceId, keyed_id
from contentvc.snapshots.attributes import decode_attributes, encode_attributes
from contentvc.snapshots.codec import encode
from contentvc.snapshots.commit import Commit, commit_id, decode_commit, encode_commit
from contentvc.snapshots.operation import (
    Head,
    RefChange,
    WorkspaceChange,
    decode_operation,
    encode_operation,
)
from tests.golden.values import FEATURES, OPERATIONS, WORKSPACE, identifier

IDS = st.binary(min_size=ID_BYTES, max_size=ID_BYTES).map(ObjectId)
TEXT = st.text(max_size=10)
ATTRIBUTES = st.dictionaries(TEXT, TEXT, max_size=4).map(lambda one: tuple(sorted(one.items())))
COMMITS = st.builds(
    Commit,
    tree=IDS,
    parents=st.lists(IDS, max_size=4).map(tuple),
    author=TEXT,
    time=st.integers(-(1 << 63), (1 << 63) - 1),
    zone=st.integers(-1439, 1439),
    message=TEXT,
    attributes=ATTRIBUTES,
)


@given(ATTRIBUTES)
def test_attributes_are_what_was_encoded(attributes):
    assert decode_attributes(encode_attributes(attributes)) == attributes
    assert encode_attributes(attributes[::-1]) == encode_attributes(attributes)


@pytest.mark.parametrize(
    "fields",
    [["a"], ["a", "b", "c"], [], ["b", "", "a", ""], ["a", "", "a", ""], ["a", 1], [1, "a"], ["a", b""]],
)  # fmt: skip
def test_other_attributes_are_refused(fields):
    with pytest.raises(Damaged):
        decode_attributes(encode(fields))


def test_too_many_attributes_are_refused():
    most = [(f"{n:05}", "") for n in range(limits.ATTRIBUTES)]
    assert decode_attributes(encode_attributes(tuple(most))) == tuple(most)
    with pytest.raises(Damaged):
        decode_attributes(encode_attributes((*most, ("z", ""))))


@given(COMMITS)
def test_a_commit_is_what_was_encoded(commit):
    encoded = encode_commit(commit)
    assert decode_commit(encoded) == commit
    assert commit_id(commit) == keyed_id(Kind.COMMIT, encoded)


@given(COMMITS, COMMITS)
def test_different_commits_have_different_ids(one, other):
    assert (commit_id(one) == commit_id(other)) == (one == other)


@pytest.mark.parametrize(
    "changed",
    [
        {0: 2}, {0: 0}, {1: b""}, {1: bytes(31)}, {2: bytes(33)}, {5: 1440}, {5: -1440}, {3: b"x"},
        {4: "now"}, {7: encode([])}, {2: bytes(32 * (limits.PARENTS + 1))},
    ],
)  # fmt: skip
def test_other_commits_are_refused(changed):
    fields = [1, bytes(32), b"", "author", 0, 0, "message", b""]
    assert decode_commit(encode(fields)).author == "author"
    for position, value in changed.items():
        fields[position] = value
    with pytest.raises(Damaged):
        decode_commit(encode(fields))


HEADS = st.none() | st.builds(
    Head,
    ref=st.none() | st.text(min_size=1, max_size=5),
    commit=st.none() | IDS,
    merging=st.lists(IDS, max_size=2).map(tuple),
)
NAMES = st.binary(min_size=16, max_size=16).map(WorkspaceId)
NOT_ZERO = st.none() | IDS.filter(any)


def _sorted(changes, key):
    return tuple(sorted({key(change): change for change in changes}.values(), key=key))


@given(
    refs=st.lists(st.builds(RefChange, TEXT, NOT_ZERO, NOT_ZERO, st.integers(0, 1 << 63))),
    workspaces=st.lists(st.builds(WorkspaceChange, NAMES, HEADS, HEADS, st.integers(0, 1 << 63))),
    base=st.sampled_from(sorted(OPERATIONS)),
)
def test_an_operation_is_what_was_encoded(refs, workspaces, base):
    operation = replace(
        OPERATIONS[base],
        refs=_sorted(refs, lambda change: change.name),
        workspaces=_sorted(workspaces, lambda change: change.workspace),
    )
    assert decode_operation(encode_operation(operation)) == operation


def test_changes_are_sorted_when_they_are_written():
    changes = tuple(RefChange(name, None, identifier(1), 0) for name in ("b", "a"))
    operation = replace(OPERATIONS["operation, undo"], refs=changes)
    assert decode_operation(encode_operation(operation)).refs == changes[::-1]


@pytest.mark.parametrize(
    "fields",
    [{"sequence": 0}, {"sequence": -1}, {"time": -1}, {"horizon": -1}, {"nonce": b"x"}, {"repository": b""}],
)  # fmt: skip
def test_other_operations_are_refused(fields):
    with pytest.raises(Damaged):
        decode_operation(encode_operation(replace(OPERATIONS["operation, undo"], **fields)))


def test_an_unknown_critical_feature_needs_a_newer_version():
    with pytest.raises(Damaged, match="purge-2, time-travel") as caught:
        decode_operation(encode_operation(FEATURES))
    assert caught.value.code == "needs-newer"
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize("rest", [b"\x01", b"\x90", b"\x81\x01\x01", b"\xc0"])
def test_a_later_version_is_told_whatever_its_operations_hold(rest):
    with pytest.raises(Damaged) as caught:
        decode_operation(b"\x92\x02" + rest)
    assert caught.value.code == "needs-newer"


def test_two_changes_of_one_workspace_keep_their_order():
    changes = tuple(WorkspaceChange(WORKSPACE, None, Head(None, identifier(n)), n) for n in (1, 2))
    operation = replace(OPERATIONS["operation, undo"], workspaces=changes)
    assert decode_operation(encode_operation(operation)).workspaces == changes
