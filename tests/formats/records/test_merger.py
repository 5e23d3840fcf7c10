"""Merges of records: by key, by field, appended, against git where both know what to do."""

import csv
import io
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.formats.contract import Favour
from contentvc.formats.problems import Unfit
from contentvc.formats.records.formats import CSV, JSONL
from contentvc.formats.rules import NO_RULES, Rules
from tests.formats.records.laws import LABELS, merged, values_of

BASE = b'{"id": 1,  "a": 1, "o": {"x": 1, "y": [1]}}\n{"id": 2, "a": 2}\n'
TABLE = b'id,q,a\n1,x,"a, b"\n2,y,c\n3,z,d'


def merge(fmt, base, ours, theirs, favour=None, rules=NO_RULES):
    return fmt.merge(base, ours, theirs, LABELS, favour, rules)


def test_different_fields_of_one_record_keep_their_writing():
    ours = BASE.replace(b'"a": 1', b'"a": 1.50')
    theirs = BASE.replace(b'"x": 1', b'"x":7, "z": 3').replace(b', "a": 2', b"")
    found = merge(JSONL, BASE, ours, theirs)
    assert not found.conflicts
    assert found.content == (b'{"id": 1,  "a": 1.50, "o": {"x":7, "z": 3, "y": [1]}}\n{"id": 2}\n')


def test_records_that_both_appended_stand_in_key_order():
    ours, theirs = BASE + b'{"id": 10}\n{"id": 3}', BASE + b'{"id":9}'
    found = merge(JSONL, BASE, ours, theirs)
    assert found.content == BASE + b'{"id": 3}\n{"id":9}\n{"id": 10}'
    assert merge(JSONL, BASE, theirs, ours) == found


def test_a_record_stays_after_the_one_it_followed():
    ours = b'{"id": 0}\n' + BASE
    theirs = BASE.replace(b'{"id": 2', b'{"id": 7}\n{"id": 2')
    assert merge(JSONL, BASE, ours, theirs).content == b'{"id": 0}\n' + theirs


def test_one_field_that_both_changed_is_a_conflict_with_ours_in_place():
    ours, theirs = BASE.replace(b'"a": 2', b'"a": 5'), BASE.replace(b'"a": 2', b'"a": 6')
    found = merge(JSONL, BASE, ours, theirs)
    assert found.content == ours
    (conflict,) = found.conflicts
    assert conflict.item == "[id=2]/a"
    assert (conflict.base, conflict.ours, conflict.theirs) == (b"2", b"5", b"6")
    theirs_set = JSONL.put(
        found.content, conflict.path, JSONL.find(source(theirs), conflict.path, NO_RULES), NO_RULES
    )
    assert theirs_set == theirs
    assert merge(JSONL, BASE, ours, theirs, Favour.THEIRS).content == theirs


def source(content):
    from contentvc.formats.source import source_of

    return source_of(content)


def test_delete_against_edit_is_a_conflict():
    ours = BASE.replace(b'{"id": 2, "a": 2}\n', b"")
    theirs = BASE.replace(b'"a": 2', b'"a": 3')
    found = merge(JSONL, BASE, ours, theirs)
    assert found.content == ours
    (conflict,) = found.conflicts
    assert (conflict.item, conflict.ours) == ("[id=2]", None)
    assert merge(JSONL, BASE, ours, theirs, Favour.THEIRS).content == theirs
    assert merge(JSONL, BASE, theirs, ours).content == theirs


def test_added_on_both_sides_differently_is_a_conflict():
    found = merge(JSONL, BASE, BASE + b'{"id": 3, "a": 1}\n', BASE + b'{"id": 3, "a": 2}\n')
    assert [one.item for one in found.conflicts] == ["[id=3]"]
    same = merge(JSONL, BASE, BASE + b'{"id": 3, "a": 1}\n', BASE + b'{"a":1, "id": 3}\n')
    assert not same.conflicts


def test_the_same_edit_twice_is_none():
    ours = BASE.replace(b'"a": 2', b'"a": 3') + b'{"id": 5}\n'
    theirs = BASE.replace(b'"a": 2', b'"a": 3').replace(b'"y": [1]', b'"y": []')
    assert not merge(JSONL, BASE, ours, theirs).conflicts


def test_cells_keep_the_quoting_of_their_neighbours():
    ours, theirs = (
        TABLE.replace(b"1,x", b"1,xx"),
        TABLE.replace(b'"a, b"', b'"a; b"') + b"\n4,e,f\n",
    )
    found = merge(CSV, TABLE, ours, theirs)
    assert found.content == b'id,q,a\n1,xx,"a; b"\n2,y,c\n3,z,d\n4,e,f\n'


def test_a_column_on_one_side_meets_edited_and_new_rows_on_the_other():
    ours = b'id,n,q,a\n1,N,x,"a, b"\n2,N,y,c\n3,N,z,d'
    theirs = TABLE.replace(b"2,y", b"2,yy") + b"\n4,e,f\n"
    expected = b'id,n,q,a\n1,N,x,"a, b"\n2,N,yy,c\n3,N,z,d\n4,,e,f\n'
    assert merge(CSV, TABLE, ours, theirs).content == expected
    assert merge(CSV, TABLE, theirs, ours).content == expected


