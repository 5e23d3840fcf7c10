"""Ten processes at once, in one working tree and in ten of one repository."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from contentvc.actions.workspaces import add_workspace
from contentvc.changes.trees import diff_trees
from contentvc.history.graph import ancestors
from contentvc.ids import ObjectId
from tests.actions.site import Site

ACTORS = 10
ROUNDS = 12
TOP = Path(__file__).parent.parent.parent


def _run(roots: Iterable[str]) -> dict[str, str]:
    """What the actors committed: ids, and what their file held."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.actor", root, str(number), str(ROUNDS)],
            cwd=TOP,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, root in enumerate(roots)
    ]
    told: dict[str, str] = {}
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        for line in out.splitlines():
            identifier, content = line.split()
            assert identifier not in told
            told[identifier] = content
    return told


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    base = {b"shared/%d" % n: b"the same on all branches %d\n" % n for n in range(30)}
    site.write(base | {b"only": b"0"}).commit("base")
    for number in range(3):
        site.switch(f"branch-{number}", create=True, start="main")
        files = {b"only": b"%d" % number, b"of-%d/x" % number: b"x", b"of-%d/y" % number: b"y"}
        site.write(files).commit(f"branch {number}")
    return site


def _check_commits(site: Site, told: dict[str, str]) -> None:
    """Each commit is there once, readable, and has only changes that an actor made."""
    repository = site.repository()
    made: list[str] = []
    for logged in repository.log.walk():
        assert logged.effective
        made += [move.new.hex() for move in logged.operation.refs if move.new]
    for identifier, content in told.items():
        assert made.count(identifier) == 1
        commit = repository.commit(ObjectId(bytes.fromhex(identifier)))
        assert commit.message == content
        before = repository.commit(commit.parents[0]).tree
        changed = list(diff_trees(repository.entries, before, commit.tree))
        for change in changed:
            assert change.path.startswith(b"actor-"), "part of a half-done switch"
            if change.new is not None:
                number = change.path.removeprefix(b"actor-")
                assert repository.blob(change.new.id).startswith(number + b":")
    heads = [ref.id for ref in repository.view.refs.values()]
    reached = {one.hex() for one in ancestors(heads, repository.commit)}
    assert told.keys() <= reached
    for identifier in told:
        site.at(ObjectId(bytes.fromhex(identifier)))


def test_in_one_working_tree(site):
    told = _run([os.fsdecode(site.root)] * ACTORS)
    assert len(told) > ACTORS
    _check_commits(site, told)
    assert site.verify().ok
    for change in site.status().changes:  # uncommitted, and of an actor
        assert change.path.startswith(b"actor-")
    site.commit("the rest", allow_empty=True)
    assert site.at("HEAD") == site.files()


def test_in_ten_working_trees(site, tmp_path):
    roots = [os.fsdecode(site.root)]
    for number in range(1, ACTORS):
        roots.append(str(tmp_path / f"site-{number}"))
        add_workspace(site.context(), os.fsencode(roots[-1]), "main")
    sites = [Site(root) for root in roots]
    for number, one in enumerate(sites):
        one.switch(f"own-{number}", create=True)
    told = _run(roots)
    assert len(told) > ACTORS
    _check_commits(site, told)
    assert site.verify().ok
    for number, one in enumerate(sites):
        assert {change.path for change in one.status().changes} <= {b"actor-%d" % number}


def test_two_inits_at_once(tmp_path):
    """Both succeed, with one workspace between them."""
    root = tmp_path / "site"
    root.mkdir()
    code = (
        "import sys, os; from tests.actions.site import Site; "
        "sys.stdin.read(); Site(sys.argv[1]).init()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, root],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.close()
    for process in processes:
        with process:
            assert process.stderr
            error = process.stderr.read()
        assert process.returncode == 0, error
    site = Site(root)
    assert len(site.repository().view.workspaces) == 1
    site.write({b"a": b"1"}).commit("one")
    assert site.verify().ok
