"""Places are those that an editor shows."""

import pytest

from contentvc.sets.places import Places, most_dots

TEXT = """\
# key = "no"
[sets.evals]   # the first
paths = [
  "evals/**",
  '/bad',
]
key="id"
  schema = "a.json"

[ sets . "b c" ]
"quoted" = { inner = 1, "deep" = { x = 2 }, after = 3 }
text = \"\"\"
fake = 1
\"\"\"
last.dotted = 1
"""


@pytest.mark.parametrize(
    ("way", "place"),
    [
        (("sets", "evals"), (2, 1)),
        (("sets", "evals", "paths"), (3, 1)),
        (("sets", "evals", "key"), (7, 1)),
        (("sets", "evals", "schema"), (8, 3)),
        (("sets", "b c"), (10, 1)),
        (("sets", "b c", "quoted"), (11, 1)),
        (("sets", "b c", "quoted", "inner"), (11, 14)),
        (("sets", "b c", "quoted", "deep", "x"), (11, 36)),
        (("sets", "b c", "quoted", "after"), (11, 45)),
        (("sets", "b c", "last", "dotted"), (15, 1)),
        (("sets", "b c", "fake"), (10, 1)),
        (("sets", "evals", "not there"), (2, 1)),
        (("nowhere",), (1, 1)),
    ],
)
def test_where_a_key_is(way, place):
    assert Places(TEXT).of(*way) == place


def test_where_a_word_of_a_list_is():
    places = Places(TEXT)
    assert places.of_word("evals/**", "sets", "evals", "paths") == (4, 3)
    assert places.of_word("/bad", "sets", "evals", "paths") == (5, 3)
    assert places.of_word("not there", "sets", "evals", "paths") == (3, 1)


def test_columns_are_characters():
    assert Places("ä = 1\nx = { b = 2 }").of("x", "b") == (2, 7)


def test_dots_in_strings_and_comments_are_none():
    assert most_dots('a = "x.y.z" # ...\nb.c.d = 1\n') == (2, (2, 1))
    assert most_dots('"a"."b"."c" = 1\n') == (2, (1, 1))
    assert most_dots("") == (0, (1, 1))


@pytest.mark.parametrize(
    "part", ['"', "'", '"""', "'''", '\\"', '"\\', "a", "a ", "[", "{", "=", "a=", "#", "\n[", "."]
)
def test_no_text_takes_time_by_the_square_of_its_length(part):
    """A quarter of a megabyte: by the square it would be minutes."""
    text = part * (256 * 1024 // len(part))
    assert Places(text).of("sets") == (1, 1)
    assert most_dots(text)[0] == (len(text) if part == "." else 0)
