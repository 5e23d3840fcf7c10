import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Conflict
from contentvc.formats.text import (
    Hunk,
    Line,
    Mark,
    apply,
    encoding_of,
    is_text,
    line_changes,
    split_lines,
)

pieces = st.sampled_from(
    [b"a", b"b", b" ", b"\n", b"\n", b"\r\n", b"\r", b"\xff", b"\0", b"word", "é漢".encode()]
)
byte_texts = st.lists(pieces, max_size=40).map(b"".join)
wide_texts = st.tuples(
    st.sampled_from([codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE]), st.binary(max_size=30)
).map(b"".join)
wide_valid = st.text(alphabet="ab \n\u0a00\U0001f600", max_size=30).map(
    lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le")
)
contents = st.one_of(byte_texts, st.binary(max_size=60), wide_texts, wide_valid)


def marked(hunks):
    signs = {Mark.SAME: b" ", Mark.REMOVED: b"-", Mark.ADDED: b"+"}
    return [signs[line.mark] + line.content for hunk in hunks for line in hunk.lines]


@given(contents, contents, st.integers(0, 4))
def test_hunks_applied_to_the_old_give_the_new(old, new, context):
    assert apply(old, line_changes(old, new, context)) == new


@given(contents)
def test_equal_contents_have_no_hunks(content):
    assert line_changes(content, content) == ()
    assert apply(content, ()) == content


@given(contents)
def test_lines_joined_are_the_content(content):
    assert b"".join(split_lines(content)) == content
    assert all(split_lines(content))


@given(contents, contents, st.integers(0, 4))
def test_positions_counts_context_and_spans_hold(old, new, context):
    before, after = split_lines(old), split_lines(new)
    old_end = new_end = 0
    for hunk in line_changes(old, new, context):
        assert hunk.old_start >= old_end
        assert hunk.new_start >= new_end
        old_end, new_end = hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count
        olds = [line.content for line in hunk.lines if line.mark is not Mark.ADDED]
        news = [line.content for line in hunk.lines if line.mark is not Mark.REMOVED]
        assert before[hunk.old_start : old_end] == olds
        assert after[hunk.new_start : new_end] == news
        assert any(line.mark is not Mark.SAME for line in hunk.lines)
        unchanged = 0
        for line in hunk.lines:
            unchanged = unchanged + 1 if line.mark is Mark.SAME else 0
            assert unchanged <= 2 * context
        check_words(hunk)


def check_words(hunk):
    for line in hunk.lines:
        if line.mark is Mark.SAME:
            assert line.words is None
        end = 0
        for number, (start, stop) in enumerate(line.words or ()):
            assert start < stop <= len(line.content)
            assert start > end or (start == end == number == 0)
            end = stop


def test_changed_words_are_marked():
    (hunk,) = line_changes(b"a\nthe quick brown fox\nz\n", b"a\nthe slow brown foxes\nz\n")
    assert hunk == Hunk(
        0,
        0,
        (
            Line(Mark.SAME, b"a\n"),
            Line(Mark.REMOVED, b"the quick brown fox\n", ((4, 9), (16, 19))),
            Line(Mark.ADDED, b"the slow brown foxes\n", ((4, 8), (15, 20))),
            Line(Mark.SAME, b"z\n"),
        ),
    )


def test_context_is_cut_and_near_changes_share_a_hunk():
    old = [b"%d\n" % k for k in range(40)]
    new = list(old)
    new[5], new[11], new[30] = b"five\n", b"eleven\n", b"thirty\n"
    hunks = line_changes(b"".join(old), b"".join(new))
    assert [(h.old_start, h.old_count, h.new_start, h.new_count) for h in hunks] == [
        (2, 13, 2, 13),
        (27, 7, 27, 7),
    ]
    assert len(line_changes(b"".join(old), b"".join(new), context=0)) == 3


def test_added_and_removed_at_the_borders():
    assert line_changes(b"", b"new\n") == (Hunk(0, 0, (Line(Mark.ADDED, b"new\n"),)),)
    assert line_changes(b"old", b"") == (Hunk(0, 0, (Line(Mark.REMOVED, b"old"),)),)
    assert marked(line_changes(b"1\n2\n", b"0\n1\n2\n3\n")) == [
        b"+0\n", b" 1\n", b" 2\n", b"+3\n",
    ]  # fmt: skip


