# ruff: noqa: S103 - permissions are what is tested
"""A checkout makes the files of a version, loses nothing of the user's, and stays in the tree."""

import errno
import os
import shutil
import stat
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc import limits
from contentvc.changes.trees import TreeChange
from contentvc.errors import Busy, ContentvcError, Damaged, NotAllowed
from contentvc.ids import ObjectId, blob_id
from contentvc.snapshots.tree import Entry, Mode
from contentvc.storage import disk
from contentvc.worktree.checkout import Content, check_links, check_room, clear_way, write_files
from contentvc.worktree.collisions import survey
from contentvc.worktree.files import Files, WrongSize
from contentvc.worktree.names import Folding
from contentvc.worktree.reading import hash_path
from contentvc.worktree.stamps import NEVER, seal_by_touching
from contentvc.worktree.state import State
from tests.faults.seam import each_crash, each_failure
from tests.worktree.trees import (
    FUTURE,
    Link,
    content_of,
    look,
    recorded,
    shared_folder,
    snapshot,
    without_privileges,
    write,
)

Version = dict[bytes, tuple[Mode, bytes]]
F, X, L = Mode.FILE, Mode.EXECUTABLE, Mode.SYMLINK


def entry(path, mode, content):
    return Entry(path.rpartition(b"/")[2], mode, len(content), blob_id(content))


def changes_between(old: Version, new: Version) -> list[TreeChange]:
    found = []
    for path in sorted(old.keys() | new.keys(), key=lambda path: path.split(b"/")):
        before = entry(path, *old[path]) if path in old else None
        after = entry(path, *new[path]) if path in new else None
        if before != after:
            found.append(TreeChange(path, before, after))
    return found


def content_in(*versions: Version) -> Content:
    stored = {blob_id(content): content for version in versions for _, content in version.values()}

    def stream(path, identifier):
        content = stored[identifier]
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]

    return Content(lambda ids: ((one, stored[one]) for one in ids), stream)


def state_after(root: bytes, version: Version) -> State:
    return recorded(root) if version else State.empty()


def bring(root, old, new, state=None, *, overwrite=False):
    """The steps of a checkout, as `switch` takes them; paths that collided."""
    changes = changes_between(old, new)
    state = state or state_after(root, old)
    with Files(root) as files:
        found = survey(files, state, changes, partial(hash_path, root))
        kept = set() if overwrite else found.blocked
        todo = [change for change in changes if change.path not in kept]
        clear_way(files, todo, found.obstacles if overwrite else ())
        wanted = [(p, e) for p, _, e in todo if e is not None and p not in found.done]
        wanted.sort(key=lambda one: one[1].mode is L)
        rows = dict(write_files(files, wanted, content_in(old, new), seal_by_touching(root)))
    return found.collisions, rows


def lay(root: bytes, version: Version) -> None:
    assert bring(root, {}, version, State.empty())[0] == []


OLD: Version = {
    b"a": (F, b"one"),
    b"b/c": (F, b"two"),
    b"b/d/e": (X, b"three"),
    b"link": (L, b"b"),
    b"f/g": (F, b"four"),
    b"same": (F, b"same"),
}
NEW: Version = {
    b"a": (X, b"one"),
    b"b": (F, b"was a folder"),
    b"link": (F, b"was a link"),
    b"f/g/h/i": (F, b"was a file"),
    b"z": (L, b"a"),
    b"big": (F, bytes(range(256)) * 600),
    b"same": (F, b"same"),
    b"\xff\xfe": (F, b"any bytes"),
}


@pytest.fixture
def root(tmp_path):
    return os.fsencode(tmp_path)


@pytest.mark.parametrize(("old", "new"), [({}, OLD), (OLD, NEW), (NEW, OLD), (OLD, {}), (NEW, NEW)])
def test_from_one_version_to_another(root, old, new):
    lay(root, old)
    assert snapshot(root) == old
    assert bring(root, old, new)[0] == []
    assert snapshot(root) == new
    folders = {path for path, _, _ in os.walk(root)} - {root}
    assert all(any(p.startswith(os.path.relpath(f, root) + b"/") for p in new) for f in folders)


