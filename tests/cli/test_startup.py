"""The real program as a process: what it imports, its streams, how it ends."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.terminal import start

HEAVY = {"rich", "deepdiff", "zstandard", "pathspec", "numpy", "msgpack", "pydantic", "tomllib"}

LIST_MODULES = """
import os, sys
end = os._exit
def leave(code):
    print("\\n".join(sys.modules), file=sys.stderr, flush=True)
    end(code)
os._exit = leave
from contentvc.cli.main import main
main()
"""


def imported(*arguments):
    ran = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *arguments], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.decode().split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["config", "--help"]])
def test_what_takes_long_to_import_is_not_imported(arguments):
    found = imported(*arguments)
    assert "contentvc.cli.program" in found
    assert {name.partition(".")[0] for name in found}.isdisjoint(HEAVY)
    assert not {"contentvc.repository", "contentvc.storage.local", "json"} & found


def test_only_the_module_of_the_command_is_imported():
    assert "contentvc.cli.config" not in imported("--version")
    assert "contentvc.cli.config" not in imported("--help")
    assert "contentvc.cli.config" in imported("config", "--help")


def test_both_programs_are_installed():
    from importlib.metadata import entry_points

    scripts = {one.name: one.value for one in entry_points(group="console_scripts")}
    assert scripts["contentvc"] == scripts["cvc"] == "contentvc.cli.main:main"


def test_it_runs():
    ran = start("--version")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"contentvc 0.")


def test_an_error_goes_to_standard_error():
    ran = start("confg")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"error: there is no command confg\n")


def test_a_full_disk_behind_the_output_is_an_error():
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        ran = start("--help", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 8
    assert ran.stderr.startswith(b"error: the output cannot be written: No space left")


def test_a_reader_that_goes_away_is_no_error():
    ours, theirs = os.pipe()
    os.close(ours)
    ran = start("--help", capture_output=False, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_closed_streams_are_nothing_that_files_end_up_in(closed, tmp_path):
    script = "; ".join(f"exec {number}>&-" for number in closed)
    run = f"{script}; exec {sys.executable} -c 'from contentvc.cli.main import main; main()' \"$@\""
    ran = subprocess.run(
        ["/bin/sh", "-c", run, "sh", "config", "--user", "user.name", "Ada"],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        check=False,
        capture_output=True,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    written = tmp_path / "contentvc" / "config.toml"
    assert written.read_text() == '[user]\nname = "Ada"\n'


def test_letters_that_the_locale_does_not_have(tmp_path):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    start("config", "--user", "user.name", "Größe", env=environment)
    ran = start("config", "user.name", env=environment, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, b"Gr\\xf6\\xdfe\n")


WAIT = """
import sys, time
from contentvc.cli import program
def wait(called, arguments, start):
    print("ready", flush=True)
    time.sleep(60)
program._invoked = wait
from contentvc.cli.main import main
main()
"""


def test_ctrl_c_ends_it_quietly():
    program = subprocess.Popen(
        [sys.executable, "-c", WAIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout.readline() == b"ready\n"
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err) == (130, b"", b"")
