"""sync and push --break, as people type them."""

import os

import pytest

from contentvc.remotes import together
from tests.cli.terminal import Terminal


@pytest.fixture
def ada(outside, tmp_path):
    ok(outside, "init", "-q")
    write(outside, "a", "one\n")
    ok(outside, "commit", "-qm", "first")
    for name in ("origin", "backup"):
        ok(outside, "remote", "add", "-q", name, str(tmp_path / name))
    return outside


def ok(terminal, *arguments):
    ran = terminal.run(*arguments)
    assert ran.code == 0, ran.err
    return ran


def write(terminal, name, text):
    with open(os.path.join(os.fsdecode(terminal.here), name), "w") as file:
        file.write(text)


def cut(monkeypatch, terminal, step):
    """Ctrl-C in the middle of a sync with both remotes."""

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(together, step, stop)
        patch.setattr(together, "_give_up", lambda *_: None)
        assert terminal.run("sync", "--all").code == 130


def test_all_and_names_together_are_a_mistake(ada):
    assert ada.run("sync", "--all", "origin").code == 2


def test_several_remotes_and_none_means_that_of_the_branch(ada):
    told = ok(ada, "sync", "--all").out
    assert "is the same here and in backup and origin" in told
    assert "pushed to backup" in told
    assert ok(ada, "sync").out.count("\n") == 1


def test_a_stopped_merge_ends_with_4_and_tells_the_ways_on(ada, tmp_path):
    ok(ada, "sync", "--all")
    ok(ada, "clone", "-q", str(tmp_path / "origin"), str(tmp_path / "ben"))
    ben = Terminal(os.fsencode(tmp_path / "ben"), ada.variables)
    write(ben, "a", "of ben\n")
    ok(ben, "commit", "-qm", "of ben")
    ok(ben, "sync")
    write(ada, "a", "of ada\n")
    ok(ada, "commit", "-qm", "of ada")
    ran = ada.run("sync", "--on-conflict", "stop")
    assert ran.code == 4
    assert "nothing was pushed" in ran.out
    assert "resolve" in ran.out


def test_the_status_of_what_was_cut_short_and_what_ends_it(ada, monkeypatch):
    ok(ada, "sync", "--all")
    write(ada, "a", "two\n")
    ok(ada, "commit", "-qm", "second")
    cut(monkeypatch, ada, "_commit")
    told = ok(ada, "sync", "--status").out
    assert "it was committed" in told
    assert told.count("nothing is left half-way") == 1
    ran = ok(ada, "sync", "--all")
    assert "completed push" in ran.out
    assert ok(ada, "sync", "--status").out.count("nothing is left half-way") == 2


def test_breaking_needs_a_remote_and_a_push(ada, monkeypatch):
    ok(ada, "sync", "--all")
    assert ada.run("push", "--break", "ff").code == 2
    assert ada.run("push", "origin", "main", "--break", "ff").code == 2
    assert ada.run("push", "origin", "--break", "ff").code == 3
