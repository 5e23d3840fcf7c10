"""Answers of `create` that are lost, or told twice, under whole commands."""

import pytest

from contentvc.actions.branches import create_ref
from contentvc.actions.restore import restore
from contentvc.errors import Busy
from contentvc.history.names import BRANCH
from contentvc.storage.contract import Unclear
from contentvc.storage.faulty import (
    Call,
    Fail,
    Fault,
    FaultyStorage,
    LoseAnswer,
    RepeatAnswer,
    always,
    nth,
    share,
)
from tests.actions.site import Site

KINDS = ["init", "commit", "branch", "switch", "commit", "restore", "switch", "amend"]


def _site(folder, *faults: Fault) -> Site:
    Site(folder).init()
    return Site(folder, wrap=lambda storage: FaultyStorage(storage, *faults))


def _work(site: Site) -> None:
    """One operation of each kind in `KINDS` after the first."""
    site.write({b"a": b"1", b"large": bytes(range(256)) * 2000}).commit("one")
    create_ref(site.context(), BRANCH, "other", "HEAD", force=False)
    site.switch("other")
    site.write({b"a": b"2"}).commit("two")
    site.write({b"a": b"not recorded"})
    restore(site.context(), [b"a"], None)
    site.switch("main")
    site.commit("one, again", amend=True)


def _check(folder) -> None:
    site = Site(folder)
    assert [one.operation.kind for one in site.repository().log.walk()] == KINDS
    assert all(one.effective for one in site.repository().log.walk())
    assert site.at("main")[b"a"] == b"1"
    assert site.at("other")[b"a"] == b"2"
    assert site.saved() == [{b"a": b"not recorded"}]
    assert site.status().clean
    assert site.verify().ok


FAULTS = {
    "each answer lost once": lambda: [LoseAnswer(nth(range(1, 200, 2), "create"))],
    "some answers lost": lambda: [LoseAnswer(share(0.5, 7, "create"))],
    "some calls lost": lambda: [Fail(share(0.5, 8, "create"), Unclear)],
    "each answer repeated": lambda: [RepeatAnswer(always("create"))],
    "all of it": lambda: [
        Fail(share(0.2, 1, "create"), Unclear),
        RepeatAnswer(share(0.2, 2, "create")),
        LoseAnswer(share(0.2, 3, "create")),
    ],
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_operation_happens_once(tmp_path, name):
    site = _site(tmp_path / "site", *FAULTS[name]())
    _work(site)
    _check(tmp_path / "site")


@pytest.mark.parametrize("number", range(1, 9))
def test_any_one_answer_may_be_lost(tmp_path, number):
    site = _site(tmp_path / "site", LoseAnswer(nth([number], "create")))
    _work(site)
    _check(tmp_path / "site")


@pytest.mark.parametrize("reached", [True, False])
def test_answers_that_stay_away_are_told_and_the_next_command_sees_what_is(tmp_path, reached):
    good = Site(tmp_path / "site").init().write({b"a": b"1"})
    good.commit("one")
    good.switch("other", create=True)
    good.write({b"a": b"2"}).commit("two")
    when = always("create", prefix="operations/")
    bad = Site(
        tmp_path / "site",
        wrap=lambda inner: FaultyStorage(
            inner, LoseAnswer(when) if reached else Fail(when, Unclear)
        ),
    )
    if reached:  # what is there is read, and is ours
        bad.switch("main")
    else:
        with pytest.raises(Busy) as error:
            bad.switch("main")
        assert error.value.code == "storage-failed"
    assert good.status().clean
    good.settle()
    head = good.context().head.ref
    assert head == ("branch/main" if reached else "branch/other")
    assert good.files() == good.at("HEAD")
    assert good.verify().ok


class _CutOff(Fault):
    """After the first operation was created, nothing more is heard."""

    def __init__(self) -> None:
        self._is_over = False

    def before(self, call: Call) -> None:
        if self._is_over:
            raise Unclear(call.name)

    def after(self, call: Call) -> None:
        if call.verb == "create" and call.name.startswith("operations/"):
            self._is_over = True
            raise Unclear(call.name)


def test_an_operation_that_arrives_late_is_still_followed_by_its_checkout(tmp_path):
    """The command gave up on a lost answer; the operation is there, and the next command acts."""
    good = Site(tmp_path / "site").init().write({b"a": b"1"})
    good.commit("one")
    good.switch("other", create=True)
    good.write({b"a": b"2"}).commit("two")
    bad = Site(tmp_path / "site", wrap=lambda inner: FaultyStorage(inner, _CutOff()))
    with pytest.raises(Busy):
        bad.switch("main")
    assert good.files()[b"a"] == b"2"
    good.settle()
    assert good.context().head.ref == "branch/main"
    assert good.files() == {b"a": b"1"}
    assert good.status().clean
