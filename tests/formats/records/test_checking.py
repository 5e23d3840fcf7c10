"""What is wrong with a file of records, with its place; single items found and set."""

import pytest

from contentvc.errors import Conflict, Missing
from contentvc.formats.items import Keyed, Piece
from contentvc.formats.problems import Unfit
from contentvc.formats.records.formats import CSV, JSONL
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import source_of

KEYED = Rules(key=("id",))
LINES = b'{"id": 1, "a": {"b": [1,  2]}}\n{"id": 2}\n'
TABLE = b'id,q\n1,"x, y"\n2,z\n'


def problems(fmt, content, rules=NO_RULES, check=None):
    found = fmt.problems(b"path", source_of(content), rules, check)
    return [(one.code, one.line, one.column) for one in found]


def test_malformed_lines_are_told_with_their_place_and_reading_goes_on():
    content = b'{"a": 1}\n{"a": }\n\n{"a": NaN}\n{"a": 1}\n[1,\n'
    told = problems(JSONL, content)
    assert [(code, line) for code, line, _ in told] == [
        ("malformed", 2),
        ("malformed", 4),
        ("malformed", 6),
    ]
    assert told[0][2] == 7


def test_encodings_and_ragged_rows_are_told():
    assert problems(JSONL, b'{"a": "\xff"}\n') == [("encoding", 1, None)]
    assert problems(CSV, b"a,b\n1,2\n1\n") == [("malformed", 3, None)]
    assert problems(CSV, b"a,a\n1,2\n") == [("malformed", 1, None)]
    assert problems(CSV, b'a,b\n1,"2\n') == [("malformed", 2, None)]
    assert problems(CSV, b'a,b\n1,2"\n') == [("malformed", 2, None)]


def test_keys_are_told_twice_and_lacking():
    content = b'{"id": "a"}\n{"id": "a"}\n{}\n{"id": 1}\n{"id": true}\n{"id": 1.0}\n{"id": 1}\n'
    assert problems(JSONL, content, KEYED) == [
        ("duplicate-key", 2, None),
        ("missing-key", 3, None),
        ("duplicate-key", 7, None),
    ]
    assert problems(CSV, b"id,q\n1,a\n1,b\n,c\n", KEYED) == [
        ("duplicate-key", 3, None),
        ("missing-key", 4, None),
    ]
    assert problems(CSV, b"q\na\n", KEYED) == [("missing-key", 1, None)]


def test_a_key_is_told_twice_over_many_stretches():
    content = b"".join(b'{"id": "%d", "x": "%s"}\n' % (n % 5000, b"y" * 40) for n in range(5001))
    assert problems(JSONL, content, KEYED) == [("duplicate-key", 5001, None)]


def test_stretches_with_and_without_problems_take_turns():
    lines = [b'{"id": "%d", "x": "%s"}\n' % (n, b"y" * 40) for n in range(5000)]
    lines[2000] = b'{"id": "7"}\n'
    lines[2001] += b" \n"
    lines[4000] = b'{"id": "2001"}\n'
    lines[4999] = b'{"id": "3999"}\n'
    assert problems(JSONL, b"".join(lines), KEYED) == [
        ("duplicate-key", 2001, None),
        ("duplicate-key", 4002, None),
        ("duplicate-key", 5001, None),
    ]
    said = {
        p.line: p.message for p in JSONL.problems(b"f", source_of(b"".join(lines)), KEYED, None)
    }
    assert said[2001].endswith("in line 8")
    assert said[4002].endswith("in line 2,002")
    assert said[5001].endswith("in line 4,001")


def test_each_record_is_asked_of_the_schema():
    def check(value):
        return [(("a",), "is odd")] if value.get("a") in {"3", 3} else []

    assert problems(JSONL, b'{"a": 2}\n{"a": 3}\n', NO_RULES, check) == [("schema", 2, None)]
    assert problems(CSV, b"a\n2\n3\n", NO_RULES, check) == [("schema", 3, None)]


@pytest.mark.parametrize("bomb", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 500 + b"]" * 500])
def test_nesting_bombs_end_clearly(bomb):
    with pytest.raises(Unfit):
        JSONL.diff(source_of(bomb), source_of(b"{}\n"), NO_RULES)


def find(fmt, content, *item):
    return fmt.find(source_of(content), item, NO_RULES)


def test_records_and_fields_are_found_as_they_are_written():
    assert find(JSONL, LINES, 1) == Piece(
        {"id": 1, "a": {"b": [1, 2]}}, LINES.splitlines(keepends=True)[0], 1
    )
    assert find(JSONL, LINES, Keyed(("id",), ("1",)), "a", "b") == Piece([1, 2], b"[1,  2]", 1)
    assert find(JSONL, LINES, 1, "a", "b", 1) == Piece(2, b"2", 1)
    assert find(CSV, TABLE, 1, "q") == Piece("x, y", b'"x, y"', 2)
    assert find(CSV, TABLE, 7) is None
    assert find(CSV, TABLE, 1, "z") is None


def put(fmt, content, *item, piece):
    return fmt.put(content, item, piece, NO_RULES)


def test_fields_are_set_and_the_rest_stays():
    assert put(JSONL, LINES, 1, "a", "b", 1, piece=Piece("x")) == LINES.replace(
        b"1,  2", b'1,  "x"'
    )
    assert put(JSONL, LINES, 1, "a", piece=None) == b'{"id": 1}\n{"id": 2}\n'
    assert put(JSONL, LINES, 2, "n", piece=Piece(None)) == LINES.replace(
        b"2}\n", b'2, "n": null}\n'
    )
    assert put(CSV, TABLE, 2, "q", piece=Piece('say "x"')) == TABLE.replace(b"z", b'"say ""x"""')
    with pytest.raises(Missing):
        put(JSONL, LINES, 3, "a", piece=Piece(1))
    with pytest.raises(Missing):
        put(JSONL, LINES, 2, "a", "b", piece=Piece(1))


def test_records_are_put_in_key_order_and_taken_out():
    assert put(JSONL, LINES, 0, piece=Piece({"id": 0})) == b'{"id": 0}\n' + LINES
    assert put(CSV, TABLE.rstrip(), 10, piece=Piece({"id": "10"})) == TABLE + b"10,"
    assert put(CSV, TABLE, 1, piece=None) == b"id,q\n2,z\n"
    assert put(CSV, TABLE, 1, piece=Piece({"id": "1", "q": "x, y"})) == TABLE


def test_changes_that_do_not_fit_are_refused():
    found = JSONL.diff(source_of(LINES), source_of(LINES.replace(b"1,  2", b"1,  3")), NO_RULES)
    with pytest.raises(Conflict):
        JSONL.apply(LINES.replace(b"1,  2", b"1,  4"), found, NO_RULES)
    added = JSONL.diff(source_of(LINES), source_of(LINES + b'{"id": 3}\n'), NO_RULES)
    assert JSONL.apply(LINES, added, NO_RULES) == LINES + b'{"id": 3}\n'
    with pytest.raises(Conflict):
        JSONL.apply(LINES + b'{"id": 3}\n', added, NO_RULES)


def test_a_string_that_is_not_closed_takes_no_try_for_each_sign_in_it():
    content = b"[" * 200 + b'"' + b'\\"' * 1_000_000
    assert problems(JSONL, content) == [("malformed", 1, 1)]
