"""What content sets have, and a first declaration of them."""

import os

import pytest

from contentvc import limits
from contentvc.actions.covering import cover, path_index
from contentvc.actions.log import LogRequest, log
from contentvc.actions.proposing import propose, write_proposal
from contentvc.actions.sets import list_sets
from contentvc.errors import Conflict, Declined
from contentvc.sets.reading import read_declaration
from tests.actions.site import Link, Site

DECLARED = b"""
[sets.evals]
paths = ["evals/**"]
key = "id"
[sets.texts]
paths = ["**/*.md"]
[sets.none]
paths = ["none/*"]
"""


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path).init()


def test_what_each_set_has(site):
    site.write({b"contentvc.toml": DECLARED, b"other": b"x"})
    site.write({b"evals/a.jsonl": b'{"id": 1}\n\n{"id": 2}\n', b"evals/b.csv": b"id,x\n1,\n2,"})
    first = site.commit("First").id
    site.write({b"a.md": b"text\n", b"evals/big.jsonl": _records(40_000)})
    second = site.commit("Second").id
    site.write({b"evals/a.jsonl": b'{"id": 1}\n{"id": 1}\n{"id": 3}', b"b.md": b"new"})
    evals, texts, none = list_sets(site.context()).sets
    assert (evals.files, evals.records, evals.problems.number) == (3, 40_005, 1)
    assert (texts.files, texts.records, texts.size) == (2, None, 8)
    assert (none.files, none.records, none.last) == (0, None, None)
    assert (evals.last.id, texts.last.id) == (second, second)
    report = list_sets(site.context(), "HEAD~1")
    assert report.commit == first
    assert [one.files for one in report.sets] == [2, 0, 0]
    assert report.sets[0].records == 4
    assert report.sets[0].last.id == first
    assert report.rest == 2


def _records(number):
    return b"".join(b'{"id": %d}\n' % place for place in range(number))


def test_a_tree_and_a_folder_without_commits_have_no_last_touch(site):
    site.write({b"contentvc.toml": DECLARED, b"evals/a": b"1"})
    (evals, *_) = list_sets(site.context()).sets
    assert (evals.files, evals.last) == (1, None)
    site.commit()
    tree = site.context().base_tree()
    (evals, *_) = list_sets(site.context(), tree.hex()).sets
    assert (evals.files, evals.last) == (1, None)


@pytest.mark.parametrize("is_covered", [False, True])
def test_the_last_touch_is_the_first_that_log_tells(site, is_covered):
    site.write({b"contentvc.toml": DECLARED}).commit()
    for number, path in enumerate([b"evals/a", b"a.md", b"other", b"none/x", b"evals/b", b"other"]):
        site.write({path: b"%d" % number}).commit()
    site.remove(b"evals/a").commit()
    site.write({b"other": b"last"}).commit()
    if is_covered:
        repository = site.repository()
        commits = [one.id for one in log(site.context(), LogRequest())]
        cover(repository, path_index(repository), commits)
    for one in list_sets(site.context()).sets:
        (newest, *_) = log(site.context(), LogRequest(sets=(one.set.name,)))
        assert one.last.id == newest.id


def test_mistakes_are_told(site):
    site.write({b"contentvc.toml": b"[sets.a]\n"})
    with pytest.raises(Declined, match="paths are missing"):
        list_sets(site.context())


def test_a_proposal_is_written_and_reads_back(site):
    site.write({
        b"evals/a.jsonl": b'{"case_id": 1, "x": 1}\n{"case_id": 2, "x": 1}\n',
        b"evals/b.jsonl": b'{"case_id": 1, "x": 1}\n',
        b"table/a.csv": b"x,y\n1,2\n1,3\n",
        b"broken/a.jsonl": b"{",
        b"link/a.jsonl": Link(b"../evals/a.jsonl"),
    }).commit(is_verified=False)  # fmt: skip
    site.remove(b"evals/b.jsonl").write({b"evals/new.jsonl": b'{"case_id": 7}\n'})
    proposal = write_proposal(site.context())
    assert site.files()[b"contentvc.toml"] == proposal.text.encode()
    declared = read_declaration(proposal.text.encode()).sets
    assert {one.name: (one.paths, one.key) for one in declared} == {
        "broken": (("broken/**/*.jsonl",), ()),
        "evals": (("evals/**/*.jsonl",), ("case_id",)),
        "table": (("table/**/*.csv",), ()),
    }
    assert [one.files for one in proposal.sets] == [1, 2, 1]
    with pytest.raises(Conflict) as caught:
        write_proposal(site.context())
    assert caught.value.code == "already-exists"
    assert propose(site.context()) == proposal


def test_a_symlink_is_not_followed(site, tmp_path):
    site.write({b"evals/a.jsonl": b"{}\n", b"contentvc.toml": Link(b"evals/target")})
    with pytest.raises(Conflict, match=r"contentvc\.toml exists"):
        write_proposal(site.context())
    assert not os.path.lexists(tmp_path / "evals/target")


def test_files_are_read_no_further_than_there_is_time(site, monkeypatch):
    monkeypatch.setattr(limits, "PROPOSED_FILE", 40)
    rows = b'{"id": 1, "text": "a\\"b"}\n{"id": 2, "text": "c"}\n{"id": 2, "text": "d"}\n'
    cells = b'id,t\n1,"a\nb"\n2,"c\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nd"\n'
    site.write({b"rows/a.jsonl": rows, b"cells/a.csv": cells})
    keys = {one.name: one.key for one in propose(site.context()).sets}
    assert keys == {"rows": (("id",), False), "cells": (("id",), False)}
    assert "# in what was read" in propose(site.context()).text


def test_nothing_to_propose(site):
    site.write({b"README.md": b"x", b"src/a.py": b"x"})
    with pytest.raises(Declined) as caught:
        write_proposal(site.context())
    assert caught.value.code == "nothing-to-propose"
    assert b"contentvc.toml" not in site.files()
