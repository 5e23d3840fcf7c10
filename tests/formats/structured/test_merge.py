import pytest

from contentvc.errors import Conflict, Missing
from contentvc.formats.changes import ItemChange, ItemKind, StructuredChanges
from contentvc.formats.contract import Favour, Labels
from contentvc.formats.items import Keyed, Piece, item_name, parse_item
from contentvc.formats.registry import merge_file
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import source_of
from contentvc.formats.text_merge import merge_text
from tests.formats.structured.documents import of

LABELS = Labels("base", "ours", "theirs")


def merge(name, base, ours, theirs, favour=None, rules=NO_RULES):
    one = of(name).merge(base, ours, theirs, LABELS, favour, rules)
    other = of(name).merge(base, theirs, ours, LABELS, favour, rules)
    assert bool(one.conflicts) == bool(other.conflicts)
    if not one.conflicts and favour is None:
        assert one.content == other.content
    return one


YAML = b"""\
# The model.
model:
  name: 'gpt'   # which
  temperature: 0.50
tools:
- name: search
  args: {q: 1, n: 2}
- name: read
"""


@pytest.mark.parametrize(
    ("name", "base", "ours", "theirs", "merged"),
    [
        # Neighbours on one line, and next to one another, where lines conflict.
        (
            "json",
            b'{"a": 1, "b": 2}',
            b'{"a": 9, "b": 2}',
            b'{"a": 1, "b": 8}',
            b'{"a": 9, "b": 8}',
        ),
        (
            "json",
            b'{\n  "a": 1\n}\n',
            b'{\n  "a": 1,\n  "c": 3\n}\n',
            b'{\n  "a": 1,\n  "b": 2\n}\n',
            b'{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n',
        ),
        (
            "json",
            b'{\r\n\t"a": 1,\r\n\t"b": 2\r\n}',
            b'{\r\n\t"b": 2\r\n}',
            b'{\r\n\t"a": 1,\r\n\t"b": 3,\r\n\t"c": 4\r\n}',
            b'{\r\n\t"b": 3,\r\n\t"c": 4\r\n}',
        ),
        (
            "yaml",
            YAML,
            YAML.replace(b"'gpt'   # which", b"'gpt'   # which one").replace(b"0.50", b"0.5"),
            YAML.replace(b"'gpt'", b"claude"),
            YAML.replace(b"'gpt'   # which", b"claude   # which one").replace(b"0.50", b"0.5"),
        ),
        (
            "yaml",
            YAML,
            YAML.replace(b"q: 1", b"q: 5"),
            YAML.replace(b"n: 2", b"n: 6"),
            YAML.replace(b"q: 1, n: 2", b"q: 5, n: 6"),
        ),
        (
            "yaml",
            YAML,
            YAML + b"- name: write\n",
            YAML + b"- name: list\n  args: {}\n",
            YAML + b"- name: list\n  args: {}\n- name: write\n",
        ),
        ("yaml", b"a: 1", b"a: 1\nb: 2", b"a: 1\nc: 3", b"a: 1\nb: 2\nc: 3"),
        (
            "yaml",
            b"a:\n  # first\n  x: 1\n  y: 2\n",
            b"a:\n  # first\n  y: 2\n",
            b"a:\n  # first\n  x: 1\n  y: 3\n",
            b"a:\n  # first\n  y: 3\n",
        ),
        (
            "yaml",
            b"a: [1, 2]\nb: |\n  t\n",
            b"a: [2]\nb: |\n  t\n",
            b"a: [1, 2, 3]\nb: x\n",
            b"a: [2, 3]\nb: x\n",
        ),
    ],
)
def test_different_items_merge_in_the_text_of_their_sides(name, base, ours, theirs, merged):
    found = merge(name, base, ours, theirs)
    assert (found.conflicts, found.content) == ((), merged)


def test_one_item_edited_twice_is_a_conflict_with_ours_in_place():
    ours, theirs = YAML.replace(b"0.50", b"0.7"), YAML.replace(b"0.50", b"0.9  # hot") + b"z: 1\n"
    found = merge("yaml", YAML, ours, theirs)
    (one,) = found.conflicts
    assert (one.item, one.path) == ("model/temperature", ("model", "temperature"))
    assert (one.base, one.ours, one.theirs) == (b"0.50", b"0.7", b"0.9")
    assert found.content == ours + b"z: 1\n"
    favoured = merge("yaml", YAML, ours, theirs, Favour.THEIRS)
    assert (favoured.conflicts, favoured.content) == ((), theirs)


