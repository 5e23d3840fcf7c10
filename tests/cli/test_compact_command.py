"""compact: what it prints, what it refuses, and that packs are merged without it."""

import pytest

from contentvc import limits
from tests.cli.scenery import grown, visitor


@pytest.fixture
def terminal(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    return visitor(folder, tmp_path)


def packs(terminal):
    return terminal.run("verify", "--json").json["packs"]


def test_one_line_tells_what_was_gained(terminal):
    ran = terminal.run("compact")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert ran.out.startswith("compacted: ")
    assert ran.out.endswith(", 5 packs to 1\n")
    assert terminal.run("compact").out.startswith("nothing to compact: ")
    assert terminal.run("verify").code == 0


def test_a_dry_run_does_nothing(terminal):
    before = terminal.run("operations", "--json").json
    ran = terminal.run("compact", "--dry-run")
    assert ran.out.startswith("would merge 5 packs (")
    assert terminal.run("operations", "--json").json == before
    assert packs(terminal) == 5


def test_quietly(terminal):
    assert terminal.run("compact", "-q").out == ""
    assert packs(terminal) == 1


@pytest.mark.parametrize("text", ["", "x", "-1", "3 fortnights", "1e3", "٣"])
def test_a_window_that_is_none(terminal, text):
    ran = terminal.run("compact", "--undo-window", text)
    assert ran.code == 2
    assert "is not a duration" in ran.err


@pytest.mark.parametrize("text", ["0", "30", "7 days", "1 Week", "12hours", "90 seconds"])
def test_a_window_that_is_one(terminal, text):
    assert terminal.run("compact", "--undo-window", text).code == 0
    assert terminal.run("config", "compact.undo-window", text).code == 0
    assert terminal.run("compact").code == 0


def test_a_setting_that_is_no_duration_is_refused(terminal):
    assert terminal.run("config", "compact.undo-window", "soon").code == 2


def test_as_of_an_earlier_operation_there_is_nothing_to_compact(terminal):
    assert terminal.run("compact", "--at-operation", "2").code == 2


def test_git_gc_names_it(terminal):
    ran = terminal.run("gc")
    assert ran.code == 2
    assert "contentvc compact" in ran.err


def pile_up(terminal, monkeypatch):
    monkeypatch.setattr(limits, "COMPACT_RUNS", 6)
    ran = terminal.run("commit", "--allow-empty", "-m", "one more")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)


def test_a_command_that_adds_something_merges_small_packs(terminal, monkeypatch):
    pile_up(terminal, monkeypatch)
    assert packs(terminal) == 1
    (last, *_) = terminal.run("operations", "--json").json["operations"]
    assert last["kind"] == "repack"
    assert "one more" in terminal.run("undo").out


def test_a_setting_turns_that_off(terminal, monkeypatch):
    terminal.run("config", "compact.auto", "false")
    pile_up(terminal, monkeypatch)
    assert packs(terminal) == 6
