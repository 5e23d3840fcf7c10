"""What differs between two values, place by place."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.fields import value_changes
from contentvc.formats.items import Tagged

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=2), one)
)


def changed(path, old, new):
    return ItemChange(path, ItemKind.CHANGED, old, new)


def test_mappings_are_compared_key_by_key_and_lists_of_one_length_place_by_place():
    old = {"a": 1, "gone": [1], "c": {"d": [1, 2]}}
    new = {"c": {"d": [1, 3]}, "a": 1, "came": None}
    assert list(value_changes(old, new)) == [
        changed(("c", "d", 1), 2, 3),
        ItemChange(("came",), ItemKind.ADDED, None, None),
        ItemChange(("gone",), ItemKind.DELETED, [1], None),
    ]
    assert list(value_changes([1], [1, 2], ("x",))) == [changed(("x",), [1], [1, 2])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, True), (0, False), (1, 1.0), (1.0, Decimal("1.0")), ("1", 1), (None, False),
        (Tagged("date", "2026-01-02"), "2026-01-02"), (Tagged("!a", 1), Tagged("!b", 1)),
        (Tagged("!a", [1]), Tagged("!a", [2])), ({}, []), (0.0, float("nan")),
    ],
)  # fmt: skip
def test_what_only_looks_the_same_differs(old, new):
    assert list(value_changes(old, new)) == [changed((), old, new)]


def test_what_is_no_number_is_as_before():
    assert not list(value_changes([float("nan")], [float("nan")]))
    assert not list(value_changes(Tagged("!a", {"b": 1}), Tagged("!a", {"b": 1})))


@given(VALUES)
def test_a_value_does_not_differ_from_itself(value):
    assert not list(value_changes(value, value))


@given(VALUES, VALUES)
def test_putting_the_changes_in_makes_the_new_value(old, new):
    made = old
    for change in value_changes(old, new):
        made = _put(made, change)
    assert not list(value_changes(made, new))


def _put(value, change):
    if not change.path:
        return change.new
    *steps, last = change.path
    copied = value = _copy(value)
    for step in steps:
        copied = copied[step]
    if change.kind is ItemKind.DELETED:
        del copied[last]
    else:
        copied[last] = change.new
    return value


def _copy(value):
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
