import errno
import os
import resource
import signal
import stat

import pytest

from contentvc.errors import Busy, NotAllowed
from contentvc.storage import disk


@pytest.fixture
def events():
    seen = []
    disk.set_seam(lambda event, path: seen.append((event, path)))
    yield seen
    disk.set_seam(None)


@pytest.fixture
def folder(tmp_path):
    return os.fsencode(os.path.realpath(tmp_path))


def test_each_change_is_told_with_its_whole_path(folder, events):
    fd = disk.create_file(folder + b"/a")
    disk.write_all(fd, b"x")
    disk.chmod(fd, 0o600)
    disk.set_mtime(fd, 1_000_000_007)
    assert os.fstat(fd).st_mtime_ns == 1_000_000_007
    disk.fsync_file(fd)
    disk.close(fd)
    disk.link(folder + b"/a", folder + b"/b")
    disk.rename(folder + b"/b", folder + b"/c")
    disk.rename_exclusive(folder + b"/c", folder + b"/d")
    disk.touch(folder + b"/d")
    disk.unlink(folder + b"/d")
    disk.symlink(b"a", folder + b"/e")
    disk.mkdir(folder + b"/f")
    disk.fsync_folder(folder)
    disk.rmdir(folder + b"/f")
    os.close(disk.open_or_create(folder + b"/g"))
    told = [(event, os.path.relpath(path, folder).decode()) for event, path in events]
    assert told == [
        ("create", "a"),
        ("write", "a"),
        ("chmod", "a"),
        ("touch", "a"),
        ("fsync", "a"),
        ("link", "b"),
        ("rename", "c"),
        ("rename", "d"),
        ("touch", "d"),
        ("unlink", "d"),
        ("symlink", "e"),
        ("mkdir", "f"),
        ("fsync_folder", "."),
        ("rmdir", "f"),
        ("open", "g"),
    ]
    assert sorted(os.listdir(folder)) == [b"a", b"e", b"g"]


def test_paths_through_folder_descriptors_are_whole(folder, events):
    os.mkdir(folder + b"/sub")
    above, sub = os.open(folder, os.O_RDONLY), os.open(folder + b"/sub", os.O_RDONLY)
    fd = disk.create_file("a", above)
    disk.write_all(fd, b"x")
    os.close(fd)
    disk.link("a", "b", above, sub)
    disk.rename(b"b", "c", sub, above)
    disk.symlink("x", "d", sub)
    disk.mkdir("e", sub)
    disk.rmdir("e", sub)
    disk.unlink(b"d", sub)
    disk.touch("a", above)
    disk.fsync_folder(sub)
    os.close(disk.open_or_create("f", sub))
    os.close(above)
    os.close(sub)
    told = [(event, os.path.relpath(path, folder).decode()) for event, path in events]
    assert told == [
        ("create", "a"),
        ("write", "a"),
        ("link", "sub/b"),
        ("rename", "c"),
        ("symlink", "sub/d"),
        ("mkdir", "sub/e"),
        ("rmdir", "sub/e"),
        ("unlink", "sub/d"),
        ("touch", "a"),
        ("fsync_folder", "sub"),
        ("open", "sub/f"),
    ]
    assert sorted(os.listdir(folder)) == [b"a", b"c", b"sub"]


def test_what_the_seam_raises_prevents_the_change(folder):
    path = folder + b"/a"

    def refuse(event, path):
        raise OSError(errno.EIO, event)

    os.close(disk.open_or_create(path))
    disk.set_seam(refuse)
    try:
        for change in (
            lambda: disk.unlink(path),
            lambda: disk.rename(path, path + b"b"),
            lambda: disk.link(path, path + b"b"),
            lambda: disk.symlink(b"x", path + b"b"),
            lambda: disk.mkdir(path + b"b"),
            lambda: disk.create_file(path + b"b"),
            lambda: disk.open_or_create(path + b"b"),
            lambda: disk.rename_exclusive(path, path + b"b"),
            lambda: disk.replace_file(path, b"new"),
        ):
            with pytest.raises(OSError, match="Errno 5"):
                change()
    finally:
        disk.set_seam(None)
    assert os.listdir(folder) == [b"a"]
    assert os.stat(path).st_size == 0


def test_a_new_file_is_never_an_old_one_nor_a_link(folder):
    os.close(disk.create_file(folder + b"/a", mode=0o600))
    assert stat.S_IMODE(os.stat(folder + b"/a").st_mode) == 0o600
    os.symlink(b"target", folder + b"/link")
    for name in (b"/a", b"/link"):
        with pytest.raises(FileExistsError):
            disk.create_file(folder + name)
    with pytest.raises(OSError, match="symbolic links"):
        disk.open_or_create(folder + b"/link")
    assert not os.path.lexists(folder + b"/target")


def test_descriptors_are_not_inherited(folder):
    for fd in (disk.create_file(folder + b"/a"), disk.open_or_create(folder + b"/a")):
        assert not os.get_inheritable(fd)
        os.close(fd)