def test_rows_need_no_second_reading(root):
    lay(root, OLD)
    state = recorded(root)
    _, rows = bring(root, OLD, NEW, state)
    removed = [path for path in OLD if path not in NEW]
    state = state.replace(rows, removed, base_tree=state.base_tree)
    found = look(root, state)
    assert (found.clean, found.suspects, found.new, found.missing) == (len(NEW), (), (), ())


def test_a_change_right_after_is_seen(root):
    """Even within one tick of the clock, with the same size, a written file gives itself away."""
    for attempt in range(50):
        before: Version = {b"a": (F, b"%04d" % attempt)}
        shutil.rmtree(root)
        os.mkdir(root)
        _, rows = bring(root, {}, before, State.empty())
        with open(root + b"/a", "r+b") as file:
            file.write(b"!")
        assert rows[b"a"].mtime_ns != NEVER
        state = State.empty().replace(rows, base_tree=None)
        assert len(look(root, state).suspects) == 1


def test_a_file_system_that_keeps_no_times(root, monkeypatch):
    monkeypatch.setattr(disk, "set_mtime", lambda _fd, _mtime_ns: None)
    _, rows = bring(root, {}, {b"a": (F, b"x")}, State.empty())
    assert rows[b"a"].mtime_ns == NEVER


def test_what_the_user_changed_stays(root):
    lay(root, OLD)
    state = recorded(root)
    write(root, {b"a": b"mine", b"big": b"mine too", b"f/g": b"mine as well"})
    os.unlink(root + b"/same")
    collisions, _ = bring(root, OLD, NEW, state)
    assert collisions == [b"a", b"big", b"f/g"]
    here = snapshot(root)
    assert here[b"a"] == (F, b"mine")
    assert here[b"big"] == (F, b"mine too")
    assert here[b"f/g"] == (F, b"mine as well")
    assert here[b"b"] == NEW[b"b"]
    assert b"same" not in here


def test_what_the_user_changed_is_overwritten_when_asked(root):
    lay(root, OLD)
    state = recorded(root)
    write(root, {b"a": b"mine", b"big/file": b"mine too", b"f/g": b"mine as well"})
    shutil.rmtree(root + b"/big")
    collisions, _ = bring(root, OLD, NEW, state, overwrite=True)
    assert collisions == [b"a", b"f/g"]
    assert snapshot(root) == NEW


def test_only_looking_changes_nothing(root):
    lay(root, OLD)
    before = snapshot(root)
    with Files(root) as files:
        survey(files, recorded(root), changes_between(OLD, NEW), partial(hash_path, root))
    assert snapshot(root) == before


def surveyed(root, old, new, folding=None, state=None):
    with Files(root) as files:
        more = () if folding is None else (folding,)
        return survey(
            files,
            state or state_after(root, old),
            changes_between(old, new),
            partial(hash_path, root),
            *more,
        )


def test_what_stands_in_the_way(root):
    new: Version = {
        b"a/b/c": (F, b"x"),
        b"d": (F, b"x"),
        b"e": (F, b"x"),
        b"l/x": (F, b"x"),
        b"fifo": (F, b"x"),
    }
    write(
        root,
        {
            b"a/b": b"a file",
            b"d/e/f": b"in a folder",
            b"d/.env": b"s",
            b"e": b"x",
            b"l": Link(b"d"),
        },
    )
    os.mkfifo(root + b"/fifo")
    os.chmod(root + b"/e", 0o644)
    found = surveyed(root, {}, new, state=State.empty())
    assert found.collisions == [b"a/b", b"d/.env", b"d/e/f", b"fifo", b"l"]
    assert list(found.done) == [b"e"]


def test_no_reading_where_the_stat_is_as_noted(root):
    lay(root, OLD)

    def refuse(path):
        raise AssertionError(path)

    with Files(root) as files:
        found = survey(files, recorded(root), changes_between(OLD, NEW), refuse)
    assert not found.collisions


