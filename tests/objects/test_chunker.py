from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.objects import chunker
from contentvc.objects.chunker import Chunking, windows_of

SMALL = Chunking(minimum=256, average=512, maximum=1024, whole=512)
CONTENT = Random(3).randbytes(60_000)


def chunks_of(parts, sizes):
    return [bytes(chunk) for window in windows_of(parts, sizes) for chunk in window.chunks()]


def cut(content, sizes=SMALL):
    return chunks_of([content], sizes)


def split(content, bounds):
    bounds = [0, *sorted(bound % (len(content) + 1) for bound in bounds), len(content)]
    return [content[a:b] for a, b in pairwise(bounds)]


@pytest.fixture(autouse=True)
def small_window(monkeypatch):
    """So that content of a test is looked at in several windows."""
    monkeypatch.setattr(chunker, "_WINDOW", 5000)


def test_no_content_has_no_chunks():
    assert (chunks_of([], SMALL)) == []
    assert (chunks_of([b"", b""], SMALL)) == []


@pytest.mark.parametrize("content", [CONTENT, bytes(60_000), b"abc" * 20_000, b"x", b"x" * 255])
def test_chunks_join_to_the_content_and_keep_their_sizes(content):
    chunks = cut(content)
    assert b"".join(chunks) == content
    assert all(SMALL.minimum <= len(chunk) <= SMALL.maximum for chunk in chunks[:-1])
    assert 0 < len(chunks[-1]) <= SMALL.maximum


@given(
    bounds=st.lists(st.integers(0, 1 << 20), max_size=40),
    length=st.integers(0, len(CONTENT)),
)
def test_the_same_chunks_however_the_parts_are_split(bounds, length):
    content = CONTENT[:length]
    assert (chunks_of(split(content, bounds), SMALL)) == cut(content)


def test_the_window_makes_no_difference(monkeypatch):
    chunks = cut(CONTENT)
    monkeypatch.setattr(chunker, "_WINDOW", 1 << 30)
    assert cut(CONTENT) == chunks


def test_an_insertion_moves_few_boundaries():
    """How many depends on the content, so there is no bound for one: of many, few do on average."""
    random, before = Random(1), set(cut(CONTENT))
    moved = []
    for _ in range(200):
        where, inserted = random.randrange(len(CONTENT)), random.randbytes(random.randint(1, 50))
        moved.append(len(set(cut(CONTENT[:where] + inserted + CONTENT[where:])) - before))
    assert sum(moved) / len(moved) < 4
    assert max(moved) < len(before) / 4


def test_the_usual_sizes():
    content = Random(5).randbytes(3_000_000)
    chunks = cut(content, Chunking())
    assert b"".join(chunks) == content
    assert 40_000 <= len(content) / len(chunks) <= 110_000
    assert max(map(len, chunks)) <= 256 * 1024
    assert min(map(len, chunks[:-1])) >= 16 * 1024


def test_the_cuts_are_those_of_the_first_version():
    """Other cuts would be read just as well, but nothing would be deduplicated any more."""
    assert [len(chunk) for chunk in cut(CONTENT)][:12] == [
        756, 501, 693, 682, 697, 438, 305, 317, 878, 479, 574, 893
    ]  # fmt: skip