def test_a_missing_final_newline_is_a_change_of_that_line():
    assert marked(line_changes(b"a\nb", b"a\nb\n")) == [b" a\n", b"-b", b"+b\n"]


def test_line_ends_that_become_another_kind_change_every_line_and_only_there():
    (hunk,) = line_changes(b"one\ntwo\n", b"one\r\ntwo\r\n")
    assert [(line.content, line.words) for line in hunk.lines if line.mark is Mark.ADDED] == [
        (b"one\r\n", ((3, 5),)),
        (b"two\r\n", ((3, 5),)),
    ]


def test_a_lone_carriage_return_ends_no_line():
    assert split_lines(b"a\rb\nc") == [b"a\rb\n", b"c"]


def test_bytes_that_are_not_valid_are_compared_like_others():
    (hunk,) = line_changes(b"caf\xe9 one\nx\n", b"caf\xe9 two\nx\n")
    assert hunk.lines[1] == Line(Mark.ADDED, b"caf\xe9 two\n", ((5, 8),))


def test_utf16_is_split_at_its_own_newlines():
    # U+0A00 holds the byte of a newline, and little-endian newlines end in NUL.
    text = codecs.BOM_UTF16_LE + "\u0a00 one\ntwo\n".encode("utf-16-le")
    assert [line.decode("utf-16-le") for line in split_lines(text)] == [
        "\ufeff\u0a00 one\n",
        "two\n",
    ]
    new = codecs.BOM_UTF16_LE + "\u0a00 one\nthree two\n".encode("utf-16-le")
    added = [line for hunk in line_changes(text, new) for line in hunk.lines][-1]
    assert added.words == ((0, 12),)


@pytest.mark.parametrize(
    ("old", "hunk"),
    [
        (b"other\n", Hunk(0, 0, (Line(Mark.REMOVED, b"x\n"),))),
        (b"", Hunk(0, 0, (Line(Mark.SAME, b"x\n"), Line(Mark.ADDED, b"y\n")))),
        (b"x\n", Hunk(2, 2, (Line(Mark.ADDED, b"y\n"),))),
        (b"x\n", Hunk(-1, 0, (Line(Mark.ADDED, b"y\n"),))),
    ],
)
def test_hunks_of_other_content_are_refused(old, hunk):
    with pytest.raises(Conflict) as raised:
        apply(old, (hunk,))
    assert raised.value.code == "does-not-fit"


def test_hunks_out_of_order_are_refused():
    old = b"".join(b"%d\n" % k for k in range(30))
    hunks = line_changes(old, b"first\n" + old + b"last\n")
    with pytest.raises(Conflict):
        apply(old, hunks[::-1])


def test_a_rewritten_megabyte_is_whole_lines_and_applies():
    rng = random.Random(5)
    old = b"".join(bytes(rng.choices(b"ab", k=3)) + b"\n" for _ in range(50_000))
    new = b"".join(bytes(rng.choices(b"ab", k=3)) + b"\n" for _ in range(50_000))
    hunks = line_changes(old, new)
    assert apply(old, hunks) == new
    one_line = b"word " * 200_000
    (hunk,) = line_changes(one_line, one_line + b"more")
    assert [line.words for line in hunk.lines] == [None, None]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain\n",
        "naïve 漢字 😀".encode(),
        b"caf\xe9 in an old encoding\r\n",
        codecs.BOM_UTF8 + b"marked",
        codecs.BOM_UTF16_LE + "wide".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "wide".encode("utf-16-be"),
        b"field\x1erecord\x1f",
        b"\x1b[31mcolour\x1b[0m",
        b"x" * 7999 + "é".encode() + b"x" * 100,
        b"x" * 9000 + b"\0",
    ],
)
def test_text_is_told(content):
    assert is_text(content)


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        b"text\0text",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\x10JFIF\x01",
        b"\x80\x01\x02\x03 pickled",
        codecs.BOM_UTF32_LE + "wide".encode("utf-32-le"),
        codecs.BOM_UTF16_LE + b"\x00\xdc\x00\xdc",
    ],
)
def test_binary_is_told(content):
    assert not is_text(content)


@given(st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8")))
def test_utf8_without_nul_is_text(text):
    assert is_text(text.encode()) or encoding_of(text.encode()) != "utf-8"
