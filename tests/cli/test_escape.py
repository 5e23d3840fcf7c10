import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contentvc.cli.escape import decoded, escape, escape_line, sound

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prompts/Größe 大.md", "prompts/Größe 大.md"),
        ("a\nb\tc\rd\0", r"a\nb\tc\rd\x00"),
        ("\x1b]0;owned\x07\x1b[2J", r"\x1b]0;owned\x07\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("evil\u202etxt.exe", r"evil\u202etxt.exe"),
        ("a\u2066b\u200bc\ufeff\u2028", r"a\u2066b\u200bc\ufeff\u2028"),
        ("\U000e0041", r"\U000e0041"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        ("caf\udce9", "caf\ufffd"),
        ("👩\u200d👧 می\u200cبینم", "👩\u200d👧 می\u200cبینم"),
        ("C:\\new", "C:\\new"),
        ("10\u00a0%", "10\u00a0%"),
    ],
)
def test_what_is_shown(text, shown):
    assert escape(text) == shown


def test_a_line_of_content_keeps_its_tabs():
    assert escape_line("a\tb\x1b[1m") == "a\tb\\x1b[1m"


@given(ANYTHING | st.binary())
@example("\ud800")
@example("\udcc3\udca9")
def test_nothing_hidden_is_left_and_it_can_be_printed(text):
    shown = escape(text)
    shown.encode()
    assert all(unicodedata.category(c) not in HIDDEN or c in "\u200c\u200d" for c in shown)


@given(st.binary())
def test_bytes_are_decoded_as_python_replaces(content):
    assert decoded(content) == content.decode("utf-8", "replace")


@given(st.binary())
def test_arguments_that_are_no_utf8_become_text(content):
    smuggled = content.decode("utf-8", "surrogateescape")
    assert sound(smuggled) == content.decode("utf-8", "replace")


@given(st.text())
def test_text_that_is_sound_stays(text):
    assert sound(text) == text
