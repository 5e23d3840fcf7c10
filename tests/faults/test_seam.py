"""The helpers must find what is wrong with careless actions, and nothing with careful ones."""

import errno
import os
import threading

import pytest

from contentvc.storage import disk
from tests.faults.seam import (
    PowerLoss,
    crash_points,
    each_crash,
    each_failure,
    fail_at,
    fail_from,
    power_losses,
    run_crashing,
)

CUT, ZEROED, UNDONE, BOTH = power_losses()


def _write(path, content, *, sync=False):
    fd = disk.create_file(path)
    disk.write_all(fd, content)
    if sync:
        disk.fsync_file(fd)
    os.close(fd)


def _read(*parts):
    try:
        with open(os.path.join(*parts), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def test_changes_are_counted(tmp_path):
    path = str(tmp_path / "a")
    assert crash_points(lambda: _write(path, b"x", sync=True)) == 3
    assert crash_points(lambda: None) == 0
    disk.unlink(path)  # and the seam is taken away again
    assert crash_points(lambda: disk.mkdir(path)) == 1


def test_a_crash_comes_just_before_the_change(tmp_path):
    path = str(tmp_path / "a")
    assert run_crashing(lambda: _write(path, b"x"), 1)
    assert _read(path) is None
    assert run_crashing(lambda: _write(path, b"x"), 2)
    assert _read(path) == b""
    os.unlink(path)
    assert not run_crashing(lambda: _write(path, b"x"), 3)
    assert _read(path) == b"x"


def test_an_action_that_raises_fails_the_test(tmp_path):
    with pytest.raises(AssertionError, match="FileExistsError"):
        run_crashing(lambda: disk.mkdir(str(tmp_path)), 2)
    assert not run_crashing(lambda: None, 1)


def test_a_crash_in_a_thread_ends_all(tmp_path):
    path = str(tmp_path / "a")

    def action():
        thread = threading.Thread(target=_write, args=(path, b"x"))
        thread.start()
        thread.join()
        disk.mkdir(f"{path}-never")

    assert run_crashing(action, 2)
    assert os.listdir(tmp_path) == ["a"]


def test_each_crash_goes_through_all(tmp_path):
    def prepare(folder):
        return lambda: [_write(f"{folder}/{name}", b"x") for name in "ab"]

    crashes = list(each_crash(tmp_path, prepare))
    left = [sorted(os.listdir(crash.folder)) for crash in crashes]
    assert left == [[], ["a"], ["a"], ["a", "b"], ["a", "b"]]
    assert [crash.done for crash in crashes] == [False] * 4 + [True]


@pytest.mark.parametrize("power", [None, *power_losses()], ids=str)
def test_an_action_without_changes_is_a_mistake(tmp_path, power):
    with pytest.raises(AssertionError, match="changed nothing"):
        list(each_crash(tmp_path, lambda _folder: lambda: None, power))
    with pytest.raises(AssertionError, match="changed nothing"):
        list(each_failure(tmp_path, lambda _folder: lambda: None, errno.EIO))


def _after(tmp_path, power, action):
    """What is in the folder after the action came through and the power failed."""
    folder = tmp_path / "root"
    folder.mkdir(exist_ok=True)
    placed = PowerLoss(str(folder), power.content, power.folders)
    assert not run_crashing(lambda: action(str(folder)), 1000, placed)
    assert os.listdir(tmp_path) == ["root"], "the graves are gone"
    names = [
        os.path.relpath(os.path.join(above, name), folder)
        for above, folders, files in os.walk(folder)
        for name in (*folders, *files)
    ]
    return {name: _read(folder, name) for name in names if not os.path.isdir(folder / name)}


@pytest.mark.parametrize(
    ("power", "expected"),
    [(CUT, {"a": b""}), (ZEROED, {"a": b"\0" * 5}), (UNDONE, {}), (BOTH, {})],
    ids=str,
)
def test_what_was_not_synced_is_lost(tmp_path, power, expected):
    assert _after(tmp_path, power, lambda root: _write(f"{root}/a", b"12345")) == expected


@pytest.mark.parametrize("power", power_losses(), ids=str)
def test_what_was_synced_is_kept(tmp_path, power):
    def action(root):
        _write(f"{root}/a", b"12345", sync=True)
        disk.fsync_folder(root)

    assert _after(tmp_path, power, action) == {"a": b"12345"}


def test_bytes_written_after_the_sync_are_lost(tmp_path):
    def action(root):
        fd = disk.create_file(f"{root}/a")
        disk.write_all(fd, b"12345")
        disk.fsync_file(fd)
        disk.write_all(fd, b"678")
        os.close(fd)

    assert _after(tmp_path, CUT, action) == {"a": b"12345"}


def test_zeroed_bytes_keep_the_length(tmp_path):
    def action(root):
        fd = disk.create_file(f"{root}/a")
        disk.write_all(fd, b"12345")
        disk.fsync_file(fd)
        disk.write_all(fd, b"678")
        os.close(fd)

    assert _after(tmp_path, ZEROED, action) == {"a": b"12345\0\0\0"}


def test_a_synced_file_may_lose_its_name(tmp_path):
    assert _after(tmp_path, UNDONE, lambda root: _write(f"{root}/a", b"1", sync=True)) == {}


def test_a_folder_of_synced_names_may_lose_its_own(tmp_path):
    def action(root):
        disk.mkdir(f"{root}/folder")
        _write(f"{root}/folder/a", b"1", sync=True)
        disk.fsync_folder(f"{root}/folder")

    assert _after(tmp_path, UNDONE, action) == {}
    assert _after(tmp_path, CUT, action) == {"folder/a": b"1"}


def test_durable_folders_are_kept(tmp_path):
    def action(root):
        disk.make_folders(f"{root}/a/b/c")
        _write(f"{root}/a/b/c/d", b"1", sync=True)
        disk.fsync_folder(f"{root}/a/b/c")

    assert _after(tmp_path, BOTH, action) == {"a/b/c/d": b"1"}


@pytest.mark.parametrize("durable", [False, True])
def test_a_replaced_file_comes_back(tmp_path, durable):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a").write_bytes(b"before")
    replace = disk.replace_file_durably if durable else disk.replace_file
    expected = {"a": b"after"} if durable else {"a": b"before"}
    assert _after(tmp_path, UNDONE, lambda root: replace(f"{root}/a", b"after")) == expected


def test_a_replaced_file_may_be_cut(tmp_path):
    assert _after(tmp_path, CUT, lambda root: disk.replace_file(f"{root}/a", b"after")) == {
        "a": b""
    }


def test_removed_files_and_folders_come_back(tmp_path):
    folder = tmp_path / "root" / "folder"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"1")
    os.symlink("a", folder / "link")

    def action(root):
        disk.unlink(f"{root}/folder/a")
        disk.unlink(f"{root}/folder/link")
        disk.rmdir(f"{root}/folder")

    assert _after(tmp_path, UNDONE, action) == {"folder/a": b"1", "folder/link": b"1"}
    assert os.readlink(folder / "link") == "a"
    assert _after(tmp_path, CUT, action) == {}


