"""What a working tree says of itself: a sparse one can never be taken for a whole one."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import NotAllowed, Usage
from contentvc.ids import WorkspaceId
from contentvc.snapshots.names import unsafe_reason
from contentvc.worktree.marker import (
    Marker,
    NotAMarker,
    check_sparse,
    decode_linked,
    decode_main,
    encode_linked,
    encode_main,
)

ID = WorkspaceId(bytes(range(16)))
HEX = ID.hex()
names = st.binary(min_size=1, max_size=12).filter(lambda name: unsafe_reason(name) is None)
paths = st.lists(st.lists(names, min_size=1, max_size=3).map(b"/".join), max_size=6)


@given(paths)
def test_any_names_come_back(chosen):
    sparse = check_sparse(chosen)
    main, linked = Marker(ID, sparse), Marker(ID, sparse, "/a b/.contentvc")
    assert decode_main(encode_main(main)) == main
    assert decode_linked(encode_linked(linked)) == linked
    assert all(any(path == one or path.startswith(one + b"/") for one in sparse) for path in chosen)


SPARSE = Marker(ID, (b"a.b", b"evals/\xff \n", b"prompts"))
LINKED = Marker(ID, SPARSE.sparse, "/a.b/.contentvc")


def test_how_it_looks():
    lines = encode_main(SPARSE).decode().splitlines()
    assert lines[0].startswith(f"{HEX} sparse 3 ")
    assert lines[1:] == ["a%2eb", "evals/%ff%20%0a", "prompts"]
    assert encode_main(Marker(ID)) == HEX.encode() + b"\n"
    told = tomllib.loads(encode_linked(LINKED).decode())
    assert told == {"folder": LINKED.folder, "sparse": {"workspace": HEX, "paths": lines[1:]}}


def test_what_knows_nothing_of_sparse_paths_finds_no_workspace_in_it():
    with pytest.raises(ValueError, match="hexadecimal"):
        bytes.fromhex(encode_main(SPARSE).decode())
    assert "workspace" not in tomllib.loads(encode_linked(LINKED).decode())


def test_every_torn_one_is_none():
    for decode, whole in (
        (decode_main, encode_main(SPARSE)),
        (decode_linked, encode_linked(LINKED)),
    ):
        for length in range(len(whole)):
            try:
                found = decode(whole[:length])
            except NotAMarker:
                continue
            assert found.sparse == SPARSE.sparse  # what is cut off is a newline


def test_every_changed_byte_is_seen():
    whole = encode_main(SPARSE)
    for place in range(32, len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        try:
            found = decode_main(bytes(changed))
        except NotAMarker:
            continue
        assert found == SPARSE


@given(st.binary(max_size=200))
def test_any_bytes(text):
    for decode in (decode_main, decode_linked):
        try:
            decode(text)
        except NotAMarker:
            continue


@pytest.mark.parametrize(
    "paths",
    ['"b", "a"', '"a", "a/b"', '"a", "a"', '""', '"../a"', '"a//b"', '"%2E"', '"a%62"', '".x"',
     '"%zz"', "5", ""],
)  # fmt: skip
def test_paths_that_nobody_writes(paths):
    text = f'folder = "/x"\n[sparse]\nworkspace = "{HEX}"\npaths = [{paths}]\n'
    with pytest.raises(NotAMarker):
        decode_linked(text.encode())


@pytest.mark.parametrize("path", [b"", b"/a", b"a/", b"a/../b", b".contentvc", b"a\0", b"a" * 5000])
def test_paths_that_are_none(path):
    with pytest.raises(Usage):
        check_sparse([path])


def test_too_many_paths():
    most = [b"%d" % number for number in range(limits.SPARSE_PATHS)]
    assert decode_main(encode_main(Marker(ID, check_sparse(most)))).sparse == check_sparse(most)
    with pytest.raises(NotAllowed) as caught:
        check_sparse([*most, b"one more"])
    assert caught.value.code == "beyond-limit"
    long = [b"/".join([b"\xff" * 250] * 15 + [b"%d" % number]) for number in range(140)]
    with pytest.raises(NotAllowed):
        check_sparse(long)
    fitting = check_sparse(long[:139])
    for encoded in (encode_main(Marker(ID, fitting)), encode_linked(Marker(ID, fitting, "/x"))):
        assert len(encoded) < limits.MARKER_BYTES
