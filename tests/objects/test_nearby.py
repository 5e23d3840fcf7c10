"""Chunks of an old version in a file: taken where they are what they should be."""

import pytest

from contentvc.errors import NotAllowed
from contentvc.ids import blob_id
from contentvc.objects.lists import ChunkList
from contentvc.objects.nearby import Nearby

CHUNKS = [bytes([number]) * (number + 1) * 10 for number in range(6)]
IDS = tuple(map(blob_id, CHUNKS))
OLD = ChunkList(IDS, tuple(map(len, CHUNKS)))
WHOLE = b"".join(CHUNKS)


class File:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.spans: list[tuple[int, int]] = []

    def __call__(self, start: int, end: int) -> bytes:
        self.spans.append((start, end))
        return self.content[start:end]


def test_neighbours_are_read_together():
    file = File(WHOLE)
    taken = Nearby(OLD, file).take([IDS[1], IDS[2], IDS[4]])
    assert {one: bytes(part) for one, part in taken.items()} == {
        IDS[n]: CHUNKS[n] for n in (1, 2, 4)
    }
    assert len(file.spans) == 2


def test_in_any_order_and_again():
    taken = Nearby(OLD, File(WHOLE)).take([IDS[4], IDS[1], IDS[4]])
    assert taken.keys() == {IDS[4], IDS[1]}


def test_what_the_old_version_has_not_is_left_out():
    assert Nearby(OLD, File(WHOLE)).take([blob_id(b"other"), IDS[0]]).keys() == {IDS[0]}
    assert Nearby(OLD, File(WHOLE)).take([]) == {}


def test_what_was_changed_in_the_file_is_left_out():
    changed = bytearray(WHOLE)
    changed[len(CHUNKS[0]) + 3] ^= 1
    assert Nearby(OLD, File(bytes(changed))).take(IDS).keys() == set(IDS) - {IDS[1]}


def test_a_file_that_is_shorter_now():
    taken = Nearby(OLD, File(WHOLE[: len(CHUNKS[0]) + 5])).take(IDS)
    assert taken.keys() == {IDS[0]}


@pytest.mark.parametrize("error", [NotAllowed("permission-denied", "no"), IsADirectoryError()])
def test_a_file_that_cannot_be_read_has_nothing(error):
    def refuse(start: int, end: int) -> bytes:
        raise error

    assert Nearby(OLD, refuse).take(IDS) == {}
