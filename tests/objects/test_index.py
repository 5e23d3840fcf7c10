import pytest

from contentvc.errors import Damaged
from contentvc.ids import Kind, blob_id
from contentvc.objects import index as index_module
from contentvc.objects.pack import pack_path
from contentvc.storage.contract import NotFound
from tests.objects.shelf import Shelf, raw


@pytest.fixture
def shelf(monkeypatch):
    """Three uncovered packs are enough for a segment."""
    monkeypatch.setattr(index_module, "_UNCOVERED_PACKS", 3)
    return Shelf()


def blob(number):
    return b"content %d" % number


def put(shelf, numbers):
    """A pack for each number, and the index saved after each, as commands do."""
    for number in numbers:
        shelf.put(blob(number))
        shelf.save()


def check_all(store, numbers):
    for number in numbers:
        assert store.blob(blob_id(blob(number))) == blob(number)


def test_new_packs_are_found_without_a_segment(shelf):
    put(shelf, range(2))
    assert shelf.segments() == []
    check_all(shelf.store, range(2))
    check_all(shelf.reopened(), range(2))


def test_enough_uncovered_packs_make_a_segment(shelf):
    put(shelf, range(3))
    assert len(shelf.segments()) == 1
    check_all(shelf.store, range(3))
    check_all(shelf.reopened(), range(3))


def test_many_objects_make_a_segment_at_once(shelf, monkeypatch):
    monkeypatch.setattr(index_module, "_UNCOVERED_OBJECTS", 10)
    shelf.put(*map(blob, range(10)))
    shelf.save()
    assert len(shelf.segments()) == 1


def test_there_are_few_segments_however_many_packs(shelf):
    most = 0
    for number in range(200):
        put(shelf, [number])
        most = max(most, len(shelf.segments()))
    assert most <= 6
    check_all(shelf.reopened(), range(200))


def test_what_is_covered_needs_no_footer(shelf):
    put(shelf, range(3))
    store = shelf.reopened()
    reads = []
    inner = shelf.storage.read
    shelf.storage.read = lambda name, span=None: reads.append(name) or inner(name, span)
    assert store.has(blob_id(blob(1)))
    assert not any(name.startswith("packs/") for name in reads)


def test_a_large_segment_is_read_by_ranges(shelf, monkeypatch):
    put(shelf, range(3))
    monkeypatch.setattr("contentvc.limits.SEGMENT_WHOLE", 100)
    spans = []
    inner = shelf.storage.read
    shelf.storage.read = lambda name, span=None: spans.append((name, span)) or inner(name, span)
    check_all(shelf.reopened(), range(3))
    ranges = [span for name, span in spans if name.startswith("indexes/")]
    assert len(ranges) > 3
    assert all(span is not None for span in ranges)


@pytest.mark.parametrize("at", [0, 9, 17, 30, 150, -20, -1])
def test_a_spoilt_segment_is_dropped_silently_and_written_anew(shelf, at):
    put(shelf, range(3))
    (name,) = shelf.segments()
    sound = shelf.storage.read(name)
    shelf.flip(name, at % len(sound))
    check_all(shelf.reopened(), range(3))
    put(shelf, [3])
    assert name not in shelf.segments()
    assert len(shelf.segments()) == 1
    check_all(shelf.reopened(), range(4))


def test_a_spoilt_bucket_met_while_merging_is_no_error(shelf):
    """The operation exists by then: a cache must not make the command fail."""
    put(shelf, range(3))
    (name,) = shelf.segments()
    shelf.flip(name, len(shelf.storage.read(name)) - 1)
    shelf.reopened()
    put(shelf, range(3, 6))
    assert name not in shelf.segments()
    check_all(shelf.reopened(), range(6))


def test_a_spoilt_bucket_met_while_looking_for_digits_is_no_error(shelf):
    put(shelf, range(3))
    (name,) = shelf.segments()
    shelf.flip(name, len(shelf.storage.read(name)) - 1)
    store = shelf.reopened()
    for number in range(3):
        wanted = blob_id(blob(number))
        assert (wanted, Kind.RAW) in set(store.index.starting_with(wanted.hex()[:6]))


