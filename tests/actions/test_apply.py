"""Apply: all changes or none, each where it fits; what others write is refused where it harms."""

import json
import os

import pytest

from contentvc import limits
from contentvc.actions.apply import apply, check
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.differences import differences
from contentvc.actions.patches import Form, read_patches
from contentvc.changes.files import ChangeKind
from contentvc.cli.diff_jsonl import head_line, jsonl_lines
from contentvc.errors import Conflict, Usage
from tests.actions.site import Link, Program, Site

LATIN = b"caf\xe9\nsecond\n"
OLD = {
    b"text": b"one\ntwo\nthree\n",
    b"latin": LATIN,
    b"wide": "\ufeffone\ntwo\n".encode("utf-16-le"),
    b"no-end": b"one\ntwo",
    b"program": Program(b"#!/bin/sh\n"),
    b"plain": b"plain\n",
    b"link": Link(b"text"),
    b"gone": b"gone\n",
    b"d/moved": b"1\n2\n3\n4\n5\n6\n7\n8\n",
    b"d/same": b"stays\n",
    b"bytes": bytes(range(256)) * 4,
    b"sp ace\xff": b"odd name\n",
}
NEW = {
    b"text": b"one\n2\nthree\nfour\n",
    b"latin": b"caf\xe8\nsecond\n",
    b"wide": "\ufeffone\nzwei\n".encode("utf-16-le"),
    b"no-end": b"one\ntwo\n",
    b"program": b"#!/bin/sh\n",
    b"plain": Program(b"plain, once\n"),
    b"link": Link(b"plain"),
    b"e/moved": b"1\n2\n3\n4\n5\n6\n7\nend\n",
    b"d/same": b"stays\n",
    b"bytes": b"\0" + bytes(range(256)) * 4,
    b"new": b"new\n",
    b"empty": b"",
    b"sp ace\xff": b"odd name, odd bytes \xff\n",
}


@pytest.fixture
def site(tmp_path) -> Site:
    """On the old version; the new one is on another branch."""
    site = Site(tmp_path / "site").init().write(OLD)
    site.commit("old")
    site.switch("other", create=True)
    site.remove(*OLD.keys() - NEW.keys()).write(NEW).commit("new")
    site.switch("main")
    return site


def written(site, a="main", b="other"):
    context = site.context()
    report = diff(context, DiffRequest(a, b))
    lines = [head_line(report)]
    for one in differences(context, report):
        lines += jsonl_lines(one)
    return "".join(line + "\n" for line in lines).encode()


def lines_of(site, *members):
    """Changes as lines, the first of which is the head."""
    head = {"type": "diff", "schema": 1, "from": None, "to": None}
    return "".join(json.dumps(one) + "\n" for one in (head, *members)).encode()


def do(site, content, form=None, to=None, **more):
    return apply(site.context(), read_patches(content, form, to), **more)


def test_lines_make_one_version_of_the_other(site):
    report = do(site, written(site))
    assert site.kinds(site.files()) == site.kinds(NEW)
    assert {(one.path, one.change) for one in report.files} >= {
        (b"new", ChangeKind.ADDED),
        (b"gone", ChangeKind.DELETED),
        (b"e/moved", ChangeKind.RENAMED),
        (b"program", ChangeKind.MODE_CHANGED),
        (b"text", ChangeKind.MODIFIED),
    }
    assert (report.overwritten, report.saved) == ((), False)
    site.undo()
    assert site.kinds(site.files()) == site.kinds(OLD)
    site.redo()
    assert site.kinds(site.files()) == site.kinds(NEW)
    assert site.verify().ok


def test_and_back(site):
    site.switch("other")
    do(site, written(site, "other", "main"))
    assert site.kinds(site.files()) == site.kinds(OLD)


def test_checking_changes_nothing(site):
    before = site.repository().view.sequence
    report = check(site.context(), read_patches(written(site), None, None))
    assert len(report.files) == len({path for path in NEW if OLD.get(path) != NEW[path]}) + 2
    assert site.kinds(site.files()) == site.kinds(OLD)
    assert site.repository().view.sequence == before