def test_unsure_files_are_read(root):
    lay(root, OLD)
    read = []

    def note(path):
        read.append(path)
        return hash_path(root, path)

    with Files(root) as files:
        found = survey(files, recorded(root, since=0), changes_between(OLD, NEW), note)
    assert not found.collisions
    assert set(read) == {b"a", b"b/c", b"b/d/e", b"f/g", b"link"}


def test_files_the_user_removed_are_no_collision(root):
    lay(root, OLD)
    state = recorded(root)
    shutil.rmtree(root + b"/b")
    os.unlink(root + b"/a")
    assert bring(root, OLD, NEW, state)[0] == []
    assert snapshot(root) == NEW


def test_what_is_there_already_is_left_alone(root):
    lay(root, NEW)
    before = os.stat(root + b"/big")
    assert bring(root, {}, NEW, State.empty())[0] == []
    assert os.stat(root + b"/big").st_ino == before.st_ino


def test_folders_with_other_things_in_them_stay(root):
    lay(root, OLD)
    state = recorded(root)
    write(root, {b"f/mine": b"x", b"b/__pycache__/x": b"x"})
    collisions, _ = bring(root, OLD, {b"a": (F, b"one")}, state)
    assert collisions == []
    assert snapshot(root) == {
        b"a": (F, b"one"),
        b"f/mine": (F, b"x"),
        b"b/__pycache__/x": (F, b"x"),
    }


def test_a_rename_in_case_alone(root):
    """On a disk that folds names (a link stands for the second spelling it finds)."""
    old: Version = {b"a": (F, b"x"), b"d/b": (F, b"y")}
    new: Version = {b"A": (F, b"x"), b"d/B": (F, b"changed")}
    lay(root, old)
    state = recorded(root)
    os.link(root + b"/a", root + b"/A")
    os.link(root + b"/d/b", root + b"/d/B")
    found = surveyed(root, old, new, Folding(case=True, form=True), state)
    assert not found.collisions
    assert not found.done
    found = surveyed(root, old, new, state=state)
    assert found.collisions == [b"d/B"]
    assert list(found.done) == [b"A"]


def test_it_renames_in_case_alone_here(root):
    old: Version = {b"a": (F, b"x"), b"d/b": (F, b"y")}
    new: Version = {b"A": (F, b"x"), b"D/b": (F, b"y")}
    lay(root, old)
    bring(root, old, new)
    assert snapshot(root) == new


class TestNothingOutside:
    """Whatever is done to the folders of a tree, a checkout changes nothing outside it."""

    @pytest.fixture
    def outside(self, tmp_path_factory):
        folder = os.fsencode(tmp_path_factory.mktemp("outside"))
        write(folder, {b"c": b"two", b"d/e": b"three", b"g": b"four"})
        return folder

    @pytest.mark.parametrize("swapped", [b"b", b"b/d", b"f"])
    @pytest.mark.parametrize("new", [NEW, {}])
    def test_a_folder_is_a_symlink_now(self, root, outside, swapped, new):
        lay(root, OLD)
        state = recorded(root)
        before = snapshot(outside)
        shutil.rmtree(root + b"/" + swapped)
        os.symlink(outside, root + b"/" + swapped)
        bring(root, OLD, new, state, overwrite=True)
        bring(root, new, OLD, State.empty(), overwrite=True)
        assert snapshot(outside) == before

    def test_a_folder_becomes_a_symlink_meanwhile(self, root, outside):
        """Descriptors that are held lead to the folder that was opened, not to where a link goes."""
        lay(root, {b"b/x": (F, b"x")})
        with Files(root) as files:
            assert files.stat(b"b/x") is not None
            os.rename(root + b"/b", root + b"/moved")
            os.symlink(outside, root + b"/b")
            files.write(b"b/new", F, [b"new"], 3, 0)
            files.remove(b"b/x")
        assert content_of(root, b"moved/new") == b"new"
        assert not os.path.exists(outside + b"/new")
        with Files(root) as files, pytest.raises(OSError) as caught:
            files.write(b"b/new", F, [b"new"], 3, 0)
        assert caught.value.errno in (errno.ELOOP, errno.ENOTDIR)
        assert not os.path.exists(outside + b"/new")

    def test_a_recorded_symlink_is_replaced_not_followed(self, root, outside):
        old: Version = {b"out": (L, outside), b"file": (L, outside + b"/c")}
        new: Version = {b"out/c": (F, b"inside"), b"file": (F, b"inside")}
        before = snapshot(outside)
        lay(root, old)
        bring(root, old, new)
        assert snapshot(root) == new
        assert snapshot(outside) == before

    def test_sweeping_and_pruning(self, root, outside):
        os.symlink(outside, root + b"/b")
        write(outside, {os.fsencode(disk.temporary_name()): b"x", b"empty/x": b""})
        os.unlink(outside + b"/empty/x")
        with Files(root) as files:
            files.sweep(b"b")
            files.prune([b"b/empty", b"b"])
        assert len(os.listdir(outside)) == 5


