from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.histogram import Change, changed_runs
from contentvc.formats.myers import Budget, mark_changed

few = st.lists(st.integers(0, 3), max_size=30)


def applied(old, new, changes):
    result, position = [], 0
    for change in changes:
        result += old[position : change.old_start] + new[change.new_start : change.new_end]
        position = change.old_end
    return result + old[position:]


@given(few, few)
def test_the_changes_turn_old_into_new(old, new):
    changes = changed_runs(old, new)
    assert applied(old, new, changes) == new
    for before, after in pairwise(changes):
        assert after.old_start - before.old_end == after.new_start - before.new_end > 0


def test_equal_sequences_have_no_changes():
    assert changed_runs([1, 2, 3], [1, 2, 3]) == []
    assert changed_runs([], []) == []


def test_rare_items_are_landmarks():
    """The longest common subsequence would match the zeros and lose the 7."""
    assert changed_runs([0, 0, 0, 7], [7, 0, 0, 0]) == [Change(0, 3, 0, 0), Change(4, 4, 1, 4)]


def test_a_change_goes_as_far_down_as_it_can():
    assert changed_runs([1, 2, 1], [1, 2, 1, 2, 1]) == [Change(3, 3, 3, 5)]


def test_items_that_all_stand_often_are_compared_too():
    random = Random(3)
    old = random.choices([0, 1], k=400)
    new = [*old[:100], 5, *old[100:300], *old[302:]]
    assert applied(old, new, changed_runs(old, new)) == new
    changed = sum(change.old_end - change.old_start for change in changed_runs(old, new))
    assert changed <= 4


@given(few, few)
def test_marks_leave_the_same_on_both_sides(old, new):
    marks = mark_changed(old, new, Budget(10_000))
    assert marks is not None
    removed, added = marks
    kept_old = [item for item, changed in zip(old, removed, strict=True) if not changed]
    kept_new = [item for item, changed in zip(new, added, strict=True) if not changed]
    assert kept_old == kept_new


def test_no_work_beyond_the_budget():
    random = Random(4)
    old, new = random.choices(range(9), k=3000), random.choices(range(9), k=3000)
    budget = Budget(20_000)
    assert mark_changed(old, new, budget) is None
    assert budget.left > -20_000
    assert applied(old, new, changed_runs(old, new)) == new
