import pytest
from hypothesis import given, settings

from contentvc.formats.changes import ItemKind
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Tagged
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import diff_file
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import source_of
from contentvc.formats.structured.differences import differences
from contentvc.formats.structured.values import pin
from tests.formats.structured.documents import changes, of, values


@settings(max_examples=40)
@given(values)
def test_a_value_does_not_differ_from_itself(value):
    assert list(differences(value, value, NO_RULES)) == []


@settings(max_examples=60)
@given(values, values)
def test_there_are_changes_where_values_are_not_the_same(old, new):
    assert bool(list(differences(old, new, NO_RULES))) != is_same(old, new)
    assert (pin(old) == pin(new)) == is_same(old, new)


def test_kinds_of_numbers_are_told_apart():
    old = b'{"a": 1, "b": 1, "c": NaN, "d": 0.0}'
    new = b'{"a": 1.0, "b": true, "c": NaN, "d": -0.0}'
    assert [one.path for one in changes("json", old, new)] == [("a",), ("b",), ("d",)]


def test_an_element_that_is_put_in_is_one_change():
    (one,) = changes("json", b"[1, 2, 3]", b"[0, 1, 2, 3]")
    assert (one.kind, one.path, one.new) == (ItemKind.ADDED, (0,), 0)


def test_elements_are_known_by_a_key():
    old = b"tools:\n- {name: x, v: 1}\n- {name: y, v: 1}\n- {name: z}\n"
    new = b"tools:\n- {name: z}\n- {name: x, v: 2}\n- {name: w}\n"
    gone, moved, changed, added = changes("yaml", old, new)
    assert (gone.kind, gone.path) == (ItemKind.DELETED, ("tools", Keyed(("name",), ('"y"',))))
    assert (moved.kind, moved.path) == (ItemKind.MOVED, ("tools", 0))
    assert moved.source == ("tools", Keyed(("name",), ('"z"',)))
    assert changed.path == ("tools", Keyed(("name",), ('"x"',)), "v")
    assert (added.kind, added.path, added.new) == (ItemKind.ADDED, ("tools", 2), {"name": "w"})


def test_the_order_of_a_list_means_nothing_where_a_set_says_so():
    old, new = b'{"tags": ["a", "b", "b"], "l": [1, 2]}', b'{"tags": ["b", "a", "c"], "l": [2, 1]}'
    found = changes("json", old, new, Rules(unordered=("tags",)))
    assert [(one.kind, one.path) for one in found if one.path[0] == "tags"] == [
        (ItemKind.DELETED, ("tags", 2)),
        (ItemKind.ADDED, ("tags", 2)),
    ]
    assert any(one.path[0] == "l" for one in found)
    assert not changes("json", b'{"l": [1, 2]}', b'{"l": [2, 1]}', Rules(unordered=("*",)))


def test_yaml_says_what_json_has_no_word_for():
    (one,) = changes("yaml", b"f: !function utils.x\n", b"f: !function utils.y\n")
    assert (one.old, one.new) == (Tagged("!function", "utils.x"), Tagged("!function", "utils.y"))
    (one,) = changes("yaml", b"d: 2020-01-01\n", b"d: 2020-01-01 10:00:00\n")
    assert [one.old.tag, one.new.tag] == ["date", "date-time"]


def test_values_that_yaml_repeats_change_where_they_are_repeated():
    old, new = b"a: &x {q: 1}\nb:\n  <<: *x\n", b"a: &x {q: 2}\nb:\n  <<: *x\n"
    assert [one.path for one in changes("yaml", old, new)] == [("a", "q"), ("b", "q")]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("json", b'{"a": 1, "b": [1]}', b'{\r\n\t"b": [ 1 ], "a": 1}'),
        ("yaml", b"a: 1 # one\nb: 'x'\n", b"\xef\xbb\xbf# c\r\na: 1\r\n\r\nb: x"),
    ],
)
def test_writing_is_no_change(name, old, new):
    assert changes(name, old, new) == ()


@pytest.mark.parametrize(
    ("name", "content", "line", "column", "code"),
    [
        ("json", b'{"a": 1,\n "b": {"c": 1, "c": 2}}', 2, 16, "duplicate-key"),
        ("json", b"[1,\n]", 2, 1, "malformed"),
        ("json", b"", 1, 1, "malformed"),
        ("json", b"[" * 100_000, None, None, "malformed"),
        ("json", b"[" * 500 + b"]" * 500, None, None, "malformed"),
        ("json", b"[" + b"9" * 5000 + b"]", None, None, "malformed"),
        ("json", b"[1e99999999999999999999]", None, None, "malformed"),
        ("json", b'{"a": "\xff"}', 1, None, "encoding"),
        ("json", b"[" + b"1," * 1_100_000 + b"1]", None, None, "malformed"),
        ("yaml", b"a: 1\nb: [\n", 3, 1, "malformed"),
        ("yaml", b"a: 1\nb: 1\na: 2\n", 3, 1, "duplicate-key"),
        ("yaml", b"a: &a [*a]\n", 1, 8, "malformed"),
        ("yaml", b"a: *b\n", 1, 4, "malformed"),
        ("yaml", b"[" * 300 + b"]" * 300, 1, 101, "malformed"),
        ("yaml", b"a: " + b"9" * 5000, 1, 4, "malformed"),
        ("yaml", b"? [a]\n: b\n", 1, 3, "malformed"),
        ("yaml", b"a: \x00\n", None, None, "malformed"),
    ],
)
def test_what_cannot_be_read_is_named(name, content, line, column, code):
    with pytest.raises(Unfit) as caught:
        of(name).diff(source_of(content), source_of(content), NO_RULES)
    found = caught.value.problem
    assert (found.line, found.column, found.code) == (line, column, code)


def _bomb(levels, times):
    yield b"a0: &a0 [1]\n"
    for level in range(1, levels):
        inner = b",".join([b"*a%d" % (level - 1)] * times)
        yield b"a%d: &a%d [%s]\n" % (level, level, inner)


@pytest.mark.parametrize(("levels", "times"), [(30, 10), (1000, 1)])
def test_a_yaml_bomb_is_refused_before_it_takes_memory(levels, times):
    import tracemalloc

    content = b"".join(_bomb(levels, times))
    tracemalloc.start()
    with pytest.raises(Unfit):
        changes("yaml", content, content)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_what_cannot_be_read_is_compared_as_text():
    _, used = diff_file(b"a.json", source_of(b"{"), source_of(b"{}"), NO_RULES)
    assert used.name == "text"


@pytest.mark.parametrize(
    ("path", "head", "name"),
    [
        (b"a/B.JSON", b"x", "json"),
        (b"config", b' {"a": 1}', "json"),
        (b"config", b'{"a": 1}\n{"a": 2}\n', "text"),
        (b"a.jsonl", b'{"a": 1}', "text"),
        (b"a.py", b"[1, 2]", "text"),
        (b"notes", b"[x] done", "text"),
        (b"_default_template_yaml", b"a: 1", "yaml"),
    ],
)
def test_files_are_known_by_name_then_by_how_they_begin(path, head, name):
    from contentvc.formats.registry import candidates

    first = next(one for one in candidates(path, head, NO_RULES) if one.name != "jsonl")
    assert first.name == name
