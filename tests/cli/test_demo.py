"""The guided run: every command is real, and nothing is left behind unless asked for."""

import os
import re
import shlex
from pathlib import Path

import pytest

from contentvc.cli import demo
from contentvc.cli.commands import COMMANDS
from tests.cli.terminal import Stream, Terminal, start

STORY = list(demo._story())
LINES = [f"$ contentvc {step.command}" for step in STORY]


@pytest.fixture
def somebody(outside, tmp_path, monkeypatch):
    """Whose temporary files lie where the test can look."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return outside


def folders(path):
    return [name for name in os.listdir(path) if name.startswith("contentvc-demo-")]


def test_each_command_is_printed_before_what_it_prints(somebody, tmp_path):
    ran = somebody.run("demo")
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if line.startswith("$ ")] == LINES
    told = dict(
        re.findall(r"^\$ contentvc ([^\n]*)\n(.*?)(?=\n\n# |\Z)", ran.out, re.DOTALL | re.MULTILINE)
    )
    assert "is under contentvc now, on branch main" in told["init"]
    assert "4 files in 3 folders" in told["commit -m 'First version'"]
    assert "M prompts/support.md" in told["status"]
    assert "+Ask for the order number first." in told["diff"]
    assert "new branch cooler" in told["switch --create cooler"]
    assert "Merge branch 'cooler' into main: 2 files changed" in told["merge cooler"]
    assert '"stays polite" → "stays polite and brief"' in told["history evals/questions.jsonl#4"]
    assert "|/" in told["log --graph --oneline --all"]
    assert "prompts/support.md is as in" in told["restore prompts/support.md"]
    assert "Roll back prompts" in told["rollback HEAD~5 prompts"]
    assert [text.split("\n")[0] for text in re.findall("took back operation .*", ran.out)] == [
        "took back operation 11: contentvc rollback 'HEAD~5' prompts",
        "took back operation 13: contentvc restore prompts/support.md",
    ]
    assert "1 change set aside" in told["stash -m 'About refunds'"]
    assert told["verify"].startswith("all is sound: ")
    assert folders(tmp_path) == []


def test_every_kind_of_work_is_shown_and_each_step_says_why():
    verbs = {shlex.split(line)[2] for line in LINES}
    assert verbs <= set(COMMANDS)
    wanted = {"init", "commit", "status", "diff", "switch", "log", "rollback", "undo", "restore"}
    assert verbs == wanted | {"history", "merge", "stash", "verify"}
    assert all(step.why.endswith((".", "?")) for step in STORY)


def test_the_folder_can_be_kept_and_used(somebody, tmp_path):
    ran = somebody.run("demo", "--keep")
    (name,) = folders(tmp_path)
    assert f"Its folder is {os.path.realpath(tmp_path / name)};" in ran.out
    there = Terminal(os.fsencode(tmp_path / name), somebody.variables)
    assert there.run("status", "--json").json["clean"]
    assert "cooler" in there.run("branch").out


def test_json_gives_steps_with_their_exit_codes_and_documents(somebody, tmp_path):
    document = somebody.run("demo", "--json").json
    assert [step["command"] for step in document["steps"]] == [
        shlex.split(line.removeprefix("$ ")) for line in LINES
    ]
    assert {step["exit"] for step in document["steps"]} == {0}
    outputs = {step["command"][1]: step["output"] for step in document["steps"]}
    assert outputs["verify"]["ok"]
    assert outputs["undo"]["kind"] == "restore"
    large = [
        step["output"]["bytes"] for step in document["steps"] if "Embed" in step["command"][-1]
    ]
    assert [one["content"] for one in large] == [16_384_000, 16_384_000]
    assert large[0]["stored"] > 16_000_000
    assert large[1]["stored"] < 10_000
    assert not document["kept"]
    page = (Path(__file__).parents[2] / "docs/reference/json.md").read_text()
    table = page.split("\n## demo\n")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    steps = {f"steps[].{key}" for step in document["steps"] for key in step}
    assert told == document.keys() - {"schema"} | steps
    assert not os.path.exists(document["path"])
    assert folders(tmp_path) == []


def test_a_command_that_fails_ends_it_with_its_code(somebody, tmp_path):
    somebody.variables["CONTENTVC_AUTHOR"] = "<>"
    ran = somebody.run("demo")
    assert ran.code == 2
    assert "CONTENTVC_AUTHOR" in ran.err
    assert ran.out.count("$ contentvc") == 1
    assert "That was the demo" not in ran.out
    document = somebody.run("demo", "--json")
    assert document.code == 2
    assert [step["exit"] for step in document.json["steps"]] == [2]
    assert document.json["steps"][0]["output"]["error"]["code"] == "bad-value"
    assert folders(tmp_path) == []


def test_colours_and_silence_count_for_the_commands_too(somebody):
    coloured = somebody.run("demo", "--color", "always").out
    assert "\x1b[36m$ contentvc init\x1b[0m" in coloured
    assert "\x1b[32m+" in coloured
    quiet = somebody.run("demo", "-q").out
    assert "is under contentvc now" not in quiet
    assert "+Ask for the order number first." in quiet


def test_nobody_is_asked(somebody):
    class Deaf(Stream):
        def read(self, *_):
            raise AssertionError("the demo reads standard input")

        readline = read

    from contentvc.cli.program import run

    edge = somebody.edge(stdin=Deaf(terminal=True), stderr=Stream(terminal=True))
    assert run("contentvc", ["demo"], edge) == 0


def test_an_operation_cannot_be_looked_at(somebody):
    ran = somebody.run("demo", "--at-operation", "3")
    assert ran.code == 2
    assert "hint: drop --at-operation" in ran.err


def test_as_a_process_it_is_over_before_one_gets_bored(tmp_path):
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": "", "TERM": "dumb"}
    before = os.times().children_user
    ran = start("demo", env=environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"all is sound" in ran.stdout
    # Processor time, since a busy machine must not fail a test.
    assert os.times().children_user - before < 3
