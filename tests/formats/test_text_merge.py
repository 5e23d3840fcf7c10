from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.contract import Favour, Labels
from contentvc.formats.plain import PlainFormat
from contentvc.formats.registry import merge_file
from contentvc.formats.rules import NO_RULES
from contentvc.formats.whole import WholeFormat
from contentvc.snapshots.tree import Mode
from tests.changes.histories import Commit, git_merges

LABELS = Labels("base", "ours", "theirs")
TURNED = Labels("base", "theirs", "ours")

few_lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\r\n", b"\n"]), max_size=8)
texts = st.builds(
    lambda lines, last: b"".join(lines) + last, few_lines, st.sampled_from([b"", b"z"])
)


def merge(base, ours, theirs, favour=None, labels=LABELS):
    return PlainFormat().merge(base, ours, theirs, labels, favour)


@given(texts, texts)
def test_merging_with_an_unchanged_side_gives_the_other_side(base, changed):
    assert merge(base, changed, base).content == changed
    assert merge(base, base, changed).content == changed
    assert merge(base, changed, changed).content == changed
    assert not merge(base, changed, changed).conflicts


@given(texts, texts, texts)
def test_a_clean_merge_is_the_same_in_both_directions(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours, labels=TURNED)
    assert bool(one.conflicts) == bool(other.conflicts)
    if not one.conflicts:
        assert one.content == other.content


@given(st.sets(st.integers(0, 40), max_size=12), st.sets(st.integers(0, 40), max_size=12))
def test_no_edit_is_dropped(by_us, by_them):
    base = [b"line %d\n" % k for k in range(41)]
    ours = [b"ours %d\n" % k if k in by_us else line for k, line in enumerate(base)]
    theirs = [b"theirs %d\n" % k if k in by_them else line for k, line in enumerate(base)]
    merged = merge(*map(b"".join, (base, ours, theirs)))
    lines = merged.content.splitlines(keepends=True)
    assert {b"ours %d\n" % k for k in by_us} | {b"theirs %d\n" % k for k in by_them} <= set(lines)
    touching = any(a - b in (-1, 0, 1) for a in by_us for b in by_them)
    assert bool(merged.conflicts) == touching


@given(texts, texts, texts)
def test_a_favoured_side_decides_every_conflict(base, ours, theirs):
    plain = merge(base, ours, theirs)
    for favour in Favour:
        merged = merge(base, ours, theirs, favour)
        assert not merged.conflicts
        if not plain.conflicts:
            assert merged == plain


def test_only_what_clashes_is_as_on_the_favoured_side():
    base = b"1\n2\n3\n4\n5\n6\n7\n"
    ours, theirs = b"one\n2\n3\nfour\n5\n6\n7\n", b"1\n2\n3\nvier\n5\n6\nseven\n"
    assert merge(base, ours, theirs, Favour.OURS).content == b"one\n2\n3\nfour\n5\n6\nseven\n"
    assert merge(base, ours, theirs, Favour.THEIRS).content == b"one\n2\n3\nvier\n5\n6\nseven\n"


def test_a_conflict_has_the_base_and_leaves_out_what_both_sides_have():
    base = b"start\nold\nend\n"
    merged = merge(base, b"start\nboth\nmine\nend\n", b"start\nboth\nyours\nend\n")
    assert merged.content == (
        b"start\nboth\n<<<<<<< ours\nmine\n||||||| base\nold\n=======\nyours\n>>>>>>> theirs\nend\n"
    )
    (conflict,) = merged.conflicts
    assert conflict.item == "line 3"
    assert (conflict.base, conflict.ours, conflict.theirs) == (b"old\n", b"mine\n", b"yours\n")


def test_places_are_counted_by_ours():
    base = b"a\nb\nc\nd\n"
    (conflict,) = merge(base, b"a\nB\nC\nd\n", b"a\nx\nc\nd\n").conflicts
    assert conflict.item == "lines 2-3"
    (conflict,) = merge(base, b"a\nd\n", b"a\nx\nc\nd\n").conflicts
    assert conflict.item == "after line 1"


def test_markers_have_the_line_ends_and_the_encoding_of_the_text():
    merged = merge(b"a\r\nb\r\n", b"a\r\nx\r\n", b"a\r\ny\r\n")
    assert merged.content.count(b"\r\n") == merged.content.count(b"\n")
    wide = [text.encode("utf-16") for text in ("a\nb\n", "a\nx\n", "a\ny\n")]
    text = merge(*wide).content.decode("utf-16")
    assert text == "a\n<<<<<<< ours\nx\n||||||| base\nb\n=======\ny\n>>>>>>> theirs\n"


