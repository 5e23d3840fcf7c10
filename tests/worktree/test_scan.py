# ruff: noqa: S103 - permissions are what is tested
"""A scan puts every row and every file in one place, whatever happened to the tree."""

import os
import shutil
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.errors import NotAllowed
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk
from contentvc.worktree import scan as scanning
from contentvc.worktree import visit
from contentvc.worktree.found import Reason, Skipped
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.scan import scan_paths
from contentvc.worktree.stamps import NEVER
from contentvc.worktree.state import CLEAN, RECORDED
from contentvc.worktree.workers import Forked
from tests.worktree.trees import (
    FUTURE,
    Link,
    look,
    paths,
    recorded,
    shared_folder,
    snapshot,
    without_privileges,
    write,
)

FILES = {
    b"a": b"one",
    b"b/c": b"two",
    b"b/d/e": b"three",
    b"b-d": b"four",
    b"b/d.txt": b"five",
    b"\xff\xfe": b"six",
    b"new\nline": b"seven",
    b"link": Link(b"b"),
    b"dead": Link(b"nowhere"),
    b"loop": Link(b"loop"),
}
ORDERED = [
    b"\xff\xfe",
    b"a",
    b"b/c",
    b"b/d/e",
    b"b/d.txt",
    b"b-d",
    b"dead",
    b"link",
    b"loop",
    b"new\nline",
]


@pytest.fixture
def root(tmp_path):
    top = os.fsencode(tmp_path)
    write(top, FILES)
    return top


def only(found, **lists):
    """Nothing else is in the scan."""
    names = ("known", "suspects", "new", "missing", "stale", "skipped", "ignored", "unknown")
    for name in names:
        assert sorted(paths_or_all(getattr(found, name))) == sorted(lists.get(name, [])), name


def paths_or_all(items):
    return [item if isinstance(item, bytes | Skipped) else paths([item])[0] for item in items]


def scan_some(root, wanted, state, **more):
    return scan_paths(root, wanted, state, IgnoreRules(root, use_git=False), **more)


def test_everything_is_new_at_first(root):
    os.chmod(root + b"/a", 0o755)
    found = look(root)
    assert sorted(paths(found.new)) == sorted(FILES)
    assert paths(found.new) == sorted(FILES, key=lambda path: path.split(b"/"))
    modes = {one.path: one.mode for one in found.new}
    assert modes[b"a"] is Mode.EXECUTABLE
    assert modes[b"link"] is modes[b"dead"] is modes[b"loop"] is Mode.SYMLINK
    assert modes[b"b/c"] is Mode.FILE
    assert found.clean == found.clean_bytes == 0


def test_clean(root):
    found = look(root, recorded(root))
    only(found)
    assert found.clean == len(FILES)
    assert found.clean_bytes == sum(map(len, FILES.values()))


def test_changes(root):
    state = recorded(root)
    write(root, {b"a": b"ONE", b"b/f": b"new", b"g/h/i": b"new"})
    os.unlink(root + b"/b/c")
    os.chmod(root + b"/b-d", 0o755)
    os.unlink(root + b"/link")
    os.symlink(b"a", root + b"/link")
    found = look(root, state)
    only(found, suspects=[b"a", b"b-d", b"link"], new=[b"b/f", b"g/h/i"], missing=[b"b/c"])
    assert [one.found.mode for one in found.suspects] == [Mode.FILE, Mode.EXECUTABLE, Mode.SYMLINK]
    assert found.suspects[0].row.id == blob_id(b"one")
    assert found.missing[0].row.id == blob_id(b"two")
    assert found.clean == len(FILES) - 4


@pytest.mark.parametrize("stamp", [0, 10**9, 4 * 10**18, 2**33 * 10**9])
def test_a_clock_that_jumps(root, stamp):
    """A changed time makes a file suspect, whichever way it went; the size need not change."""
    state = recorded(root)
    write(root, {b"a": b"ONE"})
    os.utime(root + b"/a", ns=(stamp, stamp))
    only(look(root, state), suspects=[b"a"])
    state = recorded(root, since=FUTURE * 2)
    again = state.get(b"a")
    only(look(root, state), suspects=[b"a"] if again.mtime_ns == NEVER else [])


def test_unsure_rows_are_suspects(root):
    state = recorded(root, since=0)
    assert paths(look(root, state).suspects) == [path for path, _ in state.items()]


