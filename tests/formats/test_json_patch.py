"""JSON Patch: the examples of RFC 6902, its rules one by one, and that patches made apply."""

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Conflict, Usage
from contentvc.formats.exchange import NotJson, dump_plain, load_plain
from contentvc.formats.items import Tagged
from contentvc.formats.json_patch import apply, read_patch, same
from contentvc.formats.json_patch_make import make
from contentvc.formats.json_pointer import pointer_text, read_pointer


def patched(document, patch):
    before = copy.deepcopy(document)
    made = apply(document, read_patch(patch))
    assert document == before
    return made


APPENDIX_A = {
    "A.1 a member is added": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux"}],
        {"baz": "qux", "foo": "bar"},
    ),
    "A.2 an element is added": (
        {"foo": ["bar", "baz"]},
        [{"op": "add", "path": "/foo/1", "value": "qux"}],
        {"foo": ["bar", "qux", "baz"]},
    ),
    "A.3 a member is removed": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "remove", "path": "/baz"}],
        {"foo": "bar"},
    ),
    "A.4 an element is removed": (
        {"foo": ["bar", "qux", "baz"]},
        [{"op": "remove", "path": "/foo/1"}],
        {"foo": ["bar", "baz"]},
    ),
    "A.5 a value is replaced": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "replace", "path": "/baz", "value": "boo"}],
        {"baz": "boo", "foo": "bar"},
    ),
    "A.6 a value is moved": (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    "A.7 an element is moved": (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    "A.8 tests that hold": (
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [
            {"op": "test", "path": "/baz", "value": "qux"},
            {"op": "test", "path": "/foo/1", "value": 2},
        ],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    "A.9 a test that does not": (
        {"baz": "qux"},
        [{"op": "test", "path": "/baz", "value": "bar"}],
        Conflict,
    ),
    "A.10 a member that has members is added": (
        {"foo": "bar"},
        [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
        {"foo": "bar", "child": {"grandchild": {}}},
    ),
    "A.11 members that are not defined": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
        {"foo": "bar", "baz": "qux"},
    ),
    "A.12 a place that is not there": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz/bat", "value": "qux"}],
        Conflict,
    ),
    "A.14 escapes are read in their order": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": 10}],
        {"/": 9, "~1": 10},
    ),
    "A.15 text is no number": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": "10"}],
        Conflict,
    ),
    "A.16 an array is added": (
        {"foo": ["bar"]},
        [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        {"foo": ["bar", ["abc", "def"]]},
    ),
}


@pytest.mark.parametrize("example", APPENDIX_A.values(), ids=APPENDIX_A)
def test_the_examples_of_the_rfc(example):
    document, patch, wanted = example
    if wanted is Conflict:
        with pytest.raises(Conflict) as refused:
            patched(document, patch)
        assert refused.value.code == "does-not-fit"
    else:
        assert patched(document, patch) == wanted


def test_a_13_a_member_twice_is_no_patch():
    with pytest.raises(NotJson):
        load_plain('[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]')


DEEP = {"a": {"b": [1, {"c": None}]}}


