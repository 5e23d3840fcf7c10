"""Parquet: compared and merged by key and column, read within limits."""

from decimal import Decimal
from io import BytesIO

import pytest

from contentvc import limits
from contentvc.formats.changes import ColumnKind, RecordCounts
from contentvc.formats.contract import Favour
from contentvc.formats.items import Keyed, Tagged
from contentvc.formats.problems import Unfit
from contentvc.formats.records.parquet import ParquetRecords
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import NOTHING, source_of
from tests.formats.records.laws import LABELS

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PARQUET = ParquetRecords()
ROWS = [
    {"id": number, "text": f"t{number}", "score": number / 2, "tags": ["a"]} for number in range(8)
]


def parquet(rows, schema=None, **options):
    out = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out, **options)
    return out.getvalue()


def edited(changes, rows=ROWS):
    return [{**row, **changes.get(row["id"], {})} for row in rows]


def diff(old, new, rules=NO_RULES):
    return PARQUET.diff(source_of(old), source_of(new), rules)


def merge(base, ours, theirs, favour=None):
    return PARQUET.merge(base, ours, theirs, LABELS, favour, NO_RULES)


def rows_of(content):
    return pq.read_table(BytesIO(content)).to_pylist()


def test_rows_are_told_by_key_and_column():
    new = edited({2: {"text": "new", "tags": ["a", "b"]}})
    new = [*new[:5], *new[6:], {"id": 20, "text": None, "score": float("nan"), "tags": []}]
    found = diff(parquet(ROWS), parquet(new))
    assert found.key.fields == ("id",)
    assert found.counts == RecordCounts(added=1, deleted=1, changed=1, fields=2)
    changed = next(one for one in found.records if one.fields)
    assert changed.key == Keyed(("id",), ("2",))
    assert [(one.path, one.old, one.new) for one in changed.fields] == [
        (("text",), "t2", "new"),
        (("tags",), ["a"], ["a", "b"]),
    ]
    assert not changed.old_raw
    assert not diff(parquet(new), parquet(new)).records


def test_nothing_differs_in_a_file_that_is_only_written_otherwise():
    nan = [{"id": 1, "x": float("nan")}, {"id": 2, "x": None}]
    found = diff(parquet(nan), parquet(nan, compression="zstd", row_group_size=1))
    assert not found.records
    assert not found.columns


def test_columns_have_types():
    old = [{"id": 1, "n": 1, "name": "a", "gone": 1}, {"id": 2, "n": 2, "name": "b", "gone": 2}]
    new = [
        {"id": 1, "n": 1.0, "label": "a", "more": True},
        {"id": 2, "n": 2.5, "label": "b", "more": None},
    ]
    found = diff(parquet(old), parquet(new))
    told = {one.kind: one for one in found.columns}
    assert told[ColumnKind.ADDED][1:5] == (None, "more", None, "bool")
    assert told[ColumnKind.DELETED][1:5] == ("gone", None, "int64", None)
    assert told[ColumnKind.RENAMED][1:3] == ("name", "label")
    assert told[ColumnKind.RETYPED][1:5] == ("n", "n", "int64", "double")
    (changed,) = found.records
    assert [(one.path, one.old, one.new) for one in changed.fields] == [(("n",), 2, 2.5)]


def test_rows_that_moved_and_rows_without_a_key():
    moved = [ROWS[7], *ROWS[:7]]
    assert diff(parquet(ROWS), parquet(moved)).counts == RecordCounts(moved=1)
    assert not any(diff(parquet(ROWS), parquet(moved), Rules(unordered=("*",))).counts)
    plain = [{"a": 1}, {"a": 1}, {"a": 2}]
    found = diff(parquet(plain), parquet([*plain[1:], {"a": 3}]))
    assert found.key.fields == ()
    assert found.counts == RecordCounts(added=1, deleted=1)


def test_a_file_that_came_or_went():
    found = PARQUET.diff(NOTHING, source_of(parquet(ROWS)), NO_RULES)
    assert found.counts.added == 8
    assert PARQUET.diff(source_of(parquet(ROWS)), NOTHING, NO_RULES).counts.deleted == 8


def test_both_sides_are_in_the_merge_in_both_directions():
    base = parquet(ROWS, compression="zstd")
    ours = parquet([*edited({1: {"text": "ours"}, 2: {"text": "both"}}), {**ROWS[0], "id": 30}])
    theirs = parquet([*edited({2: {"score": 9.0}, 3: {"text": None}})[:7], {**ROWS[0], "id": 20}])
    found = merge(base, ours, theirs)
    assert not found.conflicts
    assert merge(base, theirs, ours).content == found.content
    expected = edited({1: {"text": "ours"}, 2: {"text": "both", "score": 9.0}, 3: {"text": None}})
    expected = [*expected[:7], {**ROWS[0], "id": 20}, {**ROWS[0], "id": 30}]
    assert rows_of(found.content) == expected
    assert (
        pq.ParquetFile(BytesIO(found.content)).metadata.row_group(0).column(0).compression == "ZSTD"
    )


def test_conflicts_of_cells_and_rows():
    base = parquet(ROWS)
    ours, theirs = (
        parquet(edited({1: {"text": "a"}})[:7]),
        parquet(edited({1: {"text": "b"}, 7: {"text": "c"}})),
    )
    found = merge(base, ours, theirs)
    assert sorted(one.item for one in found.conflicts) == ["[id=1]/text", "[id=7]"]
    assert rows_of(found.content) == rows_of(ours)
    assert rows_of(merge(base, ours, theirs, Favour.THEIRS).content) == rows_of(theirs)


def test_columns_that_differ_are_not_merged():
    with pytest.raises(Unfit):
        merge(parquet(ROWS), parquet([{"id": 1}]), parquet(edited({1: {"text": "b"}})))


def test_one_record_or_cell_is_found():
    schema = pa.schema({"id": pa.string(), "when": pa.timestamp("s"), "n": pa.decimal128(5, 2)})
    content = parquet([{"id": "a", "when": 0, "n": Decimal("1.50")}], schema)
    found = PARQUET.find(source_of(content), ("a", "n"), NO_RULES)
    assert found.value == Decimal("1.50")
    assert isinstance(PARQUET.find(source_of(content), ("a", "when"), NO_RULES).value, Tagged)
    assert PARQUET.find(source_of(content), ("b",), NO_RULES) is None


def test_problems_name_keys_and_schemas():
    content = parquet([{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": None, "n": 3}])
    found = list(
        PARQUET.problems(
            b"x",
            source_of(content),
            Rules(key=("id",)),
            lambda value: [(("n",), "odd")] if value["n"] == 2 else [],
        )
    )
    assert [one.code for one in found] == ["missing-key", "duplicate-key", "schema"]


def test_what_is_damaged_or_too_large_ends_clearly(monkeypatch):
    content = parquet(ROWS)
    for broken in (
        b"PAR1",
        b"PAR1" + b"\xff" * 40 + b"PAR1",
        content[:-20] + content[-8:],
        content[:50],
    ):
        with pytest.raises(Unfit):
            diff(content, broken)
        assert [one.code for one in PARQUET.problems(b"x", source_of(broken), NO_RULES, None)] == [
            "malformed"
        ]
    monkeypatch.setattr(limits, "PARQUET_ROWS", 7)
    with pytest.raises(Unfit, match="rows"):
        diff(content, content)