def test_folder_becomes_file(root):
    state = recorded(root)
    shutil.rmtree(root + b"/b")
    write(root, {b"b": b"file"})
    only(look(root, state), new=[b"b"], missing=[b"b/c", b"b/d.txt", b"b/d/e"])


def test_folder_becomes_symlink_to_its_like(root):
    state = recorded(root)
    os.rename(root + b"/b", root + b"/z")
    os.symlink(b"z", root + b"/b")
    found = look(root, state)
    only(found, new=[b"b", b"z/c", b"z/d/e", b"z/d.txt"], missing=[b"b/c", b"b/d.txt", b"b/d/e"])
    assert found.new[0].mode is Mode.SYMLINK


def test_inner_folder_becomes_symlink_out_of_the_tree(root, tmp_path_factory):
    state = recorded(root)
    outside = os.fsencode(tmp_path_factory.mktemp("outside"))
    os.rename(root + b"/b/d", outside + b"/d")
    os.symlink(outside + b"/d", root + b"/b/d")
    only(look(root, state), new=[b"b/d"], missing=[b"b/d/e"])


def test_file_becomes_folder(root):
    state = recorded(root)
    os.unlink(root + b"/a")
    write(root, {b"a/b/c": b"deep"})
    only(look(root, state), new=[b"a/b/c"], missing=[b"a"])


def test_a_whole_folder_gone(root):
    state = recorded(root)
    shutil.rmtree(root + b"/b")
    only(look(root, state), missing=[b"b/c", b"b/d.txt", b"b/d/e"])


