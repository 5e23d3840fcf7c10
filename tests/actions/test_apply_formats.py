"""Changes of records and documents, written out and applied: untouched bytes stay."""

import json

import pytest

from contentvc.actions.apply import apply
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.differences import differences
from contentvc.actions.patches import Form, read_patches
from contentvc.cli.diff_jsonl import head_line, jsonl_lines
from contentvc.cli.diff_patch import json_patch_lines, merge_patch_lines
from contentvc.errors import Conflict, Usage
from tests.actions.site import Site

CASES = b"""\
{"case_id": 17, "question": "2+2",   "expected": "5", "tags": ["a", "b"]}
{"case_id": 18, "question": "odd  spacing",  "expected":"x"}
{"case_id": 19, "question": "gone", "expected": 0.1}
{"case_id": 20, "question": "big", "expected": 12345678901234567890.125}
"""
CASES_NEW = b"""\
{"case_id": 17, "question": "2+2",   "expected": "4", "tags": ["a", "c", "b"]}
{"case_id": 18, "question": "odd  spacing",  "expected":"x"}
{"case_id": 20, "question": "big", "expected": 12345678901234567890.25}
{"case_id": 21, "question": "new", "expected": null}
"""
TABLE = b'id,name,score\r\n1,"one, and more",0.5\r\n2,two,\r\n3,three,1\r\n'
TABLE_NEW = b'id,name,by,score\r\n1,"one, and more",Ada,0.5\r\n2,TWO,,\r\n4,four,Bob,2\r\n'


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    site.write({b"evals/cases.jsonl": CASES, b"t.csv": TABLE, b"a.md": b"text\n"})
    site.commit("old")
    site.switch("other", create=True)
    site.write({b"evals/cases.jsonl": CASES_NEW, b"t.csv": TABLE_NEW}).commit("new")
    site.switch("main")
    return site


def found(site, *paths, a="main", b="other"):
    context = site.context()
    report = diff(context, DiffRequest(a, b, paths))
    return report, list(differences(context, report))


def jsonl(site, *paths, a="main", b="other"):
    report, all_of_it = found(site, *paths, a=a, b=b)
    lines = [head_line(report), *(line for one in all_of_it for line in jsonl_lines(one))]
    return "".join(line + "\n" for line in lines).encode()


def json_patch(site, *paths, with_tests=False):
    return "\n".join(json_patch_lines(found(site, *paths)[1], with_tests=with_tests)).encode()


def do(site, content, form=None, to=None):
    return apply(site.context(), read_patches(content, form, to))


def test_lines_make_one_version_of_the_other(site):
    do(site, jsonl(site))
    assert site.files()[b"evals/cases.jsonl"] == CASES_NEW
    assert site.files()[b"t.csv"] == TABLE_NEW
    site.undo()
    assert site.files()[b"t.csv"] == TABLE


def test_and_back(site):
    site.switch("other")
    do(site, jsonl(site, a="other", b="main"))
    assert site.files()[b"evals/cases.jsonl"] == CASES
    assert list(map(len, site.files()[b"t.csv"].split(b"\r\n"))) == list(
        map(len, TABLE.split(b"\r\n"))
    )


def test_a_change_of_a_record_has_its_key_and_its_fields(site):
    lines = [json.loads(line) for line in jsonl(site, b"evals").splitlines()]
    assert lines[1]["key"] == ["case_id"]
    assert lines[1]["records"] == {
        "added": 1, "changed": 2, "deleted": 1, "fields": 3, "moved": 0,
    }  # fmt: skip
    records = {one["item"]: one for one in lines if one["type"] == "record"}
    assert {item: one["kind"] for item, one in records.items()} == {
        "[case_id=17]": "changed",
        "[case_id=19]": "deleted",
        "[case_id=20]": "changed",
        "[case_id=21]": "added",
    }
    one = records["[case_id=17]"]
    assert one["key"] == {"case_id": 17}
    assert {"item": "expected", "kind": "changed", "old": "5", "new": "4"} in one["fields"]
    assert one["new"]["tags"] == ["a", "c", "b"]
    assert records["[case_id=21]"]["new"]["expected"] is None
    assert "12345678901234567890.25" in jsonl(site).decode()