def test_edits_elsewhere_stay_and_what_is_overwritten_is_saved(site):
    edited = b"one\ntwo\nthree\n" + b"mine\n" * 5
    site.write({b"text": edited, b"mine": b"untouched\n"})
    changes = lines_of(
        site,
        {"type": "file", "path": "text", "format": "text", "old": {}, "new": {"mode": "file"}},
        {"type": "lines", "path": "text", "old_start": 2, "new_start": 2,
         "lines": [["-", "two\n"], ["+", "2\n"]]},
    )  # fmt: skip
    report = do(site, changes)
    assert site.files()[b"text"] == edited.replace(b"two", b"2")
    assert site.files()[b"mine"] == b"untouched\n"
    assert (report.overwritten, report.saved) == ((b"text",), True)
    site.undo()
    assert site.files()[b"text"] == edited


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (b"text", b"one\nTWO\nthree\n"),
        (b"text", None),
        (b"gone", b"changed since\n"),
        (b"d/moved", None),
        (b"new", b"in the way\n"),
        (b"e/moved", b"in the way\n"),
        (b"bytes", b"changed since"),
    ],
)
def test_where_one_does_not_fit_nothing_is_changed(site, path, content):
    changes = written(site)
    if content is None:
        site.remove(path)
    else:
        site.write({path: content})
    before, sequence = site.kinds(site.files()), site.repository().view.sequence
    with pytest.raises(Conflict) as refused:
        do(site, changes)
    assert refused.value.code == "does-not-fit"
    assert site.kinds(site.files()) == before
    assert site.repository().view.sequence == sequence


def test_content_that_is_not_in_the_changes_is_taken_from_nowhere_else(site, tmp_path):
    elsewhere = Site(tmp_path / "elsewhere").init().write(OLD)
    elsewhere.commit("old")
    with pytest.raises(Conflict, match="bytes"):
        do(elsewhere, written(site))
    assert elsewhere.kinds(elsewhere.files()) == elsewhere.kinds(OLD)


def test_nothing_to_change_is_no_operation(site):
    sequence = site.repository().view.sequence
    assert do(site, written(site, "main", "main")).files == ()
    assert site.repository().view.sequence == sequence


def test_not_while_a_merge_is_in_progress(site):
    site.write({b"text": b"ours\n"}).commit("ours")
    site.merge("other")
    with pytest.raises(Conflict) as refused:
        do(site, lines_of(site))
    assert refused.value.code == "merging"


def a_file(path, **more):
    return {"type": "file", "path": path, "old": None, "new": {"mode": "file"}} | more


@pytest.mark.parametrize(
    "path",
    ["../out", "/etc/passwd", "", ".", "a//b", "a/../../b", ".contentvc/config.toml",
     ".CONTENTVC/x", "d/.contentvc", "a\0b", "x" * 300, "x/" * 3000 + "x"],
)  # fmt: skip
def test_dangerous_paths_are_refused(site, path):
    for changes in (lines_of(site, a_file(path)), json.dumps({path: {"a": 1}}).encode()):
        with pytest.raises(Usage) as refused:
            do(site, changes)
        assert refused.value.code == "bad-name"
    with pytest.raises(Usage):
        do(site, lines_of(site, a_file("fine", old_path=path)))


