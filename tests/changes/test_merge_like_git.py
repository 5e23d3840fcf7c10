"""Merges of random changes, compared with what git makes of them."""

import pytest

from contentvc.changes.conflicts import ConflictKind
from contentvc.formats.contract import Favour
from tests.changes.histories import TOLERATED, Commit, Invention, Memory, git_merges, labels_of


def cases(seed, count, wild):
    invention = Invention(seed, wild=wild)
    for number in range(1, 3 * count, 3):
        base = invention.start()
        yield number, base, invention.step(base), invention.step(base)


def commits_of(found):
    for number, base, ours, theirs in found:
        yield Commit(number, (), base)
        yield Commit(number + 1, (number,), ours)
        yield Commit(number + 2, (number,), theirs)


@pytest.mark.parametrize("wild", [False, True], ids=["plain", "wild"])
def test_git_and_we_agree(tmp_path, wild):
    found = list(cases(11 + wild, 150, wild))
    pairs = [(number + 1, number + 2) for number, *_ in found]
    answers = git_merges(tmp_path, commits_of(found), pairs)
    clean = 0
    for (number, base, ours, theirs), git in zip(found, answers, strict=True):
        merge, files = Memory().merge(base, ours, theirs, labels_of(number + 1, number + 2))
        if git.is_clean:
            assert not merge.conflicts
            assert files == git.files
            clean += 1
            continue
        if not merge.conflicts:
            assert {kind for kind in git.kinds if kind.startswith("CONFLICT")} <= TOLERATED
            continue
        marked = {one.path for one in merge.conflicts if one.kind is ConflictKind.CONTENT}
        assert all(b"<<<<<<< " in files[path][1] for path in marked)
        if not wild:
            assert files.keys() == git.files.keys()
            for path in files.keys() - marked:
                assert (b"<<<<<<< " in files[path][1]) == (b"<<<<<<< " in git.files[path][1])
    assert 40 < clean < 145


@pytest.mark.parametrize("wild", [False, True], ids=["plain", "wild"])
def test_the_other_way_round_is_the_same_merge(wild):
    for number, base, ours, theirs in cases(21, 100, wild):
        labels = labels_of(number + 1, number + 2)
        merge, files = Memory().merge(base, ours, theirs, labels)
        turned, turned_files = Memory().merge(base, theirs, ours, labels_of(number + 2, number + 1))
        assert bool(merge.conflicts) == bool(turned.conflicts)
        if not merge.conflicts:
            assert files == turned_files


@pytest.mark.parametrize("favour", list(Favour))
def test_a_favoured_side_leaves_no_conflict_and_no_marker(favour):
    for number, base, ours, theirs in cases(31, 100, wild=True):
        labels = labels_of(number + 1, number + 2)
        merge, files = Memory().merge(base, ours, theirs, labels, favour)
        assert not merge.conflicts
        assert not any(b"<<<<<<<" in content for _, content in files.values())


def test_an_unchanged_side_gives_the_other_one():
    for _, base, ours, _ in cases(41, 60, wild=True):
        for pair in ((base, ours), (ours, base), (ours, ours)):
            merge, files = Memory().merge(base, *pair, labels_of(1, 2))
            assert not merge.conflicts
            assert files == ours


def test_what_nobody_deleted_is_there():
    """Every content of either side is in the result, in a conflict, or was changed by the other."""
    for number, base, ours, theirs in cases(51, 150, wild=True):
        merge, files = Memory().merge(base, ours, theirs, labels_of(number + 1, number + 2))
        lines = {line for _, content in files.values() for line in content.splitlines()}
        lines |= {
            line
            for one in merge.conflicts
            for version in (one.ours, one.theirs)
            if version is not None and version.path in {**ours, **theirs}
            for side in (ours, theirs)
            if version.path in side
            for line in side[version.path][1].splitlines()
        }
        known = {line for _, content in base.values() for line in content.splitlines()}
        for side in (ours, theirs):
            made = {line for _, content in side.values() for line in content.splitlines()} - known
            assert made <= lines
