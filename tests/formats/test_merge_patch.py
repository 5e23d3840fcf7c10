"""JSON Merge Patch: the table of RFC 7396, and that patches made apply or are refused."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.merge_patch import Inexpressible, apply, make
from tests.formats.test_json_patch import DOCUMENTS, alike

APPENDIX_A = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("document", "patch", "wanted"), APPENDIX_A)
def test_the_table_of_the_rfc(document, patch, wanted):
    before = copy.deepcopy(document)
    assert apply(document, patch) == wanted
    assert document == before


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, {"a": {"b": None}}),
        ({"a": 1}, {"a": {}}, {"a": {}}),
        ({"a": None}, {"a": None, "b": 1}, {"b": 1}),
        ({"a": [1]}, {"a": [None]}, {"a": [None]}),
        ({"a": 1}, {"a": True}, {"a": True}),
        (1, {"a": 1}, {"a": 1}),
        ({"a": 1}, None, None),
    ],
)
def test_what_is_made(old, new, wanted):
    assert make(old, new) == wanted
    assert alike(apply(old, make(old, new)), new)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ({"a": 1}, {"a": None}, '"/a"'),
        ({}, {"a": None}, '"/a"'),
        ({}, {"a": {"b/c": None}}, '"/a/b~1c"'),
        (1, {"a": None}, '"/a"'),
        ({"a": []}, {"a": {"b": {"c": None}}}, '"/a/b/c"'),
    ],
)
def test_what_it_has_no_words_for(old, new, place):
    with pytest.raises(Inexpressible, match=place):
        make(old, new)


@given(DOCUMENTS, DOCUMENTS)
def test_what_is_made_applies(old, new):
    try:
        patch = make(old, new)
    except Inexpressible:
        assert "None" in repr(new)
    else:
        assert alike(apply(old, patch), new)


@given(st.data())
def test_without_nulls_everything_can_be_said(data):
    def bare(value):
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if one is not None}
        return [bare(one) for one in value] if isinstance(value, list) else value

    old, new = data.draw(DOCUMENTS), bare(data.draw(DOCUMENTS))
    assert alike(apply(old, make(old, new)), new)
