"""log, show, cat and ls on one history; what they print in full is in tests/golden/printed."""

import os
import re

import pytest

from contentvc.snapshots.tree import Mode
from tests.cli.scenery import GUIDE, TABLE, grown, planted, visitor


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    commits = grown(folder)
    return commits, visitor(folder, folder / "none")


@pytest.fixture
def ground(tmp_path):
    """A repository of the test's own, and somebody in it."""
    folder = tmp_path / "ground"
    folder.mkdir()
    return planted(folder), visitor(folder, tmp_path)


def subjects(ran):
    assert ran.code == 0, ran.err
    return [one["message"].split("\n")[0] for one in ran.json["commits"]]


def pictures(ran):
    return [re.sub("([0-9a-f]{12}).*", r"\1", line) for line in ran.out.splitlines()]


FIRST, EDIT, SIDE = "First version", "Edit guide and table", "Add an eval"
RENAME, MERGE = "Call the guide a handbook", "Merge evals"
CHOICES = {
    "": [MERGE, RENAME, SIDE, EDIT, FIRST],
    "--graph": [MERGE, SIDE, RENAME, EDIT, FIRST],
    "-n 2": [MERGE, RENAME],
    "-n 0": [],
    "v1": [EDIT, FIRST],
    "evals --all": None,
    "--all": [MERGE, RENAME, SIDE, EDIT, FIRST],
    "v1..evals": [SIDE],
    "evals...main~1": [RENAME, SIDE],
    "--grep GUIDE": [RENAME, EDIT, FIRST],
    "--grep ^With": [FIRST],
    "--author example": [MERGE, RENAME, SIDE, EDIT, FIRST],
    "--author nobody": [],
    "--since 2023-11-14T23:13:26": [MERGE, RENAME],
    "--until 2023-11-14T23:13:21+01:00": [FIRST],
    "docs/handbook.md": [RENAME, EDIT, FIRST],
    "docs": [RENAME, EDIT, FIRST],
    "run.sh evals": [SIDE, FIRST],
    "evals~1": [EDIT, FIRST],
    "main -- evals": [SIDE],
    "-- latest": [RENAME, FIRST],
    "-n 1 -- latest": [RENAME],
    "main -- nowhere": [],
    ".": [MERGE, RENAME, SIDE, EDIT, FIRST],
}


@pytest.mark.parametrize("line", [line for line, wanted in CHOICES.items() if wanted is not None])
def test_which_commits_are_listed(history, line):
    _, terminal = history
    assert subjects(terminal.run("log", "--json", *line.split())) == CHOICES[line]


