"""What differs between two versions of a file of records."""

from contentvc.formats.changes import ItemKind, RecordCounts
from contentvc.formats.records.formats import CSV, JSONL
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of


def diff(fmt, old, new, rules=NO_RULES):
    return fmt.diff(source_of(old), source_of(new), rules)


def test_fields_of_json_lines_are_told_by_their_path():
    old = b'{"id":1,"a":{"b":[1,2]}}\n{"id":2}\n{"id":3}'
    found = diff(JSONL, old, old.replace(b"[1,2]", b"[1,true]"))
    (record,) = found.records
    assert (record.kind, record.key.values, record.new_line) == (ItemKind.CHANGED, ("1",), 1)
    assert [(one.path, one.old, one.new) for one in record.fields] == [(("a", "b", 1), 2, True)]
    assert found.counts == RecordCounts(changed=1, fields=1)


def test_rows_are_told_by_key_and_column():
    found = diff(CSV, b'id,q,a\n1,x,"a, b"\n2,y,c\n', b'id,q,a\n2,y,c\n1,x,"a; b"\n')
    assert found.key.fields == ("id",)
    assert found.key.inferred
    assert sorted(one.kind for one in found.records) == ["changed", "moved"]
