from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats.words import changed_words


def parts(line, words):
    return None if words is None else [line[start:end] for start, end in words]


def compared(removed, added):
    old, new = changed_words(removed, added)
    return (
        [parts(line, words) for line, words in zip(removed, old, strict=True)],
        [parts(line, words) for line, words in zip(added, new, strict=True)],
    )


def test_words_changed_side_by_side_are_one_span():
    old, new = compared([b"keep this old phrase and that\n"], [b"keep this new text and that\n"])
    assert (old, new) == ([[b"old phrase"]], [[b"new text"]])


def test_lines_that_share_little_count_as_a_whole():
    assert compared([b"alpha beta gamma\n"], [b"one two three\n"]) == ([None], [None])


def test_a_paragraph_wrapped_anew_shows_its_line_ends_alone():
    old, new = compared([b"one two three four\n"], [b"one two\n", b"three four\n"])
    assert old == [[b" "]]
    assert new == [[b"\n"], []]


def test_a_value_in_a_config_is_marked_alone():
    assert compared([b'  "temperature": 0.7,\n'], [b'  "temperature": 0.2,\n']) == (
        [[b"7"]],
        [[b"2"]],
    )


def test_spans_lie_at_character_borders():
    old, new = compared(["prix: é漢字\n".encode()], ["prix: è漢語\n".encode()])
    assert old == [["é".encode(), "字".encode()]]
    assert new == [["è".encode(), "語".encode()]]


def test_one_side_alone_is_not_compared():
    assert changed_words([], [b"a\n"]) == ([], [None])
    assert changed_words([b"a\n", b"b\n"], []) == ([None, None], [])


def test_blocks_too_long_to_read_by_word_count_as_a_whole():
    assert changed_words([b"a " * 15_000], [b"a " * 15_000 + b"b"]) == ([None], [None])
    assert changed_words([b"x" * 10**6], [b"x" * 10**6 + b"y"]) == ([None], [None])


lines = st.lists(st.binary(max_size=12), max_size=4)
encodings = st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"])


@given(lines, lines, encodings)
def test_what_is_outside_the_spans_stands_on_both_sides_in_order(removed, added, encoding):
    old, new = changed_words(removed, added, encoding)
    assert (len(old), len(new)) == (len(removed), len(added))
    if None in old or None in new:
        return
    kept_old = b"".join(outside(line, words) for line, words in zip(removed, old, strict=True))
    kept_new = b"".join(outside(line, words) for line, words in zip(added, new, strict=True))
    # Blanks between two changed words belong to the span, so they may be missing on one side.
    blanks = b" \t\r\n\f\v\0"
    assert kept_old.translate(None, blanks) == kept_new.translate(None, blanks)


def test_blanks_join_changed_words_in_utf16_too():
    removed, added = (
        text.encode("utf-16-le") for text in ("kept whole: old phrase", "kept whole: new text")
    )
    assert changed_words([removed], [added], "utf-16-le") == ([((24, 44),)], [((24, 40),)])


def outside(line, words):
    kept, position = [], 0
    for start, end in words:
        kept.append(line[position:start])
        position = end
    return b"".join([*kept, line[position:]])
