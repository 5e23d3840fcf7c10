"""How far two histories are apart, against counting all of both."""

from random import Random
from typing import NamedTuple

import pytest

from contentvc.history.graph import Divergence, ancestors, divergence
from contentvc.ids import ObjectId


class Commit(NamedTuple):
    time: int
    parents: tuple[ObjectId, ...]


def name(number):
    return ObjectId(number.to_bytes(32, "big"))


def drawn(seed, *, skewed):
    """A history of forty commits with merges, on clocks that may be wrong."""
    random = Random(seed)
    commits = {}
    for number in range(40):
        count = min(number, random.choice((0, 1, 1, 1, 2)))
        parents = tuple(map(name, sorted(random.sample(range(number), count))))
        time = random.randrange(100) if skewed else number
        commits[name(number)] = Commit(time, parents)
    return commits, random


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_it_is_what_counting_all_of_both_gives(seed, skewed):
    commits, random = drawn(seed, skewed=skewed)
    for _ in range(20):
        ours, theirs = (name(random.randrange(40)) for _ in range(2))
        a = set(ancestors([ours], commits.__getitem__))
        b = set(ancestors([theirs], commits.__getitem__))
        found = divergence(ours, theirs, commits.__getitem__)
        if not skewed:
            assert found == Divergence(len(a - b), len(b - a))
        # Whether something is only on one side decides what is lost, so it is right on any clock.
        assert (found.behind == 0) == (b <= a)
        assert (found.ahead == 0) == (a <= b)


def line(length):
    return {
        name(number): Commit(number, (name(number - 1),) if number else ())
        for number in range(length)
    }


def test_what_both_have_is_hardly_walked():
    commits, read = line(1000), []

    def reading(identifier):
        read.append(identifier)
        return commits[identifier]

    assert divergence(name(999), name(996), reading) == Divergence(3, 0)
    assert len(read) < 20


def test_counting_ends_where_it_is_told_to():
    found = divergence(name(999), name(0), line(1000).__getitem__, 100)
    assert not found.is_complete
    assert not found.is_same
    assert 90 <= found.ahead <= 100
    assert found.behind <= 1


def test_the_same_commit_is_not_even_read():
    assert divergence(name(1), name(1), {}.__getitem__).is_same
