"""``kill -9`` of the real program at random moments, 200 times, on a few hundred files.

Only the process itself is killed, not those it forked: they must end by themselves, and what they
still write must be finished by the next command.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest

from contentvc.worktree.workers import Forked
from tests.actions.site import Link, Program, Site

KILLS = 50
SEEDS = range(4)
FILES = 700
"""So many that a switch writes them in two processes."""
PATIENCE = 60
"""Seconds after which a forked child counts as one that stays."""


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
    parent = memory if os.access(memory, os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=parent) as made:
        site = Site(os.path.join(made, "site"), workers=Forked(2)).init()
        site.write({b"f-%d/%d" % (n % 20, n): b"%d on main\n" % n for n in range(FILES)})
        site.write({b"large": os.urandom(300_000), b"l": Link(b"large"), b"p": Program(b"#!")})
        site.commit("main")
        for name in ("one", "two"):
            site.switch(name, create=True, start="main")
            changed = {
                b"f-%d/%d" % (n % 20, n): b"%d on %s\n" % (n, name.encode())
                for n in range(0, FILES, 1 if name == "two" else 7)
            }
            site.write(changed | {b"only/%s/%d" % (name.encode(), n): b"x" for n in range(50)})
            site.commit(name)
        yield site


def _start(site: Site, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """The program, and a pipe that ends when it and all that it forked have."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", "from contentvc.cli.main import main; main()", *arguments],
        cwd=site.root,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[writing],
    )
    os.close(writing)
    return process, reading


def _run_killed(site: Site, random: Random, longest: float, *arguments: str) -> bool:
    """Run the program and kill it some time; whether it was still running."""
    process, alive = _start(site, *arguments)
    with process:
        try:
            select.select([alive], [], [], random.uniform(0.05, longest))
            process.kill()
            assert select.select([alive], [], [], PATIENCE)[0], "a forked child stays"
            assert process.stderr
            said = process.stderr.read()
        finally:
            os.close(alive)
    if process.returncode != -signal.SIGKILL:
        assert process.returncode == 0, said
    return process.returncode == -signal.SIGKILL


def _length(site: Site) -> float:
    """Seconds a switch takes here and now."""
    began = time.monotonic()
    process, alive = _start(site, "switch", "main")
    with process:
        process.communicate()
    os.close(alive)
    assert process.returncode == 0
    return time.monotonic() - began


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment(site, seed):
    random = Random(seed)
    longest = 1.2 * _length(site)
    killed = 0
    acts: list[Callable[[Site, Random, float], bool]] = [
        _commit,
        _switch,
        _switch,
        _restore,
        _untrack,
        _rollback,
        _stash,
        _undo,
    ]
    for turn in range(KILLS):
        act = random.choice(acts)
        killed += act(site, random, longest)
        assert not any(b".contentvc-new" in path for path in site.at("HEAD"))
        verdict = site.verify(quick=turn % 10 != 0)
        assert verdict.ok, verdict.problems
    assert killed > KILLS / 4


def _commit(site: Site, random: Random, longest: float) -> bool:
    number = random.randrange(1 << 30)
    for n in random.sample(range(FILES), 40):
        site.write({b"f-%d/%d" % (n % 20, n): b"%d changed %d\n" % (n, number)})
    files, before = site.files(), site.at("HEAD")
    killed = _run_killed(site, random, longest, "commit", "-m", "killed")
    assert site.files() == files
    head = site.at("HEAD")
    assert head in (before, files)
    site.settle()
    assert site.files() == files
    if head == before:
        site.commit("after the kill")
    assert site.at("HEAD") == files
    assert site.status().clean
    return killed


def _switch(site: Site, random: Random, longest: float) -> bool:
    target = random.choice([name for name in ("main", "one", "two") if name != _branch(site)])
    trees = {name: site.at(name) for name in (_branch(site), target)}
    mine = {b"mine": b"%d" % random.randrange(1000), b"f-0/mine": b"1"}
    site.write(mine)
    killed = _run_killed(site, random, longest, "switch", target)
    site.status()
    site.settle()
    assert site.kinds(site.files()) == site.kinds(trees[_branch(site)] | mine)
    assert {change.path for change in site.status().changes} == mine.keys()
    site.remove(*mine)
    return killed


