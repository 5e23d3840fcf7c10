from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Usage
from contentvc.sets.patterns import compile_choice, compile_patterns


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


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/" * 8 + "x", b"a/" * 60 + b"y"),
        ("**/a/" * 8 + "b", b"a/" * 60 + b"c"),
        ("**/*a*/" * 8 + "b", b"aaa/" * 60 + b"c"),
        ("*a" * 200 + "b/**/c", b"a" * 5000 + b"/c"),
    ],
)
def test_many_folders_take_no_time(pattern, path):
    """Tried in every way, each would take years."""
    assert not compile_patterns([pattern])(path)


def test_the_first_of_several_lists_counts():
    choose = compile_choice([["a/**"], [], ["**/*.x", "b"], ["a/b.x"]])
    assert [choose(path) for path in (b"a/b.x", b"c/d/b.x", b"b", b"c")] == [0, 2, 2, None]
    assert compile_choice([])(b"a") is None


def fits(names: list[str], pattern: list[str]) -> bool:
    """What a pattern means, tried in every way."""
    if not pattern:
        return not names
    if pattern[0] == "**":
        if len(pattern) == 1:
            return bool(names)
        return any(fits(names[start:], pattern[1:]) for start in range(len(names)))
    return bool(names) and fnmatchcase(names[0], pattern[0]) and fits(names[1:], pattern[1:])


_NAMES = st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=6)
_PATTERN = st.lists(
    st.one_of(st.just("**"), st.text("ab*?.", min_size=1, max_size=4), st.sampled_from(["[!a]b"])),
    min_size=1,
    max_size=6,
).filter(lambda names: not {".", "..", "***", "****"} & set(names))


@given(_NAMES, st.lists(_PATTERN, min_size=1, max_size=3))
def test_patterns_have_what_trying_every_way_finds(names, patterns):
    choose = compile_choice([["/".join(one)] for one in patterns])
    expected = next((n for n, one in enumerate(patterns) if fits(names, one)), None)
    assert choose("/".join(names).encode()) == expected