def test_a_name_removed_and_made_again_comes_back_as_it_was(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a").write_bytes(b"before")

    def action(root):
        disk.unlink(f"{root}/a")
        _write(f"{root}/a", b"after", sync=True)

    assert _after(tmp_path, UNDONE, action) == {"a": b"before"}


def test_names_outside_the_root_are_left_alone(tmp_path):
    outside = tmp_path / "outside"
    (tmp_path / "in").mkdir()
    run_crashing(
        lambda: _write(str(outside), b"x"), 9, PowerLoss(str(tmp_path / "in"), "cut", "undone")
    )
    assert outside.read_bytes() == b"x"


def test_changes_through_a_folder_descriptor_are_followed(tmp_path):
    def action(root):
        folder = os.open(root, os.O_RDONLY)
        os.close(disk.create_file("lost", folder))
        disk.fsync_folder(folder)
        os.close(disk.create_file("found", folder))
        disk.rename("lost", "kept", folder, folder)
        disk.fsync_folder(folder)
        disk.unlink("kept", folder)
        disk.symlink("target", "link", folder)

    assert _after(tmp_path, UNDONE, action) == {"kept": b"", "found": b""}


def test_the_root_may_not_be_there_yet(tmp_path):
    power = PowerLoss(str(tmp_path / "a" / "b" / "root"), "cut", "undone")
    action = lambda: disk.make_folders(f"{power.root}/c")  # noqa: E731
    assert not run_crashing(action, 100, power)
    assert os.path.isdir(f"{power.root}/c")


def test_a_failure_comes_instead_of_the_change(tmp_path):
    def prepare(folder):
        return lambda: [_write(f"{folder}/{name}", b"x") for name in "ab"]

    outcomes = list(each_failure(tmp_path, prepare, errno.EIO))
    assert [outcome.hit for outcome in outcomes] == [True] * 4 + [False]
    assert [type(outcome.error) for outcome in outcomes] == [OSError] * 4 + [type(None)]
    left = [sorted(os.listdir(outcome.folder)) for outcome in outcomes]
    assert left == [[], ["a"], ["a"], ["a", "b"], ["a", "b"]]


def test_a_full_disk_stays_full_and_lets_files_go(tmp_path):
    path = str(tmp_path / "a")
    errors = []

    def action():
        _write(path, b"x")
        for call in (lambda: disk.mkdir(f"{path}b"), lambda: disk.symlink("x", f"{path}c")):
            try:
                call()
            except OSError as error:
                errors.append(error.errno)
        disk.unlink(path)

    assert fail_from(action, 3, errno.ENOSPC).error is None
    assert errors == [errno.ENOSPC] * 2
    assert os.listdir(tmp_path) == []
    assert fail_at(action, 3, errno.ENOSPC).hit
    assert os.listdir(tmp_path) == ["ac"]
    os.unlink(f"{path}c")
    assert isinstance(fail_from(action, 3, errno.EIO).error, OSError)
    assert os.listdir(tmp_path) == ["a"]