def test_modes(root):
    old_mask = os.umask(0o027)
    try:
        lay(root, {b"a": (F, b""), b"b": (X, b"")})
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(os.stat(root + b"/a").st_mode) == 0o640
    assert stat.S_IMODE(os.stat(root + b"/b").st_mode) == 0o750


def test_content_of_another_length_replaces_nothing(root):
    write(root, {b"a": b"mine", b"l": Link(b"x")})
    with Files(root) as files:
        for path, mode in ((b"a", F), (b"l", L)):
            with pytest.raises(WrongSize):
                files.write(path, mode, [b"12", b"34"], 5, 0)
        wrong = entry(b"a", F, b"four")._replace(size=5)
        with pytest.raises(Damaged):
            list(write_files(files, [(b"a", wrong)], content_in({b"a": (F, b"four")}), 0))
    assert content_of(root, b"a") == b"mine"
    assert sorted(os.listdir(root)) == [b"a", b"l"]


@pytest.mark.parametrize("target", [b"", b"x" * 5000, b"a\0b"])
def test_symlinks_that_cannot_be(target):
    new: Version = {b"l": (L, target)}
    with pytest.raises(Damaged) as caught:
        check_links(changes_between({}, new), content_in(new))
    assert caught.value.code == "unsafe-name"


def test_symlinks_that_can_be():
    new: Version = {b"l": (L, b"../../anywhere\n\xff"), b"f": (F, b"")}
    check_links(changes_between({}, new), content_in(new))
    check_links(changes_between(new, {}), content_in())


def test_room(root):
    huge = Entry(b"a", F, 1 << 60, ObjectId(bytes(32)))
    with pytest.raises(Busy) as caught:
        check_room(root, [TreeChange(b"a", None, huge)])
    assert caught.value.code == "disk-full"
    check_room(root, [TreeChange(b"a", huge, huge._replace(size=(1 << 60) + 1))])
    check_room(root, [TreeChange(b"a", huge, None)])


@pytest.mark.parametrize(
    ("blocks", "files", "fits"), [(10, 10, True), (9, 10, False), (10, 9, False)]
)
def test_small_files_take_whole_blocks_and_an_inode(root, monkeypatch, blocks, files, fits):
    system = list(os.statvfs(root))
    system[4], system[7] = blocks, files
    system[5] = max(system[5], 1)
    monkeypatch.setattr(os, "statvfs", lambda _root: os.statvfs_result(system))
    small = Entry(b"a", F, 1, ObjectId(bytes(32)))
    wanted = [TreeChange(b"a", None, small)] * 10
    if fits:
        check_room(root, wanted)
    else:
        with pytest.raises(Busy):
            check_room(root, wanted)


def test_many_files_and_folders(root):
    """More folders than descriptors are kept, and more files than one batch."""
    new: Version = {b"%d/%d/%d" % (n % 20, n % 300, n): (F, b"%d" % n) for n in range(900)}
    lay(root, new)
    assert snapshot(root) == new
    before = len(os.listdir("/dev/fd"))
    bring(root, new, {})
    assert os.listdir(root) == []
    assert len(os.listdir("/dev/fd")) == before


