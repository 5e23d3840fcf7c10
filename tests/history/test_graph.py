import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.history.graph import ancestors, merge_bases, walk
from contentvc.ids import ObjectId
from contentvc.snapshots.commit import Commit

TREE = ObjectId(bytes(32))


def name(number):
    return ObjectId(number.to_bytes(32, "big"))


def number(identifier):
    return int.from_bytes(identifier, "big")


class Graph:
    """Commits by number, as parents and, where given, times."""

    def __init__(self, parents, times=None):
        self.commits = {
            name(one): Commit(
                TREE, tuple(map(name, above)), "", (times or parents_first(parents))[one], 0, ""
            )
            for one, above in parents.items()
        }
        self.read = self.commits.__getitem__

    def reach(self, one):
        """One and everything above it, found the simplest way."""
        found = {name(one)}
        for parent in self.commits[name(one)].parents:
            found |= self.reach(number(parent))
        return found

    def best_common(self, one, other):
        """Common ancestors that no other common ancestor reaches."""
        common = self.reach(one) & self.reach(other)
        return {
            base
            for base in common
            if not any(base in self.reach(number(rival)) for rival in common - {base})
        }

    def bases(self, one, other):
        return merge_bases(name(one), name(other), self.read)


def parents_first(parents):
    return {one: one for one in parents}


@st.composite
def graphs(draw):
    """A random history of up to 12 commits; clocks are right, or anything at all."""
    count = draw(st.integers(1, 12))
    parents = {
        one: sorted(draw(st.sets(st.integers(0, one - 1), max_size=3))) if one else []
        for one in range(count)
    }
    times = parents_first(parents)
    if draw(st.booleans()):
        times = {one: draw(st.integers(0, 5)) for one in parents}
    return Graph(parents, times)


@given(graphs(), st.data())
@settings(max_examples=400)
def test_merge_bases_are_those_of_the_definition(graph, data):
    one, other = (data.draw(st.sampled_from(range(len(graph.commits)))) for _ in range(2))
    found = graph.bases(one, other)
    assert set(found) == graph.best_common(one, other)
    assert len(set(found)) == len(found)
    assert set(graph.bases(other, one)) == set(found)


@given(graphs(), st.data())
@settings(max_examples=200)
def test_a_walk_shows_what_the_starts_reach_and_the_hidden_do_not(graph, data):
    some = st.sets(st.sampled_from(range(len(graph.commits))), max_size=3)
    starts, hidden = data.draw(some), data.draw(some)
    expected = set().union(*map(graph.reach, starts)) - set().union(*map(graph.reach, hidden))
    walked = list(walk(map(name, starts), graph.read, list(map(name, hidden))))
    assert {identifier for identifier, _ in walked} == expected
    assert len(walked) == len(expected)
    assert all(graph.commits[identifier] == commit for identifier, commit in walked)


@given(graphs(), st.data())
def test_ancestors_come_once_each(graph, data):
    starts = data.draw(st.sets(st.sampled_from(range(len(graph.commits))), max_size=3))
    found = list(ancestors(map(name, starts), graph.read))
    assert set(found) == set().union(*map(graph.reach, starts))
    assert len(set(found)) == len(found)


LINE = Graph({0: [], 1: [0], 2: [1], 3: [1]})
CRISS_CROSS = Graph({0: [], 1: [0], 2: [0], 3: [1, 2], 4: [2, 1], 5: [3], 6: [4]})


@pytest.mark.parametrize(
    ("graph", "one", "other", "expected"),
    [
        (LINE, 2, 3, {1}),
        (LINE, 2, 1, {1}),
        (LINE, 2, 2, {2}),
        (CRISS_CROSS, 5, 6, {1, 2}),
        (CRISS_CROSS, 3, 4, {1, 2}),
        (Graph({0: [], 1: []}), 0, 1, set()),
        (Graph({0: [], 1: [0], 2: [], 3: [1, 2], 4: [2]}), 3, 4, {2}),
    ],
)
def test_merge_bases(graph, one, other, expected):
    assert set(map(number, graph.bases(one, other))) == expected


def test_newest_first():
    graph = Graph({0: [], 1: [0], 2: [0], 3: [1, 2]}, {0: 0, 1: 30, 2: 20, 3: 40})
    assert [number(one) for one, _ in walk([name(3)], graph.read)] == [3, 1, 2, 0]


def test_a_long_history_needs_no_stack():
    graph = Graph({one: [one - 1] if one else [] for one in range(3000)})
    assert len(list(walk([name(2999)], graph.read))) == 3000
    assert [number(one) for one in graph.bases(2999, 1500)] == [1500]


def test_bases_of_neighbours_read_little():
    """Two branches at the end of a long history: the walk ends where they meet."""
    graph = Graph(
        {one: [one - 1] if one else [] for one in range(1000)} | {1000: [997], 1001: [998]}
    )
    reads = []
    merge_bases(name(1000), name(1001), lambda one: reads.append(one) or graph.read(one))
    assert len(set(reads)) <= 8
