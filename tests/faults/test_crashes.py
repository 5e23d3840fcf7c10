"""A crash at every change to the disk of every command that changes something.

Each command is run once to the end for its result, and then ended just before each of its changes,
once as by a signal and once for each kind of power failure. Afterwards the next command must find
a sound repository in which all of it happened or nothing.
"""

import os
from collections.abc import Callable, Collection

import pytest

from contentvc.actions.proposing import propose, write_proposal
from contentvc.actions.workspaces import add_workspace
from contentvc.errors import ContentvcError, Missing
from contentvc.surroundings.settings_file import read_settings, write_setting
from tests.actions.site import Site
from tests.faults.commands import (
    COMMANDS,
    FIRST,
    SECOND,
    Seen,
    check_goes_on,
    check_nothing_lost,
    check_same_files,
    clock,
    folder,
    prepared,
    seen,
    site_in,
)
from tests.faults.seam import PowerLoss, each_crash, power_losses

__all__ = ["folder"]

POWERS = (None, *power_losses("site"))
NAMES = ("killed", "cut", "zeroed", "undone", "cut-undone")
UNDER_POWER_FAILURES: dict[str, Collection[str]] = {
    "commit-large": NAMES,
    "tag": NAMES,
    "untrack": NAMES,
    "restore": ("killed", "cut", "undone"),
    "switch-force": ("killed", "cut", "cut-undone"),
}
"""One for each way in which commands write."""


CASES = [
    pytest.param(name, power, id=f"{name}-{kind}")
    for name in COMMANDS
    for power, kind in zip(POWERS, NAMES, strict=True)
    if kind in UNDER_POWER_FAILURES.get(name, {"killed"})
]


@pytest.mark.parametrize(("name", "power"), CASES)
def test_all_of_it_happened_or_nothing(folder, name, power):
    command = COMMANDS[name]
    whole = prepared(os.path.join(folder, "whole"))
    command.prepare(whole)
    command.run(whole)
    after = seen(whole)
    before: dict[str, tuple[Seen, int]] = {}

    def prepare(new: str) -> Callable[[], object]:
        site = prepared(new)
        command.prepare(site)
        before[new] = seen(site), site.repository().view.sequence
        return lambda: command.run(site_in(new))

    turns = 0
    for crash in each_crash(folder, prepare, power):
        turns += 1
        old, sequence = before[crash.folder]
        if name == "commit-large":  # its content, and so its commit, is another each time
            after = Seen(None, None, old.files)
        site = site_in(crash.folder)
        happened = site.repository().view.sequence > sequence
        assert happened or not crash.done
        _check(site, old, after, power, happened=happened)
    assert turns > 3


def _check(site: Site, old: Seen, new: Seen, power: PowerLoss | None, *, happened: bool) -> None:
    site.status()
    site.settle()
    now = seen(site)
    if happened and new.refs is not None:
        assert (now.refs, now.head) == (new.refs, new.head)
        check_same_files(now.files, new.files, power)
    else:
        assert happened or (now.refs, now.head) == (old.refs, old.head)
        check_same_files(now.files, old.files, power)
    check_nothing_lost(site, old)
    check_goes_on(site)


@pytest.mark.parametrize("power", POWERS, ids=NAMES)
def test_an_interrupted_init_is_completed(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        site = site_in(new)
        os.makedirs(site.root)
        site.write(FIRST)
        return lambda: site_in(new).init()

    for crash in each_crash(folder, prepare, power):
        site = site_in(crash.folder)
        assert site.files() == FIRST
        if crash.done:
            site.status()
        site.init()
        assert site.context().head.ref == "branch/main"
        assert len(site.repository().view.workspaces) == 1
        assert site.verify().ok
        site.commit("first")
        assert site.kinds(site.at("main")) == site.kinds(FIRST)


@pytest.mark.parametrize("power", POWERS, ids=NAMES)
def test_an_interrupted_workspace_leaves_the_others_sound(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        site = prepared(new)
        return lambda: add_workspace(
            site.context(), os.fsencode(os.path.join(new, "site-2")), "other"
        )

    for crash in each_crash(folder, prepare, power):
        site = site_in(crash.folder)
        second = Site(os.path.join(crash.folder, "site-2"), clock=clock)
        try:
            second.settle()
        except Missing:
            assert not crash.done
        else:
            assert second.status().clean or power is not None
        assert site.verify().ok
        third = Site(os.path.join(crash.folder, "site-3"), clock=clock)
        add_workspace(site.context(), third.root, "other")
        assert site.kinds(third.files()) == site.kinds(SECOND)
        site.commit("goes on")


@pytest.mark.parametrize("power", POWERS, ids=NAMES)
def test_settings_are_the_old_or_the_new(folder, power):
    def prepare(new: str) -> Callable[[], object]:
        site = prepared(new)
        path = site.context().place.config
        write_setting(path, "user.name", "Ada")
        return lambda: write_setting(path, "user.name", "Grace")

    for crash in each_crash(folder, prepare, power):
        site = site_in(crash.folder)
        try:
            name = read_settings(site.context().place.config)["user.name"]
        except (ContentvcError, KeyError) as error:
            raise AssertionError(crash) from error
        assert name in {"Ada", "Grace"}
        assert not crash.done or name == "Grace"
        site.commit("goes on")


@pytest.mark.parametrize("power", POWERS, ids=NAMES)
def test_a_proposed_declaration_is_there_whole_or_not_at_all(folder, power):
    cases = {b"evals/a.jsonl": b'{"id": 1}\n{"id": 2}\n'}

    def prepare(new: str) -> Callable[[], object]:
        site = prepared(new)
        site.write(cases)
        return lambda: write_proposal(site_in(new).context())

    for crash in each_crash(folder, prepare, power):
        site = site_in(crash.folder)
        found = site.files().get(b"contentvc.toml")
        assert found in (None, propose(site.context()).text.encode())
        assert found is not None or not crash.done
        site.status()
        if found is None:
            write_proposal(site.context())
        assert {b"contentvc.toml", *cases} <= site.files().keys()
