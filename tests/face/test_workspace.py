"""A workspace as a program uses it; what the actions do is tested beside them."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import contentvc
from tests.face.conftest import AUTHOR, write


def kinds(changes):
    return {change.path: str(change.kind) for change in changes}


def test_a_folder_is_put_under_contentvc_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = contentvc.init("set", author=AUTHOR)
    assert first.path == os.path.realpath(tmp_path / "set")
    assert (first.head, first.branches.current, dict(first.branches)) == (None, "main", {})
    again = contentvc.init(tmp_path / "set", author=AUTHOR)
    assert again.repository.id == first.repository.id
    assert contentvc.open("set").path == contentvc.open(Path("set")).path == first.path
    with pytest.raises(contentvc.Missing) as caught:
        first.at()
    assert caught.value.code == "no-commits"


def test_it_stays_where_it_is_when_the_program_goes_elsewhere(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(workspace.path)
    opened = contentvc.open(".")
    monkeypatch.chdir("/")
    write(workspace.path, {"prompts/new.md": "x"})
    assert kinds(opened.status().changes) == {"prompts/new.md": "added"}
    version = opened.commit("new", [os.path.join(opened.path, "prompts/new.md")])
    assert kinds(version.changes()) == {"prompts/new.md": "added"}


def test_status(workspace):
    assert workspace.status().is_clean
    write(workspace.path, {"model.json": None, "prompts/router.md": "Other.\n", ".env": "KEY=1"})
    status = workspace.status()
    assert (status.branch, status.version) == ("main", workspace.at("main"))
    assert kinds(status.changes) == {"model.json": "deleted", "prompts/router.md": "modified"}
    assert status.changes[1].old.text() == "Choose a model.\n"
    assert status.changes[1].new is None
    assert (status.files, status.size) == (2, 10 + 80)
    assert status.skipped == {".env": "secret"}
    assert not status.is_interrupted
    assert status.moved_to is None


def test_a_branch_that_others_moved(workspace):
    workspace.detach("v1")
    old = workspace.branches["main"]
    workspace.branches.create("main", "v1", force=True)
    assert workspace.branches["main"] == old.parents[0]
    assert workspace.status().branch is workspace.branches.current is None


def test_commit_records_everything_or_some_paths(workspace):
    write(workspace.path, {"a.md": "a", "b/c.md": "c", "b/d.md": "d"})
    version = workspace.commit("Some", ["b", b"a.md/"])
    assert sorted(kinds(version.changes())) == ["a.md", "b/c.md", "b/d.md"]
    assert version.author == AUTHOR
    assert workspace.head == version == workspace.at("HEAD")
    write(workspace.path, {"a.md": "b", "b/c.md": None})
    version = workspace.commit("All", author="Grace <grace@example.org>", attributes={"n": 3})
    assert (version.author, dict(version.attributes)) == ("Grace <grace@example.org>", {"n": "3"})
    assert kinds(version.changes()) == {"a.md": "modified", "b/c.md": "deleted"}
    assert version.tree["a.md"].read() == b"b"


def test_what_is_ignored_or_looks_like_a_secret_is_recorded_only_when_meant(workspace):
    write(workspace.path, {".contentvcignore": "*.tmp\n", "b/a.tmp": "", "b/.env": "", "b/c": ""})
    assert sorted(kinds(workspace.commit("Some", ["b"]).changes())) == ["b/c"]
    assert sorted(kinds(workspace.commit("All", ["b"], force=True).changes())) == ["b/a.tmp"]
    assert sorted(kinds(workspace.commit("Meant", ["b/.env"]).changes())) == ["b/.env"]


def test_nothing_to_commit(workspace):
    with pytest.raises(contentvc.Declined) as caught:
        workspace.commit("Nothing")
    assert caught.value.code == "nothing-to-commit"
    version = workspace.commit("Nothing", allow_empty=True)
    assert version.changes() == ()


def test_paths_that_cannot_be_meant(workspace, tmp_path):
    with pytest.raises(contentvc.Usage, match="several"):
        workspace.commit("one", "model.json")
    for path in ("../elsewhere", tmp_path, "/"):
        with pytest.raises(contentvc.Missing, match="outside"):
            workspace.commit("one", [path])
    with pytest.raises(contentvc.Missing):
        workspace.commit("one", ["no"])


@pytest.mark.parametrize("author", ["", "<>", "Ada <ada", "Ada\x1b[31m <a@example.org>"])
def test_who_is_nobody(workspace, author):
    with pytest.raises(contentvc.Usage, match="not an author"):
        contentvc.open(workspace.path, author=author)
    with pytest.raises(contentvc.Usage, match="not an author"):
        workspace.commit("x", author=author)


def test_the_author_is_whom_the_command_line_would_name(workspace, monkeypatch):
    monkeypatch.setenv("CONTENTVC_AUTHOR", "Eve <eve@example.org>")
    opened = contentvc.open(workspace.path)
    assert opened.commit("x", allow_empty=True).author == "Eve <eve@example.org>"
    monkeypatch.delenv("CONTENTVC_AUTHOR")
    settings = Path(workspace.path, ".contentvc", "config.toml")
    settings.write_text('[user]\nname = "Bob"\nemail = "bob@example.org"\n')
    assert contentvc.open(workspace.path).commit("y", allow_empty=True).author == (
        "Bob <bob@example.org>"
    )
    assert next(iter(workspace.operations)).author == "Bob <bob@example.org>"


def test_settings_count(workspace):
    write(workspace.path, {".gitignore": "*.tmp\n", "a.tmp": "x"})
    assert "a.tmp" in kinds(workspace.status().changes)
    Path(workspace.path, ".contentvc", "config.toml").write_text("[ignore]\ngit = true\n")
    assert "a.tmp" not in kinds(workspace.status().changes)


def test_diff(workspace):
    write(workspace.path, {"prompts/router.md": "Other.\n"})
    assert kinds(workspace.diff()) == {"prompts/router.md": "modified"}
    assert kinds(workspace.diff("v1")) == dict.fromkeys(
        ("model.json", "prompts/router.md", "prompts/support.md"), "modified"
    )
    old, new = workspace.at("v1"), workspace.at("main")
    assert workspace.diff(old, new) == workspace.diff("v1..main") == new.changes(old)
    assert kinds(workspace.diff(old, new, ["prompts"])) == {"prompts/support.md": "modified"}
    assert workspace.diff(new, new) == ()


def test_log(workspace):
    assert [one.message for one in workspace.log()] == ["Shorter", "First version"]
    assert [one.message for one in workspace.log(most=1)] == ["Shorter"]
    assert [one.message for one in workspace.log("v1..main")] == ["Shorter"]
    assert [one.message for one in workspace.log(grep="FIRST")] == ["First version"]
    assert list(workspace.log(author="nobody")) == []
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert list(workspace.log(since=soon)) == []
    assert len(list(workspace.log(until=soon, since="1 hour ago"))) == 2
    with pytest.raises(contentvc.Usage):
        list(workspace.log(since="whenever"))


def test_switch_and_what_is_in_the_way(workspace):
    workspace.branches.create("old", workspace.at("v1"))
    write(workspace.path, {"model.json": "mine", "new.md": "kept"})
    with pytest.raises(contentvc.Conflict) as caught:
        workspace.switch("old")
    assert caught.value.code == "would-overwrite"
    assert workspace.branches.current == "main"
    done = workspace.switch("old", force=True)
    assert (done.branch, done.version) == ("old", workspace.at("v1"))
    assert (done.overwritten, done.is_saved) == (("model.json",), True)
    assert kinds(done.changes) == dict.fromkeys(("model.json", "prompts/support.md"), "modified")
    (newest, *_) = workspace.operations
    assert (newest.kind, newest.saved["model.json"].text()) == ("switch", "mine")
    assert Path(workspace.path, "new.md").read_text() == "kept"
    assert workspace.switch("-").branch == "main"
    with pytest.raises(contentvc.Missing):
        workspace.switch("nowhere")


def test_restore(workspace):
    write(workspace.path, {"model.json": "mine", "prompts/support.md": None})
    done = workspace.restore(["model.json", "prompts"], "v1")
    assert done.paths == ("model.json", "prompts/support.md")
    assert (done.overwritten, done.is_saved) == (("model.json",), True)
    assert Path(workspace.path, "prompts/support.md").read_text() == "Be brief.\nBe polite.\n"
    assert workspace.restore(["."], discard=True).is_saved is False
    assert workspace.status().is_clean


def test_branches(workspace):
    branches = workspace.branches
    assert branches.create("a/b") == workspace.at()
    with pytest.raises(contentvc.Conflict):
        branches.create("a/b")
    with pytest.raises(contentvc.Usage):
        branches.create("a..b")
    assert branches.create("a/b", "v1", force=True) == branches["a/b"] == workspace.at("v1")
    branches.rename("a/b", "c")
    assert (list(branches), len(branches), "a/b" in branches) == (["c", "main"], 2, False)
    branches.delete("c")
    with pytest.raises(contentvc.Missing):
        branches.delete("c")
    with pytest.raises(contentvc.Conflict):
        branches.delete("main")


def test_tags(workspace):
    version = workspace.tags.create("good")
    assert {**workspace.tags} == {"good": version, "v1": workspace.at("v1")}
    with pytest.raises(contentvc.Conflict):
        workspace.tags.create("good", "v1")
    workspace.tags.delete("good")
    with pytest.raises(KeyError):
        workspace.tags["good"]


def test_operations(workspace):
    found = list(workspace.operations)
    assert (
        [one.number for one in found] == [4, 3, 2, 1] == [*range(len(workspace.operations), 0, -1)]
    )
    assert all(one.is_here and not one.is_void and one.saved is None for one in found)
    assert found[0].command == ()
    assert found[0].time.tzinfo is UTC or found[0].time.utcoffset() == timedelta(0)
    assert workspace.operations[2] == found[2]
    with pytest.raises(KeyError):
        workspace.operations[5]


PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})
import contentvc
before = set(sys.modules)
assert not [name for name in sys.modules if name.startswith("contentvc.")]
workspace = contentvc.init("set", author="Ada <ada@example.org>")
open("set/a", "w").write("a" * 300_000)
workspace.commit("a")
open("set/a", "w").write("b")
workspace.status(); workspace.diff(); list(workspace.log()); list(workspace.operations)
workspace.restore(["a"]); workspace.switch("main")
assert "typer" not in sys.modules and not [one for one in sys.modules if "contentvc.cli" in one]
try:
    contentvc.nothing
except AttributeError as error:
    assert "nothing" in str(error)
assert set(contentvc.__all__) <= set(dir(contentvc))
from contentvc import *
"""


def test_nothing_is_printed_asked_or_imported_too_early(tmp_path):
    root = os.path.dirname(os.path.dirname(contentvc.__file__))
    ran = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", PROGRAM.format(root=root)],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_every_name_is_where_it_is_said_to_be():
    assert sorted([*contentvc._PLACES, "__version__"]) == sorted(contentvc.__all__)
    for name in contentvc.__all__:
        assert getattr(contentvc, name) is not None