@pytest.mark.parametrize(
    ("document", "patch", "wanted"),
    [
        ({"a": 1}, [], {"a": 1}),
        ([], [{"op": "add", "path": "/0", "value": "x"}], ["x"]),
        ([1, 2], [{"op": "add", "path": "/2", "value": 3}], [1, 2, 3]),
        ([1, 2], [{"op": "add", "path": "/-", "value": [3]}], [1, 2, [3]]),
        ({}, [{"op": "add", "path": "/-", "value": 1}], {"-": 1}),
        ({}, [{"op": "add", "path": "/0", "value": 1}], {"0": 1}),
        ({}, [{"op": "add", "path": "/01", "value": 1}], {"01": 1}),
        ({}, [{"op": "add", "path": "/", "value": 1}], {"": 1}),
        ({"": {"": 1}}, [{"op": "remove", "path": "//"}], {"": {}}),
        ({"a": 1}, [{"op": "add", "path": "/a", "value": 2}], {"a": 2}),
        ({"a": 1}, [{"op": "add", "path": "", "value": []}], []),
        ("text", [{"op": "replace", "path": "", "value": None}], None),
        ({"a": 1}, [{"op": "test", "path": "", "value": {"a": 1.0}}], {"a": 1}),
        ({"a": None}, [{"op": "test", "path": "/a", "value": None}], {"a": None}),
        ({"a": None}, [{"op": "replace", "path": "/a", "value": 1}], {"a": 1}),
        ({"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
        ({"a": 1}, [{"op": "add", "path": "/b", "value": None}], {"a": 1, "b": None}),
        ({"a": None}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": None}),
        ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/a/0"}], {"a": [[1], 1]}),
        ({"a": 1}, [{"op": "copy", "from": "", "path": "/b"}], {"a": 1, "b": {"a": 1}}),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
        ([1, 2], [{"op": "move", "from": "/0", "path": "/-"}], [2, 1]),
        ([1, 2], [{"op": "move", "from": "/0", "path": "/1"}], [2, 1]),
        ({"ab": 1, "a": 2}, [{"op": "move", "from": "/a", "path": "/ab"}], {"ab": 2}),
        ([{"a": 1}], [{"op": "move", "from": "/0/a", "path": ""}], 1),
        (DEEP, [{"op": "remove", "path": "/a/b/1/c"}], {"a": {"b": [1, {}]}}),
        (
            {"a": {"x": 1, "y": [1]}},
            [{"op": "test", "path": "/a", "value": {"y": [1], "x": 1}}],
            {"a": {"x": 1, "y": [1]}},
        ),
        (
            {"~": 1, "/": 2},
            [{"op": "remove", "path": "/~0"}, {"op": "remove", "path": "/~1"}],
            {},
        ),
        (
            {"a": [1]},
            [
                {"op": "copy", "from": "/a", "path": "/b"},
                {"op": "add", "path": "/a/-", "value": 2},
            ],
            {"a": [1, 2], "b": [1]},
        ),
    ],
)
def test_what_applies(document, patch, wanted):
    assert patched(document, patch) == wanted


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        ([1, 2], {"op": "add", "path": "/3", "value": 1}),
        ([1, 2], {"op": "add", "path": "/-1", "value": 1}),
        ([1, 2], {"op": "add", "path": "/01", "value": 1}),
        ([1, 2], {"op": "add", "path": "/1e0", "value": 1}),
        ([1, 2], {"op": "add", "path": "/+1", "value": 1}),
        ([1, 2], {"op": "add", "path": "/ 1", "value": 1}),
        ([1, 2], {"op": "add", "path": "/\u0661", "value": 1}),
        ([1, 2], {"op": "add", "path": "/", "value": 1}),
        ([1, 2], {"op": "add", "path": "/a", "value": 1}),
        ([1, 2], {"op": "add", "path": "/" + "9" * 30, "value": 1}),
        ([1, 2], {"op": "remove", "path": "/2"}),
        ([1, 2], {"op": "remove", "path": "/-"}),
        ([1, 2], {"op": "remove", "path": "/00"}),
        ([1, 2], {"op": "replace", "path": "/-", "value": 1}),
        ([1, 2], {"op": "replace", "path": "/2", "value": 1}),
        ([1, 2], {"op": "test", "path": "/-", "value": 2}),
        ([1, 2], {"op": "test", "path": "", "value": [2, 1]}),
        ([1, 2], {"op": "test", "path": "/0", "value": True}),
        ([1, 2], {"op": "copy", "from": "/-", "path": "/0"}),
        ({"a": 1}, {"op": "remove", "path": "/b"}),
        ({"a": 1}, {"op": "remove", "path": ""}),
        ({"a": 1}, {"op": "replace", "path": "/b", "value": 1}),
        ({"a": 1}, {"op": "replace", "path": "/a/b", "value": 1}),
        ({"a": "text"}, {"op": "add", "path": "/a/0", "value": 1}),
        ({"a": None}, {"op": "add", "path": "/a/b", "value": 1}),
        ({"a": 1}, {"op": "test", "path": "/b", "value": None}),
        ({"a": 1}, {"op": "test", "path": "", "value": {"a": 1, "b": 2}}),
        ({"a": 1}, {"op": "move", "from": "/b", "path": "/a"}),
        ({"a": 1}, {"op": "move", "from": "/b", "path": "/b"}),
        ({"a": 1}, {"op": "copy", "from": "/b", "path": "/a"}),
        ({"a": {"b": 1}}, {"op": "move", "from": "/a", "path": "/a/b"}),
        ({"a": {"b": 1}}, {"op": "move", "from": "", "path": "/a"}),
        ("text", {"op": "add", "path": "/0", "value": 1}),
    ],
)
def test_what_does_not_fit(document, operation):
    first = {"op": "add", "path": "", "value": document}
    with pytest.raises(Conflict) as refused:
        patched({"other": "document"}, [first, operation])
    assert refused.value.code == "does-not-fit"
    assert refused.value.details["operation"] == 2


@pytest.mark.parametrize(
    "patch",
    [
        {},
        None,
        "remove",
        [None],
        [[]],
        [{}],
        [{"op": "add", "value": 1}],
        [{"path": "/a", "value": 1}],
        [{"op": "spam", "path": "/a", "value": 1}],
        [{"op": "ADD", "path": "/a", "value": 1}],
        [{"op": None, "path": "/a"}],
        [{"op": ["add"], "path": "/a", "value": 1}],
        [{"op": "add", "path": None, "value": 1}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "#/a", "value": 1}],
        [{"op": "add", "path": "/a~", "value": 1}],
        [{"op": "add", "path": "/a~2b", "value": 1}],
        [{"op": "add", "path": "/a"}],
        [{"op": "replace", "path": "/a"}],
        [{"op": "test", "path": "/a"}],
        [{"op": "move", "path": "/a"}],
        [{"op": "copy", "path": "/a", "from": "a"}],
        [{"op": "copy", "path": "/a", "from": None}],
    ],
)
def test_what_is_no_patch(patch):
    with pytest.raises(Usage):
        read_patch(patch)