def test_delete_against_edit_is_a_conflict():
    base, gone, edited = b'{"a": 1, "b": 2}', b'{"b": 2}', b'{"a": 5, "b": 2}'
    found = merge("json", base, gone, edited)
    (one,) = found.conflicts
    assert (one.item, one.base, one.ours, one.theirs) == ("a", b"1", None, b"5")
    assert found.content == gone
    assert merge("json", base, edited, gone).content == edited
    assert merge("json", base, gone, edited, Favour.THEIRS).content == edited


def test_the_same_key_added_differently_is_a_conflict():
    found = merge("json", b"{}", b'{"a": 1}', b'{"a": 2}')
    assert [one.item for one in found.conflicts] == ["a"]
    assert merge("json", b"{}", b'{"a": 1}', b'{ "a": 1 }').conflicts == ()


def test_elements_known_by_a_key_are_edited_apart():
    base = b'[{"id": 1, "v": 1}, {"id": 2, "v": 1}]'
    ours = b'[{"id": 2, "v": 1}, {"id": 1, "v": 5}]'
    theirs = b'[{"id": 1, "v": 1}, {"id": 2, "v": 7}, {"id": 3}]'
    found = merge("json", base, ours, theirs)
    assert found.content == b'[{"id": 2, "v": 7}, {"id": 3}, {"id": 1, "v": 5}]'
    (one,) = merge(
        "json",
        base,
        base.replace(b'1, "v": 1', b'1, "v": 2'),
        base.replace(b'1, "v": 1', b'1, "v": 3'),
    ).conflicts
    assert item_name(one.path) == "[id=1]/v"


def test_elements_put_at_one_place_conflict_where_order_means_something():
    base, ours, theirs = b'{"l": [1, 2]}', b'{"l": [1, 3, 2]}', b'{"l": [1, 4, 2]}'
    found = merge("json", base, ours, theirs)
    assert [one.path for one in found.conflicts] == [("l",)]
    assert found.content == ours
    found = merge("json", base, ours, theirs, rules=Rules(unordered=("l",)))
    assert (found.conflicts, found.content) == ((), b'{"l": [1, 3, 4, 2]}')


def test_without_a_base_both_sides_keys_are_in_the_merge():
    same = b'{\n "a": 1\n}\n'
    assert merge("json", None, same, same).content == same
    found = merge("json", None, b'{"a": 1}', b'{"b": 1}')
    assert (found.conflicts, found.content) == ((), b'{"a": 1, "b": 1}')
    (one,) = merge("json", None, b'{"a": 1}', b'{"a": 2, "b": 1}').conflicts
    assert (one.item, one.base, one.ours, one.theirs) == ("a", None, b"1", b"2")


def test_a_merge_by_line_without_conflicts_is_no_decision_where_the_values_disagree():
    lines = b"".join(b'  "k%d": %d,\n' % (place, place) for place in range(9))
    base = b"[1, {\n" + lines + b'  "e": 0\n}]\n'
    ours = base.replace(b"[1, {\n", b'[2, 1, {\n  "x": 1,\n')
    theirs = base.replace(b'"e": 0', b'"e": 0,\n  "x": 2')
    by_line = merge_text(base, ours, theirs, LABELS, None)
    assert not by_line.conflicts
    assert by_line.content.count(b'"x"') == 2
    found = merge("json", base, ours, theirs)
    (one,) = found.conflicts
    assert (one.path, one.base, one.ours, one.theirs) == (None, base, ours, theirs)
    assert found.content == ours


def test_a_comment_that_would_be_dropped_leaves_the_merge_to_markers():
    base, ours = b"a: {x: 1}\nb: 1\n", b"a: {x: 2}\nb: 1\n"
    theirs = b"# of both\na:\n  # why it is so\n  x: 3\n  y: 1\nb: 2\n"
    merged, used = merge_file(b"a.yaml", base, ours, theirs, LABELS, None, NO_RULES)
    assert (used.name, bool(merged.conflicts)) == ("text", True)
    assert b"  # why it is so\n" in merged.content
    plain = theirs.replace(b"# of both\n", b"").replace(b"  # why it is so\n", b"")
    found = merge("yaml", base, ours, plain)
    assert [one.item for one in found.conflicts] == ["a/x"]
    assert found.content == b"a: {x: 2, y: 1}\nb: 2\n"