@pytest.mark.parametrize("content", [b"", b"x", b"CVINDEX1", b"CVINDEX1" + b"\xff" * 100])
def test_files_that_are_no_segments_are_cleared_away(shelf, content):
    shelf.storage.write("indexes/other", content)
    shelf.reopened()
    put(shelf, range(3))
    assert "indexes/other" not in shelf.segments()
    check_all(shelf.reopened(), range(3))


def test_a_segment_that_vanishes_is_no_error(shelf, monkeypatch):
    """Another process merged it into one of its own."""
    monkeypatch.setattr("contentvc.limits.SEGMENT_WHOLE", 100)
    put(shelf, range(3))
    store = shelf.reopened()
    store.has(blob_id(b"nothing"))
    for name in shelf.segments():
        shelf.storage.delete(name)
    check_all(store, range(3))
    put(shelf, range(3, 6))
    check_all(shelf.reopened(), range(6))


def test_a_missing_segment_costs_time_only(shelf):
    put(shelf, range(5))
    for name in shelf.segments():
        shelf.storage.delete(name)
    check_all(shelf.reopened(), range(5))


def test_segments_may_overlap(shelf):
    put(shelf, range(3))
    (name,) = shelf.segments()
    shelf.storage.write("indexes/" + "0" * 32, shelf.storage.read(name))
    store = shelf.reopened()
    check_all(store, range(3))
    assert [one for one, _ in store.index.starting_with(blob_id(blob(1)).hex()[:8])] == [
        blob_id(blob(1))
    ]


def test_packs_that_are_not_live_are_passed_over(shelf):
    put(shelf, range(3))
    gone = next(iter(shelf.live))
    shelf.live = {name: record for name, record in shelf.live.items() if name != gone}
    store = shelf.reopened()
    assert not store.has(blob_id(blob(0)))
    assert list(store.index.starting_with(blob_id(blob(0)).hex())) == []
    check_all(store, [1, 2])


@pytest.mark.parametrize("covered", [False, True])
@pytest.mark.parametrize("dropped", [0, 1])
def test_what_lies_in_two_packs_is_found_in_either(shelf, covered, dropped):
    """Two writers stored it at once; then a compaction removed one of the packs."""
    packs = [shelf.put_blocks(raw(b"twice"), raw(b"%d" % number)) for number in range(2)]
    if covered:
        put(shelf, range(3))
        assert shelf.segments()
    assert shelf.store.blob(blob_id(b"twice")) == b"twice"
    shelf.live = {name: one for name, one in shelf.live.items() if name != packs[dropped]}
    shelf.storage.delete(pack_path(packs[dropped]))
    shelf.store.cover(shelf.live)
    shelf.store._cache.clear()
    assert shelf.store.blob(blob_id(b"twice")) == b"twice"
    assert shelf.reopened().blob(blob_id(b"twice")) == b"twice"
    assert not shelf.store.has(blob_id(b"%d" % dropped))


def test_removed_packs_leave_the_segments_when_they_are_merged(shelf):
    put(shelf, range(3))
    removed = next(iter(shelf.live))
    shelf.live = {name: one for name, one in shelf.live.items() if name != removed}
    shelf.reopened()
    put(shelf, range(3, 12))
    covered = {
        pack for segment in shelf.store.index._segments.own.values() for pack in segment.packs
    }
    assert removed not in covered


@pytest.mark.parametrize("digits", range(1, 65, 7))
def test_ids_by_their_first_digits(shelf, digits):
    put(shelf, range(5))
    shelf.put(*map(blob, range(5, 60)))
    wanted = blob_id(blob(20)).hex()[:digits]
    expected = {blob_id(blob(n)) for n in range(60) if blob_id(blob(n)).hex().startswith(wanted)}
    for store in (shelf.store, shelf.reopened()):
        found = list(store.index.starting_with(wanted))
        assert {one for one, _ in found} == expected
        assert len(found) == len(expected)


def test_a_footer_of_a_pack_that_is_not_live_is_not_there(shelf):
    with pytest.raises(NotFound):
        shelf.store.index.footer(bytes(16))


@pytest.mark.parametrize("cut", [0, 8, 100])
def test_a_footer_that_is_cut_off_is_told(shelf, cut):
    pack = shelf.put(b"content" * 100)
    path = pack_path(pack)
    shelf.storage.write(path, shelf.storage.read(path)[:cut])
    with pytest.raises(Damaged):
        shelf.reopened().index.footer(pack)
