"""Where keys and values of TOML stand, against what is written into generated files."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.sets.places import Place, Places, too_nested

WRITTEN = '''# a comment with [sets.a]
name = "x" # and = another
  dotted . "quoted key".third = 1
\ttabbed = [ # one
  "a", "b]", """long
  text""", {inline = 1979-05-27 07:32:00, "x" = [1, 2]},
]
[sets.evals] # header
key = 'id'
"schlüssel" = 2
[ sets . 'evals 2' ]
key = "id"
größer = """""x"""""
[[many]]
a = 1.5
[[many]]
a = 2
'''.replace("größer", "'größer'")


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), (1, 1), (1, 1)),
        (("name",), (2, 1), (2, 8)),
        (("dotted",), (3, 3), (3, 3)),
        (("dotted", "quoted key"), (3, 12), (3, 12)),
        (("dotted", "quoted key", "third"), (3, 25), (3, 33)),
        (("tabbed",), (4, 2), (4, 11)),
        (("tabbed", 1), (1, 1), (5, 8)),
        (("tabbed", 2), (1, 1), (5, 14)),
        (("tabbed", 3), (1, 1), (6, 12)),
        (("tabbed", 3, "inline"), (6, 13), (6, 22)),
        (("tabbed", 3, "x", 1), (1, 1), (6, 53)),
        (("sets", "evals"), (8, 7), (8, 7)),
        (("sets", "evals", "key"), (9, 1), (9, 7)),
        (("sets", "evals", "schlüssel"), (10, 1), (10, 15)),
        (("sets", "evals 2"), (11, 10), (11, 10)),
        (("sets", "evals 2", "key"), (12, 1), (12, 7)),
        (("sets", "evals 2", "größer"), (13, 1), (13, 12)),
        (("many", "a"), (15, 1), (15, 5)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_where_things_stand(path, key, value, newline):
    tomllib.loads(WRITTEN)
    places = Places(WRITTEN.replace("\n", newline))
    assert places.of_key(path) == key
    assert places.of_value(path) == value


KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", '"\\u00e4"', "1"])
SCALARS = st.sampled_from(
    ["1", "true", "1.5", "1979-05-27", "07:32:00", '"x"', "'#'", '"""\n]"""', "'''''x'''", '"\\""']
)
BLANKS = st.sampled_from(["", " ", "\t"])
LINES = st.sampled_from(["", "\n", " # ]\n", "\r\n"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(st.tuples(LINES, inner, LINES).map("".join)).map(lambda of: f"[{','.join(of)}]")
        | st.dictionaries(KEYS, inner, max_size=3).map(
            lambda of: "{" + ", ".join(f"{key} = {one}" for key, one in of.items()) + "}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(KEYS, BLANKS, VALUES, LINES), max_size=5, unique_by=lambda one: one[0]))
def test_every_value_is_found_where_it_is_written(rows):
    text = "".join(f"{key}{blank}={blank}{value}{end}\n" for key, blank, value, end in rows)
    document = tomllib.loads(text)
    places = Places(text)
    lines = text.split("\n")
    for path, value in _walk((), document):
        line, column = places.of_value(path)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert _begins_with(rest, value), (path, rest)


def _walk(path, value):
    rows = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in rows:
        yield (*path, key), one
        if isinstance(one, dict | list):
            yield from _walk((*path, key), one)


def _begins_with(text, value):
    """Whether a value stands at the start of a text: what follows it is cut off bit by bit."""
    for end in range(1, len(text) + 1):
        try:
            if tomllib.loads("it = " + text[:end])["it"] == value:
                return True
        except tomllib.TOMLDecodeError:
            continue
    return False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = [[[1]]]", (1, 7)),
        ("x = 1\na = {b = [{c = 1}]}", (2, 11)),
        ("a = \"[[[[\"\n# [[[[[\nb = '{{{{'", None),
        ('"""[[[[', None),
        ("a.b.c.d.e = 1", (1, 8)),
        ("a.b.c.d = 1\na.b.c.e = 1", None),
        ('a = ["1.2.3.4", "5.6.7.8"]', None),
    ],
)
def test_what_is_nested_too_deeply(text, found):
    assert too_nested(text, 2, 3) == found


@pytest.mark.parametrize("text", ['"\\""' * 60_000, '"' + '\\"' * 120_000, "'''" + "''" * 99_999])
def test_strings_that_never_end_are_gone_through_once(text):
    assert too_nested(text, 2, 3) is None


def test_a_place_is_a_line_and_a_column():
    assert Places("").of_key(("none",)) == Place(1, 1)
