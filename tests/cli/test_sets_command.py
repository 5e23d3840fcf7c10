"""sets, and --set of the commands that look; what they print is in tests/golden/printed."""

import json
import os

import pytest

from contentvc.cli import complete
from contentvc.sets.declaration_schema import schema_text
from tests.cli.scenery import grown, visitor
from tests.cli.test_completion import Asked

DECLARED = '[sets.evals]\npaths = ["evals/**"]\n[sets.docs]\npaths = ["docs/**"]\n'


@pytest.fixture
def ground(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    return folder, visitor(folder, tmp_path / "none")


def subjects(ran):
    assert ran.code == 0, ran.err
    return [one["message"].split("\n")[0] for one in ran.json["commits"]]


def test_commands_are_narrowed_to_sets(ground):
    folder, terminal = ground
    (folder / "contentvc.toml").write_text(DECLARED)
    assert subjects(terminal.run("log", "--json", "--set", "evals")) == ["Add an eval"]
    both = terminal.run("log", "--json", "--set", "evals", "--set", "docs", "--", "docs")
    assert subjects(both) == ["Call the guide a handbook", "Edit guide and table", "First version"]
    (folder / "docs/handbook.md").write_text("New\n")
    (folder / "run.sh").write_text("new\n")
    changed = terminal.run("diff", "--name-only", "--set", "docs").out
    assert changed == "docs/handbook.md\n"
    assert terminal.run("commit", "-qm", "Declare").code == 0
    assert terminal.run("export", "HEAD", "out", "--set", "evals").code == 0
    assert os.listdir(folder / "out") == ["evals"]


@pytest.mark.parametrize(
    "line", ["log --set eval", "diff --set eval", "export HEAD ../out --set eval"]
)
def test_a_set_that_is_not_declared(ground, line):
    folder, terminal = ground
    (folder / "contentvc.toml").write_text(DECLARED)
    terminal.run("commit", "-qm", "Declare")
    ran = terminal.run(*line.split())
    assert ran.code == 3
    assert "there is no content set 'eval'; is evals meant?" in ran.err
    assert "declared are: evals, docs" in ran.err


@pytest.mark.parametrize(
    ("line", "exit_code", "told"),
    [
        ("sets HEAD HEAD", 2, "list takes no HEAD"),
        ("sets propose HEAD", 2, "propose takes no HEAD"),
        ("sets --print", 2, "--print is for propose"),
        ("sets schema --json", 2, "the schema is a document of its own"),
        ("sets propose --at-operation 1", 2, "drop --at-operation"),
        ("sets nowhere", 3, "nowhere"),
    ],
)
def test_what_is_refused(ground, line, exit_code, told):
    _, terminal = ground
    ran = terminal.run(*line.split())
    assert (ran.code, told in ran.err + ran.out) == (exit_code, True), ran.err


def test_the_schema_is_printed_as_it_is(ground):
    _, terminal = ground
    assert terminal.run("sets", "schema").out == schema_text()
    assert json.loads(schema_text())["title"] == "contentvc.toml"


def test_from_nothing_to_sets_that_are_listed(ground):
    folder, terminal = ground
    assert "contentvc sets propose" in terminal.run("sets").err
    (folder / "evals/cases.jsonl").write_text('{"id": 1}\n{"id": 2}\n')
    printed = terminal.run("sets", "propose", "--print").out
    assert not (folder / "contentvc.toml").exists()
    ran = terminal.run("sets", "propose")
    assert ran.out.splitlines() == [
        "wrote contentvc.toml with 1 content set",
        "  evals  1 file  evals/**/*.jsonl  key id",
    ]
    assert "contentvc sets" in ran.err
    assert (folder / "contentvc.toml").read_text() == printed
    again = terminal.run("sets", "propose")
    assert (again.code, "contentvc.toml exists" in again.err) == (4, True)
    (only,) = terminal.run("sets", "--json").json["sets"]
    assert (only["name"], only["records"], only["last"]) == ("evals", 2, None)


def test_names_of_sets_are_completed(ground):
    folder, terminal = ground
    (folder / "contentvc.toml").write_text(DECLARED)
    assert complete.content_sets(Asked(terminal), "e") == ["evals"]
    (folder / "contentvc.toml").write_text("[sets")
    assert complete.content_sets(Asked(terminal), "") == []
