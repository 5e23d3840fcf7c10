"""Commands in a lazy clone: what they need comes in one go, and what they do not need never."""

import os
import shutil

import pytest

from contentvc.objects.pack import pack_path
from tests.actions.site import Site
from tests.cli.terminal import Terminal

FILES = 520
"""Enough for a checkout, a diff and an export to be done by two processes."""
ONE = (
    ("diff", "HEAD~1"),
    ("diff", "HEAD~1", "HEAD"),
    ("diff", "--stat", "HEAD~1", "HEAD"),
    ("diff", "--as", "jsonl", "HEAD~1", "HEAD"),
    ("show",),
    ("log", "-p", "-n", "1"),
    ("export", "HEAD~1", "../out"),
    ("export", "HEAD~1", "../out.tar"),
    ("cat", "HEAD~1:5.json"),
    ("switch", "--detach", "HEAD~1"),
    ("restore", "--source", "HEAD~1", "."),
    ("rollback", "HEAD~1"),
    ("revert", "HEAD"),
    ("validate", "HEAD~1"),
    ("workspace", "add", "../beside", "origin/other"),
)
MERGES = (("merge", "origin/other"), ("cherry-pick", "origin/other"))
"""First what may have to be merged, then what is to be written."""
NONE = (
    ("status",),
    ("log",),
    ("log", "1.json"),
    ("diff", "--name-only", "HEAD~1", "HEAD"),
    ("diff", "--name-only", "HEAD~1"),
    ("ls", "-r", "--long", "HEAD~1:"),
    ("branch",),
    ("verify",),
    ("size",),
    ("compact",),
    ("commit", "--allow-empty", "-m", "empty"),
    ("stash", "list"),
    ("diff",),
)


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> str:
    """A remote, and a lazy clone of it beside."""
    folder = tmp_path_factory.mktemp("grown")
    site = Site(folder / "full").init()
    names = [b"%d.json" % number for number in range(FILES)]
    site.write({name: b'{"version": 1, "of": "%s"}\n' % name for name in names}).commit("first")
    site.switch("other", create=True)
    site.write({b"%d.json" % n: b'{"version": 1, "of": "other"}\n' for n in range(1, 5)})
    site.commit("other")
    site.switch("main")
    site.write({name: b'{"version": 2, "of": "%s"}\n' % name for name in names[3:]})
    site.write({b"moved.json": b'{"version": 1, "of": "0.json, here"}\n'}).remove(b"0.json")
    site.commit("second")
    ran = Terminal(os.fsencode(folder)).run("clone", "--lazy", "full", "lazy")
    assert ran.code == 0, ran.err
    return os.fsdecode(folder)


@pytest.fixture
def here(grown, tmp_path) -> Terminal:
    shutil.copytree(os.path.join(grown, "lazy"), tmp_path / "lazy")
    return Terminal(os.fsencode(tmp_path / "lazy"))


def brought(here: Terminal) -> int:
    log = Site(here.here).repository().log
    return sum(one.operation.kind == "bring" for one in log.walk())


@pytest.mark.parametrize("line", ONE, ids=" ".join)
def test_what_is_needed_comes_in_one_go(here, line):
    before = brought(here)
    ran = here.run(*line)
    assert ran.code == 0, ran.err
    assert brought(here) == before + 1
    again = here.run(*line) if line[0] in ("diff", "show", "log", "cat", "validate") else ran
    assert again.out == ran.out
    assert brought(here) == before + 1
    assert here.run("verify").code == 0


@pytest.mark.parametrize("line", MERGES, ids=" ".join)
def test_a_merge_has_both_sides_in_two_goes_at_most(here, line):
    before = brought(here)
    ran = here.run(*line)
    assert ran.code == 0, ran.err
    assert brought(here) <= before + 2
    assert here.run("cat", "HEAD:4.json").out == '{"version": 2, "of": "other"}\n'
    assert here.run("verify").code == 0


@pytest.mark.parametrize("line", NONE, ids=" ".join)
def test_what_is_not_needed_never_comes(here, line):
    before = brought(here)
    ran = here.run(*line)
    assert ran.code == 0, ran.err
    assert brought(here) == before


@pytest.mark.parametrize("line", [*ONE, *MERGES], ids=" ".join)
def test_without_the_remote_a_file_is_named_and_nothing_changes(here, grown, line):
    known = os.path.join(os.fsdecode(here.here), ".contentvc/remotes/origin/remote.toml")
    with open(known, encoding="utf-8") as file:
        text = file.read().replace(os.path.join(grown, "full"), os.path.join(grown, "away"))
    with open(known, "w", encoding="utf-8") as file:
        file.write(text)
    before = Site(here.here).repository().view
    ran = here.run(*line)
    assert ran.code == 5, (ran.out, ran.err)
    assert ".json is needed and not here" in ran.err
    assert "hint: " in ran.err
    assert Site(here.here).repository().view == before
    assert here.run("status").out.splitlines()[-1].startswith("clean")


def test_a_lazy_clone_reads_nothing_of_old_content(tmp_path):
    """Not even where it is damaged: who read it would tell."""
    site = Site(tmp_path / "full").init()
    large = os.urandom(2_000_000)
    site.write({b"large": large, b"small": b"small\n"}).commit("first")
    pack = next(iter(site.repository().view.packs))
    site.remove(b"large").commit("second")
    path = os.path.join(os.fsdecode(site.repository_folder), pack_path(pack))
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.seek(1000)
        file.write(bytes(1_900_000))
    there = Terminal(os.fsencode(tmp_path))
    ran = there.run("clone", "--lazy", "--json", "full", "lazy")
    assert ran.code == 0, ran.err
    assert ran.json["bytes"] < 20_000
    lazy = Terminal(os.fsencode(tmp_path / "lazy"))
    assert lazy.run("cat", "HEAD~1:small").out == "small\n"
    told = lazy.run("cat", "HEAD~1:large")
    assert told.code == 7
    assert os.path.join(os.fsdecode(tmp_path), "full") in told.err
