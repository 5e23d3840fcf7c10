import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc import limits
from contentvc.formats.changes import ItemKind
from contentvc.formats.fields import is_same
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.structured.differences import differences
from contentvc.formats.structured.editing import applied
from contentvc.formats.structured.pairing import Pairing

BAGS = Rules(unordered=("*",))
A = {"run": "tests", "with": {"python": 3, "cache": True}}
B = {"run": "lint", "with": {"python": 3, "cache": False}}
C = {"run": "docs", "needs": ["tests", "lint"], "if": "tag"}
scalars = st.sampled_from([0, 1, True, 1.0, float("nan"), "a", None])
elements = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.fixed_dictionaries(
        {"a": scalars, "b": scalars}, optional={"c": st.lists(scalars, max_size=3)}
    ),
    st.fixed_dictionaries({"a": st.fixed_dictionaries({"x": scalars, "y": scalars}), "b": scalars}),
)
lists = st.lists(elements, max_size=6)


def told(old, new, rules=NO_RULES):
    return [(one.kind, one.path) for one in differences({"l": old}, {"l": new}, rules)]


def with_item(value, key, new):
    return {**value, key: new}


def test_an_edited_element_is_told_by_its_edit_though_others_came():
    edited = with_item(A, "run", "tests -x")
    assert told([A], [C, edited]) == [
        (ItemKind.ADDED, ("l", 0)),
        (ItemKind.CHANGED, ("l", 1, "run")),
    ]
    assert told([A, C], [edited]) == [
        (ItemKind.CHANGED, ("l", 0, "run")),
        (ItemKind.DELETED, ("l", 1)),
    ]
    assert told([C, A], [edited, B]) == [
        (ItemKind.DELETED, ("l", 0)),
        (ItemKind.CHANGED, ("l", 0, "run")),
        (ItemKind.ADDED, ("l", 1)),
    ]


def test_the_nearest_of_several_is_the_one():
    edited = with_item(A, "with", {"python": 3, "cache": True, "os": "linux"})
    old, new = [B, A], [edited, C, with_item(B, "run", "lint --all")]
    assert told(old, new, BAGS) == [
        (ItemKind.MOVED, ("l", 0)),
        (ItemKind.ADDED, ("l", 0, "with", "os")),
        (ItemKind.ADDED, ("l", 1)),
        (ItemKind.CHANGED, ("l", 2, "run")),
    ]


def test_of_two_with_as_much_in_common_the_one_with_the_same_keys_is_the_one():
    old, new = [{"a": 1, "n": 1}], [{"a": 1, "m": 2}, {"a": 1, "n": 2}]
    for rules in (BAGS, NO_RULES):
        assert told(old, new, rules) == [
            (ItemKind.ADDED, ("l", 0)),
            (ItemKind.CHANGED, ("l", 1, "n")),
        ]


def test_where_order_means_nothing_an_edit_in_place_is_no_move():
    edited = with_item(A, "run", "tests -x")
    assert told([B, A, C], [C, edited, B], BAGS) == [(ItemKind.CHANGED, ("l", 1, "run"))]


def test_what_has_little_in_common_is_not_paired():
    assert told([A], [C, B | {"run": 1, "with": 2}], BAGS) == [
        (ItemKind.DELETED, ("l", 0)),
        (ItemKind.ADDED, ("l", 0)),
        (ItemKind.ADDED, ("l", 1)),
    ]


@settings(max_examples=60)
@given(lists, lists)
def test_changes_make_the_new_list_of_the_old_one(old, new):
    assert is_same(applied(old, list(differences(old, new, NO_RULES))), new)


@settings(max_examples=60)
@given(lists, lists)
def test_changes_make_the_new_bag_of_the_old_one(old, new):
    made = applied(old, list(differences(old, new, BAGS)))
    assert repr(as_bag(made)) == repr(as_bag(new))


def as_bag(value):
    if isinstance(value, dict):
        return [(key, as_bag(value[key])) for key in sorted(value)]
    return sorted(map(as_bag, value), key=repr) if isinstance(value, list) else value


@settings(max_examples=60)
@given(lists, lists)
def test_no_element_is_in_two_pairs(old, new):
    pairs = Pairing().matched(old, new, range(len(old)), range(len(new)))
    for side in zip(*pairs, strict=True):
        assert max(Counter(side).values()) == 1


def test_long_lists_are_not_searched_for_pairs():
    old = [{"a": place, "b": 0} for place in range(limits.SIMILAR_PAIRS)]
    new = [{"a": -1 - place, "b": 0} for place in range(2)]
    kinds = {kind for kind, _ in told(old, new, BAGS)}
    assert kinds == {ItemKind.DELETED, ItemKind.ADDED}


def test_an_element_that_is_too_large_is_not_paired():
    old = {str(key): key for key in range(limits.SIMILAR_VALUES + 1)}
    assert not Pairing().matched([old], [with_item(old, "0", 1)], [0], [0])
    old.popitem()
    assert Pairing().matched([old], [with_item(old, "0", 1)], [0], [0]) == [(0, 0)]


def test_beyond_what_is_measured_the_first_of_several_is_the_one():
    old, new = [{"a": 1, "n": 1}], [{"a": 1, "m": 2}, {"a": 1, "n": 2}]
    assert Pairing().matched(old, new, [0], [0, 1]) == [(0, 1)]
    assert Pairing(measured=1).matched(old, new, [0], [0, 1]) == [(0, 0)]


@pytest.mark.parametrize(
    ("old", "new", "is_loaded"),
    [([A], [C, A | {"run": 1}], False), ([A, A | {"run": 0}], [A | {"run": 1}], True)],
)
def test_deepdiff_is_imported_only_to_choose(old, new, is_loaded):
    code = (
        "import sys\n"
        "from contentvc.formats.rules import NO_RULES\n"
        "from contentvc.formats.structured.differences import differences\n"
        f"list(differences({old!r}, {new!r}, NO_RULES))\n"
        "print('deepdiff' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(is_loaded)
