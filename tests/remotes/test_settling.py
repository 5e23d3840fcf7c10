"""Settling: how a push to several remotes ends that was left half-way, or is under way."""

import pytest

from contentvc import limits
from contentvc.errors import Conflict, Unreachable
from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Clockwork
from contentvc.remotes import together
from contentvc.remotes.reservation import decision, locations, prepared
from contentvc.remotes.settling import Settler
from contentvc.remotes.together import end, push_together
from contentvc.snapshots.operation import RefChange, Transaction
from tests.history.logs import commit
from tests.remotes.logs import MAIN, LogRemote, begun, part, replica, steady

T = b"T" * 16
SECOND = 1_000_000
DRAFT = Draft("push", "Ann <a@example.org>")


class World:
    """Two remotes with a push half-way, a clock that only waiting moves, and what happens then."""

    def __init__(self, *, prepares="AB", now=0):
        self.storages = {letter: begun(letter) for letter in "AB"}
        self.now = now
        self.during = {}
        self.waited = []
        parts = [part(self.remote(letter), 2) for letter in "AB"]
        known = tuple(one.remote.replica for one in parts)
        for letter, one in zip("AB", parts, strict=True):
            if letter in prepares:
                refs = (RefChange(MAIN, commit(1), commit(2), 0),)
                step = Transaction("prepare", T, known, known[0], refs)
                hint = locations(each.remote for each in parts)
                one.remote.append(Draft("push", DRAFT.actor, transaction=step, attributes=hint))

    def remote(self, letter):
        return LogRemote(self.storages[letter], replica(letter), steady("K", self.now))

    def reach(self, wanted):
        return next(self.remote(one) for one in "AB" if replica(one) == wanted)

    def pause(self, seconds):
        self.now += int(seconds * SECOND)
        for when in [one for one in self.during if one <= self.now]:
            self.during.pop(when)()

    def settler(self, reach=None):
        clockwork = Clockwork(lambda: self.now, bytes, self.pause)
        return Settler(reach or self.reach, Draft("settle", "S"), clockwork, self.waited.append)

    def end(self, letter, phase):
        end(self.remote(letter), T, phase, DRAFT)

    def endings(self):
        return [decision(self.remote(letter), T) for letter in "AB"]


@pytest.mark.parametrize("phase", ["commit", "abort"])
@pytest.mark.parametrize("letter", ["A", "B"])
def test_it_waits_for_a_push_that_is_under_way(phase, letter):
    world = World()
    world.during[5 * SECOND] = lambda: world.end("A", phase)
    settled = world.settler().settle(world.remote(letter), T)
    assert settled.phase == phase
    assert [one.actor for one in world.waited] == [DRAFT.actor]
    assert world.now < 10 * SECOND
    assert decision(world.remote(letter), T) == phase


def test_what_somebody_else_settled_meanwhile_is_in_nobodys_way():
    world = World()
    remote = world.remote("B")
    world.end("A", "commit")
    world.end("B", "commit")
    assert world.settler().settle(remote, T) is None
    assert world.settler().settle_if_over(remote, T) is None
    assert world.settler().break_off(remote, T) is None


def test_it_ends_one_that_is_not_decided_after_a_minute_and_not_before():
    world = World()
    settled = world.settler().settle(world.remote("B"), T)
    assert settled.phase == "abort"
    assert limits.SETTLE_AFTER <= world.now / SECOND < limits.SETTLE_AFTER + 3
    assert world.endings() == ["abort", "abort"]
    assert world.remote("B").view.refs[MAIN].id == commit(1)


def test_a_clock_that_is_ahead_makes_nobody_wait_longer():
    world = World(now=10**15)
    world.now = 0
    world.settler().settle(world.remote("B"), T)
    assert world.now / SECOND < limits.SETTLE_AFTER + 3


def test_a_clock_that_stands_still_makes_nobody_wait_for_ever():
    world = World()
    settler = world.settler()
    object.__setattr__(settler, "clockwork", steady("S"))
    assert settler.settle(world.remote("B"), T).phase == "abort"