@pytest.mark.parametrize(
    ("line", "exit_code", "told"),
    [
        ("log nowhere", 3, "nowhere is neither a revision nor a path"),
        ("log latest~1", 3, "latest~1 is neither"),
        ("log main evals~1", 2, "evals~1 is one revision too many"),
        ("log evals", 2, "evals is both a revision and a path"),
        ("log evals~1 --all", 2, "--all and a revision"),
        ("log --since never", 2, "'never' is not a time"),
        ("log --grep (", 2, "'(' is not a regular expression"),
        ("log -- ../elsewhere", 2, "outside of the working tree"),
        ("show nowhere", 3, "no commit is called 'nowhere'"),
        ("show main:nowhere", 3, "there is no nowhere in main"),
        ("cat main", 2, "'main' names no file"),
        ("cat main:docs", 2, "docs is a folder"),
        ("cat main:../x", 2, "../x leads out of the content"),
        ("ls v1:evals", 3, "there is no evals in v1"),
        ("log --at-operation 1", 3, "there is no commit yet"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line(history, line, exit_code, told):
    _, terminal = history
    ran = terminal.run(*line.split())
    assert (ran.code, ran.out) == (exit_code, "")
    assert told in ran.err.splitlines()[0]


def test_the_log_as_of_an_earlier_operation(history):
    _, terminal = history
    assert subjects(terminal.run("log", "--json", "--at-operation", "3")) == [EDIT, FIRST]


def test_paths_are_those_from_where_one_stands(history):
    _, terminal = history
    ran = terminal.run("-C", "docs", "log", "--json", "handbook.md")
    assert subjects(ran) == [RENAME, EDIT, FIRST]
    listed = terminal.run("-C", "docs", "ls", "v1")
    assert listed.out == "guide.md\n"
    assert (
        terminal.run("-C", "docs", "ls", "v1:").out == "../data/\n../docs/\n../latest\n../run.sh\n"
    )
    assert terminal.run("-C", "docs", "ls", "-r", "HEAD:../evals").out == "../evals/one.yaml\n"
    assert terminal.run("-C", "docs", "cat", "v1~1:./guide.md").out == GUIDE.decode()
    assert "--- a/docs/guide.md\n" in terminal.run("-C", "docs", "show", "v1").out


def test_a_filtered_graph_leads_over_what_is_left_out(history):
    commits, terminal = history
    ran = terminal.run("log", "--graph", "--oneline", "--", "docs", "evals")
    merge, side, rename, edit, first = (
        commits[one].hex()[:12] for one in ("merge", "side", "rename", "edit", "first")
    )
    assert pictures(ran) == [
        f"*   {merge}", "|\\", f"| * {side}", f"* | {rename}", "|/", f"* {edit}", f"* {first}",
    ]  # fmt: skip
    ran = terminal.run("log", "--graph", "--oneline", "--", "docs")
    assert pictures(ran) == [f"* {rename}", f"* {edit}", f"* {first}"]


def test_patches_are_those_that_patch_reads(history, tmp_path):
    """`git apply` on the content before gives the content after."""
    import shutil
    import subprocess

    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    _, terminal = history
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/guide.md").write_bytes(GUIDE)
    patch = terminal.run("log", "-p", "-n1", "v1", "docs").out
    subprocess.run(["git", "apply"], input=patch.encode(), cwd=tmp_path, check=True)
    after = (tmp_path / "docs/guide.md").read_text()
    assert after == terminal.run("cat", "v1:docs/guide.md").out


def test_cat_writes_the_bytes_as_they_are(ground):
    scene, terminal = ground
    large = os.urandom(400_000)
    scene.commit({b"table": TABLE, b"large": large, b"empty": b"", b"\xff": b"\xff\n"})
    for name, content in {"table": TABLE, "large": large, "empty": b""}.items():
        edge = terminal.edge()
        from contentvc.cli.program import run

        assert run("contentvc", ["cat", f"HEAD:{name}"], edge) == 0
        assert edge.stdout.buffer.getvalue() == content
    odd = terminal.run("cat", "--json", "HEAD:\udcff").json
    assert (odd["path"], odd["path_bytes"]) == ("\ufffd", "/w==")
    assert (odd["content"], odd["content_bytes"]) == ("\ufffd\n", "/wo=")


def test_nothing_from_a_repository_acts_on_the_terminal(ground):
    scene, terminal = ground
    scene.commit({b"evil\x1b[2J": b"a\x1b]0;x\x07\n", b"link": b"\x1b[1m"}, "Hi\x1b[31m\n\n\x9bbody",
                 modes={b"link": Mode.SYMLINK})  # fmt: skip
    scene.move("tag/a\u202eb", scene.head.commit)
    lines = [
        "log", "log --stat -p", "log --graph --oneline", "show", "ls -l", "ls -r", "branch -v",
        "tag -v", "operations", "diff", "verify",
    ]  # fmt: skip
    for line in lines:
        ran = terminal.run(*line.split())
        assert ran.code == 0, ran.err
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(ran.out), line
    assert "\\x1b]0;x\\x07" in terminal.run("show").out


def test_damage_in_the_middle_of_the_log_ends_the_document_properly(ground):
    scene, terminal = ground
    for number in range(3):
        scene.commit({b"a": b"%d" % number}, f"number {number}")
    packs = list(scene.repository.view.packs)
    os.remove(terminal.here + b"/.contentvc/repository/packs/" + packs[1].hex().encode())
    ran = terminal.run("log", "--json")
    assert ran.code == 7
    assert [one["message"] for one in ran.json["commits"]] == ["number 2"]
    assert ran.json["error"]["code"] == "missing-object"


def test_the_history_of_a_file_that_was_renamed_twice(ground):
    scene, terminal = ground
    text = b"".join(b"line %d\n" % number for number in range(30))
    scene.commit({b"a": text}, "as a")
    scene.commit({b"a": None, b"b": text + b"more\n"}, "as b")
    scene.commit({b"other": b"other"}, "something else")
    scene.commit({b"b": None, b"c/d": text + b"more\n"}, "as d")
    ran = terminal.run("log", "--json", "--stat", "--", "c/d")
    assert subjects(ran) == ["as d", "as b", "as a"]
    told = [[(one["old_path"], one["path"]) for one in commit["changes"]]
            for commit in ran.json["commits"]]  # fmt: skip
    assert told == [[("b", "c/d")], [("a", "b")], [(None, "a")]]


def test_an_attribute_of_a_commit_is_shown(ground):
    _, terminal = ground
    from pathlib import Path

    (Path(os.fsdecode(terminal.here)) / "a").write_text("a")
    assert terminal.run("commit", "-m", "x", "--attr", "model=small").code == 0
    assert "\nAttr:   model=small\n" in terminal.run("log").out
    assert terminal.run("log", "--json").json["commits"][0]["attributes"] == {"model": "small"}