def test_an_edit_in_a_column_that_the_other_side_dropped_is_not_lost():
    ours, theirs = b"id,q\n1,x\n2,y\n3,z", TABLE.replace(b"y,c", b"y,changed")
    with pytest.raises(Unfit):
        merge(CSV, TABLE, ours, theirs)


@pytest.mark.parametrize("edited", [b"y,d", b"y,"])
def test_an_edit_to_what_another_row_has_in_a_dropped_column_is_not_lost(edited):
    ours, theirs = b"id,q\n1,x\n2,y\n3,z", TABLE.replace(b"y,c", edited)
    with pytest.raises(Unfit):
        merge(CSV, TABLE, ours, theirs)
    with pytest.raises(Unfit):
        merge(CSV, TABLE, theirs, ours)


def test_a_new_row_with_a_cell_in_a_dropped_column_is_not_lost():
    ours, added = b"id,q\n1,x\n2,y\n3,z", TABLE + b"\n4,e,d\n"
    with pytest.raises(Unfit):
        merge(CSV, TABLE, ours, added)
    found = merge(CSV, TABLE, ours, added.replace(b"e,d", b"e,"))
    assert found.content == b"id,q\n1,x\n2,y\n3,z\n4,e\n"


def test_columns_that_both_changed_in_their_own_way_are_left_to_a_person():
    with pytest.raises(Unfit):
        merge(CSV, b"id,a\n1,x\n", b"id,a,b\n1,x,1\n", b"id,a,c\n1,x,2\n")


def test_records_with_the_same_key_are_never_silently_merged():
    rules = Rules(key=("id",))
    base = b'{"id": 1, "a": 1}\n{"id": 1, "a": 2}\n{"id": 2}\n'
    ours = base.replace(b'{"id": 2}', b'{"id": 2, "x": 1}')
    theirs = base.replace(b'"a": 2', b'"a": 3')
    assert merge(JSONL, base, ours, theirs, rules=rules).content == theirs.replace(
        b'{"id": 2}', b'{"id": 2, "x": 1}'
    )
    with pytest.raises(Unfit):
        merge(JSONL, base, base.replace(b'"a": 1', b'"a": 9'), theirs, rules=rules)


FIELDS = ("a", "b", "c")
edits = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from(FIELDS)), st.integers(5, 7), max_size=4
)
appended = st.lists(st.integers(10, 20), max_size=3, unique=True)


def written(fmt, rows):
    if fmt is JSONL:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["id", *FIELDS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def edited(rows, changes, gone, more):
    new = {row["id"]: dict(row) for row in rows}
    for (number, name), value in changes.items():
        new[number][name] = value
    for number in gone:
        del new[number]
    return [*new.values(), *({"id": number, "a": number, "b": 0, "c": 0} for number in more)]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([JSONL, CSV]),
    edits,
    edits,
    st.sets(st.integers(0, 5), max_size=1),
    st.sets(st.integers(0, 5), max_size=1),
    appended,
    appended,
)
def test_what_both_sides_did_is_in_the_merge(fmt, ours, theirs, our_gone, their_gone, more, other):
    base = [{"id": number, "a": 0, "b": 1, "c": 2} for number in range(6)]
    found = merge(
        fmt,
        written(fmt, base),
        written(fmt, edited(base, ours, our_gone, more)),
        written(fmt, edited(base, theirs, their_gone, other)),
    )
    clashes = {place for place in ours.keys() & theirs.keys() if ours[place] != theirs[place]}
    clashes = {place for place in clashes if place[0] not in our_gone | their_gone}
    torn = {number for number, _ in theirs if number in our_gone - their_gone}
    torn |= {number for number, _ in ours if number in their_gone - our_gone}
    torn -= our_gone & their_gone
    assert len(found.conflicts) == len(clashes) + len(torn)
    if not found.conflicts:
        expected = edited(base, {**ours, **theirs}, our_gone | their_gone, sorted({*more, *other}))
        if more and other and more != other:
            assert found.content == written(fmt, expected)
        else:
            got = values_of(fmt, found.content)[1]
            ours_first = edited(base, {**ours, **theirs}, our_gone | their_gone, more or other)
            assert got == values_of(fmt, written(fmt, ours_first))[1]


def by_git(tmp_path, base, ours, theirs):
    for name, content in (("base", base), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([JSONL, CSV]), edits, edits, appended)
def test_where_git_is_sure_too_the_records_are_the_same(tmp_path_factory, fmt, ours, theirs, more):
    rows = [{"id": number, "a": 0, "b": 1, "c": 2} for number in range(6)]
    base = written(fmt, rows)
    versions = (
        base,
        written(fmt, edited(rows, ours, (), more)),
        written(fmt, edited(rows, theirs, (), ())),
    )
    theirs_merged = by_git(tmp_path_factory.mktemp("git"), *versions)
    if theirs_merged is None:
        return
    found = merged(fmt, *versions)
    assert not found.conflicts
    assert found.content == theirs_merged
