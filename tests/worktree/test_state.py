"""The state keeps rows in columns as a plain dict would, and no bytes of its file can harm."""

import errno
import os
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest
from zstandard import ZstdCompressor

from contentvc import limits
from contentvc.errors import Busy
from contentvc.ids import ObjectId, blob_id
from contentvc.snapshots.tree import Mode
from contentvc.worktree.stamps import NEVER
from contentvc.worktree.state import CLEAN, Row, Stamp, State, folder_key
from contentvc.worktree.statefile import decode_state, encode_state, load_state, save_state
from tests.faults.seam import fail_at

names = st.binary(min_size=1, max_size=4).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)
paths = st.lists(names, min_size=1, max_size=4).map(b"/".join)
rows = st.builds(
    Row,
    size=st.integers(0, (1 << 64) - 1),
    mtime_ns=st.integers(NEVER, (1 << 63) - 1),
    ctime_ns=st.integers(NEVER, (1 << 63) - 1),
    inode=st.integers(0, (1 << 64) - 1),
    mode=st.sampled_from([Mode.FILE, Mode.EXECUTABLE, Mode.SYMLINK]),
    flags=st.integers(0, 3),
    id=st.binary(min_size=32, max_size=32).map(ObjectId),
)
tables = st.dictionaries(paths, rows, max_size=12)
trees = st.none() | st.binary(min_size=32, max_size=32).map(ObjectId)


def state_of(table, tree=None):
    return State.empty().replace(table, base_tree=tree)


def stamps_of(state):
    stamps = state.stamps
    columns = zip(stamps.mtimes, stamps.ctimes, stamps.inodes, strict=True)
    return dict(zip(state.folders, columns, strict=True))


def check(state, table):
    assert dict(state.items()) == table
    assert len(state) == len(table)
    assert state.folders[0] == b""
    assert state.folders == sorted(set(state.folders), key=folder_key)
    above = {b""}
    for path in table:
        folder = path.rpartition(b"/")[0]
        while folder:
            above.add(folder)
            folder = folder.rpartition(b"/")[0]
    assert set(state.folders) == above
    for path, row in table.items():
        assert state.get(path) == row
        assert state.path(state.find(path)) == path
        folder, _, name = path.rpartition(b"/")
        assert state.rows(folder)[name] == row
    for folder in state.folders:
        below = {state.folders[n] for n in state.below(folder)}
        assert below == {
            f for f in above if not folder or f == folder or f.startswith(folder + b"/")
        }


@given(tables, tables, st.lists(paths, max_size=5), st.data(), trees)
def test_as_a_dict(first, changed, removed, data, tree):
    state = state_of(first)
    check(state, first)
    if first:
        removed = removed + data.draw(st.lists(st.sampled_from(sorted(first)), max_size=5))
    after = state.replace(changed, removed, base_tree=tree)
    check(after, {path: row for path, row in first.items() if path not in removed} | changed)
    assert after.base_tree == tree
    check(state, first)
    for path in (b"", b"nothing", b"a/nothing", *removed):
        if path not in dict(after.items()):
            assert after.get(path) is None
    assert [row.mtime_ns for _, row in after.doubted().items()] == [NEVER] * len(after)
    check(after.doubted(), {p: r._replace(mtime_ns=NEVER) for p, r in after.items()})


def test_what_fits_no_column_is_unsure():
    row = Row(1, 1 << 63, 5, 5, Mode.FILE, CLEAN, blob_id(b""))
    assert state_of({b"a": row}).get(b"a") == row._replace(mtime_ns=NEVER, ctime_ns=0, inode=0)
    row = row._replace(mtime_ns=5, inode=1 << 64)
    assert state_of({b"a": row}).get(b"a").mtime_ns == NEVER


@given(tables, trees)
def test_encoding(table, tree):
    state = state_of(table, tree)
    some = [
        Stamp(n, n * 7 - 20, n * 10**9, (1 << 64) - 1 - n) for n in range(0, len(state.folders), 2)
    ]
    state = state.stamped(some, 1 << 62)
    decoded = decode_state(encode_state(state))
    assert decoded is not None
    assert stamps_of(decoded) == stamps_of(state)
    assert [n for n, stamp in enumerate(stamps_of(state).values()) if stamp[0] != NEVER] == [
        stamp.folder for stamp in some
    ]
    assert decoded.base_tree == tree
    check(decoded, table)


SAMPLE = encode_state(
    state_of(
        {
            b"%d/%d" % (n % 5, n): Row(n, n * 10**9, n, n, Mode.FILE, CLEAN, blob_id(b"%d" % n))
            for n in range(40)
        },
        blob_id(b"tree"),
    )
)


def test_any_flipped_bit_is_no_state():
    for position in range(len(SAMPLE)):
        for bit in range(8):
            changed = bytearray(SAMPLE)
            changed[position] ^= 1 << bit
            assert decode_state(bytes(changed)) is None


def test_any_torn_file_is_no_state():
    for length in range(len(SAMPLE)):
        assert decode_state(SAMPLE[:length]) is None
        assert decode_state(SAMPLE[:length] + bytes(len(SAMPLE) - length)) is None
    assert decode_state(SAMPLE + b"\0") is None


@given(st.binary(max_size=300))
def test_random_bytes(content):
    assert decode_state(content) is None
    assert decode_state(SAMPLE[:16] + content) is None
    assert decode_state(sealed(content)) is None


def sealed(body):
    return b"cvcstat\3" + xxh3_64_intdigest(body).to_bytes(8, "little") + body


