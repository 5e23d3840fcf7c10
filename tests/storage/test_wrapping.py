import pytest

from contentvc.storage.ahead import AheadStorage
from contentvc.storage.counted import CountedStorage
from contentvc.storage.memory import MemoryStorage
from contentvc.storage.split import SplitStorage
from tests.contracts.storage_contract import StorageContract


class TestCountedStorage(StorageContract):
    @pytest.fixture
    def make(self):
        return lambda: CountedStorage(MemoryStorage())


class TestSplitStorage(StorageContract):
    @pytest.fixture
    def make(self):
        return lambda: SplitStorage(MemoryStorage(), "b/", MemoryStorage())


class TestAheadStorage(StorageContract):
    @pytest.fixture
    def make(self):
        return lambda: AheadStorage(MemoryStorage(), "immutable/")


class TestCounting:
    def test_each_call_is_a_request_and_its_bytes(self):
        storage = CountedStorage(MemoryStorage())
        storage.create("a", b"12345")
        storage.write("b", b"123")
        storage.upload("c", [b"1", b"23"])
        storage.read("a", (1, 3))
        storage.delete("a")
        list(storage.list(""))
        list(storage.stamps(""))
        assert storage.total == 7
        assert (storage.read_bytes, storage.written_bytes) == (2, 11)
        storage.reset()
        assert (storage.total, storage.read_bytes, storage.written_bytes) == (0, 0, 0)

    @pytest.mark.parametrize(("names", "requests"), [(0, 1), (999, 1), (1000, 2), (2500, 3)])
    def test_a_long_listing_takes_several(self, names, requests):
        inner = MemoryStorage()
        for number in range(names):
            inner.create(f"{number:05}", b"")
        storage = CountedStorage(inner)
        assert len(list(storage.list(""))) == names
        assert storage.total == requests


class TestSplitting:
    def test_names_under_the_prefix_are_in_the_part_and_nowhere_else(self):
        rest, part = MemoryStorage(), MemoryStorage()
        rest.create("b/hidden", b"not seen")
        storage = SplitStorage(rest, "b/", part)
        storage.create("b/new", b"1")
        storage.create("a", b"2")
        assert list(storage.list("")) == ["a", "b/new"]
        assert [name for name, _ in storage.stamps("")] == ["a", "b/new"]
        assert list(part.list("")) == ["b/new"]
        assert list(rest.list("")) == ["a", "b/hidden"]


class TestReadingAhead:
    def test_the_start_of_a_name_is_read_once(self):
        inner = CountedStorage(MemoryStorage())
        storage = AheadStorage(inner, "packs/")
        storage.upload("packs/a", [b"0123456789"])
        inner.reset()
        assert storage.read("packs/a", (2, 4)) == b"23"
        assert storage.read("packs/a", (8, 30)) == b"89"
        assert storage.read("packs/a", (30, 40)) == b""
        assert inner.total == 1

    def test_what_is_further_on_is_read_as_it_is_asked_for(self):
        inner = CountedStorage(MemoryStorage())
        storage = AheadStorage(inner, "packs/")
        content = bytes(range(256)) * 2000
        storage.upload("packs/a", [content])
        inner.reset()
        assert storage.read("packs/a", (400_000, 400_010)) == content[400_000:400_010]
        assert storage.read("packs/a", (10, 400_010)) == content[10:400_010]
        assert inner.read_bytes == 10 + 400_000
        assert storage.read("packs/a") == content

    def test_other_names_are_always_asked_for(self):
        storage = AheadStorage(MemoryStorage(), "packs/")
        storage.write("view", b"old")
        assert storage.read("view", (0, 3)) == b"old"
        storage.write("view", b"new")
        assert storage.read("view", (0, 3)) == b"new"

    def test_no_more_is_held_than_is_bound(self):
        inner = CountedStorage(MemoryStorage())
        storage = AheadStorage(inner, "packs/")
        for number in range(70):
            storage.upload(f"packs/{number}", [bytes(300_000)])
            storage.read(f"packs/{number}", (0, 1))
        assert storage._held <= 16 * 1024 * 1024
        assert storage._held == sum(map(len, storage._starts.values()))
        inner.reset()
        storage.read("packs/69", (0, 1))
        assert inner.total == 0
        storage.read("packs/0", (0, 1))
        assert inner.total == 1
