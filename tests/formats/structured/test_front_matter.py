import pytest

from contentvc.formats.contract import Labels
from contentvc.formats.items import Piece
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import diff_file, merge_file
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from tests.formats.structured.documents import of

LABELS = Labels("base", "ours", "theirs")
POST = b"---\ntitle: A post # draft\ntags: [a, b]\n---\n\nFirst line.\n\nSecond line.\n"


def diff(old, new):
    return of("markdown").diff(source_of(old), source_of(new), NO_RULES)


def merge(base, ours, theirs):
    return of("markdown").merge(base, ours, theirs, LABELS, None, NO_RULES)


def test_front_matter_differs_by_path_and_the_body_by_line():
    new = (
        POST.replace(b"A post", b"The post")
        .replace(b"First", b"Next")
        .replace(b"tags", b"x: 1\ntags")
    )
    found = diff(POST, new)
    assert [one.path for one in found.changes] == [("title",), ("x",)]
    (hunk,) = found.text.hunks
    assert (hunk.old_start, hunk.new_start) == (3, 4)
    assert of("markdown").apply(POST, found, NO_RULES).endswith(b"Next line.\n\nSecond line.\n")
    assert not diff(of("markdown").apply(POST, found, NO_RULES), new).changes


def test_nothing_differs_in_the_same_file():
    found = diff(POST, POST)
    assert (found.changes, found.text) == ((), None)


def test_front_matter_and_body_merge_apart():
    ours = POST.replace(b"A post", b"The post").replace(b"Second", b"Last")
    theirs = POST.replace(b"[a, b]", b"[a, b, c]").replace(b"First", b"Next")
    wanted = ours.replace(b"[a, b]", b"[a, b, c]").replace(b"First", b"Next")
    assert merge(POST, ours, theirs) == merge(POST, theirs, ours)
    assert merge(POST, ours, theirs).content == wanted


def test_conflicts_in_front_matter_have_ours_in_place_and_those_in_the_body_have_marks():
    ours = (
        POST.replace(b"A post", b"One").replace(b"First", b"Ours").replace(b"title", b"x: 1\ntitle")
    )
    theirs = POST.replace(b"A post", b"Two").replace(b"First", b"Theirs")
    found = merge(POST, ours, theirs)
    assert [one.item for one in found.conflicts] == ["title", "line 7"]
    assert found.content.startswith(
        b"---\nx: 1\ntitle: One # draft\ntags: [a, b]\n---\n\n<<<<<<< ours\n"
    )


def test_front_matter_has_items():
    found = of("markdown").find(source_of(POST), ("tags", 1), NO_RULES)
    assert (found.value, found.raw, found.line) == ("b", b"b", 3)
    made = of("markdown").put(POST, ("tags", 1), Piece("z"), NO_RULES)
    assert made == POST.replace(b"[a, b]", b"[a, z]")
    assert of("markdown").put(POST, ("tags",), None, NO_RULES) == POST.replace(
        b"tags: [a, b]\n", b""
    )


@pytest.mark.parametrize("content", [b"# Title\n", b"---\nno end\n", b"---\n- a\n- a\n\n"])
def test_markdown_without_front_matter_is_text(content):
    _, used = diff_file(b"a.md", source_of(content), source_of(POST), NO_RULES)
    assert used.name == "text"
    _, used = merge_file(b"a.md", POST, content, POST + b"x\n", LABELS, None, NO_RULES)
    assert used.name == "text"


def test_problems_are_counted_in_the_file():
    (one,) = of("markdown").problems(b"a.md", source_of(b"---\na: 1\na: 2\n---\n"), NO_RULES, None)
    assert (one.code, one.line) == ("duplicate-key", 3)
    with pytest.raises(Unfit):
        of("markdown").find(source_of(b"# Title\n"), ("a",), NO_RULES)
