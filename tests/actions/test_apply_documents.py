"""Changes of documents, written out and applied: comments and writing stay."""

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

OLD = {
    b"model.json": b'{\n  "model": "small",\n  "temperature": 0.5,\n  "stop": ["a",  "b"]\n}\n',
    b"task.yaml": b"""\
# what it is
task: polls
prompt: &p "Hello,  world"   # kept as it is
metrics:
  - name: accuracy
    weight: 1
  - name: f1
    weight: 2
process: !function utils.process
""",
    b"tool.toml": b'# a tool\nname = "search"\nsince = 2024-01-31\n\n[args]\nlimit = 10  # enough\n',
    b"guide.md": b"---\ntitle: Guide\ntags: [a, b]\n---\n\n# Guide\n\nSome text.\n",
}
NEW = {
    b"model.json": OLD[b"model.json"].replace(b"small", b"large").replace(b"0.5", b"0.25"),
    b"task.yaml": OLD[b"task.yaml"].replace(b"weight: 2", b"weight: 3").replace(b"polls", b"news"),
    b"tool.toml": OLD[b"tool.toml"].replace(b"10", b"20"),
    b"guide.md": OLD[b"guide.md"]
    .replace(b"title: Guide", b"title: A guide")
    .replace(b"Some text.", b"Other text."),
}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(OLD)
    site.commit("old")
    site.switch("other", create=True)
    site.write(NEW).commit("new")
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


def do(site, content, form=None, to=None):
    return apply(site.context(), read_patches(content, form, to))


PATCHED = (b"model.json", b"task.yaml", b"tool.toml")


def test_lines_make_one_version_of_the_other_and_back(site):
    do(site, jsonl(site))
    assert site.files() == NEW
    do(site, jsonl(site, a="other", b="main"))
    assert site.files() == OLD


def test_a_value_is_a_line(site):
    lines = [json.loads(line) for line in jsonl(site, b"task.yaml").splitlines()]
    assert lines[2:] == [
        {"type": "item", "path": "task.yaml", "item": "task", "kind": "changed",
         "old": "polls", "new": "news"},
        {"type": "item", "path": "task.yaml", "item": "metrics/[name=f1]/weight",
         "kind": "changed", "old": 2, "new": 3},
    ]  # fmt: skip


def test_of_front_matter_by_value_and_of_the_body_by_line(site):
    lines = [json.loads(line) for line in jsonl(site, b"guide.md").splitlines()][2:]
    assert [one["type"] for one in lines] == ["item", "lines"]
    assert lines[1]["part"] == "body"
    site.write({b"guide.md": OLD[b"guide.md"].replace(b"Guide\ntags", b"A guide\ntags")})
    site.commit("title")
    only_body = jsonl(site, b"guide.md")
    do(site, only_body)
    assert site.files()[b"guide.md"] == NEW[b"guide.md"]


@pytest.mark.parametrize("with_tests", [False, True])
def test_json_patches_apply_and_leave_all_else(site, with_tests):
    told = json_patch_lines(found(site, *PATCHED)[1], with_tests=with_tests)
    do(site, "\n".join(told).encode())
    assert {path: site.files()[path] for path in PATCHED} == {path: NEW[path] for path in PATCHED}


def test_merge_patches_apply_and_leave_all_else(site):
    told = "\n".join(merge_patch_lines(found(site, b"model.json", b"tool.toml")[1]))
    assert json.loads(told) == {
        "model.json": {"model": "large", "temperature": 0.25},
        "tool.toml": {"args": {"limit": 20}},
    }
    do(site, told.encode())
    assert site.files()[b"model.json"] == NEW[b"model.json"]
    assert site.files()[b"tool.toml"] == NEW[b"tool.toml"]


def test_a_body_that_changed_is_no_patch(site):
    with pytest.raises(Usage) as refused:
        list(json_patch_lines(found(site, b"guide.md")[1], with_tests=False))
    assert refused.value.code == "inexpressible"


def test_a_value_with_a_tag_is_no_patch_but_a_line(site):
    site.write({b"task.yaml": OLD[b"task.yaml"].replace(b"utils.process", b"utils.other")})
    site.commit("another function")
    differing = found(site, b"task.yaml", a="HEAD~1", b="HEAD")[1]
    with pytest.raises(Usage) as refused:
        list(json_patch_lines(differing, with_tests=False))
    assert refused.value.code == "inexpressible"
    lines = jsonl(site, b"task.yaml", a="HEAD~1", b="HEAD")
    assert json.loads(lines.splitlines()[2])["new"] == {
        "$tag": "!function", "value": "utils.other",
    }  # fmt: skip
    site.rollback("HEAD~1")
    do(site, lines)
    assert b"!function utils.other" in site.files()[b"task.yaml"]


@pytest.mark.parametrize(
    ("path", "patch"),
    [
        (b"model.json", [{"op": "remove", "path": "/nothing"}]),
        (b"model.json", [{"op": "test", "path": "/model", "value": "huge"}]),
        (b"task.yaml", [{"op": "add", "path": "/metrics/5", "value": 1}]),
        (b"tool.toml", [{"op": "add", "path": "/none", "value": None}]),
    ],
)
def test_what_does_not_fit_changes_nothing(site, path, patch):
    good = [{"op": "add", "path": "/fine", "value": 1}]
    both = json.dumps({"model.json" if path != b"model.json" else "task.yaml": good,
                       path.decode(): patch})  # fmt: skip
    with pytest.raises(Conflict) as refused:
        do(site, both.encode(), Form.JSON_PATCH)
    assert refused.value.code == "does-not-fit"
    assert site.files() == OLD


def test_rewritten_without_another_value_is_told_by_line(site):
    site.write({b"model.json": json.dumps(json.loads(OLD[b"model.json"])).encode()})
    site.commit("rewritten")
    lines = [json.loads(line) for line in jsonl(site, a="HEAD~1", b="HEAD").splitlines()]
    assert [one["type"] for one in lines] == ["diff", "file", "lines"]
    site.rollback("HEAD~1")
    do(site, jsonl(site, a="HEAD~2", b="HEAD~1"))
    assert b"\n" not in site.files()[b"model.json"]
