"""The diffs of many files: made by several processes, shown as one process shows them."""

import os
import re

import pytest

from contentvc.cli import diff as command
from contentvc.cli import diff_many, session
from contentvc.cli.exits import exit_code
from contentvc.errors import Damaged
from tests.actions.site import Site
from tests.children import children
from tests.cli.scenery import visitor

OLD = {
    b"%02d" % number: b"same\nold %d\n" % number if number % 3 else b"gone %d" % number
    for number in range(40)
}
NEW = {
    b"%02d%s" % (number, b"" if number % 3 else b"-new"): b"same\nnew %d\n" % number
    for number in range(40)
}


@pytest.fixture
def ada(tmp_path):
    site = Site(tmp_path / "site").init().write(OLD)
    site.commit("old")
    site.remove(*OLD.keys() - NEW.keys()).write(NEW).commit("new")
    return visitor(site.root.decode(), tmp_path)


@pytest.fixture
def few_are_many(monkeypatch):
    # Other tests of this process may have used a bucket, beside whose threads nothing is forked.
    monkeypatch.setattr(session, "_may_fork", lambda: True)
    monkeypatch.setattr(command, "_MANY", 2)
    monkeypatch.setattr(diff_many, "_FILES", 7)


@pytest.mark.parametrize("color", ["never", "always"])
def test_they_are_shown_as_one_by_one(ada, color, request):
    arguments = ("--color", color, "diff", "HEAD~1", "HEAD")
    alone = ada.run(*arguments)
    request.getfixturevalue("few_are_many")
    together = ada.run(*arguments)
    assert alone.out.count("+++ ") == 14 + 40
    assert together == alone


def test_a_failure_in_another_process_is_one_here(ada, few_are_many, monkeypatch):
    def fail(context, report, change):
        raise Damaged("damaged", f"seen by {os.getpid()}", "run: contentvc verify")

    before = children()
    monkeypatch.setattr(diff_many, "content_of", fail)
    ran = ada.run("diff", "HEAD~1", "HEAD")
    assert ran.code == exit_code(Damaged("damaged", ""))
    seen = re.fullmatch(r"error: seen by (\d+)\nhint: run: contentvc verify\n", ran.err)
    assert seen is not None
    assert int(seen[1]) != os.getpid()
    assert children() == before