def test_a_short_write_is_gone_on_with(folder):
    """The limit makes the system write 60 of 100 bytes; only the next call says why."""
    fd = disk.create_file(folder + b"/a")
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            disk.write_all(fd, b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
        os.close(fd)
    assert os.stat(folder + b"/a").st_size == 60


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 3_000_000, memoryview(b"view")])
def test_all_is_written(folder, content):
    fd = disk.create_file(folder + b"/a")
    disk.write_all(fd, content)
    os.close(fd)
    with open(folder + b"/a", "rb") as file:
        assert file.read() == bytes(content)


def test_an_exclusive_rename_replaces_nothing(folder):
    for name in (b"/a", b"/b"):
        fd = disk.create_file(folder + name)
        disk.write_all(fd, name)
        os.close(fd)
    with pytest.raises(FileExistsError):
        disk.rename_exclusive(folder + b"/a", folder + b"/b")
    with pytest.raises(FileNotFoundError):
        disk.rename_exclusive(folder + b"/missing", folder + b"/c")
    disk.rename_exclusive(folder + b"/a", folder + b"/c")
    assert sorted(os.listdir(folder)) == [b"b", b"c"]
    with open(folder + b"/b", "rb") as file:
        assert file.read() == b"/b"


@pytest.mark.parametrize("replace", [disk.replace_file, disk.replace_file_durably])
def test_a_file_is_replaced(folder, replace):
    for path in (folder + b"/\xff\xfe", os.fsdecode(folder + b"/b")):
        replace(path, b"old and long")
        replace(path, b"new")
        with open(path, "rb") as file:
            assert file.read() == b"new"
    assert sorted(os.listdir(folder)) == [b"b", b"\xff\xfe"]


def test_only_the_durable_replacement_is_synced(folder, events):
    disk.replace_file(folder + b"/a", b"x")
    assert [event for event, _ in events] == ["create", "write", "rename"]
    events.clear()
    disk.replace_file_durably(folder + b"/a", b"x")
    assert [event for event, _ in events] == ["create", "write", "fsync", "rename", "fsync_folder"]


def test_a_replacement_in_the_current_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    disk.replace_file_durably("a", b"x")
    disk.make_folders("b/c")
    assert sorted(os.listdir(folder)) == [b"a", b"b"]


def test_made_folders_are_durable(folder, events):
    disk.make_folders(folder + b"/a/b")
    told = [(event, os.path.relpath(path, folder).decode()) for event, path in events]
    assert told == [("mkdir", "a"), ("fsync_folder", "."), ("mkdir", "a/b"), ("fsync_folder", "a")]
    events.clear()
    disk.make_folders(folder + b"/a/b")
    assert events == []


def test_a_folder_that_another_makes_meanwhile_is_fine(folder):
    def quicker(event, path):
        if event == "mkdir":
            os.mkdir(path)

    disk.set_seam(quicker)
    try:
        disk.make_folders(folder + b"/a/b")
    finally:
        disk.set_seam(None)
    assert os.path.isdir(folder + b"/a/b")


def test_a_file_in_the_way_of_a_folder_is_an_error(folder):
    os.close(disk.create_file(folder + b"/a"))
    with pytest.raises(FileExistsError):
        disk.make_folders(folder + b"/a")
    with pytest.raises(FileExistsError):
        disk.make_folders(folder + b"/a/b")


def test_touch_takes_the_time_of_the_file_system(folder):
    path = folder + b"/a"
    os.close(disk.create_file(path))
    os.utime(path, (1, 1))
    disk.touch(path)
    os.close(disk.create_file(folder + b"/b"))
    assert 1 < os.stat(path).st_mtime <= os.stat(folder + b"/b").st_mtime


def test_temporary_names_differ_and_are_known():
    names = {disk.temporary_name() for _ in range(1000)}
    assert len(names) == 1000
    assert all(disk.is_temporary(name) and disk.is_temporary(name.encode()) for name in names)
    assert not any(map(disk.is_temporary, ["view", ".contentvc", ".contentvcignore", b"\xff"]))


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, Busy, "disk-full"),
        (errno.EDQUOT, Busy, "disk-full"),
        (errno.EACCES, NotAllowed, "permission-denied"),
        (errno.EPERM, NotAllowed, "permission-denied"),
        (errno.EROFS, NotAllowed, "permission-denied"),
        (errno.EIO, Busy, "storage-failed"),
        (errno.ELOOP, Busy, "storage-failed"),
    ],
)
def test_errors_are_explained(number, kind, code):
    error = disk.explain(OSError(number, os.strerror(number)), "write", b"dir/\xff.md")
    assert type(error) is kind
    assert error.code == code
    assert error.message == f"cannot write dir/\ufffd.md: {os.strerror(number)}"
    assert error.hint
    assert error.details == {"path": "dir/\ufffd.md"}


def test_an_error_without_a_number_is_explained():
    error = disk.explain(OSError("odd"), "read", "a")
    assert (type(error), error.code, error.message) == (
        Busy,
        "storage-failed",
        "cannot read a: odd",
    )
