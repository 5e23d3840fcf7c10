"""branch and tag: what they do, and what they refuse."""

import pytest

from contentvc.cli.complete import revisions_then_files
from contentvc.cli.options import Options, Start
from tests.cli.scenery import grown, visitor


@pytest.fixture
def ground(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    commits = grown(folder)
    return {name: one.hex()[:12] for name, one in commits.items()}, visitor(folder, tmp_path)


def names(terminal):
    return [one["name"] for one in terminal.run("branch", "--json").json["branches"]]


def test_a_branch_is_made_moved_renamed_and_deleted(ground):
    at, terminal = ground
    assert terminal.run("branch", "trial").out == f"new branch trial at {at['merge']}\n"
    moved = terminal.run("branch", "--force", "trial", "v1")
    assert moved.out == f"branch trial moved from {at['merge']} to {at['edit']}\n"
    assert terminal.run("branch", "-m", "trial", "a/b").out == "branch trial is called a/b now\n"
    assert names(terminal) == ["a/b", "evals", "main"]
    gone = terminal.run("branch", "-d", "a/b", "evals")
    assert gone.out.splitlines() == [
        f"branch a/b is deleted; it was at {at['edit']}",
        f"branch evals is deleted; it was at {at['side']}",
    ]
    assert names(terminal) == ["main"]


def test_the_current_branch_is_renamed_with_its_working_tree(ground):
    _, terminal = ground
    assert terminal.run("branch", "-m", "trunk").out == "branch main is called trunk now\n"
    assert terminal.run("branch").out == "  evals\n* trunk\n"
    assert terminal.run("status", "--json").json["branch"] == "trunk"


def test_without_a_branch_the_list_says_so(ground):
    at, terminal = ground
    assert terminal.run("switch", "--detach", "v1").code == 0
    assert terminal.run("branch").out == f"* no branch, at {at['edit']}\n  evals\n  main\n"
    assert terminal.run("branch", "--json").json["current"] is None
    assert terminal.run("branch", "-m", "x").code == 3


def test_before_the_first_commit(outside):
    assert outside.run("init").code == 0
    assert outside.run("branch", "-v").out == "* main  no commit yet\n"
    assert outside.run("branch", "other").code == 3
    assert outside.run("tag", "v1").code == 3
    assert outside.run("tag").out == ""


def test_quiet_makes_changes_without_a_word(ground):
    _, terminal = ground
    assert terminal.run("branch", "-q", "trial").out == ""
    assert terminal.run("branch", "-q").out == "  evals\n* main\n  trial\n"


@pytest.mark.parametrize(
    ("line", "exit_code", "told"),
    [
        ("branch evals", 4, "branch evals exists"),
        ("branch -f main v1", 4, "main is checked out"),
        ("branch -d main", 4, "main is checked out"),
        ("branch -d nowhere", 3, "there is no branch nowhere"),
        ("branch -m nowhere x", 3, "there is no branch nowhere"),
        ("branch -m evals main", 4, "branch main exists"),
        ("branch x..y", 2, "'x..y' cannot be the name"),
        ("branch x nowhere", 3, "no commit is called 'nowhere'"),
        ("branch evals/more", 4, "evals exists, so evals/more cannot"),
        ("branch a b c", 2, "a branch has one name"),
        ("branch -d", 2, "-d needs the names"),
        ("branch -m", 2, "-m needs one name or two"),
        ("branch -m -d x", 2, "-m and -d contradict"),
        ("tag v1", 4, "tag v1 exists"),
        ("tag -d v2", 3, "there is no tag v2"),
        ("tag -d", 2, "-d needs the names"),
        ("tag a b c", 2, "a tag has one name"),
        ("branch x --at-operation 3", 2, "nothing can be changed as of an earlier operation"),
    ],
)
def test_what_is_refused_changes_nothing(ground, line, exit_code, told):
    _, terminal = ground
    before = terminal.run("operations", "--json").out
    ran = terminal.run(*line.split())
    assert (ran.code, ran.out) == (exit_code, "")
    assert told in ran.err.splitlines()[0]
    assert terminal.run("operations", "--json").out == before


def test_a_branch_with_commits_of_its_own_needs_force(ground):
    at, terminal = ground
    assert terminal.run("switch", "--create", "trial").code == 0
    assert terminal.run("commit", "--allow-empty", "-m", "alone").code == 0
    assert terminal.run("switch", "main").code == 0
    refused = terminal.run("branch", "-d", "trial")
    assert refused.code == 4
    assert "no other branch or tag reaches" in refused.err
    assert terminal.run("branch", "-d", "--force", "trial").code == 0
    assert at


def test_a_tag_is_made_listed_and_deleted(ground):
    at, terminal = ground
    assert terminal.run("tag", "v0", "v1~1").out == f"new tag v0 at {at['first']}\n"
    assert terminal.run("tag").out == "v0\nv1\n"
    assert terminal.run("show", "v0", "--json").json["id"].startswith(at["first"])
    hint = terminal.run("tag", "v0").err.splitlines()[1]
    assert hint.endswith("move it: contentvc tag --force v0")
    assert terminal.run("tag", "-d", "v0").out == f"tag v0 is deleted; it was at {at['first']}\n"


class Asked:
    """What typer gives a completer of its context."""

    def __init__(self, terminal, **params):
        self.obj = Start(terminal.edge(), Options())
        self.params = params

    def find_root(self):
        return self


def test_completion_offers_what_is_meant(ground):
    from contentvc.cli.branch import _names as branch_names
    from contentvc.cli.tag import _names as tag_names

    _, terminal = ground
    assert branch_names(Asked(terminal), "") == ["evals", "main"]
    assert branch_names(Asked(terminal, names=["new"]), "v") == ["v1"]
    assert branch_names(Asked(terminal, names=["evals"], delete=True), "v") == []
    assert tag_names(Asked(terminal), "") == ["v1"]
    assert tag_names(Asked(terminal, names=["v2"]), "m") == ["main"]
    assert revisions_then_files(Asked(terminal), "HEAD..e") == ["HEAD..evals"]
    (_path(terminal) / "run.sh").unlink()
    assert revisions_then_files(Asked(terminal), "ru") == ["run.sh"]


def _path(terminal):
    import os
    from pathlib import Path

    return Path(os.fsdecode(terminal.here))
