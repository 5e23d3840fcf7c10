"""A clone that is killed, or refused by the file system, at each of its changes to the disk.

The same command typed again completes it.
"""

import errno
import os

import pytest

from contentvc.errors import ContentvcError
from tests.actions.site import Link, Program, Site
from tests.actions.test_clone import made
from tests.faults.commands import check_same_files, folder, site_in
from tests.faults.seam import Action, PowerLoss, each_crash, each_failure, fail_from

__all__ = ["folder"]


@pytest.fixture
def full(folder) -> Site:
    site = site_in(os.path.join(folder, "full")).init()
    site.write({b"a": Program(b"a\n"), b"link": Link(b"a"), b"large": bytes(range(256)) * 2000})
    site.commit("first")
    site.switch("other", create=True)
    site.write({b"a": b"another\n"}).commit("second")
    site.switch("main")
    return site


def clone_of(new: str) -> Site:
    return Site(os.path.join(new, "site"))


def is_begun(site: Site) -> bool:
    """Whether the note of what was asked for is there: else it is done, or did not happen."""
    return os.path.lexists(os.path.join(site.root, b".contentvc", b"clone"))


def is_working_tree(site: Site) -> bool:
    return os.path.lexists(os.path.join(site.root, b".contentvc", b"workspace"))


def check(site: Site, full: Site, power: PowerLoss | None = None) -> None:
    check_same_files(site.kinds(site.files()), full.kinds(full.files()), power)
    assert power or not site.status().changes
    assert power or not is_begun(site)
    assert site.verify().ok
    assert site.context().head == full.context().head
    assert len(site.repository().view.workspaces) == 1
    assert site.kinds(site.at("origin/other")) == full.kinds(full.at("other"))


CASES = [
    pytest.param(None, False, id="killed"),
    pytest.param(None, True, id="killed-lazy"),
    pytest.param(PowerLoss("site", "cut", "undone"), False, id="cut-undone"),
]


@pytest.mark.parametrize(("power", "lazy"), CASES)
def test_it_goes_on_where_it_was_killed(folder, full, power: PowerLoss | None, lazy):
    def prepare(new: str) -> Action:
        return lambda: made(full, clone_of(new).root, lazy=lazy)

    for crash in each_crash(folder, prepare, power):
        site = clone_of(crash.folder)
        if is_begun(site) or not is_working_tree(site):
            made(full, site.root, lazy=lazy)
        check(site, full, power)


def test_a_full_disk_is_told_and_it_goes_on_with_room(folder, full):
    def prepare(new: str) -> Action:
        return lambda: made(full, clone_of(new).root, lazy=True)

    refused = 0
    for outcome in each_failure(folder, prepare, errno.ENOSPC, fail_from):
        site = clone_of(outcome.folder)
        if outcome.error is not None:
            refused += 1
            assert isinstance(outcome.error, ContentvcError)
            assert outcome.error.code in {"disk-full", "storage-failed"}
            assert "type the command again" in outcome.error.hint
            if is_begun(site) or not is_working_tree(site):
                made(full, site.root, lazy=True)
        check(site, full)
    assert refused