def _restore(site: Site, random: Random, longest: float) -> bool:
    head = site.at("HEAD")
    paths = random.sample([path for path in head if path.startswith(b"f-")], 60)
    changed = {path: b"not recorded %d\n" % random.randrange(1000) for path in paths}
    site.write(changed)
    folders = sorted({os.fsdecode(path.split(b"/")[0]) for path in paths})
    killed = _all_or_nothing(site, random, longest, head | changed, head, "restore", *folders)
    if site.files() == head:
        assert site.saved()[-1] == changed
        site.undo()
        assert site.files() == head | changed
    site.write({path: head[path] for path in paths})
    assert site.status().clean
    return killed


def _rollback(site: Site, random: Random, longest: float) -> bool:
    head, other = site.at("HEAD"), random.choice([n for n in ("one", "two") if n != _branch(site)])
    if site.at(other) == head:
        return False
    killed = _all_or_nothing(site, random, longest, head, site.at(other), "rollback", other)
    if site.files() != head:
        site.undo()
    assert site.files() == site.at("HEAD") == head
    assert site.status().clean
    return killed


def _stash(site: Site, random: Random, longest: float) -> bool:
    head = site.at("HEAD")
    paths = random.sample([path for path in head if path.startswith(b"f-")], 60)
    changed = head | {path: b"not recorded %d\n" % random.randrange(1000) for path in paths}
    changed |= {b"only/new": b"not recorded either\n"}
    site.write(changed)
    killed = _all_or_nothing(site, random, longest, changed, head, "stash")
    if site.files() == changed:
        site.stash()
    killed |= _all_or_nothing(site, random, longest, head, changed, "stash", "pop")
    if site.files() == head:
        site.pop()
    assert site.files() == changed
    site.stash()
    return killed


def _undo(site: Site, random: Random, longest: float) -> bool:
    head, name = site.at("HEAD"), _branch(site)
    target = random.choice([one for one in ("main", "one", "two") if one != name])
    site.switch(target)
    there = site.at("HEAD")
    killed = _all_or_nothing(site, random, longest, there, head, "undo")
    if _branch(site) == name:
        killed |= _all_or_nothing(site, random, longest, head, there, "redo")
    assert site.kinds(site.files()) == site.kinds(site.at("HEAD"))
    assert site.status().clean
    return killed


def _all_or_nothing(
    site: Site,
    random: Random,
    longest: float,
    before: dict[bytes, bytes],
    after: dict[bytes, bytes],
    *arguments: str,
) -> bool:
    """Run a command and kill it; once the next has set it right, files are as before or after."""
    sequence = site.repository().view.sequence
    killed = _run_killed(site, random, longest, *arguments)
    happened = site.repository().view.sequence > sequence
    assert killed or happened
    site.status()
    site.settle()
    assert site.kinds(site.files()) == site.kinds(after if happened else before)
    return killed


def _untrack(site: Site, random: Random, longest: float) -> bool:
    head = site.at("HEAD")
    path = random.choice([path for path in head if path.startswith(b"f-")])
    killed = _run_killed(site, random, longest, "untrack", os.fsdecode(path))
    site.settle()
    files = site.files()
    assert files[path] == head[path]
    ignore = b".contentvcignore"
    assert {p: c for p, c in files.items() if p != ignore} == {
        p: c for p, c in head.items() if p != ignore
    }
    now = site.at("HEAD")
    assert now.keys() - {ignore} in (head.keys() - {ignore}, head.keys() - {path, ignore})
    # What was untracked is recorded again, so that the other steps find every file.
    if ignore in files:
        site.remove(ignore)
    if site.status().changes:
        site.commit("everything again")
    return killed


def _branch(site: Site) -> str:
    ref = site.context().head.ref
    assert ref
    return ref.removeprefix("branch/")