def test_one_in_nobodys_way_is_left_until_its_time_is_up():
    world = World()
    assert world.settler().settle_if_over(world.remote("B"), T) is None
    assert world.endings() == [None, None]
    world.now = limits.SETTLE_AFTER * SECOND
    assert world.settler().settle_if_over(world.remote("B"), T).phase == "abort"
    assert world.waited == []


def test_what_the_primary_decided_is_told_without_waiting():
    world = World()
    world.end("A", "commit")
    assert world.settler().settle(world.remote("B"), T).phase == "commit"
    assert world.now == 0
    assert world.remote("B").view.refs[MAIN].id == commit(2)


def away(_):
    raise Unreachable("unreachable", "no answer")


@pytest.mark.parametrize("reach", [away, lambda _: None])
def test_without_the_primary_nothing_is_settled_and_a_person_may_break_it(reach):
    world = World()
    world.end("A", "commit")
    with pytest.raises((Unreachable, Conflict)) as stuck:
        world.settler(reach).settle(world.remote("B"), T)
    assert stuck.value.details == {"transaction": T.hex(), "primary": replica("A").hex()}
    assert world.endings() == ["commit", None]
    assert world.settler(reach).break_off(world.remote("B"), T).phase == "break"
    assert world.endings() == ["commit", "break"]
    assert world.remote("B").view.refs[MAIN].id == commit(1)


def test_a_primary_that_does_not_know_of_it_decides_nothing():
    world = World(prepares="B")
    with pytest.raises(Conflict, match="does not know"):
        world.settler().settle(world.remote("B"), T)
    assert world.remote("A").view.sequence == 1
    assert world.settler().break_off(world.remote("B"), T).phase == "break"


@pytest.mark.parametrize("primary", [None, replica("B"), replica("Z")])
def test_only_the_participant_with_the_smallest_id_decides(primary):
    """A log that names another one as the primary cannot make us write there."""
    world = World(prepares="")
    remote = world.remote("B")
    step = Transaction(
        "prepare", T, (replica("A"), replica("B")), primary, (RefChange(MAIN, commit(1), None, 0),)
    )
    remote.append(Draft("push", "E", transaction=step))
    if primary == replica("B"):
        assert world.settler().settle(remote, T).phase == "abort"
    else:
        with pytest.raises(Conflict) as refused:
            world.settler().settle(remote, T)
        assert refused.value.code == "reserved"
    assert world.remote("A").view.sequence == 1


def test_people_are_told_where_the_others_are():
    world = World()
    found = prepared(world.remote("B"), T)
    assert found.location(replica("A")) == "/srv/A"
    assert found.location(replica("Z")) == ""
    with pytest.raises(Conflict, match="said to be at /srv/A"):
        world.settler(lambda _: None).settle(world.remote("B"), T)


def test_what_is_broken_before_it_was_told_is_told_to_the_coordinator(monkeypatch):
    world = World(prepares="")
    remotes = [world.remote(letter) for letter in "AB"]
    commit_ = together._commit

    def broken(remote, draft, transaction):
        end(world.remote("B"), transaction, "break", draft)
        return commit_(remote, draft, transaction)

    monkeypatch.setattr(together, "_commit", broken)
    (left,) = push_together([part(one, 2) for one in remotes], DRAFT, T)
    assert left.remote is remotes[1]
    assert "broken" in left.reason
    assert world.endings() == ["commit", "break"]


def test_one_remote_twice_is_no_push_to_several():
    world = World(prepares="")
    with pytest.raises(Exception, match="twice"):
        push_together([part(world.remote("A"), 2), part(world.remote("A"), 2)], DRAFT, T)


def test_a_ref_that_moved_on_one_keeps_all_where_they_are():
    world = World(prepares="")
    world.remote("B").append(Draft("push", "O", refs=(RefMove(MAIN, commit(1), commit(9)),)))
    with pytest.raises(Conflict) as moved:
        push_together([part(world.remote(letter), 2) for letter in "BA"], DRAFT, T)
    assert moved.value.code == "ref-moved"
    assert world.endings() == ["abort", None]
    assert not world.remote("A").view.reservations
