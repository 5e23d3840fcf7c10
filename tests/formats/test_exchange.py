"""Exchange: every value as JSON text and back; what is no such text is refused."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.formats.exchange import (
    NotJson,
    dump_plain,
    dump_value,
    load_plain,
    load_value,
    measured,
)
from contentvc.formats.items import Tagged

KEYS = st.one_of(st.sampled_from(["$tag", "value", "a"]), st.text(max_size=3))
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4)
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=4),
        st.dictionaries(KEYS, below, max_size=4),
        st.builds(Tagged, st.sampled_from(["date", "!function", "!x"]), below),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back(value):
    text = dump_value(value)
    assert "\n" not in text
    again = load_value(text)
    assert again == value
    assert dump_value(again) == text
    json.loads(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True]}, '{"a": [1, null, true]}'),
        ({}, "{}"),
        ([], "[]"),
        ([Decimal("1.10")], "[1.10]"),
        (Decimal("1e400"), "1E+400"),
        (Tagged("date", "2024-01-01"), '{"$tag": "date", "value": "2024-01-01"}'),
        ([float("inf")], '[{"$tag": "number", "value": "inf"}]'),
        ({"$tag": 1}, '{"$tag": "", "value": {"$tag": 1}}'),
        (["é\n", "\ud800"], '["\\u00e9\\n", "\\ud800"]'),
        ({"$tag": Decimal("0.10"), "": []}, '{"$tag": "", "value": {"$tag": 0.10, "": []}}'),
    ],
)
def test_how_it_is_written(value, text):
    assert dump_value(value) == text


def test_a_number_longer_than_python_writes():
    assert dump_value([10**4400]) == "[1" + "0" * 4400 + "]"


def test_what_is_no_number_comes_back():
    assert str(load_value(dump_value(float("nan")))) == "nan"
    assert load_value(dump_value(float("-inf"))) == float("-inf")


@pytest.mark.parametrize(
    "value", [Tagged("date", "x"), [float("nan")], {"a": Tagged("x", 1)}, Decimal("NaN")]
)
def test_what_json_has_no_word_for(value):
    with pytest.raises(NotJson):
        dump_plain(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "nope", "NaN", "[Infinity]", "-Infinity", '{"a": 1, "a": 2}', "1 2", "01", "'a'",
        "[" * 100_000, "[" * (limits.PATCH_DEPTH + 1) + "]" * (limits.PATCH_DEPTH + 1),
        "9" * 5_000, "0." + "9" * 5_000, "1e99999999999999999999", b"\xff", b"\xff\xfe1\x00",
    ],
)  # fmt: skip
def test_what_is_no_json(text):
    with pytest.raises(NotJson):
        load_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"$tag": "date"}',
        '{"$tag": 1, "value": 2}',
        '{"$tag": "a", "value": 1, "more": 2}',
        '{"$tag": "number", "value": "many"}',
        '{"$tag": "number", "value": 1}',
        '{"$tag": "", "value": 1}',
    ],
)
def test_what_is_no_value(text):
    assert load_plain(text) == json.loads(text)
    with pytest.raises(NotJson):
        load_value(text)


def test_measured():
    assert measured(1) == (1, 1)
    assert measured({"a": [1, 2], "b": Tagged("x", [3])}) == (7, 4)
