"""A sync with several remotes, cut short at every step, with an outsider pushing.

Afterwards all remotes agree, or the next command of any clone makes them agree, or `sync --status`
says which remote cannot be reached. Remotes are folders and memory, mixed.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Final

import pytest

from contentvc.actions.halfway import State, halfway
from contentvc.errors import Conflict, Unreachable
from contentvc.history.draft import Draft, RefMove
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.remotes.reservation import decision
from contentvc.remotes.sending import send
from contentvc.remotes.settling import Settler
from contentvc.remotes.together import Part, push_together
from contentvc.repository import Clockwork, Repository
from contentvc.storage.contract import Storage
from contentvc.storage.local import LocalStorage
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.verify import verify
from tests.actions.site import ACTOR, Site
from tests.faults.commands import folder
from tests.faults.seam import each_crash
from tests.history.scenes import Scene

__all__ = ["folder"]

MAIN: Final = "branch/main"
NAMES: Final = ("one", "two")
MINUTES: Final = 120_000_000


class Died(BaseException):
    """The process is gone."""


class Dying(Storage):
    """A storage whose user dies just before, or just after, the nth change to any of several."""

    def __init__(self, storage: Storage, steps: "Steps") -> None:
        self._storage = storage
        self._steps = steps

    def read(self, name, span=None):
        return self._storage.read(name, span)

    def write(self, name, content):
        self._steps.take(lambda: self._storage.write(name, content))

    def create(self, name, content):
        self._steps.take(lambda: self._storage.create(name, content))

    def upload(self, name, parts):
        self._steps.take(lambda: self._storage.upload(name, parts))

    def delete(self, name):
        self._steps.take(lambda: self._storage.delete(name))

    def list(self, prefix, after=None):
        return self._storage.list(prefix, after)

    def stamps(self, prefix, after=None):
        return self._storage.stamps(prefix, after)


class Steps:
    """Counts the changes to several storages, and dies at one of them."""

    def __init__(self, nth: int, *, after: bool) -> None:
        self.number = 0
        self._nth = nth
        self._after = after

    def take(self, change: Callable[[], None]) -> None:
        self.number += 1
        if self.number == self._nth and self._after:
            change()
        if self.number >= self._nth:
            raise Died
        change()


class Group:
    """A repository with a commit more than its remotes have."""

    def __init__(self, kinds: str, parent: str) -> None:
        self.scene = Scene()
        self.first = self.scene.commit({b"a": b"one\n", b"b": bytes(range(256)) * 100}, "first")
        own = self.scene.repository.description
        self.storages: list[Storage] = []
        for number, kind in enumerate(kinds):
            path = os.path.join(parent, f"remote-{number}")
            storage = LocalStorage(path) if kind == "f" else MemoryStorage()
            draft = Draft("init", ACTOR)
            clockwork = self.clockwork()
            Repository.create(storage, clockwork, None, draft, own)
            self.storages.append(storage)
        for remote in self.remotes():
            self.push(remote, None, self.first)
        self.second = self.scene.commit({b"a": b"two\n", b"c": b"new\n"}, "second")

    def clockwork(self, later: int = 0) -> Clockwork:
        return Clockwork(lambda: later, os.urandom, lambda _: None)

    def remotes(self, wrap=lambda storage: storage) -> list[LayoutRemote]:
        found = []
        for storage in self.storages:
            kind = "folder" if isinstance(storage, LocalStorage) else "s3"
            place = f"place {len(found)}"
            remote = LayoutRemote(wrap(storage), self.clockwork(), kind, place, Memory(None))
            remote.refresh()
            found.append(remote)
        return found

    def part(self, remote, old, new) -> Part:
        sent = send(self.scene.repository, remote, (new,), NoProgress())
        return Part(remote, (RefMove(MAIN, old, new),), sent.packs, sent.written_at)

    def push(self, remote, old, new) -> None:
        part = self.part(remote, old, new)
        draft = Draft("push", ACTOR, refs=part.moves, added=part.added, written_at=part.written_at)
        remote.append(draft)

    def push_until(self, steps: Steps, transaction: bytes) -> bool:
        """Push to all remotes together; whether whoever does so lived."""
        remotes = self.remotes(lambda storage: Dying(storage, steps))
        try:
            parts = [self.part(remote, self.first, self.second) for remote in remotes]
            push_together(parts, Draft("sync", ACTOR), transaction)
        except Died:
            return False
        return True

    def settler(self) -> Settler:
        def reach(replica):
            return next(one for one in self.remotes() if one.replica == replica)

        return Settler(reach, Draft("settle", "B"), self.clockwork(later=10 * MINUTES))

    def push_outside(self, number: int) -> str:
        """Somebody else gives a branch of their own to one remote; what came of it."""
        theirs = self.scene.commit({b"d": b"theirs\n"}, "theirs", parents=(self.first,), ref=None)
        for _ in range(3):
            remote = self.remotes()[number]
            try:
                self.push(remote, self.first, theirs)
            except Conflict as error:
                if error.code == "ref-moved":
                    return "overtaken"
                self.settler().settle(remote, bytes.fromhex(error.details["transaction"]))
            else:
                return "pushed"
        raise AssertionError("it is blocked again and again")


class NoProgress:
    def start(self, *_):
        pass

    advance = finish = start


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("kinds", "outside"),
    [("ff", None), ("ff", 1), ("fm", 0), ("fm", 1), ("mm", None), ("mm", 0), ("fmm", None)],
)
def test_killed_at_every_step_all_agree_once_somebody_comes(tmp_path, kinds, outside, after):
    endings = set()
    for nth in count(1):
        parent = tmp_path / str(nth)
        parent.mkdir()
        group, transaction = Group(kinds, str(parent)), bytes([nth]) * 16
        is_done = group.push_until(Steps(nth, after=after), transaction)
        came = group.push_outside(outside) if outside is not None else None
        endings.add(check(group, transaction, came, is_done=is_done))
        if is_done:
            break
    assert nth > 6
    assert endings == {"commit", "abort"}


def check(group: Group, transaction: bytes, came: str | None, *, is_done: bool) -> str:
    """Everybody who comes now finds, or makes, the same everywhere; what that is."""
    for remote in group.remotes():
        for one in list(remote.view.reservations):
            group.settler().settle(remote, one)
    found = group.remotes()
    phases = {decision(remote, transaction) for remote in found}
    assert not any(remote.view.reservations for remote in found)
    assert phases == {"commit"} or "commit" not in phases
    assert not is_done or phases == {"commit"} or came == "pushed"
    at = {remote.view.refs[MAIN].id for remote in found}
    if phases == {"commit"}:
        assert at == {group.second}
        assert came in (None, "overtaken")
    else:
        assert group.second not in at
        assert came in (None, "pushed")
    for storage in group.storages:
        assert verify(Repository.open(storage, group.clockwork()), quick=False).ok
    return "commit" if phases == {"commit"} else "abort"


def _team(above: str) -> tuple[Site, Site]:
    """Two clones of two remotes; the first has a commit more."""
    ada = Site(os.path.join(above, "ada")).init()
    ada.write({b"a": b"one\n"}).commit("first")
    ben = Site(os.path.join(above, "ben")).replica_of(ada)
    for name in NAMES:
        ada.add_remote(name, os.path.join(above, name))
        ben.add_remote(name, os.path.join(above, name))
    ada.sync(everything=True)
    ben.sync(everything=True)
    ada.write({b"a": b"of ada\n"}).commit("of ada")
    ben.write({b"b": b"of ben\n"}).commit("of ben")
    ben._clock = lambda: time.time_ns() // 1000 + MINUTES
    return ada, ben


def _refs(site: Site) -> list[bytes]:
    remotes = site.context().remotes
    return [remotes.open(name).view.refs[MAIN].id for name in NAMES]


def test_the_command_killed_at_every_change_to_the_disk(folder):
    """Of the working tree, of its repository, and of both remotes."""
    teams = {}

    def prepare(above: str) -> Callable[[], object]:
        teams[above] = _team(above)
        return lambda: teams[above][0].sync(everything=True)

    turns = 0
    for crash in each_crash(folder, prepare):
        turns += 1
        ada, ben = teams[crash.folder]
        if turns % 3 == 0:  # one of the remotes is away, for a while
            _check_away(crash.folder, ben)
        ben.sync(everything=True)
        ada.settle()
        ada.sync(everything=True)
        ben.sync(everything=True)
        assert _refs(ada) == _refs(ben) == [ada.refs()[MAIN], ben.refs()[MAIN]]
        assert ada.files() == ben.files() == {b"a": b"of ada\n", b"b": b"of ben\n"}
    assert turns > 20


def _check_away(above: str, ben: Site) -> None:
    """A sync says which remote cannot be reached, and the status too; nothing comes apart."""
    away = os.path.join(above, NAMES[0])
    os.rename(away, away + "-gone")
    with pytest.raises(Unreachable):
        ben.sync(everything=True)
    report = {one.name: one for one in halfway(ben.context(), ()).remotes}
    assert report[NAMES[0]].away
    states = {push.state for push in report[NAMES[1]].pushes}
    assert states <= {State.UNKNOWN, State.UNDECIDED}
    with suppress(Unreachable):
        ben.sync(NAMES[1])
    os.rename(away + "-gone", away)
