"""Long output goes through a pager, on a real terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios

import pytest

from contentvc.cli.exits import INTERRUPTED
from tests.cli.terminal import Terminal

MAIN = "from contentvc.cli.main import main; main()"


def _take_the_terminal():
    """So that Ctrl-C typed there reaches the program and its pager."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Screen:
    """A pseudo-terminal of 10 rows and 60 columns with the program on it."""

    def __init__(self, folder, *arguments, **variables):
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 60, 0, 0))
        left_out = ("PAGER", "CONTENTVC_PAGER", "LESS", "LV", "COLUMNS", "NO_COLOR")
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        self._program = subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            cwd=folder, stdin=far, stdout=far, stderr=far, start_new_session=True,
            env=kept | {"TERM": "xterm", "XDG_CONFIG_HOME": str(folder / "config")} | variables,
            preexec_fn=_take_the_terminal,  # noqa: PLW1509 - this process has no threads
        )  # fmt: skip
        os.close(far)
        self.text = ""

    def until(self, pattern):
        """Read until something is seen."""
        while not re.search(pattern, self.text):
            assert self._read(), f"{pattern!r} did not come: {self.text!r}"
        return self

    def type(self, keys):
        os.write(self._near, keys)
        return self

    def end(self):
        """The exit code, once everything is read."""
        while self._read():
            pass
        os.close(self._near)
        return self._program.wait(timeout=60)

    def _read(self):
        ready, _, _ = select.select([self._near], [], [], 60)
        assert ready, f"nothing more came: {self.text!r}"
        try:
            part = os.read(self._near, 65536)
        except OSError:  # what Linux says when the last program has left the terminal
            return False
        self.text += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)