def test_symlinks_lead_nowhere(site, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("one\n")
    os.symlink(outside, os.path.join(os.fsdecode(site.root), "way"))
    hunk = {"type": "lines", "path": "way/x", "old_start": 1, "new_start": 1,
            "lines": [["-", "one\n"], ["+", "two\n"]]}  # fmt: skip
    with pytest.raises(Conflict):
        do(site, lines_of(site, a_file("way/x", old={}), hunk))
    assert (outside / "x").read_text() == "one\n"
    hunk |= {"path": "link", "lines": [["-", "text"], ["+", "two\n"]]}
    with pytest.raises(Conflict):
        do(site, lines_of(site, a_file("link", old={}), hunk))
    assert site.files()[b"text"] == OLD[b"text"]


SIDE = {"mode": "file"}
TEXT = a_file("text", old=SIDE)


@pytest.mark.parametrize(
    "members",
    [
        [[]],
        ["text"],
        [{}],
        [{"type": 1}],
        [{"type": "file"}],
        [{"type": "file", "path": 1}],
        [{"type": "file", "path": "text", "path_bytes": "!"}],
        [{"type": "lines", "path": "text", "old_start": 1, "new_start": 1, "lines": []}],
        [a_file("text", old=1)],
        [a_file("text", new={"mode": "folder"})],
        [a_file("text", new={"mode": "file", "id": "12"})],
        [a_file("text", new={"mode": "file", "id": "xy"})],
        [TEXT, TEXT],
        [TEXT, a_file("other", old_path="text", old=SIDE)],
        [TEXT, {"type": "lines", "path": "other", "old_start": 1, "new_start": 1, "lines": []}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 0, "new_start": 1, "lines": []}],
        [TEXT, {"type": "lines", "path": "text", "old_start": True, "new_start": 1, "lines": []}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1, "lines": [1]}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1,
                "lines": [["*", "a"]]}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1,
                "lines": [["+", 1]]}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1,
                "lines": [["+", {"base64": "*"}]]}],
        [TEXT, {"type": "lines", "path": "text", "old_start": 1, "new_start": 1,
                "encodings": ["utf-7", "utf-8"], "lines": []}],
        [TEXT, {"type": "item", "path": "text", "item": "a", "kind": "grown"}],
        [TEXT, {"type": "item", "path": "text", "item": "a", "kind": "changed", "old": 1}],
        [TEXT, {"type": "item", "path": "text", "item": 1, "kind": "deleted", "old": 1}],
        [TEXT, {"type": "item", "path": "text", "item": "[x", "kind": "deleted", "old": 1}],
        [TEXT, {"type": "item", "path": "text", "item": "a", "kind": "added", "new": 1}],
        [TEXT, {"type": "record", "path": "text", "kind": "added", "item": "a", "new": {}}],
        [TEXT, {"type": "record", "path": "text", "kind": "changed", "fields": [1]}],
        [TEXT, {"type": "column", "path": "text", "kind": "changed", "new": 1}],
        [TEXT, {"type": "column", "path": "text", "kind": "added", "new": 1}],
    ],
)  # fmt: skip
def test_lines_that_are_no_changes(site, members):
    before = site.kinds(site.files())
    with pytest.raises(Usage):
        do(site, lines_of(site, *members))
    assert site.kinds(site.files()) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"a": {"b": 1}, "a": 2}', b"1", b"null",
     b'[{"op": "remove", "path": "/a"}]', b'{"text": [{"op": "spam", "path": ""}]}',
     b'{"type": "diff", "schema": 2}\n', b'{"type": "diff", "schema": 1}\n{"type": "file"',
     b'{"\\ud800": {}}'],
)  # fmt: skip
def test_content_that_is_no_changes(site, content):
    with pytest.raises(Usage):
        do(site, content)


def test_what_is_too_large_is_not_read(site):
    with pytest.raises(Usage):
        do(site, b" " * (limits.PATCH_BYTES + 1))


def test_a_line_of_a_later_kind_is_passed_over(site):
    assert do(site, lines_of(site, TEXT, {"type": "poem", "path": "text"})).files == ()


def test_text_has_no_documents(site):
    for form in (Form.JSON_PATCH, Form.MERGE_PATCH):
        with pytest.raises(Conflict) as refused:
            do(site, b"[]" if form is Form.JSON_PATCH else b"{}", form, b"text")
        assert refused.value.code == "does-not-fit"


def test_which_form_a_document_is(site):
    def form(content, given=None, to=None):
        return [type(one.edit).__name__ for one in read_patches(content, given, to)]

    assert form(b'{"a": [{"op": "remove", "path": "/x"}], "b": []}') == ["JsonPatch"] * 2
    assert form(b'{"a": {"x": null}, "b": 1}') == ["MergePatch"] * 2
    assert form(b'{"a": [{"op": "x"}]}') == ["MergePatch"]
    assert form(b'{"a": []}', Form.MERGE_PATCH) == ["MergePatch"]
    assert form(b"[]", to=b"a") == ["JsonPatch"]
    assert form(b'{"a": 1}', to=b"a") == ["MergePatch"]
    assert form(b"[1]", to=b"a") == ["MergePatch"]