def test_what_is_no_content_is_passed_over(root):
    state = recorded(root)
    os.mkfifo(root + b"/fifo")
    os.unlink(root + b"/a")
    os.mkfifo(root + b"/a")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root)
        server.bind("socket")
        os.chdir(here)
    found = look(root, state)
    skipped = [
        Skipped(b"a", Reason.FIFO),
        Skipped(b"fifo", Reason.FIFO),
        Skipped(b"socket", Reason.SOCKET),
    ]
    only(found, skipped=skipped, missing=[b"a"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_passed_over(root):
    os.mknod(root + b"/device", 0o600 | 0o020000, os.makedev(1, 3))
    assert Skipped(b"device", Reason.DEVICE) in look(root).skipped


@pytest.mark.parametrize(
    "name",
    [b".Contentvc", b".contentvc ", b"sub/.CONTENTVC", b".contentvc:x", b"\xef\xbb\xbf.contentvc"],
)
def test_dangerous_names_are_passed_over(root, name):
    state = recorded(root)
    write(root, {name: b"x"})
    only(look(root, state), skipped=[Skipped(name, Reason.BAD_NAME)])


def test_its_own_folder_is_not_content(root):
    write(root, {b".contentvc/config.toml": b"x"})
    only(look(root, recorded(root)))


@pytest.mark.parametrize("marker", [b".contentvc/workspace", b".contentvc"])
def test_a_repository_inside_is_left_alone(root, marker):
    state = recorded(root)
    write(root, {b"z/" + marker: b"x", b"z/file": b"x", b"z/sub/file": b"x"})
    only(look(root, state), skipped=[Skipped(b"z", Reason.NESTED)])


def test_a_repository_made_around_recorded_files(root):
    """What is recorded stays recorded; nothing more is taken from there."""
    state = recorded(root)
    write(root, {b"b/.contentvc/workspace": b"x", b"b/new": b"x", b"b/d/new": b"x"})
    found = look(root, state)
    only(found, skipped=[Skipped(b"b", Reason.NESTED)], new=[b"b/d/new"])
    assert found.clean == len(FILES)


def test_files_that_were_being_written_are_nothing(root):
    state = recorded(root)
    write(
        root,
        {os.fsencode(disk.temporary_name()): b"x", b"b/" + os.fsencode(disk.temporary_name()): b""},
    )
    found = look(root, state)
    only(found)
    assert [
        path.startswith((b".contentvc-new-", b"b/.contentvc-new-")) for path in found.leftovers
    ] == [True, True]


def test_too_deep(root):
    fd = os.open(root, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    found = look(root)
    assert [reason for _, reason in found.skipped] == [Reason.TOO_DEEP]
    assert sorted(paths(found.new)) == sorted(FILES)
    shutil.rmtree(root + b"/d")


def test_secrets(root):
    state = recorded(root)
    write(
        root,
        {
            b".env": b"x",
            b"b/key.pem": b"x",
            b"id_rsa": b"x",
            b"id_rsa.pub": b"x",
            b".env.example": b"x",
        },
    )
    skipped = [Skipped(path, Reason.SECRET) for path in (b".env", b"b/key.pem", b"id_rsa")]
    only(look(root, state), skipped=skipped, new=[b".env.example", b"id_rsa.pub"])
    only(scan_some(root, [b"b"], state), skipped=skipped[1:2])
    only(scan_some(root, [b"b/key.pem", b"id_rsa"], state), new=[b"b/key.pem", b"id_rsa"])
    write(root, {b".contentvcignore": b"!*.pem\n"})
    found = look(root, state)
    assert b"b/key.pem" in paths(found.new)
    assert found.skipped == (skipped[0], skipped[2])


def test_ignored(root):
    state = recorded(root)
    write(root, {
        b".contentvcignore": b"*.log\nbuild/\n!keep.log\n/b/d\n",
        b"x.log": b"", b"keep.log": b"", b"build/a": b"", b"node_modules/a/b": b"", b"b/.git/config": b"",
        b".dvc/cache/x": b"", b".dvc/config": b"", b"b/d/new": b"", b"b/d/sub/new": b"", b"__pycache__": b"",
    })  # fmt: skip
    new = [b".contentvcignore", b".dvc/config", b"keep.log"]
    found = look(root, state)
    only(found, new=new)
    assert found.clean == len(FILES)
    ignored = [
        b".dvc/cache",
        b"__pycache__",
        b"b/.git",
        b"b/d/new",
        b"b/d/sub",
        b"build",
        b"node_modules",
        b"x.log",
    ]
    only(look(root, state, want_ignored=True), new=new, ignored=ignored)
    os.unlink(root + b"/b/d/e")
    assert paths(look(root, state).missing) == [b"b/d/e"]


def test_rows_of_unrecorded_files(root):
    """Their ids are worth keeping while the files are new; not when they are ignored or gone."""
    write(root, {b"new": b"x", b"gone": b"x", b"x.log": b"x", b".env": b"x", b"changed": b"x"})
    state = recorded(root)
    strangers = {}
    for path in (b"new", b"gone", b"x.log", b"changed"):
        strangers[path] = state.get(path)._replace(flags=0)
    found = scan_some(root, [b".env"], state).new[0]
    strangers[b".env"] = found.row(blob_id(b"x"), 0, FUTURE)
    modified = {b"a": state.get(b"a")._replace(flags=RECORDED, id=blob_id(b"other"))}
    state = state.replace(strangers | modified, base_tree=state.base_tree)
    os.unlink(root + b"/gone")
    write(root, {b"changed": b"changed", b".contentvcignore": b"*.log"})
    found = look(root, state, want_ignored=True)
    only(
        found,
        known=[b"a", b"new"],
        stale=sorted(found.stale),
        new=[b".contentvcignore", b"changed"],
        skipped=[Skipped(b".env", Reason.SECRET)],
        ignored=[b"x.log"],
    )
    assert set(found.stale) == {b".env", b"x.log", b"gone", b"changed"}
    assert found.clean == len(FILES) - 1


def test_unusual_permissions_are_not_changes(root):
    os.chmod(root + b"/a", 0o640)
    os.chmod(root + b"/b-d", 0o4711)
    state = recorded(root)
    found = look(root, state)
    only(found)
    assert found.clean == len(FILES)
    assert found.clean_bytes == sum(map(len, FILES.values()))


def test_unreadable_folders_are_named_and_nothing_is_missing():
    with shared_folder() as root:
        write(root, FILES)
        write(root, {b"z/inner/file": b"x"})
        state = recorded(root)
        os.chmod(root + b"/b", 0o000)
        os.chmod(root + b"/z", 0o444)
        try:
            if os.geteuid() == 0:
                os.chown(root, 65534, 65534)
            found = without_privileges(lambda: look(root, state))
            fresh = without_privileges(lambda: look(root))
            some = without_privileges(
                lambda: scan_some(root, [b"b/c", b"b/nothing", b"z/inner"], state)
            )
        finally:
            os.chmod(root + b"/b", 0o755)
            os.chmod(root + b"/z", 0o755)
    skipped = [Skipped(b"b", Reason.UNREADABLE), Skipped(b"z/inner", Reason.UNREADABLE)]
    only(found, skipped=skipped)
    assert found.clean == len(FILES) - 3
    assert fresh.skipped == tuple(skipped)
    only(some, skipped=skipped)


def test_a_root_that_cannot_be_read():
    with shared_folder() as root:
        os.chmod(root, 0o000)
        try:
            with pytest.raises(NotAllowed):
                without_privileges(lambda: look(root))
        finally:
            os.chmod(root, 0o700)


def test_some_paths(root):
    state = recorded(root)
    write(
        root,
        {
            b"a": b"ONE!",
            b"b/c": b"TWO!",
            b"b/d/new": b"x",
            b"z/y/x": b"x",
            b"z/w": b"x",
            b"v": b"x",
        },
    )
    os.unlink(root + b"/b-d")
    only(scan_some(root, [b"a"], state), suspects=[b"a"])
    only(scan_some(root, [b"b"], state), suspects=[b"b/c"], new=[b"b/d/new"])
    only(scan_some(root, [b"b/d", b"b/d/new", b"b/d"], state), new=[b"b/d/new"])
    only(scan_some(root, [b"z/y"], state), new=[b"z/y/x"])
    only(scan_some(root, [b"z", b"b-d"], state), new=[b"z/w", b"z/y/x"], missing=[b"b-d"])
    only(
        scan_some(root, [b"nothing", b"a/nothing", b"b/c"], state),
        suspects=[b"b/c"],
        unknown=[b"a/nothing", b"nothing"],
    )
    only(scan_some(root, [b"link/c"], state), unknown=[b"link/c"])
    everything = scan_some(root, [b"", b"a"], state)
    only(
        everything,
        suspects=[b"a", b"b/c"],
        new=[b"b/d/new", b"v", b"z/w", b"z/y/x"],
        missing=[b"b-d"],
    )


@pytest.mark.parametrize("disk_has", ["nothing", "file", "folder"])
def test_a_path_that_the_state_knows_as_a_file_and_as_a_folder(root, disk_has):
    """What was recorded there and what only lay there are both looked at, as in a whole scan."""
    state = recorded(root)
    inner = state.get(b"b-d")._replace(flags=CLEAN & ~RECORDED)
    state = state.replace({b"a/x": inner}, base_tree=state.base_tree)
    if disk_has != "file":
        os.unlink(root + b"/a")
    if disk_has == "folder":
        write(root, {b"a/y": b"new"})
    some, every = scan_some(root, [b"a"], state), look(root, state)
    for found in (some, every):
        only(
            found,
            missing=[] if disk_has == "file" else [b"a"],
            stale=[b"a/x"],
            new=[b"a/y"] if disk_has == "folder" else [],
        )


def test_paths_that_are_ignored(root):
    state = recorded(root)
    write(root, {
        b".contentvcignore": b"*.log\nbuild/\n", b"x.log": b"", b"build/a": b"", b"build/.env": b"",
        b"build/__pycache__/x": b"", b"build/y.log": b"", b"node_modules/m/n": b"",
    })  # fmt: skip
    only(scan_some(root, [b"x.log", b"build", b"build/a"], state), ignored=[b"build", b"x.log"])
    only(scan_some(root, [b"build/a"], state), ignored=[b"build/a"])
    only(scan_some(root, [b"x.log"], state, force=True), new=[b"x.log"])
    only(
        scan_some(root, [b"build"], state, force=True),
        new=[b"build/a", b"build/y.log"],
        ignored=[b"build/__pycache__"],
        skipped=[Skipped(b"build/.env", Reason.SECRET)],
    )
    only(
        scan_some(root, [b"build/.env", b"node_modules/m"], state, force=True),
        new=[b"build/.env", b"node_modules/m/n"],
    )


def stamped(root, since=FUTURE, state=None):
    state = state or recorded(root)
    return state.stamped(look(root, state).stamps, since)


class TestStamps:
    """A folder whose times are as noted is not listed, and nothing in it is missed."""

    @pytest.fixture
    def listed(self, monkeypatch):
        counted = []
        listing = visit.names_in
        monkeypatch.setattr(visit, "names_in", lambda fd: counted.append(fd) or listing(fd))
        return counted

    def test_nothing_is_listed(self, root, listed):
        write(root, {b".contentvc/workspace": b"x"})
        state = stamped(root)
        listed.clear()
        found = look(root, state)
        only(found)
        assert found.clean == len(FILES)
        assert not listed
        assert not found.stamps

    def test_young_folders_are(self, root, listed):
        state = stamped(root, since=0)
        listed.clear()
        only(look(root, state))
        assert len(listed) == len(state.folders)

    @pytest.mark.parametrize("name", [b"b/new", b"b/d/new", b"new", b"b/d/sub/new", b"x/new"])
    def test_what_is_added_is_found(self, root, name):
        state = stamped(root)
        write(root, {name: b"x"})
        only(look(root, state), new=[name])

    def test_changes_within_are_found(self, root):
        state = stamped(root)
        write(root, {b"b/d/e": b"changed"})
        os.unlink(root + b"/b/c")
        only(look(root, state), suspects=[b"b/d/e"], missing=[b"b/c"])

    def test_swapped_folders(self, root):
        write(root, {b"p/x": b"1", b"q/x": b"2", b"p/y": b"1", b"q/z": b"2"})
        state = stamped(root)
        os.rename(root + b"/p", root + b"/t")
        os.rename(root + b"/q", root + b"/p")
        os.rename(root + b"/t", root + b"/q")
        only(
            look(root, state),
            suspects=[b"p/x", b"q/x"],
            new=[b"p/z", b"q/y"],
            missing=[b"p/y", b"q/z"],
        )

    def test_folders_with_something_unknown_get_none(self, root):
        state = recorded(root)
        write(root, {b"b/__pycache__/x": b"", b"b/d/.contentvc/x": b""})
        os.mkfifo(root + b"/fifo")
        state = stamped(root, state=state)
        assert [mtime != NEVER for mtime in state.stamps.mtimes] == [False, False, False]
        skipped = [Skipped(b"b/d", Reason.NESTED), Skipped(b"fifo", Reason.FIFO)]
        only(look(root, state), skipped=skipped)

    def test_a_row_that_is_dropped_is_new_again(self, root):
        state = stamped(root)
        state = state.replace({}, [b"b/c"], base_tree=state.base_tree)
        only(look(root, state), new=[b"b/c"])
        state = state.replace({}, [b"b/d/e", b"b/d.txt"], base_tree=state.base_tree)
        only(look(root, state), new=[b"b/c", b"b/d.txt", b"b/d/e"])

    def test_they_outlive_what_does_not_concern_them(self, root, listed):
        state = stamped(root)
        row = state.get(b"b/c")._replace(flags=RECORDED)
        state = state.replace({b"b/c": row}, base_tree=state.base_tree)
        listed.clear()
        only(look(root, state), known=[b"b/c"])
        assert not listed
        assert not look(root, state.doubted()).clean


def many(root, count=60):
    write(root, {b"%d/%d/f%d" % (n % 7, n % 3, n): b"%d" % n for n in range(count)})


@pytest.fixture
def forks_early(monkeypatch):
    monkeypatch.setattr(scanning, "_WORTH_FORKING", 5)
    monkeypatch.setattr(scanning, "_FOLDERS_EACH", 1)


@pytest.mark.parametrize("count", [2, 3])
def test_several_processes_find_the_same(root, forks_early, count):
    many(root)
    os.mkfifo(root + b"/3/fifo")
    assert look(root, workers=Forked(count)) == look(root)
    state = recorded(root)
    write(root, {b"1/1/f1": b"changed", b"9/8/7": b"new", b"3/new": b"new"})
    shutil.rmtree(root + b"/2")
    write(root, {b"2": b"file"})
    one, several = look(root, state), look(root, state, workers=Forked(count))
    assert one == several
    assert one.stamps
    assert one.missing
    assert one.new[0].path == b"2"
    assert one.suspects
    assert look(root, workers=Forked(count)) == look(root)


def test_a_folder_replaced_at_the_border_between_processes(root, forks_early):
    """Both processes meet the symlink that took the place of a folder; it is found once."""
    write(root, {b"m/%d/f" % n: b"x" for n in range(40)})
    state = recorded(root)
    os.rename(root + b"/m", root + b"/away")
    os.symlink(b"away", root + b"/m")
    found = look(root, state, workers=Forked(2))
    assert found == look(root, state)
    assert [one.path for one in found.new if b"away" not in one.path] == [b"m"]
    assert len(found.missing) == 40


class TestNamesThatFold:
    """As on a file system that finds a file under any spelling, but lists the one it has.

    Hard links stand for the spellings; the listing leaves out those that would not be there.
    """

    @pytest.fixture
    def hide(self, monkeypatch):
        hidden = set()
        listing = visit.names_in
        monkeypatch.setattr(
            visit, "names_in", lambda fd: [name for name in listing(fd) if name not in hidden]
        )
        return hidden

    def test_a_file_renamed_in_case_only(self, root, hide):
        state = recorded(root)
        os.link(root + b"/b/c", root + b"/b/C")
        hide.add(b"c")
        found = look(root, state)
        assert paths(found.missing) == [b"b/c"]
        assert paths(found.new) == [b"b/C"]
        assert found.clean == len(FILES) - 1 - len(found.suspects)

    def test_a_folder_renamed_in_case_only(self, root, hide):
        state = recorded(root)
        shutil.copytree(root + b"/b", root + b"/B", symlinks=True)
        write(root, {b"b/new": b"x", b"B/new": b"x", b"b/c": b"changed"})
        hide.add(b"b")
        found = look(root, state)
        only(
            found,
            new=[b"B/c", b"B/d/e", b"B/d.txt", b"B/new"],
            missing=[b"b/c", b"b/d.txt", b"b/d/e"],
        )
        assert found.clean == len(FILES) - 3
        assert found.clean_bytes == sum(len(c) for p, c in FILES.items() if not p.startswith(b"b/"))

    def test_another_normal_form_is_the_same_name(self, root, hide):
        composed, apart = "é".encode(), "e\u0301".encode()
        write(root, {composed: b"x"})
        state = recorded(root)
        os.link(root + b"/" + composed, root + b"/" + apart)
        state = recorded(root).replace({}, [apart], base_tree=state.base_tree)
        hide.add(composed)
        only(look(root, state))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "remove", "folder", "link", "exec", "touch"]),
        st.sampled_from([b"a", b"b", b"a/b", b"a/c", b"b/c", b"b/d/e", b"a/b/c", b".hid", b"\xff"]),
        st.binary(max_size=3),
    ),
    max_size=12,
)