@pytest.fixture
def folder(tmp_path):
    terminal = Terminal(os.fsencode(tmp_path))
    terminal.variables["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    terminal.variables["CONTENTVC_AUTHOR"] = "Ada <ada@example.org>"
    assert terminal.run("init").code == 0
    for number in range(12):
        (tmp_path / "file").write_text(f"{number}\n")
        assert terminal.run("commit", "-m", f"Commit number {number}").code == 0
    return tmp_path


@pytest.fixture
def telling(tmp_path):
    """A pager that says that it was there, and of what it was told."""
    program = tmp_path / "telling"
    program.write_text('#!/bin/sh\necho "<LESS=$LESS LV=$LV>"\ncat\necho "<end>"\n')
    program.chmod(0o755)
    return str(program)


def test_long_output_goes_through_the_pager(folder, telling):
    screen = Screen(folder, "log", PAGER=telling)
    assert screen.end() == 0
    assert screen.text.startswith("<LESS=FRX LV=-c>\n")
    assert screen.text.endswith("<end>\n")
    assert screen.text.count("Commit number") == 12
    assert "\x1b[36m" in screen.text  # colours stay


@pytest.mark.parametrize("command", [["diff", "HEAD~1", "HEAD"], ["show"], ["operations"], ["log"]])
def test_commands_that_show_much(folder, telling, command):
    screen = Screen(folder, *command, PAGER=telling)
    assert screen.end() == 0
    assert "<end>" in screen.text


@pytest.mark.parametrize(
    "options", [["--no-pager"], ["-q"], ["--json"], ["--no-pager", "--color", "always"]]
)
def test_nothing_else_than_reading_starts_one(folder, telling, options):
    screen = Screen(folder, *options, "log", PAGER=telling)
    assert screen.end() == 0
    assert "<end>" not in screen.text
    assert "Commit number 11" in screen.text


def test_commands_that_do_something_start_none(folder, telling):
    screen = Screen(folder, "branch", PAGER=telling)
    assert screen.end() == 0
    assert "<end>" not in screen.text


@pytest.mark.parametrize("none", ["cat", "", " "])
def test_cat_or_nothing_turns_it_off(folder, telling, none):
    screen = Screen(folder, "log", CONTENTVC_PAGER=none, PAGER=telling)
    assert screen.end() == 0
    assert "<end>" not in screen.text


def test_what_counts_more(folder, telling):
    terminal = Terminal(os.fsencode(folder), {"XDG_CONFIG_HOME": str(folder / "config")})
    assert terminal.run("config", "--user", "core.pager", f"{telling} setting").code == 0
    assert "<end>" in _shown(folder, PAGER="cat")
    assert "<end>" not in _shown(folder, CONTENTVC_PAGER="cat")
    assert terminal.run("config", "--user", "core.pager", "cat").code == 0
    assert "<end>" not in _shown(folder, PAGER=telling)
    assert "<end>" in _shown(folder, CONTENTVC_PAGER=telling)


def _shown(folder, **variables):
    screen = Screen(folder, "log", **variables)
    assert screen.end() == 0
    return screen.text


def test_a_repository_cannot_name_the_program(folder, telling):
    settings = folder / ".contentvc" / "config.toml"
    settings.write_text(f'[core]\npager = "{telling}"\n')
    assert "<end>" not in _shown(folder, PAGER="cat")


def test_a_pager_with_words_and_signs_is_a_command_line(folder, telling):
    screen = Screen(folder, "log", "-n", "3", PAGER=f"{telling} | sed 's/number/NUMBER/'")
    assert screen.end() == 0
    assert "Commit NUMBER 11" in screen.text
    assert "<end>" in screen.text


def test_a_pager_that_is_not_there_is_done_without(folder):
    screen = Screen(folder, "log", PAGER="no-such-pager --at-all")
    assert screen.end() == 0
    assert screen.text.count("Commit number") == 12


def test_options_of_less_that_are_set_stay(folder, telling):
    screen = Screen(folder, "log", PAGER=telling, LESS="-S", LV="x")
    screen.end()
    assert screen.text.startswith("<LESS=-S LV=x>\n")


def test_less_is_started_only_for_more_than_a_screen(folder, tmp_path, telling):
    os.rename(telling, tmp_path / "less")
    path = f"{tmp_path}:{os.environ['PATH']}"
    short = Screen(folder, "log", "--oneline", "-n", "9", PATH=path)
    assert short.end() == 0
    assert short.text.count("\n") == 9
    assert "<end>" not in short.text
    long = Screen(folder, "log", "--oneline", "-n", "10", PATH=path)
    assert long.end() == 0
    assert "<end>" in long.text
    assert long.text.count("Commit number") == 10


def test_long_lines_count_for_the_rows_they_take(folder, tmp_path, telling):
    os.rename(telling, tmp_path / "less")
    terminal = Terminal(os.fsencode(folder), {"CONTENTVC_AUTHOR": "Ada <ada@example.org>"})
    assert terminal.run("commit", "--amend", "-m", "word " * 140).code == 0
    screen = Screen(folder, "log", "--oneline", "-n", "1", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert screen.end() == 0
    assert "<end>" in screen.text


def test_leaving_early_is_no_error(folder):
    screen = Screen(folder, "log", CONTENTVC_PAGER="sh -c 'read line; echo enough'")
    assert screen.end() == 0
    assert screen.text == "enough\n"


def test_leaving_before_much_more_is_printed_is_no_error(folder):
    (folder / "large").write_text("x\n" * 200_000)
    screen = Screen(folder, "diff", CONTENTVC_PAGER="head -n 1")
    assert screen.end() == 0
    assert "error" not in screen.text


def test_the_exit_code_is_that_of_the_command(folder, telling):
    assert Screen(folder, "diff", "--exit-code", "HEAD~1", "HEAD", PAGER=telling).end() == 1
    assert Screen(folder, "log", PAGER="sh -c 'cat; exit 5'").end() == 0
    screen = Screen(folder, "log", "no-such-revision", PAGER=telling)
    assert screen.end() == 3
    assert "<end>" not in screen.text
    assert "error:" in screen.text


def test_ctrl_c_is_the_pagers_while_it_is_shown(folder):
    waiting = "trap 'echo interrupted' INT; cat; echo ready; sleep 60 & wait; kill $!; echo left"
    screen = Screen(folder, "log", CONTENTVC_PAGER=f"sh -c '{waiting.replace(chr(39), chr(34))}'")
    screen.until("ready").type(b"\x03")
    assert screen.end() == 0
    assert "interrupted" in screen.text
    assert screen.text.endswith("left\n")
    assert "Traceback" not in screen.text


def test_ctrl_c_while_output_is_made_ends_the_command(folder):
    """The pager goes on showing what there is; the exit code tells."""
    (folder / "large").write_text("x\n" * 400_000)
    stopped = 'trap "" INT; head -n 1; sleep 1; cat >/dev/null; echo left'
    screen = Screen(folder, "diff", CONTENTVC_PAGER=f"sh -c '{stopped}'")
    screen.until("\n").type(b"\x03")
    assert screen.end() == INTERRUPTED
    assert screen.text.rstrip().endswith("left")
    assert "Traceback" not in screen.text


def test_the_real_less_shows_the_first_screen(folder):
    screen = Screen(folder, "log", "--oneline", CONTENTVC_PAGER="less")
    screen.until(":").type(b"q")
    assert screen.end() == 0
    assert "Commit number 11" in screen.text