def test_edits_of_other_records_and_fields_stay(site):
    edited = CASES.replace(b"odd  spacing", b"mine").replace(b'"2+2"', b'"mine, too"')
    site.write({b"evals/cases.jsonl": edited})
    do(site, jsonl(site, b"evals"))
    wanted = CASES_NEW.replace(b"odd  spacing", b"mine").replace(b'"2+2"', b'"mine, too"')
    assert site.files()[b"evals/cases.jsonl"] == wanted


def test_a_field_that_is_another_one_is_told(site):
    site.write({b"evals/cases.jsonl": CASES.replace(b'"5"', b'"6"')})
    with pytest.raises(Conflict, match="expected") as refused:
        do(site, jsonl(site))
    assert refused.value.code == "does-not-fit"
    assert site.files()[b"t.csv"] == TABLE


def test_a_file_of_records_is_an_array_in_a_patch(site):
    patch = json.loads(json_patch(site, b"evals"))
    assert {"op": "replace", "path": "/0/expected", "value": "4"} in patch
    assert set(json.loads(json_patch(site))) == {"evals/cases.jsonl", "t.csv"}


@pytest.mark.parametrize("with_tests", [False, True])
def test_patches_apply(site, with_tests):
    content = json_patch(site, with_tests=with_tests)
    do(site, content)
    assert b"odd  spacing" in site.files()[b"evals/cases.jsonl"]
    values = [json.loads(line) for line in site.files()[b"evals/cases.jsonl"].splitlines()]
    assert values == [json.loads(line) for line in CASES_NEW.splitlines()]
    assert b'1,"one, and more",0.5' in site.files()[b"t.csv"]
    assert b"12345678901234567890.25" in site.files()[b"evals/cases.jsonl"]


def test_a_patch_of_one_file_is_placed(site):
    content = json_patch(site, b"evals")
    with pytest.raises(Usage):
        do(site, content)
    do(site, content, to=b"evals/cases.jsonl")
    assert b'"expected": "4"' in site.files()[b"evals/cases.jsonl"]


def test_a_merge_patch_of_records_is_the_whole_array(site):
    content = "\n".join(merge_patch_lines(found(site, b"evals")[1])).encode()
    assert len(json.loads(content)) == 4
    do(site, content, Form.MERGE_PATCH, b"evals/cases.jsonl")
    assert b'"expected": "4"' in site.files()[b"evals/cases.jsonl"]
    assert b"odd  spacing" in site.files()[b"evals/cases.jsonl"]


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "replace", "path": "", "value": {"no": "records"}}],
        [{"op": "add", "path": "/0", "value": 1}],
        [{"op": "add", "path": "/0/name", "value": {"nested": 1}}],
        [{"op": "remove", "path": "/9"}],
        [{"op": "test", "path": "/0/id", "value": 1}],
    ],
)
def test_what_a_table_cannot_hold(site, patch):
    with pytest.raises(Conflict) as refused:
        do(site, json.dumps(patch).encode(), to=b"t.csv")
    assert refused.value.code == "does-not-fit"
    assert site.files()[b"t.csv"] == TABLE


def test_added_and_deleted_files_tell_each_record(site):
    site.remove(b"t.csv").write({b"n.jsonl": b'{"id": 1}\n{"id": 2}\n'}).commit("other files")
    lines = [json.loads(line) for line in jsonl(site, a="HEAD~1", b="HEAD").splitlines()]
    kinds = [(one["path"], one["kind"]) for one in lines if one["type"] == "record"]
    assert kinds == [("n.jsonl", "added")] * 2 + [("t.csv", "deleted")] * 3
    content = jsonl(site, a="HEAD~1", b="HEAD")
    site.rollback("HEAD~1")
    do(site, content)
    assert site.files()[b"n.jsonl"] == b'{"id": 1}\n{"id": 2}\n'
    assert b"t.csv" not in site.files()
