"""Reading in threads, forked children and other processes, while others record."""

import multiprocessing
import os
import pickle
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver, resource_tracker

import pytest

import contentvc
from tests.face.conftest import AUTHOR, write

COUNT = 400


@pytest.fixture(scope="module", autouse=True)
def no_servers_stay():
    """Python keeps a process for each way of starting others; tests that follow count theirs."""
    yield
    forkserver._forkserver._stop()
    resource_tracker._resource_tracker._stop()


def content_of(number):
    return random.Random(number).randbytes(200 + number % 7 * 20_000)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Files in small and large folders, some of them of several chunks; then more commits."""
    root = tmp_path_factory.mktemp("set")
    workspace = contentvc.init(root, author=AUTHOR)
    names = {f"{number % 20}/{number}.bin": content_of(number) for number in range(COUNT)}
    write(root, names | {"large.bin": random.Random(-1).randbytes(2_000_000)})
    workspace.tags.create("v1", workspace.commit("first"))
    write(root, {"later.txt": "x"})
    workspace.commit("second")
    return str(root)


def read_some(version, seed):
    """Read files at random; True if every one is as it was written."""
    random_ = random.Random(seed)
    tree = version.tree
    for _ in range(60):
        number = random_.randrange(COUNT)
        if tree[f"{number % 20}/{number}.bin"].read() != content_of(number):
            return False
    with tree["large.bin"].open() as file:
        file.seek(random_.randrange(1_000_000))
        return len(file.read(100_000)) == 100_000


def read_revision(repository, seed):
    return read_some(repository.at(("v1", "main", "main~0")[seed % 3]), seed)


def test_eight_threads_read_while_another_records(tmp_path_factory, root):
    other = tmp_path_factory.mktemp("own")
    workspace = contentvc.init(other, author=AUTHOR)
    names = {f"{number % 20}/{number}.bin": content_of(number) for number in range(COUNT)}
    write(other, names | {"large.bin": random.Random(-1).randbytes(2_000_000)})
    first = workspace.commit("first")
    done = threading.Event()

    def record():
        made = []
        while not done.is_set() or len(made) < 20:
            write(other, {"count.txt": str(len(made))})
            made.append(workspace.commit(f"number {len(made)}"))
        return made

    def read(seed):
        good = read_some(first, seed)
        newest = workspace.at("main")
        return good and read_some(newest, seed)

    with ThreadPoolExecutor(9) as pool:
        recording = pool.submit(record)
        try:
            assert all(pool.map(read, range(24)))
        finally:
            done.set()
        made = recording.result()
    assert [version.tree["count.txt"].text() for version in made] == [*map(str, range(len(made)))]
    assert workspace.at("main") == made[-1]


def test_threads_that_record_wait_for_one_another(tmp_path):
    workspace = contentvc.init(tmp_path / "set", author=AUTHOR)

    def record(number):
        write(workspace.path, {f"{number}.txt": str(number)})
        return workspace.commit(str(number), [f"{number}.txt"])

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(record, range(12)))
    assert {version.message for version in workspace.log()} == {*map(str, range(12))}
    assert len(workspace.at().tree) == len(set(made)) == 12


def in_children(count, work):
    """What forked children find; each gets its number. A child that hangs is ended, and fails."""
    context = multiprocessing.get_context("fork")
    with context.Pool(count, initializer=_keep, initargs=(work,)) as pool:
        return pool.map_async(_do, range(count), chunksize=1).get(timeout=60)


_WORK = []


def _keep(work):
    _WORK.append(work)


def _do(number):
    return _WORK[-1](number)


def test_forked_children_read_what_was_opened_before(root):
    repository = contentvc.open_repository(root)
    version = repository.at("v1")
    assert in_children(4, lambda number: read_some(version, number)) == [True] * 4
    assert read_some(version, 9)
    assert in_children(4, lambda number: read_revision(repository, number)) == [True] * 4


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_children_read_on_whatever_the_parents_threads_are_at(root):
    repository = contentvc.open_repository(root)
    version = repository.at("v1")
    done = threading.Event()

    def keep_reading(seed):
        while not done.is_set():
            read_revision(repository, seed)

    threads = [threading.Thread(target=keep_reading, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            children = in_children(3, lambda number: read_some(version, number))
            assert children == [True] * 3
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_versions_and_repositories_are_sent_to_workers(root, method):
    repository = contentvc.open_repository(root)
    work = [(repository.at("v1"), 1), (repository.at("main"), 2)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.starmap_async(read_some, work).get(timeout=120) == [True, True]
        sent = [(repository, 3), (contentvc.open(root), 4)]
        assert pool.starmap_async(read_revision, sent).get(timeout=120) == [True, True]


def read_file(file):
    return file.path, file.read()


def test_files_are_sent_and_come_back_equal(root):
    files = list(contentvc.open_repository(root).at("v1").tree.folder("3").files())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = dict(pool.map_async(read_file, files).get(timeout=120))
        assert found == {file.path: file.read() for file in files}
        assert pool.map_async(_same, files).get(timeout=120) == files


def _same(file):
    return file


def fail(version):
    return version.tree["no/such.file"]


def test_errors_come_back_from_workers_whole(root):
    version = contentvc.open_repository(root).at("v1")
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(contentvc.Missing) as caught,
    ):
        pool.apply_async(fail, (version,)).get(timeout=120)
    assert caught.value.code == "unknown-path"
    assert str(caught.value) == "there is no file no/such.file"
    assert caught.value.hint


def test_what_is_sent_is_small_and_opened_once(root):
    tree = contentvc.open_repository(root).at("v1").tree
    files = list(tree.files())
    assert len(pickle.dumps(files[0])) < 1000
    assert len(pickle.dumps(files)) < 200 * len(files)
    one, two = (pickle.loads(pickle.dumps(file)) for file in files[:2])  # noqa: S301 - our own
    assert one._reader is two._reader


def test_a_repository_that_was_replaced_is_not_taken_for_the_old_one(tmp_path):
    workspace = contentvc.init(tmp_path / "set", author=AUTHOR)
    write(workspace.path, {"a": "a"})
    sent = pickle.dumps(workspace.commit("a"))
    os.rename(tmp_path / "set", tmp_path / "gone")
    contentvc.init(tmp_path / "set", author=AUTHOR)
    with pytest.raises(contentvc.Damaged, match="not the one"):
        pickle.loads(sent)  # noqa: S301 - our own
