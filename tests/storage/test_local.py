import errno
import os
import stat
import threading

import pytest

from contentvc.errors import Busy, ContentvcError, NotAllowed
from contentvc.storage import disk
from contentvc.storage.contract import AlreadyExists, NotFound, Unclear
from contentvc.storage.local import LocalStorage
from contentvc.storage.settle import create_settled
from tests.contracts.storage_contract import StorageContract
from tests.faults.seam import (
    crash_points,
    each_crash,
    each_failure,
    fail_at,
    fail_from,
    power_losses,
)

_RACERS = 6


class TestLocalStorage(StorageContract):
    @pytest.fixture
    def make(self, tmp_path):
        numbers = iter(range(10_000))
        return lambda: LocalStorage(str(tmp_path / str(next(numbers)) / "repository"))


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "repository")


@pytest.fixture
def storage(root):
    return LocalStorage(root)


@pytest.fixture
def seam():
    yield disk.set_seam
    disk.set_seam(None)


def _files(root):
    return sorted(name for _, _, names in os.walk(root) for name in names)


def test_one_of_racing_processes_wins(storage, root):
    for number in range(10):
        name = f"operations/{number}"
        children = [_racing_child(root, name, racer) for racer in range(_RACERS)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        assert sorted(codes) == [0] + [1] * (_RACERS - 1)
        assert storage.read(name) == bytes([codes.index(0)]) * 100
    assert len(_files(root)) == 10


def _racing_child(root, name, racer):
    child = os.fork()
    if child:
        return child
    code = 2
    try:
        LocalStorage(root).create(name, bytes([racer]) * 100)
        code = 0
    except AlreadyExists:
        code = 1
    finally:
        os._exit(code)


def test_names_are_plain_files(storage, root):
    storage.create("operations/1", b"one")
    with open(os.path.join(root, "operations", "1"), "rb") as file:
        assert file.read() == b"one"
    assert _files(root) == ["1"]


def test_files_obey_the_umask(storage, root):
    before = os.umask(0o027)
    try:
        storage.create("packs/x", b"")
        storage.write("view", b"")
    finally:
        os.umask(before)
    modes = [os.stat(os.path.join(root, name)).st_mode for name in ("packs", "packs/x", "view")]
    assert [stat.S_IMODE(mode) for mode in modes] == [0o750, 0o640, 0o640]


def test_temporary_files_are_not_listed_and_can_be_found(storage, root):
    storage.create("packs/x", b"whole")
    for folder in (root, f"{root}/packs"):
        os.close(disk.create_file(f"{folder}/{disk.temporary_name()}"))
    assert list(storage.list("")) == ["packs/x"]
    assert list(storage.list("packs/")) == ["packs/x"]
    now = os.stat(root).st_mtime
    assert list(storage.temporary_names(now - 86_400)) == []
    left_behind = list(storage.temporary_names(now + 1))
    assert len(left_behind) == 2
    for name in left_behind:
        storage.delete(name)
    assert _files(root) == ["x"]


def test_foreign_files_are_not_listed(storage, root):
    storage.create("packs/x", b"")
    with open(f"{root}/packs/pr\u00e9cis.txt", "w"):
        pass
    assert list(storage.list("")) == ["packs/x"]


def test_a_folder_may_be_a_link_to_another_disk(storage, root, tmp_path):
    os.makedirs(root)
    (tmp_path / "large").mkdir()
    os.symlink(tmp_path / "large", f"{root}/packs")
    storage.upload("packs/x", [b"1"])
    assert storage.read("packs/x") == b"1"
    assert list(storage.list("packs/")) == ["packs/x"]


def test_a_loop_of_links_does_not_trap_a_list(storage, root):
    storage.create("packs/x", b"")
    os.symlink(root, f"{root}/packs/loop")
    assert list(storage.list("packs/")) == ["packs/loop", "packs/x"]
    assert list(storage.list("")) == ["packs/loop", "packs/x"]


def test_without_hard_links_a_rename_is_used(storage, root, seam):
    seam(_without("link", errno.EPERM))
    storage.create("operations/1", b"first")
    with pytest.raises(AlreadyExists):
        storage.create("operations/1", b"second")
    storage.upload("packs/x", [b"pack"])
    assert storage.read("operations/1") == b"first"
    assert _files(root) == ["1", "x"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_with_neither_is_refused(storage, root, seam, code):
    storage.write("view", b"view")
    links, renames = _without("link", errno.EPERM), _without("rename", code)

    def neither(event, path):
        links(event, path)
        renames(event, path)

    seam(neither)
    with pytest.raises(NotAllowed, match="cannot create a name exclusively") as caught:
        storage.create("operations/1", b"x")
    assert caught.value.code == "not-supported"
    assert _files(root) == ["view"]


def _without(missing, code):
    def seam(event, path):
        if event == missing:
            raise OSError(code, os.strerror(code))

    return seam


def test_a_repeated_link_is_known_as_ours(storage, root, seam):
    """A network file system repeats a link whose answer was lost, and answers EEXIST."""

    def repeat(event, path):
        if event == "link":
            folder = os.path.dirname(path)
            (temporary,) = filter(disk.is_temporary, os.listdir(folder))
            os.link(os.path.join(folder, temporary), path)

    seam(repeat)
    storage.create("operations/1", b"ours")
    assert storage.read("operations/1") == b"ours"
    assert _files(root) == ["1"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("fail", [fail_at, fail_from])
@pytest.mark.parametrize("verb", ["create", "upload", "write"])
def test_a_call_that_fails_leaves_the_old_or_the_new(tmp_path, verb, fail, code):
    content, codes = b"new" * 1000, set()
    for outcome in each_failure(tmp_path, _storing(verb, content), code, fail):
        storage = LocalStorage(outcome.folder)
        stored = _stored(storage, content)
        if outcome.error is None:
            assert stored
        else:
            assert isinstance(outcome.error, ContentvcError | Unclear)
            codes.add(getattr(outcome.error, "code", "unclear"))
    expected = {errno.ENOSPC: "disk-full", errno.EIO: "storage-failed"}
    assert expected.get(code, "permission-denied") in codes
    assert ("unclear" in codes) == (verb == "create")


def _storing(verb, content):
    def prepare(folder):
        storage = LocalStorage(folder)
        storage.create("before/1", b"before")
        return lambda: _store(storage, verb, content)

    return prepare


def _stored(storage, content):
    """Whether the content is there, whole; a name that is there without it is a failure."""
    assert storage.read("before/1") == b"before"
    stored = [storage.read(name) for name in storage.list("other/")]
    assert stored in ([], [content])
    return bool(stored)


def _store(storage, verb, content):
    if verb == "upload":
        storage.upload("other/name", [content[:10], content[10:]])
    else:
        getattr(storage, verb)("other/name", content)


def test_a_full_disk_is_left_without_rubbish(tmp_path):
    for outcome in each_failure(tmp_path, _storing("create", b"x"), errno.ENOSPC, fail_from):
        assert not any(map(disk.is_temporary, _files(outcome.folder)))


def test_a_name_that_may_not_be_durable_is_unclear_and_settles(storage):
    storage.create("operations/1", b"x")  # the folders are durable now
    assert crash_points(lambda: storage.create("operations/3", b"three")) == 6
    outcome = fail_at(lambda: storage.create("operations/2", b"two"), 6, errno.EIO)
    assert isinstance(outcome.error, Unclear)
    assert storage.read("operations/2") == b"two"
    with pytest.raises(AlreadyExists):
        storage.create("operations/2", b"other")
    create_settled(storage, "operations/2", b"two")


def test_whoever_loses_makes_the_winners_name_durable(storage, seam):
    storage.create("operations/1", b"winner")
    events = []
    seam(lambda event, path: events.append((event, os.path.basename(path))))
    with pytest.raises(AlreadyExists):
        storage.create("operations/1", b"loser")
    assert ("fsync_folder", b"operations") in events


def test_a_folder_made_by_another_is_synced_once(root, seam):
    LocalStorage(root).create("operations/1", b"")
    storage, events = LocalStorage(root), []
    seam(lambda event, path: events.append((event, os.path.basename(path))))
    storage.create("operations/2", b"")
    storage.create("operations/3", b"")
    synced = [name for event, name in events if event == "fsync_folder"]
    assert synced == [b"operations", b"repository", b"operations"]


@pytest.mark.parametrize("verb", ["create", "upload"])
@pytest.mark.parametrize("power", [None, *power_losses()], ids=str)
def test_a_crash_leaves_the_name_absent_or_whole(tmp_path, verb, power):
    content, seen = b"content" * 1000, set()
    for crash in each_crash(tmp_path, _storing(verb, content), power):
        storage = LocalStorage(crash.folder)
        stored = _stored(storage, content)
        assert stored or not crash.done, "it said that it was durable"
        seen.add(stored)
        storage.write("other/name", b"and it goes on")
        assert storage.read("other/name") == b"and it goes on"
    assert seen == {True, False}


def test_a_crash_leaves_the_old_or_the_new_of_a_write(tmp_path):
    seen = []
    for crash in each_crash(tmp_path, _replacing):
        assert list(LocalStorage(crash.folder).list("")) == ["view"]
        seen.append(LocalStorage(crash.folder).read("view"))
    assert seen[0] == b"before"
    assert seen[-1] == b"after"
    assert set(seen) == {b"before", b"after"}


def _replacing(folder):
    storage = LocalStorage(folder)
    storage.create("view", b"before")
    return lambda: storage.write("view", b"after")


def test_errors_of_the_system_name_the_path(storage, root):
    name = "x" * 300
    for call in (
        lambda: storage.read(name),
        lambda: storage.write(name, b""),
        lambda: storage.create(name, b""),
        lambda: storage.delete(name),
    ):
        os.makedirs(root, exist_ok=True)
        with pytest.raises(Busy, match=name) as caught:
            call()
        assert caught.value.code == "storage-failed"


def test_a_file_in_the_way_of_a_folder(storage, root):
    storage.write("packs", b"a file")
    with pytest.raises(NotFound):
        storage.read("packs/x")
    with pytest.raises(Busy, match="Not a directory"):
        storage.create("packs/x", b"")
    assert list(storage.list("packs/")) == []


def test_it_works_after_a_fork_among_threads(storage):
    storage.create("operations/1", b"x")
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            storage.write("view", b"v" * 1000)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        children = [_racing_child(storage._root, f"forked/{number}", number) for number in range(8)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    finally:
        stop.set()
        thread.join()
    assert codes == [0] * 8
    assert len(list(storage.list("forked/"))) == 8
