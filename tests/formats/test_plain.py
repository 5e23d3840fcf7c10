import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.formats import plain
from contentvc.formats.plain import PlainFormat
from contentvc.formats.problems import Unfit
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from contentvc.formats.whole import WholeFormat


def problems(content):
    return list(PlainFormat().problems(b"a.txt", source_of(content), NO_RULES, None))


@given(st.text())
def test_what_is_valid_in_its_encoding_has_no_problems(text):
    assert problems(text.encode("utf-8", "replace")) == []
    assert problems(b"\xff\xfe" + text.encode("utf-16-le", "replace")) == []


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"caf\xe9\n", 1, 4, "it is not UTF-8"),
        ("é\nüa".encode() + b"\xff", 2, 3, "it is not UTF-8"),
        (b"a\n\xc3", 2, 1, "it is not UTF-8"),
        (b"\xff\xfea\0\n\0\0\xd8", 2, 1, "it is not UTF-16"),
    ],
)
@pytest.mark.parametrize("window", [1, 2, 3, 1 << 20])
def test_the_first_byte_that_is_not_valid_is_named(
    content, line, column, message, window, monkeypatch
):
    monkeypatch.setattr(plain, "_WINDOW", window)
    (problem,) = problems(content)
    assert (problem.code, problem.message) == ("encoding", message)
    assert problem.line == line
    assert problem.column == column + (content[:2] == b"\xff\xfe" and line == 1)


@pytest.mark.parametrize("one", [PlainFormat(), WholeFormat()])
def test_there_are_no_items(one):
    with pytest.raises(Unfit):
        one.find(source_of(b"a\n"), ("a",), NO_RULES)
    with pytest.raises(Unfit):
        one.put(b"a\n", ("a",), None, NO_RULES)
