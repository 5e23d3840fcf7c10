import pytest

from contentvc.storage.memory import MemoryStorage
from tests.contracts.storage_contract import StorageContract


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def make(self):
        return MemoryStorage


def test_what_was_stored_does_not_change_with_the_callers_buffer():
    storage, buffer = MemoryStorage(), bytearray(b"before")
    storage.write("a", buffer)
    storage.create("b", buffer)
    buffer[:] = b"after!"
    assert storage.read("a") == storage.read("b") == b"before"


def test_a_list_shows_what_was_there_when_it_began():
    storage = MemoryStorage()
    for name in "ace":
        storage.create(name, b"")
    names = storage.list("")
    assert next(names) == "a"
    storage.create("b", b"")
    storage.delete("c")
    assert list(names) == ["c", "e"]
