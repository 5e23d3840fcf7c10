"""purge, export and size: what is asked, printed and refused."""

import io
import tarfile
from dataclasses import replace

import pytest

from contentvc.cli.program import run
from contentvc.ids import blob_id
from tests.cli.scenery import visitor
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path) -> Terminal:
    home, folder = tmp_path / "home", tmp_path / "site"
    home.mkdir()
    folder.mkdir()
    terminal = visitor(folder, home)
    assert terminal.run("init").code == 0
    (folder / "key").write_text("sesame\n")
    (folder / "cafe").write_text("named like an id\n")
    assert terminal.run("commit", "-m", "first").code == 0
    return terminal


PURGE = ("purge", "key", "--reason", "a key")


def test_without_a_terminal_it_wants_to_be_told(terminal):
    ran = terminal.run(*PURGE)
    assert ran.code == 2
    assert "--yes" in ran.err
    assert terminal.run("cat", "HEAD:key").out == "sesame\n"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("no\n", 1), ("", 1)])
def test_on_a_terminal_it_asks(terminal, answer, code):
    asked = replace(terminal, is_terminal=True)
    edge = asked.edge()
    edge.stdin.write(answer)
    edge.stdin.seek(0)
    assert run("contentvc", PURGE, edge) == code
    assert "would purge 1 version" in edge.stderr.text
    assert "Nothing brings it back" in edge.stderr.text
    assert terminal.run("cat", "HEAD:key").code == (3 if code == 0 else 0)


def test_looking_first_changes_nothing(terminal):
    before = len(terminal.run("operations", "--json").json["operations"])
    assert "would purge 1 version" in terminal.run(*PURGE, "--dry-run").out
    assert len(terminal.run("operations", "--json").json["operations"]) == before


def test_it_tells_what_is_gone_and_what_stays(terminal):
    ran = terminal.run(*PURGE, "--yes")
    assert ran.code == 0
    assert "still in your working tree: key" in ran.out
    gone = terminal.run("cat", "HEAD:key")
    assert gone.code == 3
    assert "was purged on" in gone.err
    assert "a key" in gone.err
    assert "purged 1 object: a key" in terminal.run("operations").out
    again = terminal.run(*PURGE, "--yes")
    assert again.code == 1
    undone = terminal.run("undo")
    assert undone.code == 1
    assert "nothing brings that back" in undone.err
    assert terminal.run("verify").code == 0


def test_ids_and_paths_are_told_apart(terminal):
    identifier = blob_id(b"sesame\n").hex()
    ran = terminal.run("purge", identifier[:10], "--reason", "r", "--json", "--dry-run")
    assert ran.json["contents"][0]["id"] == identifier
    ran = terminal.run("purge", "cafe", "--reason", "r", "--json", "--dry-run")
    assert ran.json["contents"][0]["paths"] == [{"path": "cafe"}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("purge key", 2),
        ("purge --reason r", 2),
        ("purge nope --reason r --yes", 3),
        ("purge . --reason r --yes", 3),
        ("purge ../x --reason r --yes", 2),
        ("--at-operation 2 purge key --reason r --yes", 2),
        ("export HEAD - --format zip", 2),
        ("export HEAD - --json", 2),
        ("export nope x.tar", 3),
        ("export HEAD key", 4),
        ("size HEAD:key", 3),
        ("verify --repair nowhere", 3),
        ("verify --repair .", 2),
    ],
)
def test_what_is_refused(terminal, line, code):
    assert terminal.run(*line.split()).code == code


def test_an_archive_on_standard_output(terminal):
    edge = terminal.edge()
    assert run("contentvc", ("export", "HEAD", "-", "key"), edge) == 0
    with tarfile.open(fileobj=io.BytesIO(edge.stdout.buffer.getvalue())) as archive:
        assert archive.getnames() == ["key"]


def test_size_is_for_people(terminal):
    ran = terminal.run("size")
    assert ran.code == 0
    assert "of content" in ran.out
    assert "commits that brought most:" in ran.out
