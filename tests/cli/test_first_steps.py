"""What somebody meets who tries the commands for the first time."""

import os

import pytest


@pytest.fixture
def started(outside):
    """In a repository with one commit of two files."""
    assert outside.run("init").code == 0
    os.mkdir(os.path.join(outside.here, b"prompts"))
    write(outside, "prompts/a.md", "Be brief.\n")
    write(outside, "model.yaml", "a: 1\n")
    assert outside.run("commit", "-m", "First").code == 0
    return outside


def write(somebody, name, text):
    with open(os.path.join(somebody.here, os.fsencode(name)), "w", encoding="utf-8") as file:
        file.write(text)


def inode(somebody, name):
    return os.stat(os.path.join(somebody.here, os.fsencode(name))).st_ino


def test_what_is_as_it_was_is_not_restored(started):
    started.run("switch", "--create", "other")
    write(started, "prompts/a.md", "Be polite.\n")
    started.run("commit", "-m", "Second")
    started.run("switch", "main")
    before = inode(started, "prompts/a.md"), inode(started, "model.yaml")
    assert started.run("restore", ".", "--json").json["restored"] == []
    assert started.run("restore", "prompts").out.startswith("everything is as in ")
    assert (inode(started, "prompts/a.md"), inode(started, "model.yaml")) == before
    write(started, "model.yaml", "a: 2\n")
    assert started.run("restore", ".", "--json").json["restored"] == [{"path": "model.yaml"}]
    assert started.run("status", "--json").json["clean"]


def test_a_message_has_words(started):
    for arguments in (["--allow-empty"], ["--amend"]):
        ran = started.run("commit", *arguments, "-m", " ")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: the message is empty\n")
    assert started.run("log", "--oneline").out.endswith("First\n")


def test_a_file_is_no_place_for_a_repository(started):
    ran = started.run("init", "model.yaml")
    assert ran.code == 2
    assert "model.yaml is not a folder" in ran.err


def test_folders_are_counted_only_where_there_are_any(outside):
    outside.run("init")
    write(outside, "a.md", "a\n")
    assert "] 1 file: 2 bytes of content" in outside.run("commit", "-m", "First").out


def test_names_alone(started):
    write(started, "prompts/a.md", "Be polite.\n")
    os.rename(os.path.join(started.here, b"model.yaml"), os.path.join(started.here, b"small.yaml"))
    assert started.run("diff", "--name-only").out == "prompts/a.md\nsmall.yaml\n"


def test_what_is_not_restored_need_not_be_read_again(started):
    from contentvc.worktree.stamps import NEVER
    from contentvc.worktree.statefile import load_state

    started.run("switch", "--create", "other")
    write(started, "prompts/a.md", "Be polite.\n")
    started.run("commit", "-m", "Second")
    started.run("switch", "main")
    started.run("restore", "prompts/a.md")
    (workspace,) = os.listdir(os.path.join(started.here, b".contentvc/workspaces"))
    path = os.path.join(started.here, b".contentvc/workspaces", workspace, b"state")
    row = load_state(path).get(b"prompts/a.md")
    assert row is not None
    assert row.mtime_ns != NEVER
