"""Interrupted and damaged working trees: the next command sets them right."""

import os

import pytest

from contentvc.errors import Declined
from tests.actions.site import Site
from tests.faults.seam import run_crashing

ONE = {b"a": b"1", b"gone/x": b"only in one", b"same/y": b"in both"}
TWO = {b"a": b"2", b"new/z": b"only in two", b"same/y": b"in both"}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(ONE)
    site.commit("one")
    site.switch("two", create=True)
    site.remove(b"gone/x").write(TWO)
    site.commit("two")
    site.switch("main")
    return site


def _interrupt(site: Site, target: str) -> None:
    """End a switch right after its operation."""
    for nth in range(1, 60):
        assert run_crashing(lambda: site.switch(target), nth), "it came through"
        if site.context().head.ref == f"branch/{target}":
            return


def test_a_lost_state_does_not_hide_what_is_deleted_later(site):
    _interrupt(site, "two")
    os.unlink(site.context().place.state)
    site.settle()
    assert site.files() == TWO
    assert site.status().clean
    site.remove(b"same/y")
    assert [change.path for change in site.status().changes] == [b"same/y"]
    site.commit("removed")
    assert b"same/y" not in site.at("HEAD")


@pytest.mark.parametrize("damage", [b"", b"x", b"CVCHECK1" + bytes(90)])
def test_a_damaged_journal_does_not_leave_a_half_done_switch(site, damage):
    _interrupt(site, "two")
    with open(site.context().place.checkout, "wb") as file:
        file.write(damage)
    site.settle()
    assert site.files() == TWO
    assert site.status().clean


def test_a_journal_that_comes_back_does_not_undo_later_commits(site):
    """The removal of a journal is not synced, so a power failure may bring it back."""
    _interrupt(site, "two")
    with open(site.context().place.checkout, "rb") as file:
        journal = file.read()
    site.settle()
    later = {b"a": b"1", b"gone/x": b"only in one", b"same/y": b"in both"}
    site.remove(b"new/z").write(later)
    site.commit("as it was in one")
    site.write({b"a": b"not committed"})
    with open(site.context().place.checkout, "wb") as file:
        file.write(journal)
    site.settle()
    assert site.files() == later | {b"a": b"not committed"}
    assert [change.path for change in site.status().changes] == [b"a"]


def test_status_tells_of_an_interrupted_switch(site):
    _interrupt(site, "two")
    assert site.status().interrupted
    site.settle()
    assert not site.status().interrupted


def test_a_commit_after_an_interrupted_switch_finishes_it_first(site):
    _interrupt(site, "two")
    with pytest.raises(Declined):
        site.commit("nothing of the half-done switch")
    assert site.files() == TWO


def test_caches_of_the_workspace_may_be_deleted(site):
    os.unlink(site.context().place.state)
    os.unlink(site.context().place.lease)
    assert site.status().clean
    site.write({b"a": b"3"}).commit("three")
    assert site.at("HEAD")[b"a"] == b"3"
