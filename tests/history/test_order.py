"""Orders and links for drawing: against answers found the simplest way."""

from hypothesis import given
from hypothesis import strategies as st

from contentvc.history.graph import links, topological
from contentvc.ids import ObjectId


def name(number):
    return ObjectId(number.to_bytes(32, "big"))


@st.composite
def histories(draw):
    """Parents of up to 12 commits, in any order, some of them outside; and those that are shown."""
    count = draw(st.integers(1, 12))
    parents = {
        name(n): tuple(map(name, draw(st.lists(st.integers(n + 1, count + 1), max_size=3))))
        for n in range(count)
    }
    order = draw(st.permutations(list(parents)))
    shown = draw(st.sets(st.sampled_from(order)))
    return {one: parents[one] for one in order}, shown


@given(histories())
def test_each_commit_once_and_before_its_parents(history):
    parents, _ = history
    order = topological(parents)
    assert sorted(order) == sorted(parents)
    place = {one: number for number, one in enumerate(order)}
    assert all(
        place[one] < place[parent] for one in order for parent in parents[one] if parent in place
    )


def test_one_line_after_another():
    m, a1, a2, b1, b2, root = map(name, range(6))
    parents = {m: (a1, b1), a1: (a2,), b1: (b2,), a2: (root,), b2: (root,), root: ()}
    assert topological(parents) == [m, b1, b2, a1, a2, root]


@given(histories())
def test_links_lead_to_the_nearest_shown_ancestors(history):
    parents, shown = history
    drawn = links(topological(parents), parents, shown)
    assert drawn.keys() == shown

    def reach(one):
        found = set()
        for parent in parents[one]:
            if parent in parents:
                found |= {parent} | reach(parent)
        return found

    def reach_drawn(one):
        found = set()
        for parent in drawn[one]:
            found |= {parent} | reach_drawn(parent)
        return found

    for one in shown:
        assert reach_drawn(one) == reach(one) & shown
        assert len(set(drawn[one])) == len(drawn[one])
        leads_over_a_gap = any(parent not in shown for parent in parents[one] if parent in parents)
        if leads_over_a_gap:
            for below in drawn[one]:
                assert not any(below in reach_drawn(rival) for rival in drawn[one])


def test_without_gaps_the_links_are_the_parents():
    a, b, c = map(name, range(3))
    parents = {a: (b, c), b: (c,), c: ()}
    assert links([a, b, c], parents, {a, b, c}) == parents