def test_an_operation_after_a_failed_one_is_not_made():
    document = {"a": 1}
    with pytest.raises(Conflict):
        patched(document, [{"op": "add", "path": "/b", "value": 2}, {"op": "remove", "path": "/c"}])
    assert document == {"a": 1}


def test_copies_into_itself_end_at_a_limit():
    double = [{"op": "copy", "from": "", "path": "/-"}] * 40
    with pytest.raises(Usage):
        patched([1], double)


def test_depth_ends_at_a_limit():
    deeper = [{"op": "copy", "from": "/a", "path": "/a/b"}] * 40
    with pytest.raises(Usage):
        patched({"a": {"b": {"c": 1}}}, deeper * 20)
    down = [
        {"op": "add", "path": "/x" * (number + 1), "value": {}}
        for number in range(limits.PATCH_DEPTH + 1)
    ]
    with pytest.raises(Usage):
        patched({}, down)
    up = [{"op": "add", "path": "/y", "value": {}}, {"op": "move", "from": "/x", "path": "/y/x"},
          {"op": "move", "from": "/y", "path": "/x"}]  # fmt: skip
    with pytest.raises(Usage):
        patched({"x": {}}, up * limits.PATCH_DEPTH)


def test_numbers_are_compared_by_value_and_kept_with_their_digits():
    exact = load_plain("[0.1000000000000000055511151231257827, 12345678901234567890.5, 1e2, 1.0]")
    assert exact == [
        Decimal("0.1000000000000000055511151231257827"),
        Decimal("12345678901234567890.5"),
        100.0,
        1.0,
    ]
    assert not same(exact[0], 0.1)
    assert same(100, exact[2])
    assert same(Decimal("100.00"), 100.0)
    assert same(Decimal("0.1"), 0.1)
    assert not same(1, True)
    assert not same(0, False)
    assert not same(1, "1")
    assert not same(None, 0)
    made = patched([0], [{"op": "add", "path": "/-", "value": exact[0]}])
    assert dump_plain(made) == "[0, 0.1000000000000000055511151231257827]"