@pytest.mark.parametrize(
    ("name", "base", "ours", "theirs"),
    [
        ("yaml", b"{a: null, b: []}", b"{b: []}", b"a: null\n# why\nb: []"),
        ("yaml", b"a: 1\nb: 1\nc: 1\n", b"a: 1\nc: 1\n", b"a: 1\nb: 1 # why\nc: 1\n"),
        (
            "toml",
            b"b = { a = 1, c = 2 }\n",
            b"[b]\na = 2\n# why\nc = 2\n",
            b"[b]\n# when\na = 2\nc = 2\n",
        ),
    ],
)
def test_a_comment_is_in_the_merge_or_it_is_a_conflict(name, base, ours, theirs):
    for one, other in ((ours, theirs), (theirs, ours)):
        path = b"a." + name.encode()
        merged, _ = merge_file(path, base, one, other, LABELS, None, NO_RULES)
        assert b"# why" in merged.content or merged.conflicts


TOOLS = b"""\
[project] # about it
files = [
    "a",  # first
    "b",
]

# One.
[[tool]]
name = "a"
v = 1

# Two.
[[tool]]
name = "b"  # bee
v = 1
[tool.more]
x = 1

[other]
k = 1
"""
ONE, TWO = TOOLS[TOOLS.index(b"\n# One") : TOOLS.index(b"\n# Two")], b'b"  # bee\nv = '


@pytest.mark.parametrize(
    ("item", "piece", "made"),
    [
        ("tool/[name=a]", None, TOOLS.replace(ONE, b"")),
        ("tool/[name=b]/v", Piece(2), TOOLS.replace(TWO + b"1", TWO + b"2")),
        ("tool/2", Piece({"name": "c"}), TOOLS.replace(b"\n[o", b'\n[[tool]]\nname = "c"\n\n[o')),
        ("tool/1/more/y", Piece([1]), TOOLS.replace(b"x = 1\n", b"x = 1\ny = [1]\n")),
        ("project/files/2", Piece("c"), TOOLS.replace(b'"b",', b'"b",\n    "c",')),
        ("project/v", Piece(1), TOOLS.replace(b"]\n\n#", b"]\nv = 1\n\n#", 1)),
    ],
)
def test_tables_of_lists_keep_their_comments(item, piece, made):
    assert of("toml").put(TOOLS, parse_item(item), piece, NO_RULES) == made


@pytest.mark.parametrize(
    "new",
    [
        TOOLS.replace(ONE, b"").replace(b"\n[other]", ONE + b"\n[other]"),
        TOOLS.replace(ONE, b""),
        TOOLS.replace(ONE, b'\n[[tool]]\nname = "z"\n' + ONE),
        TOOLS.replace(b"\n[other]", b'\n[[tool]]\nname = "z"\n\n[other]'),
    ],
)
def test_tables_of_lists_come_go_and_move_as_a_whole(new):
    changes = of("toml").diff(source_of(TOOLS), source_of(new), NO_RULES)
    assert of("toml").apply(TOOLS, changes, NO_RULES) == new
    edited = TOOLS.replace(b'"b"  # bee\nv = 1', b'"b"  # bee!\nv = 2')
    wanted = new.replace(b'"b"  # bee\nv = 1', b'"b"  # bee!\nv = 2')
    found = merge("toml", TOOLS, edited, new)
    assert (found.conflicts, found.content) == ((), wanted)


def test_a_side_that_is_written_anew_takes_what_the_other_one_did():
    base, ours, theirs = b"{}\n", b"a: 1\n", b"a: 1\n# why\nb: 2\n"
    found = merge("yaml", base, ours, theirs)
    assert (found.conflicts, found.content) == ((), theirs)
    base, ours, theirs = b"l: {a: 1}\n", b"l: {a: 2}\n", b"l:\n  a: 1  # one\n  b: 2\n"
    found = merge("yaml", base, ours, theirs)
    assert (found.conflicts, found.content) == ((), b"l:\n  a: 2  # one\n  b: 2\n")


def test_a_moved_element_is_put_in_without_what_was_deleted_in_it():
    old = b'[{"id": 1, "v": [1, 2, 3], "w": 1}, {"id": 2}, {"id": 3}]'
    new = b'[{"id": 2}, {"id": 3}, {"id": 1, "v": [2, 3, 4]}]'
    found = of("json").diff(source_of(old), source_of(new), NO_RULES)
    assert of("json").apply(old, found, NO_RULES) == new


