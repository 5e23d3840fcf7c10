r"""The graph beside the log: what it looks like, and that no two lines run into each other."""

import os
import re

from hypothesis import given
from hypothesis import strategies as st

from contentvc.cli.graph import Graph, _close
from tests.cli.terminal import Terminal


def drawn(*commits):
    """A picture of commits given as letters, each followed by its parents: ``"ABC"``."""
    graph = Graph()
    return [
        line
        for name, *parents in commits
        for line in graph.beside(name.encode(), [one.encode() for one in parents], [name])
    ]


def test_a_line():
    assert drawn("CB", "BA", "A") == ["* C", "* B", "* A"]


def test_a_merge_and_where_it_parted():
    assert drawn("MBC", "CA", "BA", "A") == ["*   M", "|\\", "| * C", "* | B", "|/", "* A"]


def test_a_merge_left_of_another_line():
    assert drawn("XA", "MBC", "CA", "BA", "A") == [
        "* X",
        "| *   M",
        "| |\\",
        "| | * C",
        "| |/",
        "|/|",
        "| * B",
        "|/",
        "* A",
    ]


def test_three_parents():
    assert drawn("MABC", "CR", "BR", "AR", "R") == [
        "*     M",
        "|\\",
        "| |\\",
        "| | * C",
        "| * | B",
        "| |/",
        "* | A",
        "|/",
        "* R",
    ]


def test_roots_end_their_lines():
    assert drawn("A", "B", "C") == ["* A", "* B", "* C"]
    assert drawn("MBA", "B", "A") == ["*   M", "|\\", "* | B", " /", "* A"]


def test_a_line_may_be_named_twice():
    assert drawn("MAA", "A") == ["* M", "* A"]


def test_longer_text_stands_beside_the_lines():
    graph = Graph()
    lines = [*graph.beside(b"M", [b"B", b"C"], ["M", "one", "two", "three"]), graph.margin]
    assert lines == ["*   M", "|\\  one", "| | two", "| | three", "| |"]


@st.composite
def histories(draw):
    """Commits, each before its parents, some of them tips of their own."""
    count = draw(st.integers(1, 12))
    return [
        (n, draw(st.lists(st.integers(n + 1, count), max_size=3, unique=True)))
        for n in range(count)
    ]


@given(histories())
def test_lines_never_run_into_each_other_and_reach_their_commits(history):
    graph = Graph()
    waiting = set()
    for number, parents in history:
        columns = list(graph._columns)
        if number not in columns:
            columns.append(number)
        place = columns.index(number)
        opening = Graph()
        opening._columns = columns
        opening._lines = dict.fromkeys([*columns, *parents], 0)
        opened, edges = opening._open(place, tuple(parents))
        first = [(start, end) for start, end, _ in edges]
        _, second = _close(opened)
        both = [(start, second[end]) for start, end in first]
        if all(start >= end for start, end in first):
            no_collisions(both)
        else:
            no_collisions(first)
            no_collisions([edge for edge in enumerate(second) if opened[edge[0]] is not None])
        lines = list(graph.beside(number, parents, ["x"]))
        assert sum(line.count("*") for line in lines) == 1
        waiting = (waiting | set(parents)) - {number}
        assert sorted(graph._columns) == sorted(waiting)


def no_collisions(edges):
    while any(start != end for start, end in edges):
        cells = {}
        for start, end in edges:
            step = (end > start) - (end < start)
            assert cells.setdefault(2 * start + step, step) == step, edges
        edges = sorted({(a + (b > a) - (b < a), b) for a, b in edges})


def _numbered(story):
    """The graph of a story with the number of each line in place of its signs."""
    graph = Graph(lambda sign, line: "*" if sign == "*" else str(line % 10))
    return [row for one, parents in story for row in graph.beside(one, parents, [one])]


def test_a_line_keeps_its_number_until_it_meets_another():
    story = [
        ("merge", ("ours", "theirs")),
        ("ours", ("base",)),
        ("theirs", ("first",)),
        ("first", ("base",)),
        ("base", ()),
    ]
    assert _numbered(story) == [
        "*   merge", "01", "* 1 ours", "0 * theirs", "0 * first", "00", "* base",
    ]  # fmt: skip


def test_lines_beside_one_another_have_different_numbers():
    story = [("octopus", ("a", "b", "c")), *((one, ("base",)) for one in "cba"), ("base", ())]
    rows = _numbered(story)
    assert rows[:4] == ["*     octopus", "01", "0 12", "0 1 * c"]


def test_a_terminal_with_such_letters_gets_lines_that_meet(tmp_path):
    there = Terminal(os.fsencode(tmp_path), {"CONTENTVC_AUTHOR": "Ada <ada@example.org>"})
    there.run("init")
    there.run("commit", "--allow-empty", "-m", "One")
    there.run("commit", "--allow-empty", "-m", "Two")
    plain = there.run("log", "--graph", "--color", "never")
    assert plain.out.startswith("* commit ")
    assert "|" in plain.out
    there.is_terminal = True
    there.variables["TERM"] = "xterm"
    drawn = there.run("log", "--graph", "--color", "never").out
    assert drawn == plain.out.replace("* commit", "\u25cf commit").replace("|", "\u2502")
    painted = there.run("log", "--graph").out
    assert "\x1b[36m\u2502\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == drawn
    there.variables["TERM"] = "dumb"
    assert there.run("log", "--graph").out == plain.out
