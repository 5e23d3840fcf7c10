"""Which files belong into a working tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.worktree.cover import NO_DIGEST, WHOLE, Cover

SOME = Cover((b"data/train", b"prompts", b"evals/one.jsonl"))


@pytest.mark.parametrize(
    "path",
    [b"prompts", b"prompts/a", b"prompts/a/b/c", b"data/train/x", b"evals/one.jsonl",
     b"contentvc.toml", b".contentvcignore", b".gitignore", b"data/.contentvcignore",
     b"evals/.gitignore"],
)  # fmt: skip
def test_covered(path):
    assert SOME.covers(path)
    assert SOME.reaches(path.rpartition(b"/")[0])


@pytest.mark.parametrize(
    "path",
    [b"a", b"prompts2/a", b"prompt", b"data/x", b"data/training/x", b"data/contentvc.toml",
     b"evals/two.jsonl", b"other/.contentvcignore", b"data/test/.contentvcignore"],
)  # fmt: skip
def test_not_covered(path):
    assert not SOME.covers(path)


def test_what_is_reached():
    reached = (b"", b"data", b"data/train", b"data/train/deep/er", b"prompts", b"evals")
    assert all(map(SOME.reaches, reached))
    assert not any(map(SOME.reaches, (b"other", b"data/test", b"evals/two", b"promptss")))


def test_the_whole():
    assert WHOLE.is_whole
    assert WHOLE.covers(b"a/b")
    assert WHOLE.reaches(b"a/b")
    assert WHOLE.digest == NO_DIGEST
    assert not SOME.is_whole


def test_digests_tell_covers_apart():
    covers = [(), (b"a",), (b"b",), (b"a", b"b"), (b"a/b",), (b"ab",)]
    assert len({Cover(paths).digest for paths in covers}) == len(covers)
    assert Cover((b"a", b"b")).digest == Cover((b"b", b"a")).digest


name = st.sampled_from([b"a", b"b", b"ab", b".gitignore"])
path = st.lists(name, min_size=1, max_size=4).map(b"/".join)


@given(st.lists(path, min_size=1, max_size=4), path)
def test_a_covered_file_is_reached_from_above(paths, file):
    cover = Cover(paths)
    expected = any(file == one or file.startswith(one + b"/") for one in paths)
    if not file.endswith(b".gitignore"):
        assert cover.covers(file) == expected
    if cover.covers(file):
        above = file
        while above:
            above = above.rpartition(b"/")[0]
            assert cover.reaches(above)