def test_a_last_line_without_a_newline_stays_off_the_marker():
    content = merge(b"a", b"b", b"c").content
    assert content == b"<<<<<<< ours\nb\n||||||| base\na\n=======\nc\n>>>>>>> theirs\n"


def test_a_label_stays_on_its_line():
    labels = Labels("b", "x\n>>>>>>> y", "t")
    assert b"<<<<<<< x?>>>>>>> y\n" in merge(b"a\n", b"b\n", b"c\n", labels=labels).content


def test_without_a_base_both_sides_made_the_file():
    merged = merge(None, b"title\nmine\n", b"title\nyours\n")
    assert merged.content == (
        b"title\n<<<<<<< ours\nmine\n||||||| base\n=======\nyours\n>>>>>>> theirs\n"
    )
    assert not merge(None, b"same\n", b"same\n").conflicts


@pytest.mark.parametrize("rows", [lambda k: b"row %d\n" % k, lambda k: b"%d\n" % (k % 3)])
def test_large_files_merge(rows):
    """Two megabytes, an edit in every second line: what is quadratic in that never ends."""
    count = 60_000
    base = [rows(k) for k in range(count)]
    ours = [b"ours %d\n" % k if k % 4 == 0 else line for k, line in enumerate(base)]
    theirs = [b"theirs %d\n" % k if k % 4 == 2 else line for k, line in enumerate(base)]
    merged = merge(*map(b"".join, (base, ours, theirs)))
    lines = set(merged.content.splitlines(keepends=True))
    assert {*ours, *theirs} - {*base} <= lines


def chosen(path, *versions):
    return merge_file(path, *versions, LABELS, None, NO_RULES)[1].name


def test_the_format_is_chosen_by_content():
    assert chosen(b"a.md", b"text\n", b"", b"more\n") == "text"
    assert chosen(b"a.md", b"text\n", b"\0\1\2", b"more\n") == "binary"
    assert chosen(b"a.txt", b"b", "a".encode("utf-16"), b"a") == "binary"


def test_binary_content_merges_as_a_whole():
    whole = WholeFormat()
    assert whole.merge(b"\0a", b"\0a", b"\0b", LABELS, None).content == b"\0b"
    assert whole.merge(b"\0a", b"\0b", b"\0a", LABELS, None).content == b"\0b"
    assert not whole.merge(None, b"\0b", b"\0b", LABELS, None).conflicts
    merged = whole.merge(b"\0a", b"\0b", b"\0c", LABELS, None)
    assert merged.content == b"\0b"
    (conflict,) = merged.conflicts
    assert (conflict.item, conflict.theirs) == ("file", b"\0c")
    assert whole.merge(b"\0a", b"\0b", b"\0c", LABELS, Favour.THEIRS).content == b"\0c"


def _edited(random, lines, words):
    lines = list(lines)
    for _ in range(random.randrange(1, random.choice([2, 4, 10]))):
        at, length = random.randrange(len(lines) + 1), random.randrange(4)
        lines[at : at + random.choice([0, length])] = random.choices(words, k=random.randrange(4))
    return lines


def _case(random):
    words = [b"%d\n" % k for k in range(random.choice([2, 3, 6, 20, 200]))]
    base = random.choices(words, k=random.choice([0, 3, 10, 40, 250]))
    texts = [base, _edited(random, base, words), _edited(random, base, words)]
    cut = random.random() < 0.2
    return [
        b"".join(lines)[: -1 if cut and lines and random.random() < 0.5 else None]
        for lines in texts
    ]


def test_git_and_we_agree_on_what_is_a_conflict_and_what_a_clean_merge_is(tmp_path):
    """Lines that repeat a lot, where every way to compare them finds other changes."""
    random = Random(7)
    found = {b"%05d" % number: _case(random) for number in range(2500)}
    sides = [{path: (Mode.FILE, texts[side]) for path, texts in found.items()} for side in range(3)]
    commits = [Commit(1, (), sides[0]), Commit(2, (1,), sides[1]), Commit(3, (1,), sides[2])]
    (git,) = git_merges(tmp_path, commits, [(2, 3)])
    clean = 0
    for path, (base, ours, theirs) in found.items():
        merged = merge(base, ours, theirs)
        of_git = git.files[path][1]
        assert bool(merged.conflicts) == (b"<<<<<<< c2" in of_git)
        if not merged.conflicts:
            assert merged.content == of_git
            clean += 1
    assert 1000 < clean < 2000
