import os
import pwd
import re
from pathlib import Path

import pytest

import contentvc
from contentvc.cli.edge import VARIABLES, Edge
from contentvc.storage.bucket_settings import VARIABLES as BUCKET_VARIABLES
from tests.cli.terminal import Stream, Terminal


def edge(**variables):
    return Terminal(b"/", variables).edge()


def test_the_real_one():
    real = Edge.current()
    assert real.here == os.getcwdb()
    assert real.processors >= 1
    assert abs(real.zone) <= 24 * 60
    assert real.now() > 1_700_000_000_000_000
    assert len(real.random(16)) == 16
    with pytest.raises(TypeError):
        real.variables["HOME"] = "/"


def test_where_the_users_settings_are():
    assert edge(HOME="/home/ada").config_file == "/home/ada/.config/contentvc/config.toml"
    assert edge(XDG_CONFIG_HOME="/x", HOME="/h").config_file == "/x/contentvc/config.toml"
    assert edge(XDG_CONFIG_HOME="x", HOME="/h").config_file == "/h/.config/contentvc/config.toml"
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert edge(LOGNAME=pwd.getpwuid(os.getuid()).pw_name).config_file.startswith(home)


def test_the_login():
    assert edge(LOGNAME="ada", USER="bob").login == "ada"
    assert edge(USER="bob").login == "bob"
    assert edge().login == pwd.getpwuid(os.getuid()).pw_name


def test_a_number_that_no_account_has_is_a_login_too(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert edge().login == "user-3999999999"


@pytest.mark.parametrize(
    ("columns", "width"), [("120", 120), ("", 80), ("0", 80), ("wide", 80), ("٣", 80)]
)
def test_the_width(columns, width):
    assert edge(COLUMNS=columns).width == width


def test_nobody_is_asked_without_a_terminal():
    there, away = Stream(terminal=True), Stream()
    base = Terminal(b"/")
    assert base.edge(stdin=there, stderr=there).can_ask
    assert not base.edge(stdin=away, stderr=there).can_ask
    assert not base.edge(stdin=there, stderr=away).can_ask


def test_only_the_edge_looks_at_the_world():
    """os.environ, clocks, randomness and the current folder are read in one room."""
    reads = re.compile(
        r"os\.environ|os\.getenv|os\.getcwdb?\(|time\.(time|monotonic|time_ns|localtime)\b"
        r"|datetime\.now|os\.urandom|\bsecrets\.token|get_terminal_size|\.isatty\("
    )
    folder = Path(contentvc.__file__).parent
    allowed = {
        "cli/edge.py",
        "surroundings/world.py",
        "cli/session.py",  # asks the edge's own streams whether they are terminals
        "storage/disk.py",  # the names of temporary files
        "worktree/lease.py",  # waits, and measures how long
    }
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if reads.search(path.read_text())
    }
    assert found <= allowed


def test_every_variable_that_is_read_is_in_the_table():
    folder = Path(contentvc.__file__).parent
    text = "".join(path.read_text() for path in folder.rglob("*.py"))
    read = set(re.findall(r'variables\.get\(\s*"(\w+)"', text))
    systems = {"TERM", "COLUMNS", "HOME", "PATH", "COMP_CWORD", "COMP_WORDS"}
    assert read - systems <= set(VARIABLES) | set(BUCKET_VARIABLES)
    assert list(VARIABLES) == sorted(VARIABLES)
