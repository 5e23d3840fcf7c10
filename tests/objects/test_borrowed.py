"""Segments that lie beside packs far away."""

import pytest

from contentvc import limits
from contentvc.ids import blob_id
from contentvc.objects.index import Index
from contentvc.storage.counted import CountedStorage
from contentvc.storage.memory import MemoryStorage
from contentvc.storage.split import SplitStorage
from tests.objects.shelf import Shelf

PACKS = 20


def content(number):
    return b"content %d" % number


@pytest.fixture
def shelf():
    """Packs and a segment for all but the last two."""
    shelf = Shelf()
    for number in range(PACKS):
        shelf.put(content(number))
        if number == PACKS - 3:
            shelf.save()
    assert len(shelf.segments()) == 1
    return shelf


@pytest.fixture
def there(shelf):
    return CountedStorage(shelf.storage)


def far(there, shelf, here=None):
    """An index whose own segments lie here."""
    index = Index(SplitStorage(there, "indexes/", here or MemoryStorage()))
    index.is_near, index.elsewhere, index.threads = False, there, 4
    index.cover(shelf.live)
    return index


def test_what_is_in_a_segment_costs_no_footer(there, shelf):
    assert far(there, shelf).find(blob_id(content(3))) is not None
    assert there.requests == {"list": 1, "read": 1}


def test_what_is_in_none_costs_the_footers_of_uncovered_packs_once(there, shelf):
    index = far(there, shelf)
    assert index.find(blob_id(b"nowhere")) is None
    assert there.requests == {"list": 1, "read": 3}
    assert index.find(blob_id(b"nowhere else")) is None
    assert index.find(blob_id(content(PACKS - 1))) is not None
    assert there.total == 4


def test_what_was_copied_and_kept_costs_nothing_next_time(there, shelf):
    here = MemoryStorage()
    index = far(there, shelf, here)
    index.find(blob_id(b"nowhere"))
    index.keep(bytes(16))
    there.reset()
    index = far(there, shelf, here)
    assert all(index.find(blob_id(content(number))) for number in range(PACKS))
    assert index.find(blob_id(b"nowhere")) is None
    assert there.total == 0


def test_a_long_segment_is_read_by_ranges_and_not_copied(there, shelf, monkeypatch):
    monkeypatch.setattr(limits, "SEGMENT_WHOLE", 64)
    here = MemoryStorage()
    index = far(there, shelf, here)
    index.borrow_whole = 128
    assert index.find(blob_id(content(3))) is not None
    assert list(here.list("")) == []
    index = far(there, shelf, here)
    index.borrow_whole = limits.MIB
    assert index.find(blob_id(content(3))) is not None
    assert list(here.list("")) == shelf.segments()


@pytest.mark.parametrize(
    "name", ["indexes/../escaped", "indexes/A" + "0" * 31, "indexes/" + "0" * 33]
)
def test_names_that_are_none_of_a_segment_are_never_copied(there, shelf, name):
    (segment,) = shelf.segments()
    shelf.storage.write(name, shelf.storage.read(segment))
    here = MemoryStorage()
    assert far(there, shelf, here).find(blob_id(content(3))) is not None
    assert list(here.list("")) == [segment]


@pytest.mark.parametrize("at", [0, 9, 20, 60])
def test_a_spoilt_one_is_passed_over(there, shelf, at):
    (segment,) = shelf.segments()
    shelf.flip(segment, at)
    here = MemoryStorage()
    index = far(there, shelf, here)
    assert all(index.find(blob_id(content(number))) for number in range(PACKS))
    assert list(here.list("")) == []


def test_what_is_lent_need_not_be_read(there, shelf):
    lender = far(there, shelf)
    lender.find(blob_id(b"nowhere"))
    there.reset()
    index = Index(there)
    index.cover(shelf.live)
    index.take(lender.lend(1000))
    index.save(b"\1" * 16, merge_below=1000, least=1)
    assert there.requests == {"list": 1, "read": 1, "write": 1, "delete": 1}
    shelf.reopened()
    assert len(shelf.segments()) == 1
    assert all(shelf.store.blob(blob_id(content(number))) for number in range(PACKS))
