"""merge, conflicts, resolve, cherry-pick, revert: flags, exit codes, who decides conflicts."""

import pytest

from contentvc.cli.complete import conflicts
from contentvc.cli.options import Options, Start
from tests.cli.scenery import grown, visitor


@pytest.fixture
def ground(tmp_path):
    """On main, beside a branch trial that changed the same line."""
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    terminal = visitor(folder, tmp_path)

    def commit(branch, text):
        assert terminal.run("switch", *branch).code == 0
        (folder / "run.sh").write_text(text)
        assert terminal.run("commit", "-m", text.strip()).code == 0

    commit(("-c", "trial"), "theirs\n")
    commit(("main",), "ours\n")
    return folder, terminal


def test_without_a_terminal_conflicts_fail_and_nothing_changes(ground):
    folder, terminal = ground
    ran = terminal.run("merge", "trial")
    assert (ran.code, ran.out) == (4, "")
    assert "--on-conflict stop" in ran.err
    assert (folder / "run.sh").read_text() == "ours\n"
    ran = terminal.run("merge", "trial", "--json")
    assert ran.code == 4
    assert ran.json["error"]["code"] == "merge-conflict"
    assert ran.json["error"]["details"]["paths"] == ["run.sh"]


def test_on_a_terminal_they_stop(ground):
    folder, terminal = ground
    terminal.is_terminal = True
    ran = terminal.run("merge", "trial")
    assert ran.code == 4
    assert "stopped at 1 conflict" in ran.out
    assert "<<<<<<< main" in (folder / "run.sh").read_text()


@pytest.mark.parametrize(("setting", "text"), [("ours", "ours\n"), ("theirs", "theirs\n")])
def test_the_setting_holds_and_the_flag_counts_more(ground, setting, text):
    folder, terminal = ground
    assert terminal.run("config", "merge.on-conflict", setting).code == 0
    assert terminal.run("merge", "trial", "--on-conflict", "fail").code == 4
    assert terminal.run("merge", "trial").code == 0
    assert (folder / "run.sh").read_text() == text


def test_a_setting_that_is_none_is_refused(ground):
    _, terminal = ground
    ran = terminal.run("config", "merge.on-conflict", "perhaps")
    assert ran.code == 2
    assert "stop, fail, ours, theirs" in ran.err


def test_a_conflict_is_decided_from_where_one_stands(ground):
    folder, terminal = ground
    terminal.run("merge", "trial", "--on-conflict", "stop")
    inner = visitor(folder, folder.parent)
    inner.here += b"/docs"
    assert "C ../run.sh" in inner.run("status").out
    with_context = Start(inner.edge(), Options(), ())

    class Parsing:
        obj = with_context

        def find_root(self):
            return self

        def call_on_close(self, _):
            return None

    assert list(conflicts(Parsing(), "")) == ["../run.sh"]
    assert inner.run("resolve", "../run.sh").code == 4
    assert inner.run("resolve", "../run.sh", "--theirs").code == 0
    done = inner.run("commit")
    assert done.code == 0
    assert terminal.run("log", "-n", "1").out.count("Merge:") == 1


@pytest.mark.parametrize(
    "line",
    [
        ("merge",),
        ("merge", "trial", "--abort"),
        ("merge", "trial", "--no-ff", "--ff-only"),
        ("merge", "trial", "--on-conflict", "perhaps"),
        ("resolve",),
        ("resolve", "run.sh", "--ours", "--theirs"),
        ("cherry-pick",),
        ("cherry-pick", "trial", "--continue"),
        ("cherry-pick", "--continue", "--abort"),
        ("cherry-pick", "trial", "-m", "0"),
        ("revert",),
        ("stash", "push", "--abort"),
        ("stash", "list", "--on-conflict", "stop"),
    ],
)
def test_what_makes_no_sense_is_refused(ground, line):
    _, terminal = ground
    assert terminal.run(*line).code == 2


def test_a_merge_is_reverted_with_its_mainline(ground):
    _, terminal = ground
    ran = terminal.run("revert", "HEAD~1")
    assert ran.code == 2
    assert "--mainline 1" in ran.err
    assert terminal.run("revert", "HEAD~1", "-m", "1").code == 0


@pytest.mark.parametrize("line", [("merge", "--abort"), ("revert", "--continue"), ("resolve", ".")])
def test_nothing_in_progress_is_said(ground, line):
    _, terminal = ground
    ran = terminal.run(*line, "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "not-merging"


def test_what_is_in_the_way_says_both_ways_on(ground):
    _, terminal = ground
    terminal.run("merge", "trial", "--on-conflict", "stop")
    ran = terminal.run("switch", "trial")
    assert ran.code == 4
    assert "contentvc commit" in ran.err
    assert "contentvc merge --abort" in ran.err
    assert terminal.run("commit").code == 4
    assert terminal.run("merge", "--abort").code == 0
    assert terminal.run("switch", "trial").code == 0


def test_quiet_is_silent_and_tells_by_its_code(ground):
    _, terminal = ground
    ran = terminal.run("merge", "-q", "trial", "--on-conflict", "stop")
    assert (ran.code, ran.out, ran.err) == (4, "", "")
    assert terminal.run("resolve", "-q", "run.sh", "--ours").out == ""
    assert terminal.run("commit", "-q").out == ""


def test_a_git_verb_says_what_does_its_work(ground):
    _, terminal = ground
    assert "cherry-pick" in terminal.run("rebase", "main").err
    assert "contentvc conflicts" in terminal.run("mergetool").err
