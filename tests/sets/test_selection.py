import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Missing
from contentvc.sets.declaration import EMPTY
from contentvc.sets.patterns import compile_patterns, literal_folder
from contentvc.sets.reading import read_declaration
from contentvc.sets.selection import select

DECLARED = read_declaration(
    b"""
[sets.evals]
paths = ["evals/**/*.jsonl", "evals/README"]
[sets.hard]
paths = ["**/hard/*"]
[sets.rest]
paths = ["evals/**", "docs/*.md"]
"""
)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (b"evals/a.jsonl", {"evals"}),
        (b"evals/hard/a.jsonl", {"evals"}),
        (b"evals/hard/a.csv", {"hard"}),
        (b"evals/a.csv", {"rest"}),
        (b"other", set()),
    ],
)
def test_a_path_is_in_the_first_set_that_has_it(path, names):
    has = {one.name for one in DECLARED.sets if select(DECLARED, [one.name]).has(path)}
    assert has == names


def test_several_sets_have_what_one_of_them_has():
    selection = select(DECLARED, ["evals", "rest"])
    assert selection.has(b"evals/a.jsonl")
    assert selection.has(b"docs/a.md")
    assert not selection.has(b"evals/hard/a.csv")


@pytest.mark.parametrize(
    ("names", "paths", "within"),
    [
        (["evals"], (), (b"evals",)),
        (["evals"], (b"evals/x", b"docs"), (b"evals/x",)),
        (["evals"], (b"",), (b"evals",)),
        (["hard"], (), (b"",)),
        (["hard"], (b"docs", b"evals"), (b"docs", b"evals")),
        (["rest"], (), (b"docs", b"evals")),
        (["rest"], (b"doc",), ()),
        (["rest", "hard"], (), (b"",)),
    ],
)
def test_where_files_of_sets_can_be(names, paths, within):
    assert select(DECLARED, names).within(paths) == within


def test_a_name_that_is_not_declared_is_told_with_those_that_are():
    with pytest.raises(Missing) as caught:
        select(DECLARED, ["evals", "eval"])
    assert caught.value.code == "unknown-set"
    assert "is evals meant?" in caught.value.message
    assert caught.value.hint == "declared are: evals, hard, rest"
    assert caught.value.details == {"known": ["evals", "hard", "rest"]}
    with pytest.raises(Missing, match="declares none"):
        select(EMPTY, ["a"])


NAMES = st.lists(st.sampled_from(["a", "b", "*", "**", "?", "[ab]", "a*"]), min_size=1, max_size=4)
PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5).map("/".join)


@given(NAMES.map("/".join), PATHS)
def test_what_fits_a_pattern_is_in_its_literal_folder(pattern, path):
    folder = literal_folder(pattern)
    if compile_patterns([pattern])(path.encode()):
        assert not folder or (path.encode() + b"/").startswith(folder + b"/")