def forged(folders=b"\0", names=b"a\0", counts=(1,), ids=bytes(32), header=(), raw=None, tail=None):
    """The bytes of a state whose checksum is right, whatever else is not."""
    rows = names.count(b"\0")
    body = folders + names + struct.pack(f"<{len(counts)}I", *counts) + bytes(24 * len(counts))
    body += bytes(rows * 34) if tail is None else tail
    rest = ZstdCompressor(level=1).compress(body) if raw is None else raw
    numbers = [len(counts), rows, len(folders), len(names), len(rest)]
    for place, value in header:
        numbers[place] = value
    return sealed(struct.pack("<B32s16sQQQQQ", 0, bytes(32), bytes(16), *numbers) + ids + rest)


def test_forging_works():
    state = decode_state(forged())
    assert state is not None
    assert state.get(b"a") is not None


@pytest.mark.parametrize(
    "forgery",
    [
        {"names": b"../a\0"},
        {"names": b"..\0"},
        {"names": b".\0"},
        {"names": b"\0"},
        {"folders": b"a\0"},
        {"folders": b"\0../b\0", "counts": (0, 1)},
        {"folders": b"\0/b\0", "counts": (0, 1)},
        {"folders": b"\0b/\0", "counts": (0, 1)},
        {"folders": b"\0b//c\0", "counts": (0, 1)},
        {"folders": b"\0b/..\0", "counts": (0, 1)},
        {"folders": b"\0.\0", "counts": (0, 1)},
        {"folders": b"\0\0", "counts": (0, 1)},
        {"counts": (2,)},
        {"counts": (0,)},
        {"counts": (4294967295, 2)},
        {"ids": bytes(31)},
        {"tail": bytes(33)},
        {"tail": bytes(32) + b"\3\0"},
        {"tail": bytes(32) + b"\xff\0"},
        {"raw": b""},
        {"raw": ZstdCompressor().compress(bytes(10**7))},
        {"raw": ZstdCompressor(write_content_size=False).compress(bytes(65))},
        *[
            {"header": [(place, value)]}
            for place in range(5)
            for value in (0, 7, 1 << 40, (1 << 64) - 1)
        ],
    ],
)
def test_absurd_bytes_with_a_right_checksum(forgery):
    encoded = forged(**forgery)
    tracemalloc.start()
    try:
        assert decode_state(encoded) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_stays_small():
    """A megabyte that claims a column of names as large as anything believed."""
    rows = 1000
    names = limits.NAME_LENGTH * rows
    bomb = ZstdCompressor(level=1).compress(bytes(28 + 1 + names + 34 * rows))
    body = struct.pack("<B32sQQQQQ", 0, bytes(32), 1, rows, 1, names, len(bomb))
    tracemalloc.start()
    try:
        assert decode_state(sealed(body + bytes(32 * rows) + bomb)) is None
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_files(tmp_path):
    path = os.fsencode(tmp_path / "state")
    empty = load_state(path)
    assert len(empty) == 0
    assert empty.base_tree is None
    state = decode_state(SAMPLE)
    save_state(path, state)
    assert dict(load_state(path).items()) == dict(state.items())
    assert os.listdir(tmp_path) == ["state"]
    with open(path, "wb") as file:
        file.write(SAMPLE[:-1])
    assert len(load_state(path)) == 0
    os.unlink(path)
    os.symlink(b"elsewhere", path)
    assert len(load_state(path)) == 0
    os.unlink(path)
    os.mkfifo(path)
    assert len(load_state(path)) == 0
    os.unlink(path)
    os.mkdir(path)
    assert len(load_state(path)) == 0


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = os.fsencode(tmp_path / "state")
    save_state(path, decode_state(SAMPLE))
    monkeypatch.setattr(limits, "STATE_BYTES", len(SAMPLE) - 1)
    assert len(load_state(path)) == 0


def test_a_refused_write_keeps_the_old_state(tmp_path):
    path = os.fsencode(tmp_path / "state")
    save_state(path, decode_state(SAMPLE))
    for nth in (1, 2, 3):
        outcome = fail_at(lambda: save_state(path, State.empty()), nth, errno.ENOSPC)
        assert outcome.hit
        assert isinstance(outcome.error, Busy)
        assert outcome.error.code == "disk-full"
        assert len(load_state(path)) == 40
        assert os.listdir(tmp_path) == ["state"]


@settings(max_examples=30)
@given(st.data())
def test_folders_with_tricky_order(data):
    """Names with bytes on both sides of the slash keep what is below a folder together."""
    parts = st.sampled_from([b"a", b"a-", b"a0", b"a.b", b"b", b"\x01", b"\xff"])
    some = data.draw(st.lists(st.lists(parts, min_size=1, max_size=4).map(b"/".join), max_size=20))
    row = Row(1, 1, 1, 1, Mode.FILE, CLEAN, blob_id(b""))
    check(state_of(dict.fromkeys(some, row)), dict.fromkeys(some, row))


@given(tables.filter(len), tables, st.data())
def test_a_stamp_lasts_while_its_folder_holds_the_same_names(first, changed, data):
    state = state_of(first)
    state = state.stamped([Stamp(n, n, n, n) for n in range(len(state.folders))], 1 << 62)
    removed = data.draw(st.lists(st.sampled_from(sorted(first)), max_size=3))
    after = state.replace(changed, removed, base_tree=None)

    def names(some):
        held = {folder: set() for folder in some.folders}
        for path in [path for path, _ in some.items()] + some.folders[1:]:
            folder, _, name = path.rpartition(b"/")
            held[folder].add((name, path in some.folders))
        return held

    before, now = names(state), names(after)
    for folder, stamp in stamps_of(after).items():
        lasts = before.get(folder) == now[folder]
        assert stamp == (stamps_of(state)[folder] if lasts else (NEVER, 0, 0))
    assert set(stamps_of(after.doubted()).values()) == {(NEVER, 0, 0)}