def test_deep_folders(root):
    path = b"/".join([b"d" * 200] * (limits.TREE_DEPTH - 1))
    with Files(root) as files:
        files.write(path + b"/f", F, [b"x"], 1, 0)
        assert files.stat(path + b"/f").st_size == 1
        files.remove(path + b"/f")
        files.prune([path])
    assert os.listdir(root) == []


def test_leftovers_are_swept(root):
    write(root, {b"a/" + os.fsencode(disk.temporary_name()): b"torn", b"a/b": b"x"})
    with Files(root) as files:
        files.sweep(b"a")
        files.sweep(b"")
        files.sweep(b"nothing")
        files.sweep(b"a/b")
    assert os.listdir(root + b"/a") == [b"b"]


def test_no_permission():
    with shared_folder() as root:
        write(root, {b"a/b": b"x"})
        os.chmod(root + b"/a", 0o555)
        state = recorded(root)
        old: Version = {b"a/b": (F, b"x")}
        try:
            for new in ({}, {b"a/b": (F, b"y")}, {b"a/b": (F, b"x"), b"a/c": (F, b"y")}):
                with pytest.raises(NotAllowed) as caught:
                    without_privileges(partial(bring, root, old, new, state))
                assert caught.value.code == "permission-denied"
        finally:
            os.chmod(root + b"/a", 0o755)
        assert snapshot(root) == old


def check_nothing_lost(root, *versions):
    """Every file is whole, and of one of the versions."""
    leftovers = []
    for path, found in snapshot(root).items():
        if disk.is_temporary(os.path.basename(path)):
            leftovers.append(path)
        else:
            assert found in [version.get(path) for version in versions], path
    return leftovers


def test_a_crash_anywhere_can_be_finished(tmp_path):
    def prepare(folder):
        lay(os.fsencode(folder), OLD)
        write(os.fsencode(folder), {b"mine": b"mine"})
        state = recorded(os.fsencode(folder))
        return lambda: bring(os.fsencode(folder), OLD, NEW, state)

    mine: Version = {b"mine": (F, b"mine")}
    for crash in each_crash(tmp_path, prepare):
        root = os.fsencode(crash.folder)
        check_nothing_lost(root, OLD, NEW, mine)
        with Files(root) as files:
            for folder in {b"", *(p.rpartition(b"/")[0] for p in OLD | NEW)}:
                files.sweep(folder)
        collisions, _ = bring(root, OLD, NEW, State.empty().replace({}, base_tree=None))
        assert collisions == []
        assert snapshot(root) == NEW | mine
        shutil.rmtree(root)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failure_anywhere_loses_nothing(tmp_path, code):
    def prepare(folder):
        lay(os.fsencode(folder), OLD)
        state = recorded(os.fsencode(folder))
        return lambda: bring(os.fsencode(folder), OLD, NEW, state)

    for outcome in each_failure(tmp_path, prepare, code):
        root = os.fsencode(outcome.folder)
        check_nothing_lost(root, OLD, NEW)
        if outcome.error is not None:
            assert isinstance(outcome.error, ContentvcError)
        bring(root, OLD, NEW, State.empty())
        with Files(root) as files:
            for folder in {b"", *(p.rpartition(b"/")[0] for p in NEW)}:
                files.sweep(folder)
        assert snapshot(root) == NEW
        shutil.rmtree(root)


names = st.sampled_from([b"a", b"b", b"c", b"a-"])
tree_paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)
versions = st.dictionaries(
    tree_paths,
    st.tuples(st.sampled_from([F, X, L]), st.sampled_from([b"x", b"y", b"zz"])),
    max_size=6,
).map(
    lambda found: {p: e for p, e in found.items() if not any(o.startswith(p + b"/") for o in found)}
)


