"""Items as people write them: split from paths, matched, and given values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.items import (
    Keyed,
    item_name,
    parse_item,
    split_item,
    starts_with,
)


def record(*values, fields=("id",)):
    return Keyed(fields, values)


TEXT = st.text(max_size=6)
STEPS = (
    TEXT
    | st.integers(min_value=0, max_value=99)
    | st.builds(
        lambda field, value: record(value, fields=(field,)),
        TEXT.filter(bool),
        st.sampled_from(["17", '"17"', '"a/b"', "null", '"x=y,z"', "1.5", '""']),
    )
)


@given(st.lists(STEPS, max_size=4).map(tuple))
def test_what_is_written_is_read_back(path):
    assert parse_item(item_name(path)) == path


@pytest.mark.parametrize(
    ("text", "existing", "split"),
    [
        ("a.jsonl#17", ["a.jsonl"], ("a.jsonl", "17")),
        ("a#b.jsonl#1#2", ["a#b.jsonl"], ("a#b.jsonl", "1#2")),
        ("a#b", ["a#b", "a"], ("a#b", None)),
        ("a#b#c", ["a", "a#b"], ("a#b", "c")),
        ("a#b#c", [], ("a", "b#c")),
        ("a.jsonl#", ["a.jsonl"], ("a.jsonl", "")),
        ("a.jsonl", [], ("a.jsonl", None)),
    ],
)
def test_a_path_that_exists_wins_over_splitting(text, existing, split):
    assert split_item(text, existing.__contains__) == split


@pytest.mark.parametrize(
    ("path", "start", "does"),
    [
        ((record("17"), "a"), "", True),
        ((record("17"), "a"), "17", True),
        ((record("17"), "a"), "17/a", True),
        ((record('"17"'), "a"), "17", True),
        ((record('"x y"'),), "x y", True),
        ((record("17"), "a"), "[id=17]/a", True),
        ((record('"17"'), "a"), "[id=17]", False),
        ((record("17"), "a"), "1", False),
        ((record("17"), "a"), "17/a/b", False),
        ((record("17", '"x"', fields=("id", "lang")),), "17", False),
        (("model", "a"), "model", True),
        (("model", "a"), "mod", False),
        (("list", 0), "list/0", True),
    ],
)
def test_an_item_is_inside_another(path, start, does):
    assert starts_with(path, parse_item(start)) is does
