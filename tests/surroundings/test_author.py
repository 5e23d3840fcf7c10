import os
import shutil
import subprocess

import pytest

from contentvc.errors import Usage
from contentvc.surroundings.author import author, checked_author
from contentvc.surroundings.settings import Settings
from tests.cli.terminal import Terminal


@pytest.fixture
def person(tmp_path):
    """Somebody without any configuration, who has git."""
    here = os.fsencode(os.path.realpath(tmp_path))
    variables = {
        "HOME": str(tmp_path),
        "LOGNAME": "ada",
        "PATH": os.path.dirname(shutil.which("git")),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return Terminal(here, variables)


def name_of(person, flag=None):
    edge = person.edge()
    settings = Settings.load(edge.config_file, person.here + b"/config.toml")
    if flag is not None:
        return checked_author(flag, "--author")
    return author(edge, settings, person.here)


def git(person, *arguments):
    subprocess.run(["git", *arguments], cwd=person.here, env=person.variables, check=True)


def test_nobody_is_refused(person):
    assert name_of(person) == "ada <ada@anywhere>"
    person.variables["PATH"] = ""
    assert name_of(person) == "ada <ada@anywhere>"


def test_each_source_counts_more_than_the_one_before(person):
    git(person, "config", "--global", "user.name", "Git Ada")
    assert name_of(person) == "Git Ada <ada@anywhere>"
    git(person, "init", "-q")
    git(person, "config", "user.email", "ada@git")
    git(person, "config", "user.name", "Local\tAda <x>")
    assert name_of(person) == "LocalAda x <ada@git>"
    with open(person.here + b"/config.toml", "w") as file:
        file.write("user.name = 'Countess'\n")
    assert name_of(person) == "Countess <ada@git>"
    with open(person.here + b"/config.toml", "a") as file:
        file.write("user.email = 'a@b'\n")
    assert name_of(person) == "Countess <a@b>"
    person.variables["CONTENTVC_AUTHOR"] = "Eval Bot <bot@ci>"
    assert name_of(person) == "Eval Bot <bot@ci>"
    assert name_of(person, "Bob <b@b>") == "Bob <b@b>"


def test_git_may_be_broken(person):
    with open(person.here + b"/.gitconfig", "w") as file:
        file.write("[user\n")
    assert name_of(person) == "ada <ada@anywhere>"


def test_a_git_in_the_current_folder_is_not_run(person):
    with open(person.here + b"/git", "w") as file:
        file.write("#!/bin/sh\ntouch was-run\n")
    os.chmod(person.here + b"/git", 0o700)
    person.variables["PATH"] = f":.:{person.variables['PATH']}"
    assert name_of(person) == "ada <ada@anywhere>"
    assert not os.path.exists(person.here + b"/was-run")


def test_a_login_that_is_no_text_is_cleaned(person):
    person.variables["LOGNAME"] = "a\udce9\x1b<b>"
    assert name_of(person) == "a\ufffdb <a\ufffdb@anywhere>"


@pytest.mark.parametrize("text", ["Ada <ada@example.org>", "Ada", "<ada@example.org>", " Ada  "])
def test_forms_of_an_author(person, text):
    assert name_of(person, text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "  ", "a\nb", "Ada <a", "Ada <>", "<a> b", "\x1b", "x" * 1001]
)
def test_what_is_no_author_is_refused(person, text):
    with pytest.raises(Usage, match="--author"):
        name_of(person, text)
    if text:
        person.variables["CONTENTVC_AUTHOR"] = text
        with pytest.raises(Usage, match="CONTENTVC_AUTHOR"):
            name_of(person)
