import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contentvc.cli import complete
from contentvc.cli.commands import COMMANDS
from contentvc.cli.completion import joined
from contentvc.cli.options import Options, Start

ROOT = Path(__file__).parents[2]


class Asked:
    """What typer gives a completer of its context."""

    def __init__(self, terminal, *folders):
        self.obj = Start(terminal.edge(), Options(list(folders)))

    def find_root(self):
        return self


@pytest.fixture
def recorded(outside):
    """A working tree with a commit, a branch and a tag."""
    here = Path(os.fsdecode(outside.here))
    for name in ("prompts/draft.md", "prompts/old/first.md", "evals.yaml", "a b.md", "$(x).md"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(name)
    assert outside.run("init").code == 0
    assert outside.run("commit", "-m", "first").code == 0
    assert outside.run("switch", "--create", "trial/one").code == 0
    return outside


def test_settings_need_no_repository(outside):
    assert complete.settings(Asked(outside), "ui.") == ["ui.color", "ui.progress"]


def test_branches_and_revisions(recorded):
    asked = Asked(recorded)
    assert complete.branches(asked, "") == ["main", "trial/one"]
    assert complete.branches(asked, "t") == ["trial/one"]
    assert complete.tags(asked, "") == []
    assert complete.revisions(asked, "") == ["HEAD", "main", "trial/one"]
    assert complete.revisions(asked, "main..t") == ["main..trial/one"]
    assert complete.revisions(asked, "main...m") == ["main...main"]


def test_paths_of_a_revision_one_folder_at_a_time(recorded):
    asked = Asked(recorded)
    assert complete.revision_paths(asked, "m") == ["main"]
    assert complete.revision_paths(asked, "main:") == ["main:evals.yaml", "main:prompts/"]
    assert complete.revision_paths(asked, "main:prompts/") == [
        "main:prompts/draft.md",
        "main:prompts/old/",
    ]
    assert complete.revision_paths(asked, "main:evals.yaml/") == []
    assert complete.revision_paths(asked, "nowhere:") == []


def test_files_on_disk_are_left_to_the_shell(recorded):
    assert complete.files(Asked(recorded), "ev") == []
    assert complete.files(Asked(recorded), "prompts/") == []


def test_files_that_are_gone_are_offered(recorded):
    os.remove(recorded.here + b"/evals.yaml")
    shutil.rmtree(recorded.here + b"/prompts/old")
    assert complete.files(Asked(recorded), "ev") == ["evals.yaml"]
    assert complete.files(Asked(recorded), "./ev") == ["./evals.yaml"]
    assert complete.files(Asked(recorded), "prompts/o") == ["prompts/old/"]
    assert complete.files(Asked(recorded), "prompts/old/") == ["prompts/old/first.md"]
    assert complete.files(Asked(recorded, "prompts"), "o") == ["old/"]
    assert complete.files(Asked(recorded, "prompts"), "../ev") == ["../evals.yaml"]


def test_names_that_a_shell_could_take_for_more_are_not_offered(recorded):
    shutil.rmtree(recorded.here + b"/prompts")
    for name in (b"/a b.md", b"/$(x).md", b"/evals.yaml"):
        os.remove(recorded.here + name)
    assert complete.files(Asked(recorded), "") == ["evals.yaml", "prompts/"]


ALL = [
    complete.branches,
    complete.tags,
    complete.revisions,
    complete.revision_paths,
    complete.files,
]


@pytest.mark.parametrize("completer", ALL)
@pytest.mark.parametrize("typed", ["", "x", "main:", "main:x/y", "..", "/", "\udce9", "x\0"])
def test_a_completer_is_silent_and_never_fails(outside, capfd, completer, typed):
    asked = Asked(outside)
    assert isinstance(completer(asked, typed), list)
    assert completer(Asked(outside, "nowhere"), typed) == []
    (Path(os.fsdecode(outside.here)) / ".contentvc").write_bytes(b"\xff")
    assert isinstance(completer(asked, typed), list)
    assert capfd.readouterr() == ("", "")


def test_a_damaged_repository_has_no_answer(recorded, capfd):
    with open(recorded.here + b"/.contentvc/repository/repository.json", "w") as file:
        file.write("{")
    for completer in ALL:
        assert completer(Asked(recorded), "m") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        (["cat", "main", ":", "a"], ["cat", "main:a"]),
        (["cat", "main", ":"], ["cat", "main:"]),
        (["cat", "main", ":", "a", "b"], ["cat", "main:a", "b"]),
        (["restore", "--source", "=", "m"], ["restore", "--source=m"]),
        (["restore", "--source", "="], ["restore", "--source="]),
        (["commit", "a", "=", "b"], ["commit", "a", "=", "b"]),
        (["log", ""], ["log", ""]),
        ([":"], [":"]),
    ],
)
def test_words_that_bash_cut_are_joined(words, whole):
    assert joined(words) == whole


@pytest.fixture
def shell(recorded, tmp_path):
    """bash with the completion of the real program, at the prompt in that working tree."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("contentvc", "cvc"):
        script = folder / name
        script.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            "from contentvc.cli.main import main\nmain()\n"
        )
        script.chmod(0o755)
    environment = {**recorded.variables, "PATH": f"{folder}:{os.environ['PATH']}"}

    def ask(*words, program="contentvc"):
        script = (
            f'eval "$(_{program.upper()}_COMPLETE=source_bash {program})"\n'
            'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
            f"_{program}_completion {program}\n"
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        ran = subprocess.run(
            ["bash", "-c", script, "bash", program, *words],
            env=environment,
            cwd=recorded.here,
            check=True,
            capture_output=True,
        )
        assert ran.stderr == b""
        return ran.stdout.decode().split()

    return ask


def test_bash(shell):
    assert shell("confi") == ["config"]
    assert shell("confi", program="cvc") == ["config"]
    assert set(COMMANDS) <= set(shell(""))
    assert shell("config", "ui.c") == ["ui.color"]
    assert shell("switch", "tr") == ["trial/one"]
    assert shell("-C", ".", "switch", "tr") == ["trial/one"]
    assert shell("config", "--unset", "--js") == ["--json"]
    assert shell("config", "--color", "=", "al") == ["always"]
    assert shell("nonsense", "x") == []


@pytest.mark.parametrize(
    ("kind", "request_", "answer"),
    [
        ("zsh", "contentvc switch tr", '"trial/one"'),
        ("fish", "contentvc switch tr", "trial/one"),
        ("zsh", "contentvc confi", '"config":"Show or change settings"'),
        ("fish", "contentvc confi", "config\tShow or change settings"),
    ],
)
def test_zsh_and_fish_are_answered_as_their_scripts_expect(recorded, kind, request_, answer):
    environment = {
        **recorded.variables,
        "_CONTENTVC_COMPLETE": f"complete_{kind}",
        "_TYPER_COMPLETE_ARGS": request_,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    ran = subprocess.run(
        [sys.executable, "-c", "from contentvc.cli.main import main; main()"],
        env=environment,
        cwd=recorded.here,
        check=True,
        capture_output=True,
    )
    assert answer in ran.stdout.decode()
    assert ran.stderr == b""


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("program", ["contentvc", "cvc"])
def test_each_shell_gets_a_script_for_each_program(kind, program):
    variable = f"_{program.upper()}_COMPLETE"
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.argv[0] = {program!r}\nfrom contentvc.cli.main import main; main()",
        ],
        env={**os.environ, variable: f"source_{kind}"},
        check=True,
        capture_output=True,
    )
    script = ran.stdout.decode()
    assert f"{variable}=complete_{kind}" in script
    assert program in script
