"""A crash at every change to the disk while a workspace is added, removed or brought back."""

import os
from collections.abc import Callable

import pytest

from contentvc.actions.elsewhere import find_workspace, list_workspaces
from contentvc.actions.workspaces import add_workspace, remove_workspace, revive_workspace
from contentvc.snapshots.operation import Operation
from tests.actions.site import Site
from tests.faults.commands import SECOND, clock, folder, prepared, site_in
from tests.faults.seam import each_crash, power_losses

__all__ = ["folder"]

POWERS = dict(
    zip(("killed", "cut", "zeroed", "undone", "cut-undone"), (None, *power_losses()), strict=True)
)
CHANGED = {**SECOND, b"a": b"changed there\n", b"made/new": b"new there\n"}


def powers(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("power", [POWERS[name] for name in names], ids=names)


def second_in(folder: str) -> Site:
    return Site(os.path.join(folder, "site-2"), clock=clock)


def add(folder: str) -> None:
    add_workspace(site_in(folder).context(), second_in(folder).root, "other")


def remove(folder: str) -> None:
    context, root = site_in(folder).context(), second_in(folder).root
    entry = find_workspace(context, os.fsdecode(root), root)
    remove_workspace(context, entry, force=True)


def changed(folder: str) -> Site:
    site = prepared(folder)
    add(folder)
    second_in(folder).write(CHANGED)
    return site


def removal(site: Site) -> Operation:
    found = site.repository().log.read(site.repository().view.sequence)
    assert found is not None
    return found[0]


def revive(folder: str) -> None:
    site = site_in(folder)
    operation = next(
        one.operation
        for one in site.repository().log.walk()
        if any(move.new is None for move in one.operation.workspaces)
    )
    (move,) = operation.workspaces
    assert move.old is not None
    root = second_in(folder).root
    revive_workspace(site.context(), move.workspace, move.old, root, saved=operation.saved)


def roots(site: Site) -> set[bytes | None]:
    return {one.root for one in list_workspaces(site.context())}


def own_folders(site: Site) -> list[bytes]:
    return os.listdir(os.path.join(site.root, b".contentvc/workspaces"))


@powers("killed", "undone")
def test_an_addition_is_completed_by_adding_again(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        prepared(new)
        return lambda: add(new)

    for crash in each_crash(folder, prepare, power):
        site, second = site_in(crash.folder), second_in(crash.folder)
        before = len(site.repository().view.workspaces)
        assert not crash.done or before == 2
        roots(site)
        add(crash.folder)
        assert len(site.repository().view.workspaces) == 2
        assert roots(site) == {site.root, second.root}
        assert len(own_folders(site)) == 2 or power is not None
        if power is None:
            assert site.kinds(second.files()) == site.kinds(SECOND)
            assert second.status().clean
        assert second.context().head.ref == "branch/other"
        assert site.verify().ok
        second.commit("goes on", allow_empty=True)


@powers("killed")
def test_an_interrupted_addition_can_be_removed(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        prepared(new)
        return lambda: add(new)

    for crash in each_crash(folder, prepare, power):
        site, second = site_in(crash.folder), second_in(crash.folder)
        if second.root in roots(site):
            remove(crash.folder)
        assert roots(site) == {site.root}
        assert len(own_folders(site)) == 1 or power is not None
        assert not second.files()
        add(crash.folder)
        assert site.kinds(second.files()) == site.kinds(SECOND)
        remove(crash.folder)
        assert site.verify().ok
        site.switch("other", force=True)


@powers("killed", "cut", "undone")
def test_a_removal_happened_or_not(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        changed(new)
        return lambda: remove(new)

    ended = set()
    for crash in each_crash(folder, prepare, power):
        site, second = site_in(crash.folder), second_in(crash.folder)
        is_there = second.root in roots(site)
        ended.add(is_there)
        if is_there:
            assert not crash.done
            assert site.kinds(second.files()) == site.kinds(CHANGED)
            assert {one.path for one in second.status().changes} == {b"a", b"made/new"}
            second.commit("goes on")
        else:
            assert site.saved()[-1] == {path: CHANGED[path] for path in (b"a", b"made/new")}
            assert power is not None or second.files() == {}
            assert len(own_folders(site)) == 1 or power is not None
            site.switch("other", force=True)
        assert site.verify().ok
    assert ended == {True, False}


@powers("killed", "cut-undone")
def test_what_was_removed_comes_back_or_not(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        changed(new)
        remove(new)
        return lambda: revive(new)

    ended = set()
    for crash in each_crash(folder, prepare, power):
        site, second = site_in(crash.folder), second_in(crash.folder)
        is_there = second.root in roots(site)
        ended.add(is_there)
        if not is_there:
            revive(crash.folder)
        elif not os.path.exists(second.root + b"/.contentvc"):
            add(crash.folder)
            continue  # the files are those of its commit; what was saved is in the log
        second.settle()
        if power is None:
            assert site.kinds(second.files()) == site.kinds(CHANGED)
            assert {one.path for one in second.status().changes} == {b"a", b"made/new"}
        second.commit("goes on", allow_empty=True)
        assert site.verify().ok
    assert ended == {True, False}
