import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contentvc.formats.changes import StructuredChanges
from contentvc.formats.contract import Favour, Labels
from contentvc.formats.fields import is_same
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import merge_file
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from tests.formats.structured.documents import edited, of, read, three, two, writings

LABELS = Labels("base", "ours", "theirs")
LANGUAGES = ["json", "yaml", "toml"]
slow = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def diff(name, old, new):
    return of(name).diff(source_of(old), source_of(new), NO_RULES)


def merge(name, base, ours, theirs, favour=None):
    return of(name).merge(base, ours, theirs, LABELS, favour, NO_RULES)


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_text_is_its_pieces(name, data):
    content = data.draw(writings(name))
    assert pieces(read(name, content)).encode() == content


def pieces(document):
    return document.before + inside(document.root) + document.after


def inside(node):
    from dataclasses import replace

    from contentvc.formats.structured.nodes import leaf

    if node.opened is None:
        return node.text
    branch = node.opened()
    members = tuple(replace(one, node=leaf(inside(one.node), None)) for one in branch.members)
    return replace(branch, members=members).text


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_a_document_does_not_differ_from_itself(name, data):
    content = data.draw(writings(name))
    assert diff(name, content, content) == StructuredChanges(())


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_changes_make_the_new_document_of_the_old_one(name, data):
    old, new = data.draw(two(name))
    made = of(name).apply(old, diff(name, old, new), NO_RULES)
    assert is_same(read(name, made).root.value, read(name, new).root.value)
    assert not diff(name, made, new).changes


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_merging_with_an_unchanged_side_gives_the_other_side(name, data):
    base, changed = data.draw(two(name))
    assert merge(name, base, changed, base).content == changed
    assert merge(name, base, base, changed).content == changed
    assert merge(name, base, changed, changed).content == changed


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_a_clean_merge_is_the_same_in_both_directions(name, data):
    base, ours, theirs = data.draw(three(name))
    (one, used), (other, _) = (
        merge_file(b"a." + name.encode(), base, *sides, LABELS, None, NO_RULES)
        for sides in ((ours, theirs), (theirs, ours))
    )
    assert bool(one.conflicts) == bool(other.conflicts)
    # What is not sure is left to the merge by line only where that has conflicts.
    assert one.conflicts or (used.name, one.content) == (name, other.content)
    if used.name == name:
        read(name, one.content)


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_edits_of_different_keys_never_conflict(name, data):
    base = data.draw(writings(name, plain=True))
    value = read(name, base).root.value
    keys = sorted(value)
    first, second = edited(value, keys[:1], data), edited(value, keys[1:2], data)
    ours, theirs = (put_all(name, base, one) for one in (first, second))
    merged = merge_file(b"a." + name.encode(), base, ours, theirs, LABELS, None, NO_RULES)
    assert merged[1].name == name
    assert not merged[0].conflicts
    assert is_same(read(name, merged[0].content).root.value, value | first | second)


def put_all(name, content, wanted):
    from contentvc.formats.items import Piece

    for key, value in wanted.items():
        content = of(name).put(content, (key,), Piece(value), NO_RULES)
    return content


@pytest.mark.parametrize("name", LANGUAGES)
@slow
@given(st.data())
def test_a_favoured_side_decides_every_conflict(name, data):
    base, ours, theirs = data.draw(three(name))
    for favour in Favour:
        try:
            merged = merge(name, base, ours, theirs, favour)
        except Unfit:
            continue
        assert not merged.conflicts


def test_looking_for_oddities_of_json_takes_no_memory_for_each_sign_of_a_string():
    content = b'{"a": "' + b"x" * 1_000_000 + b'"}'
    tracemalloc.start()
    try:
        assert not list(of("json").problems(b"a.json", source_of(content), NO_RULES, None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(content)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yaml", b"a: 0x" + b"f" * 3900),
        ("yaml", b"a: " + b"1:" * 200_000 + b"1"),
        ("toml", b"a = 0x" + b"f" * 3900),
    ],
)
def test_numbers_too_large_to_be_written_again_are_refused(name, text):
    with pytest.raises(Unfit):
        read(name, text)
