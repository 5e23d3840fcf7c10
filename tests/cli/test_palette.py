import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.cli.palette import Palette, Tone, aligned, wants_color, width_of
from contentvc.surroundings.settings import ColorChoice

AUTO, ALWAYS, NEVER = ColorChoice.AUTO, ColorChoice.ALWAYS, ColorChoice.NEVER


@pytest.mark.parametrize(
    ("flag", "setting", "no_color", "terminal", "wanted"),
    [
        (None, AUTO, "", True, True),
        (None, AUTO, "", False, False),
        (None, AUTO, "1", True, False),
        (None, ALWAYS, "1", False, True),
        (None, NEVER, "", True, False),
        (AUTO, ALWAYS, "", False, False),
        (AUTO, NEVER, "", True, True),
        (ALWAYS, NEVER, "1", False, True),
        (NEVER, ALWAYS, "", True, False),
    ],
)
def test_who_decides_about_colours(flag, setting, no_color, terminal, wanted):
    assert wants_color(flag, setting, no_color, is_terminal=terminal) is wanted


def test_without_colours_the_text_stays_as_it_is():
    assert Palette(is_on=False).paint("new.md", Tone.ADDED) == "new.md"
    assert Palette(is_on=True).paint("new.md", Tone.ADDED) == "\x1b[32mnew.md\x1b[0m"
    assert Palette(is_on=True).paint("", Tone.ADDED) == ""


def test_width_is_that_of_what_is_seen():
    assert width_of(Palette(is_on=True).paint("abc", Tone.CONFLICT)) == 3
    assert width_of("大きい") == 6
    assert width_of("e\u0301") == 1


def test_columns_are_aligned():
    painted = Palette(is_on=True).paint("大", Tone.ADDED)
    assert aligned([["a", "bb", "x"], [painted, "c"], []], right=frozenset({1})) == [
        "a   bb  x",
        f"{painted}   c",
        "",
    ]


@given(st.lists(st.lists(st.text("ab大", max_size=5), min_size=3, max_size=3), min_size=1))
def test_columns_begin_below_one_another(rows):
    marked = [[first, second, "|"] for first, second, _ in rows]
    assert len({width_of(line) for line in aligned(marked)}) == 1
