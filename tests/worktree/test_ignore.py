"""Which rule decides: built-in names, two kinds of files, several levels."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Damaged, NotAllowed
from contentvc.worktree.ignore import BUILT_IN, IgnoreRules
from contentvc.worktree.secrets import EXACT, looks_like_secret
from tests.worktree.trees import shared_folder, without_privileges, write


@pytest.fixture
def root(tmp_path):
    return os.fsencode(tmp_path)


def verdict(root, path, *, folder=False, git=False):
    return IgnoreRules(root, use_git=git).verdict(path, is_folder=folder)


def ignored(root, path, **more):
    return verdict(root, path, **more).ignored


@pytest.mark.parametrize("name", sorted(BUILT_IN))
@pytest.mark.parametrize("above", [b"", b"a/", b"a/b/"])
def test_built_in(root, name, above):
    found = verdict(root, above + name)
    assert found == (True, b"", 0, name, above + name)
    inside = verdict(root, above + name + b"/x/y")
    assert inside == found
    assert not ignored(root, above + name + b".txt")


def test_built_in_below(root):
    assert ignored(root, b".dvc/cache", folder=True)
    assert ignored(root, b"a/.dvc/tmp/x")
    assert not ignored(root, b".dvc/config")
    assert not ignored(root, b"cache", folder=True)


def test_files_come_after_the_built_in(root):
    write(root, {b".contentvcignore": b"!node_modules\nnode_modules/*\n!/node_modules/keep\n"})
    found = verdict(root, b"node_modules", folder=True)
    assert found == (False, b".contentvcignore", 1, b"!node_modules", b"node_modules")
    assert found.is_included
    assert ignored(root, b"node_modules/x")
    assert not ignored(root, b"node_modules/keep/file")
    assert not verdict(root, b"other").is_included


def test_git_files_count_only_when_asked_and_have_no_last_word(root):
    write(
        root,
        {
            b".gitignore": b"*.csv\n*.x\n!.venv\n",
            b".contentvcignore": b"!*.csv\n",
            b"a/.gitignore": b"!*.x\n*.csv",
        },
    )
    assert not ignored(root, b"a.x")
    assert ignored(root, b"a.x", git=True)
    assert not ignored(root, b"a/a.x", git=True)
    assert not ignored(root, b"a.csv", git=True)
    assert not ignored(root, b"a/a.csv", git=True)
    assert not ignored(root, b".venv", git=True)
    assert ignored(root, b".venv")


def test_nearer_files_decide(root):
    write(
        root,
        {
            b".contentvcignore": b"*.x\nb/",
            b"a/.contentvcignore": b"!*.x\n/b/c",
            b"b/.contentvcignore": b"!*",
        },
    )
    assert ignored(root, b"1.x")
    assert verdict(root, b"a/1.x") == (False, b"a/.contentvcignore", 1, b"!*.x", b"a/1.x")
    assert not ignored(root, b"a/d/1.x")
    assert verdict(root, b"b/1.x") == (True, b".contentvcignore", 2, b"b/", b"b")
    assert ignored(root, b"a/b", folder=True)
    assert not ignored(root, b"a/b")
    assert verdict(root, b"a/b/c").path == b"a/b"


def test_names_that_are_not_text(root):
    write(root, {b".contentvcignore": b"\xff*\nnew?line\n"})
    assert ignored(root, b"\xff\xfe")
    assert ignored(root, b"new\nline")
    assert not ignored(root, b"\xfe")


def test_deep_paths(root):
    write(root, {b".contentvcignore": b"leaf"})
    path = b"/".join([b"d"] * 1900)
    assert not ignored(root, path)
    assert ignored(root, path + b"/leaf")


def test_what_is_no_ignore_file(root):
    os.mkdir(root + b"/a")
    os.mkdir(root + b"/a/.contentvcignore")
    os.mkfifo(root + b"/.contentvcignore")
    os.mkdir(root + b"/b")
    write(root, {b"rules": b"*"})
    os.symlink(b"../rules", root + b"/b/.contentvcignore")
    assert not ignored(root, b"a/x")
    assert not ignored(root, b"b/x")
    write(root, {b"file": b""})
    assert not ignored(root, b"file/x")


def test_an_ignore_file_that_is_too_large(root):
    write(root, {b".contentvcignore": b"#" * (limits.JSON_BYTES + 1)})
    with pytest.raises(Damaged):
        ignored(root, b"x")


def test_an_ignore_file_that_cannot_be_read():
    with shared_folder() as root:
        write(root, {b".contentvcignore": b"x"})
        os.chmod(root + b"/.contentvcignore", 0)
        with pytest.raises(NotAllowed) as caught:
            without_privileges(lambda: ignored(root, b"x"))
        assert ".contentvcignore" in caught.value.message


def test_forced(root):
    write(root, {b".contentvcignore": b"*", b"a/.contentvcignore": b"*"})
    rules = IgnoreRules.forced(root, [b"a", b".venv"])
    assert not rules.verdict(b"a/x/y", is_folder=False).ignored
    assert not rules.verdict(b".venv/x", is_folder=False).ignored
    assert rules.verdict(b"a/x/.git", is_folder=True).ignored


def test_listed_names_spare_a_look(root):
    write(root, {b".contentvcignore": b"*"})
    rules = IgnoreRules(root, use_git=False)
    assert rules.folder(b"", [b"x"]).is_silent(b"x")
    rules = IgnoreRules(root, use_git=False)
    assert not rules.folder(b"", [b"x", b".contentvcignore"]).is_silent(b"x")


@given(st.binary(min_size=1, max_size=6).filter(lambda name: not {0, 47} & set(name)))
def test_silence_means_not_ignored(tmp_path_factory, name):
    rules = IgnoreRules(os.fsencode(tmp_path_factory.getbasetemp()), use_git=False).folder(b"")
    found = rules.decide(name, is_folder=False)
    assert rules.is_silent(name) == (not found.pattern)


SECRETS = [
    b".env",
    b".env.production",
    b".ENV",
    b".envrc",
    b"a.pem",
    b"A.PEM",
    b"id_rsa",
    b"id_ed25519",
    b"id_rsa.old",
    b"id_ed25519_work",
    b"x.key",
    b"x.p12",
    b"x.pfx",
    b"credentials.json",
    *EXACT,
]
HARMLESS = [
    b".env.example",
    b".env.sample",
    b".env.template",
    b"id_rsa.pub",
    b"id_mapping.csv",
    b"id_",
    b"environment",
    b"a.env",
    b"pem",
    b"keys.json",
    b"id_rsa2.txt",
]


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_secrets(name):
    assert looks_like_secret(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name):
    assert not looks_like_secret(name)