def take(root, step):
    action, path, content = step
    whole = os.path.join(root, path)
    try:
        if action == "write":
            write(root, {path: content})
        elif action == "folder":
            os.makedirs(whole)
        elif action == "link":
            os.symlink(content.replace(b"\0", b"0") or b"x", whole)
        elif action == "exec":
            os.chmod(whole, 0o755, follow_symlinks=True)
        elif action == "touch":
            os.utime(whole, ns=(5, 5))
        elif os.path.isdir(whole) and not os.path.islink(whole):
            shutil.rmtree(whole)
        else:
            os.unlink(whole)
    except OSError:
        return  # not possible in this tree


@settings(max_examples=150, deadline=None)
@given(before=STEPS, after=STEPS, forget=st.sets(st.integers(0, 8)), stamp=st.booleans())
def test_against_a_model(tmp_path_factory, before, after, forget, stamp):
    root = os.fsencode(tmp_path_factory.mktemp("model"))
    for step in before:
        take(root, step)
    state = recorded(root)
    rows = dict(state.items())
    unrecorded = [path for n, path in enumerate(rows) if n in forget]
    state = state.replace(
        {path: rows[path]._replace(flags=0) for path in unrecorded}, base_tree=None
    )
    if stamp:
        state = stamped(root, FUTURE, state)
    old = snapshot(root)
    for step in after:
        take(root, step)
    new = snapshot(root)
    found = look(root, state)

    here = {one.path for one in found.new} | set(paths(found.suspects)) | set(paths(found.known))
    clean = set(new) - here
    assert here <= set(new)
    assert len(clean) == found.clean
    assert sum(len(new[path][1]) for path in clean) == found.clean_bytes
    for path in clean:
        assert old[path] == new[path]
        assert state.get(path).flags == CLEAN
    for path in paths(found.known):
        assert old[path] == new[path]
        assert path in unrecorded
    assert set(paths(found.missing)) == set(old) - set(new) - set(unrecorded)
    assert {one.path for one in found.new} >= set(new) - set(old)
    assert not set(paths(found.suspects)) & set(unrecorded)
    shutil.rmtree(root)
