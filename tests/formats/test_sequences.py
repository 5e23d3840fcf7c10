import random

from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.sequences import Run, shared_runs

few = st.lists(st.integers(0, 3), max_size=40)
many = st.lists(st.integers(0, 60), max_size=40)
works = st.sampled_from([-(10**6), 0, 5, 50, 10**6])


def longest(a, b):
    """Length of a longest common subsequence, by the textbook."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row
        row = [0]
        for j, y in enumerate(b):
            row.append(before[j] + 1 if x == y else max(before[j + 1], row[j]))
    return row[-1]


def check(a, b, runs):
    old_end = new_end = 0
    for position, (old, new, length) in enumerate(runs):
        assert length > 0
        assert old >= old_end
        assert new >= new_end
        assert position == 0 or old > old_end or new > new_end
        assert a[old : old + length] == b[new : new + length]
        old_end, new_end = old + length, new + length


@given(st.one_of(few, many), st.one_of(few, many), works)
def test_runs_are_equal_ascend_and_do_not_touch_however_little_work_is_allowed(a, b, work):
    check(a, b, shared_runs(a, b, work))


@given(few, few)
def test_what_repeats_everywhere_is_compared_minimally(a, b):
    # Each item twice more on both sides: no anchors, so Myers' answer stands alone.
    a, b = a + [0, 1, 2, 3] * 2, b + [3, 2, 1, 0] * 2
    assert sum(run.length for run in shared_runs(a, b)) == longest(a, b)


@given(st.lists(st.integers(), unique=True, max_size=40), st.data())
def test_unique_items_keep_the_longest_order_they_share(a, data):
    b = data.draw(st.permutations(a))
    assert sum(run.length for run in shared_runs(a, b)) == longest(a, b)


@given(many)
def test_equal_sequences_are_one_run(a):
    assert shared_runs(a, a) == ([Run(0, 0, len(a))] if a else [])


def test_nothing_is_shared_with_nothing():
    assert shared_runs([], []) == []
    assert shared_runs([1], []) == []
    assert shared_runs([1], [2]) == []


def test_a_moved_paragraph_moves_alone():
    a = list(range(100))
    assert shared_runs(a, a[50:60] + a[:50] + a[60:]) == [Run(0, 10, 50), Run(60, 60, 40)]


def test_large_and_hostile_inputs_get_an_answer_that_holds():
    rng = random.Random(1)
    n = 20_000
    pairs = [number // 2 for number in range(n)]
    for a, b in [
        ([k % 2 for k in range(n)], [1 - k % 2 for k in range(n)]),
        ([rng.randrange(2) for _ in range(n)], [rng.randrange(2) for _ in range(n)]),
        (list(range(n)), rng.sample(range(n), n)),
        (list(range(n)), list(range(n))[::-1]),
        (pairs, pairs[n // 2 :] + pairs[: n // 2]),
    ]:
        runs = shared_runs(a, b, 10_000)
        check(a, b, runs)
        assert runs


def test_the_work_spent_does_not_grow_with_the_square_of_the_input():
    class Counted(int):
        compared = 0
        __hash__ = int.__hash__

        def __eq__(self, other):
            Counted.compared += 1
            return int.__eq__(self, other)

    # Items are interned once, so comparing them costs one look each, whatever follows.
    a = [Counted(k % 7) for k in range(5000)]
    b = [Counted(k % 5) for k in range(5000)]
    check(a, b, shared_runs(a, b))
    assert 0 < Counted.compared < 100_000