@settings(max_examples=150, deadline=None)
@given(old=versions, new=versions, mine=versions, removed=st.sets(tree_paths, max_size=2))
def test_against_a_model(tmp_path_factory, old, new, mine, removed):
    """Files of the user's survive, whatever the versions; without them the tree is the new one."""
    root = os.fsencode(tmp_path_factory.mktemp("model"))
    lay(root, old)
    state = recorded(root, FUTURE)
    for path in removed & old.keys():
        os.unlink(root + b"/" + path)
    lay_over(root, mine)
    before = snapshot(root)
    collisions, _ = bring(root, old, new, state)
    after = snapshot(root)
    for path, found in before.items():
        if found not in (old.get(path), new.get(path)):
            assert after.get(path) == found, path
    if not collisions:
        kept = {p: f for p, f in before.items() if p not in old and p not in new}
        changed = {c.path for c in changes_between(old, new)}
        still = {p: f for p, f in before.items() if p in old and p not in changed}
        assert after == {p: e for p, e in new.items() if p in changed} | kept | still
    shutil.rmtree(root)


def lay_over(root, version):
    """What a user might do: put files where nothing else is, or in a file's place."""
    for path, (mode, content) in version.items():
        try:
            if os.path.lexists(root + b"/" + path):
                os.unlink(root + b"/" + path)
            write(root, {path: Link(content) if mode is L else content})
        except OSError:
            continue  # a folder is there, or a file where a folder must be


@settings(max_examples=150, deadline=None)
@given(old=versions, new=versions, mine=versions)
def test_overwriting_against_a_model(tmp_path_factory, old, new, mine):
    """Every changed path is as in the new version, and all that went away was told of."""
    root = os.fsencode(tmp_path_factory.mktemp("model"))
    lay(root, old)
    state = recorded(root, FUTURE)
    lay_over(root, mine)
    before = snapshot(root)
    collisions, _ = bring(root, old, new, state, overwrite=True)
    after = snapshot(root)
    for change in changes_between(old, new):
        assert after.get(change.path) == new.get(change.path)
    for path, found in before.items():
        if after.get(path) != found and found not in (old.get(path), new.get(path)):
            assert path in collisions
    shutil.rmtree(root)


def wanted_of(changes):
    return [(path, new) for path, _, new in changes if new is not None]


@pytest.mark.parametrize("after", [{b"a": (F, b"new")}, {b"a": (L, b"new")}, {}])
@pytest.mark.parametrize("can_swap", [True, False])
def test_an_edit_after_the_survey_is_not_overwritten(root, after, can_swap, monkeypatch):
    monkeypatch.setattr(disk, "_can_exchange", disk.can_swap() and can_swap)
    before = {b"a": (F, b"old")}
    lay(root, before)
    changes = changes_between(before, after)
    with Files(root) as files:
        found = survey(files, recorded(root, FUTURE), changes, partial(hash_path, root))
    assert found.collisions == []
    write(root, {b"a": b"an edit of somebody"})
    with Files(root, found.seen) as files:
        clear_way(files, changes)
        rows = dict(write_files(files, wanted_of(changes), content_in(after), 1))
    assert snapshot(root) == {b"a": (F, b"an edit of somebody")}
    assert all(row.mtime_ns == NEVER for row in rows.values())
    assert os.listdir(root) == [b"a"], "nothing is left beside it"


@pytest.mark.parametrize("can_swap", [True, False])
def test_a_new_file_does_not_take_the_place_of_one_made_meanwhile(root, can_swap, monkeypatch):
    monkeypatch.setattr(disk, "_can_exchange", disk.can_swap() and can_swap)
    after = {b"a": (F, b"new")}
    changes = changes_between({}, after)
    with Files(root) as files:
        found = survey(files, State.empty(), changes, partial(hash_path, root))
    write(root, {b"a": b"made meanwhile"})
    with Files(root, found.seen) as files:
        rows = dict(write_files(files, wanted_of(changes), content_in(after), 1))
    assert snapshot(root) == {b"a": (F, b"made meanwhile")}
    assert rows[b"a"].mtime_ns == NEVER
    assert os.listdir(root) == [b"a"], "nothing is left beside it"