def test_tags_are_other_values():
    assert same(Tagged("date", "2024-01-01"), Tagged("date", "2024-01-01"))
    assert not same(Tagged("date", "2024-01-01"), "2024-01-01")
    with pytest.raises(NotJson):
        make({"a": 1}, {"a": [Tagged("date", "2024-01-01")]})
    assert make({"a": 1, "b": Tagged("x", 1)}, {"a": 2, "b": Tagged("x", 1)}) == [
        {"op": "replace", "path": "/a", "value": 2}
    ]
    with pytest.raises(NotJson):
        make({"a": 1}, {"a": float("nan")})


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ([1, 2, 3, 4], [1, 3, 4], [{"op": "remove", "path": "/1"}]),
        ([1, 2], [0, 1, 2], [{"op": "add", "path": "/0", "value": 0}]),
        ([1, 2], [1, 2, 3], [{"op": "add", "path": "/2", "value": 3}]),
        (
            [{"a": 1, "b": 1}, 5],
            [{"a": 2, "b": 1}, 5],
            [{"op": "replace", "path": "/0/a", "value": 2}],
        ),
        (
            {"a/b": {"~": 1}},
            {"a/b": {"~": 2}},
            [{"op": "replace", "path": "/a~1b/~0", "value": 2}],
        ),
        (1, 1.0, [{"op": "replace", "path": "", "value": 1.0}]),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({}, [], [{"op": "replace", "path": "", "value": []}]),
    ],
)
def test_what_is_made(old, new, wanted):
    assert make(old, new) == wanted
    assert [type(one.get("value")) for one in make(old, new)] == [
        type(one.get("value")) for one in wanted
    ]


def test_with_tests_it_fits_no_other_document():
    patch = make({"a": [1, 2], "b": 1}, {"a": [1]}, with_tests=True)
    assert patch == [
        {"op": "test", "path": "/b", "value": 1},
        {"op": "remove", "path": "/b"},
        {"op": "test", "path": "/a/1", "value": 2},
        {"op": "remove", "path": "/a/1"},
    ]
    with pytest.raises(Conflict):
        patched({"a": [1, 3], "b": 1}, patch)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=4),
)  # fmt: skip
KEYS = st.one_of(st.sampled_from(["a", "b", "~", "/", "", "0", "-", "$tag"]), st.text(max_size=3))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=6), st.dictionaries(KEYS, below, max_size=4)),
    max_leaves=20,
)


def alike(a, b):
    """Equal also in what Python takes for equal: 1, 1.0 and True."""
    return same(a, b) and json.dumps(a, default=repr, sort_keys=True) == json.dumps(
        b, default=repr, sort_keys=True
    )


@given(DOCUMENTS, DOCUMENTS)
def test_what_is_made_applies(old, new):
    made = patched(old, make(old, new))
    assert alike(made, new)


@given(
    st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12)
)
def test_arrays(old, new):
    assert patched(old, make(old, new)) == new
    assert patched(old, make(old, new, with_tests=True)) == new
    assert make(old, old) == []


@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_is_json(old, new):
    patch = make(old, new, with_tests=True)
    again = load_plain(dump_plain(patch))
    assert same(patched(old, again), new)


@given(st.lists(st.text(max_size=4), max_size=4))
def test_pointers(steps):
    assert read_pointer(pointer_text(steps)) == tuple(steps)
