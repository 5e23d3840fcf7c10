"""One store used by several threads at once, and by processes forked meanwhile."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from contentvc.ids import blob_id
from contentvc.objects import store as stores
from contentvc.objects.chunker import Chunking
from contentvc.objects.guard import new_guard
from tests.objects.shelf import Shelf

SMALL = Chunking(minimum=512, average=2048, maximum=8192, whole=1024)
LARGE = Random(1).randbytes(300_000)
TEXTS = [b"%d " % number * 200 for number in range(300)]


@pytest.fixture
def shelf(monkeypatch):
    monkeypatch.setattr(stores, "_CACHED", 100_000)
    shelf = Shelf()
    for start in range(0, 300, 10):
        shelf.put(*TEXTS[start : start + 10])
    with shelf.writing(SMALL) as writing:
        writing.put_stream([LARGE])
        shelf.add(writing.finish())
    shelf.save()
    return shelf


def read_some(store, seed):
    random = Random(seed)
    for _ in range(60):
        content = random.choice(TEXTS)
        assert store.blob(blob_id(content)) == content
    assert store.blob(blob_id(LARGE)) == LARGE


def test_threads_read_at_once(shelf):
    store = shelf.reopened()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: read_some(store, seed), range(16)))
    assert sum(map(len, store._cache.values())) == store._cached <= 100_000


def test_packs_become_live_while_threads_read(shelf):
    store = shelf.reopened()
    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read_some, store, seed) for seed in range(8)]
        for number in range(20):
            shelf.put(b"more %d" % number * 50)
            shelf.save()
        for one in reading:
            one.result()
    assert store.blob(blob_id(b"more 7" * 50)) == b"more 7" * 50


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_children_read_while_threads_of_the_parent_do(shelf):
    """A fork at any moment leaves the child a store that works."""
    store = shelf.reopened()
    stop = threading.Event()

    def read_on(seed):
        while not stop.is_set():
            read_some(store, seed)

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read_on, seed) for seed in range(3)]
        try:
            for seed in range(20):
                child = os.fork()
                if not child:
                    try:
                        read_some(store, seed)
                        os._exit(0)
                    finally:
                        os._exit(1)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        finally:
            stop.set()
        for one in reading:
            one.result()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_waits_until_no_guard_is_held():
    guard, order = new_guard(), []
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with guard:
            held.set()
            go_on.wait()
            order.append("released")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    threading.Timer(0.05, go_on.set).start()
    child = os.fork()
    if not child:
        with guard:  # nobody holds it here
            os._exit(0 if order == ["released"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()
    with guard:
        assert order == ["released"]


def test_no_thread_is_left_when_a_stream_is_closed(shelf, monkeypatch):
    monkeypatch.setattr("contentvc.objects.ahead._WINDOW", 20_000)
    before = threading.active_count()
    stream = shelf.store.stream(blob_id(LARGE))
    next(stream)
    assert threading.active_count() > before
    stream.close()
    assert threading.active_count() == before
