"""What changed in documents and records, as lines: by path, by key and field."""

from decimal import Decimal

import pytest

from contentvc.actions.content import RewrittenDiff
from contentvc.changes.files import ChangeKind, FileChange
from contentvc.cli.diffs import diff_lines
from contentvc.cli.output import Screen
from contentvc.cli.palette import Palette
from contentvc.cli.stat import stat_lines
from contentvc.cli.values import key_text, value_of, value_parts, value_text
from contentvc.errors import Usage
from contentvc.formats.changes import (
    ColumnChange,
    ColumnKind,
    Duplicate,
    ItemChange,
    ItemKind,
    KeyChoice,
    RecordChange,
    RecordChanges,
    RecordCounts,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.items import Keyed, Tagged
from contentvc.formats.text import line_changes
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Entry, Mode

PLAIN = Screen(Palette(is_on=False), width=80, now=0, zone=0)
PAINTED = Screen(Palette(is_on=True), width=80, now=0, zone=0)
SMALL = Entry(b"a", Mode.FILE, 1, blob_id(b"1"))
LARGER = Entry(b"a", Mode.FILE, 2, blob_id(b"22"))
FILE = FileChange(b"evals/cases.jsonl", ChangeKind.MODIFIED, None, SMALL, LARGER)


def key(*values, fields=("case_id",)):
    return Keyed(fields, values)


def changed(path, old, new):
    return ItemChange(path, ItemKind.CHANGED, old, new)


def edited(number, *fields):
    return RecordChange(ItemKind.CHANGED, key(number), 1, 1, fields)


def records(*rows, columns=(), counts=None, duplicates=(), choice=None):
    kinds = [row.kind for row in rows]
    counted = RecordCounts(
        kinds.count(ItemKind.ADDED),
        kinds.count(ItemKind.DELETED),
        kinds.count(ItemKind.CHANGED),
        kinds.count(ItemKind.MOVED),
        sum(len(row.fields) for row in rows),
    )
    choice = choice or KeyChoice(("case_id",))
    return RecordChanges(choice, columns, rows, counts or counted, duplicates)


def shown(difference, screen=PLAIN, change=FILE):
    return list(diff_lines(change, difference, screen))[1:]


def test_a_changed_field_is_told_with_the_key_of_its_record():
    lines = shown(
        records(
            edited("17", changed(("expected", "answer"), "Paris", "Lyon")),
            RecordChange(ItemKind.DELETED, key("19"), 2, None, (), {"case_id": 19}),
            RecordChange(ItemKind.ADDED, key("420"), None, 3, (), None, {"case_id": 420}),
        )
    )
    assert lines == [
        "by case_id: 1 record changed, 1 added, 1 deleted; 1 field",
        '  17    expected/answer: "Paris" → "Lyon"',
        '- 19    {"case_id": 19}',
        '+ 420   {"case_id": 420}',
    ]


def test_more_fields_stand_below_the_first():
    fields = (
        changed(("a",), 1, Decimal("1.10")),
        ItemChange(("b",), ItemKind.ADDED, None, [True, None]),
        ItemChange(("c",), ItemKind.DELETED, Tagged("date", "2026-01-02"), None),
        ItemChange(("d",), ItemKind.MOVED, None, None, ("e", 1)),
    )
    assert shown(records(edited("17", *fields)))[1:] == [
        "  17   a: 1 → 1.10",
        "     + b: [true, null]",
        '     - c: date "2026-01-02"',
        "       d: moved from e/1",
    ]  # fmt: skip


def test_long_texts_are_shortened_around_what_changed_in_them():
    start, end = "It was a long way to the town. " * 9, " and then they all went home again" * 9
    lines = shown(
        records(edited("7", changed(("prompt",), f"{start}Paris{end}", f"{start}Lyon{end}")))
    )
    assert len(lines) == 3
    assert "Paris and" in lines[1]
    assert "Lyon and" in lines[2]
    assert lines[1].startswith('  7   prompt: "…')
    assert lines[2].lstrip().startswith('→ "…')
    assert max(map(len, lines)) <= 80


def test_what_came_into_a_long_text_is_shown_in_its_place():
    start, end = "word " * 90, "other " * 90
    old, new = value_parts(start + end, start + "NEW " + end, 70)
    assert [part.text for part in new if part.is_changed] == ["NEW "]
    assert "".join(part.text for part in old).startswith('"…')


def test_changed_words_stand_out_in_colour():
    old, new = "the capital of France", "the capital of Spain"
    line = shown(records(edited("7", changed(("q",), old, new))), PAINTED)[1]
    assert "\x1b[31mthe capital of \x1b[0m\x1b[7;31mFrance\x1b[0m" in line
    assert "\x1b[32mthe capital of \x1b[0m\x1b[7;32mSpain\x1b[0m" in line


def test_a_key_that_was_found_by_itself_is_named_so():
    choice = KeyChoice(("id",), inferred=True)
    assert shown(records(choice=choice))[0] == "by id, inferred: no record changed"
    assert shown(records(choice=KeyChoice(())))[0] == "by content: no record changed"


def test_records_without_a_key_go_by_their_lines():
    row = RecordChange(ItemKind.ADDED, None, None, 1200, (), None, {"a": 1})
    assert shown(records(row, choice=KeyChoice(())))[1] == '+ line 1,200   {"a": 1}'


def test_columns_are_told_apart_from_cells():
    columns = (
        ColumnChange(ColumnKind.RENAMED, "answer", "expected"),
        ColumnChange(ColumnKind.ADDED, None, "note", None, "string"),
        ColumnChange(ColumnKind.DELETED, "old", None),
        ColumnChange(ColumnKind.RETYPED, "n", "n", "int64", "double"),
        ColumnChange(ColumnKind.MOVED, "m", "m"),
    )
    assert shown(records(columns=columns))[1:] == [
        "  column renamed: answer → expected",
        "+ column note (string)",
        "- column old",
        "  column retyped: n int64 → double",
        "  column moved: m",
    ]


def test_a_key_that_is_there_twice_is_told():
    twice = Duplicate(key('"x"'), "new", (3, 1004))
    assert shown(records(duplicates=(twice,)))[1] == (
        "! x is there more than once (new, lines 3, 1,004)"
    )


def test_moved_records_are_listed_by_name_only():
    rows = [RecordChange(ItemKind.MOVED, key(str(n)), n, n + 1) for n in range(12)]
    assert shown(records(*rows))[1:] == ["  moved: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"]


def test_very_many_records_are_counted():
    rows = [edited(str(n), changed(("a",), 1, 2)) for n in range(130)]
    lines = shown(records(*rows))
    assert len(lines) == 102
    assert lines[-1] == "  … and 30 more records"


def test_very_many_fields_of_a_record_are_counted():
    fields = [changed((f"f{n}",), 1, 2) for n in range(25)]
    assert shown(records(edited("1", *fields)))[-1] == "      … and 5 more fields"


def test_a_record_that_is_only_written_differently_is_shown_by_its_bytes():
    row = RecordChange(
        ItemKind.CHANGED, key("1"), 1, 1, (), None, None, b'{"a":1}\n', b'{"a": 1}\n'
    )
    assert shown(records(row))[1:] == [
        "  1   the same values, written differently",
        '    - {"a":1}',
        '    + {"a": 1}',
    ]


def test_a_file_that_came_is_told_by_its_first_records():
    rows = [
        RecordChange(ItemKind.ADDED, key(str(n)), None, n, (), None, {"case_id": n})
        for n in range(9)
    ]
    added = FileChange(b"a", ChangeKind.ADDED, None, None, LARGER)
    lines = shown(records(*rows), change=added)
    assert lines[0] == "by case_id: 9 records added"
    assert len(lines) == 7
    assert lines[-1] == "  … and 4 more records"


def test_values_of_a_document_go_by_their_paths():
    changes = (
        changed(("model", "temperature"), 0.2, 0.7),
        ItemChange(("tools", Keyed(("name",), ('"search"',))), ItemKind.ADDED, None, {"name": "s"}),
        ItemChange(("stop", 0), ItemKind.DELETED, "x", None),
        ItemChange((), ItemKind.CHANGED, None, {}),
    )
    assert shown(StructuredChanges(changes)) == [
        "  model/temperature: 0.2 → 0.7",
        '+ tools/[name=search]: {"name": "s"}',
        '- stop/0: "x"',
        "  (all of it): null → {}",
    ]


def test_the_body_of_a_document_follows_its_values():
    body = TextChanges(line_changes(b"a\n", b"b\n"))
    lines = shown(StructuredChanges((changed(("title",), "x", "y"),), body))
    assert lines[0] == '  title: "x" → "y"'
    assert lines[-2:] == ["-a", "+b"]


def test_what_is_only_written_differently_is_said_to_be():
    lines = TextChanges(line_changes(b"a: 1\n", b"a:  1\n"))
    told = shown(RewrittenDiff(StructuredChanges(()), lines))
    assert told[0] == "the values are the same, only the writing differs"
    assert told[-2:] == ["-a: 1", "+a:  1"]


@pytest.mark.parametrize(
    "value", ["\x1b[2Jx", "a\u202eb", {"\x1b]0;t\x07": "\x9b"}, Tagged("!\x1bx", "y"), "\ud800"]
)
def test_nothing_in_a_value_acts_on_a_terminal(value):
    told = value_text(value, 80)
    assert told.isprintable()
    told.encode()
    for part in (*value_parts(value, "z", 80)[0], *value_parts("z", value, 80)[1]):
        assert part.text.isprintable()


def test_no_more_of_a_value_is_written_than_fits():
    assert value_text(["x" * 1_000_000] * 1000, 20) == '["' + "x" * 17 + "…"
    assert value_text({str(n): n for n in range(100_000)}, 12) == '{"0": 0, "1…'
    assert value_text("漢字漢字漢字", 8) == '"漢字漢…'


def test_keys_are_quoted_only_where_they_would_be_taken_for_something_else():
    assert key_text(key("17")) == "17"
    assert key_text(key('"17"')) == '"17"'
    assert key_text(key('"a b"', "null", fields=("x", "y"))) == "a b, null"
    assert key_text(key('""')) == '""'


def test_the_stat_counts_records_and_values():
    document = StructuredChanges((changed(("a",), 1, 2), changed(("b",), 1, 2)))
    many = records(counts=RecordCounts(3, 0, 12, 0, 40))
    told = list(stat_lines([(FILE, many), (FILE, document)], PLAIN))
    assert told == [
        " evals/cases.jsonl | 12 records changed, 3 added; 40 fields",
        " evals/cases.jsonl | 2 values changed",
        " 2 files changed, 12 records changed, 3 added; 40 fields, 2 values changed",
    ]


def test_keys_of_a_table_need_no_quotes():
    rows = [edited('"17"', changed(("a",), "1", "2")), edited('"x"', changed(("a",), "1", "2"))]
    assert shown(records(*rows))[1:] == ['  17   a: "1" → "2"', '  x    a: "1" → "2"']
    rows.append(edited("18", changed(("a",), 1, 2)))
    assert shown(records(*rows))[1] == '  "17"   a: "1" → "2"'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17", 17), ("1.5", 1.5), ('"x"', "x"), ("null", None), ("true", True),
        ('{"a": [1]}', {"a": [1]}), ("1e999", Decimal("1e999")),
        ("0.1000000000000000055", Decimal("0.1000000000000000055")), ("1.50", 1.5),
    ],
)  # fmt: skip
def test_values_keep_what_their_text_says(text, value):
    parsed = value_of(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("text", ["Lyon", "", "{", "[" * 100_000])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(Usage, match="no JSON"):
        value_of(text)
