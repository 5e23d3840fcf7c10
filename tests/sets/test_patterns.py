import pytest

from contentvc.errors import Usage
from contentvc.sets.patterns import compile_patterns


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("evals/**/*.jsonl", "evals/a.jsonl", True),
        ("evals/**/*.jsonl", "evals/x/y/a.jsonl", True),
        ("evals/**/*.jsonl", "other/evals/a.jsonl", False),
        ("evals/*.jsonl", "evals/x/a.jsonl", False),
        ("evals/**", "evals/x/a", True),
        ("evals/**", "evals", False),
        ("**/*.md", "a.md", True),
        ("**", "a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a[!b]c", "axc", True),
        ("a[!b]c", "a/c", False),
        ("a[]]c", "a]c", True),
        ("*", ".hidden", True),
        ("*", "a/b", False),
        ("*.jsonl", "a.jsonl\n", False),
        ("a.b", "axb", False),
        ("A", "a", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxa", False),
    ],
)
def test_what_a_pattern_has(pattern, path, fits):
    assert compile_patterns([pattern])(path.encode()) is fits


def test_any_of_several_and_names_that_are_not_utf_8():
    has = compile_patterns(["a/*", "b/*"])
    assert has(b"b/\xff")
    assert has(b"a/x")
    assert not has(b"c/x")
    assert not compile_patterns([])(b"a")


@pytest.mark.parametrize("pattern", ["", "/a", "a/", "a//b", "../a", "./a"])
def test_what_is_no_pattern(pattern):
    with pytest.raises(Usage):
        compile_patterns([pattern])


def test_many_stars_take_no_time():
    assert not compile_patterns(["*a" * 200 + "b"])(b"a" * 5000)