@pytest.mark.parametrize(
    ("name", "content", "item", "raw", "value", "line"),
    [
        ("yaml", YAML, "model/name", b"'gpt'", "gpt", 3),
        ("yaml", YAML, "tools/[name=search]/args/n", b"2", 2, 7),
        ("yaml", YAML, "tools/1", b"name: read\n", {"name": "read"}, 8),
        ("json", b'\xef\xbb\xbf{\n "a": [1, {"b":  "x"}]}', "a/1/b", b'"x"', "x", 2),
        ("json", b'{"0": 1}', '"0"', b"1", 1, 1),
    ],
)
def test_one_item_is_found_with_its_text(name, content, item, raw, value, line):
    found = of(name).find(source_of(content), parse_item(item), NO_RULES)
    assert (found.value, found.raw, found.line) == (value, raw, line)
    assert of(name).put(content, parse_item(item), found, NO_RULES) == content


@pytest.mark.parametrize("item", ["model/nothing", "tools/7", "tools/[name=x]", "model/name/x"])
def test_what_is_not_there_is_not_found(item):
    assert of("yaml").find(source_of(YAML), parse_item(item), NO_RULES) is None


@pytest.mark.parametrize(
    ("name", "content", "item", "piece", "made"),
    [
        ("yaml", b"a: 1 # one\nb: 2\n", "a", Piece("x: y"), b'a: "x: y" # one\nb: 2\n'),
        ("yaml", b"a: 1 # one\nb: 2\n", "a", None, b"b: 2\n"),
        ("yaml", b"a:\n  x: 1", "a/y", Piece({"p": [1]}), b"a:\n  x: 1\n  y:\n    p:\n      - 1\n"),
        ("yaml", b"a: {x: 1}", "a/y", Piece([True]), b"a: {x: 1, y: [true]}"),
        ("yaml", b"- a\n", "1", Piece({"p": 1, "q": "no"}), b'- a\n- p: 1\n  q: "no"\n'),
        ("json", b'{"a": 1}', "b", Piece([1]), b'{"a": 1, "b": [1]}'),
        (
            "json",
            b'{\n\t"a": 1\n}\n',
            "b",
            Piece({"x": [1]}),
            b'{\n\t"a": 1,\n\t"b": {\n\t\t"x": [\n\t\t\t1\n\t\t]\n\t}\n}\n',
        ),
        ("json", b'{"a": 1, "b": 2}', "a", None, b'{"b": 2}'),
        ("json", b'{"a": 1.50}', "a", Piece(1.5, b"1.5e0"), b'{"a": 1.5e0}'),
    ],
)
def test_one_item_is_put(name, content, item, piece, made):
    assert of(name).put(content, parse_item(item), piece, NO_RULES) == made


def test_what_an_item_would_be_in_must_be_there():
    with pytest.raises(Missing) as caught:
        of("yaml").put(YAML, ("nothing", "x"), Piece(1), NO_RULES)
    assert caught.value.code == "unknown-item"


def test_changes_of_another_version_do_not_fit():
    changes = StructuredChanges((ItemChange(("a",), ItemKind.CHANGED, 1, 2),))
    with pytest.raises(Conflict) as caught:
        of("json").apply(b'{"a": 3}', changes, NO_RULES)
    assert caught.value.code == "does-not-fit"


def test_problems_have_their_place():
    def check(value):
        yield ("model", "temperature"), "0.5 is too hot"
        yield ("model", "missing"), "is not there"

    found = list(of("yaml").problems(b"a.yaml", source_of(YAML), NO_RULES, check))
    assert [(one.code, one.line, one.column) for one in found] == [
        ("schema", 4, 16),
        ("schema", 3, 3),
    ]
    found = list(
        of("json").problems(b"a.json", source_of(b'{"a": NaN,\n "b": "NaN"}'), NO_RULES, None)
    )
    assert [(one.code, one.line, one.column) for one in found] == [("malformed", 1, 7)]
    found = list(of("json").problems(b"a.json", source_of(b"{"), NO_RULES, None))
    assert [(one.code, one.line) for one in found] == [("malformed", 1)]


def test_elements_are_found_by_the_fields_of_a_key():
    content = b"- {id: 1, n: a}\n- {id: 2, n: b}\n"
    found = of("yaml").find(source_of(content), (Keyed(("id", "n"), ("2", '"b"')),), NO_RULES)
    assert found.value == {"id": 2, "n": "b"}
