"""Every interleaving of pushes to several remotes, outsiders and settlers, over the real classes.

Each remote is a real log in memory. A coordinator moves ``main`` on all of them together; outsiders
push to one of them, and settle what blocks them; settlers pass by. Actors run in threads of which
one at a time goes a step, from one call of a remote to the next. An actor that takes no more steps
has crashed. One call of the coordinator may also have no answer, before or after it took effect.

Whatever the order: no remote commits what another aborts, nobody's accepted push is overwritten,
what a coordinator was told is what happened, and whoever comes later can settle what was left.

Each rule that keeps it so is needed: the search without it finds an order that breaks it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Semaphore, Thread

import pytest

from contentvc.errors import Conflict, ContentvcError, Unreachable
from contentvc.history.draft import Draft, RefMove
from contentvc.history.replay import Replay
from contentvc.history.view import View
from contentvc.remotes import together
from contentvc.remotes.reservation import decision, prepared
from contentvc.remotes.settling import Settler
from contentvc.remotes.together import push_together
from contentvc.snapshots.operation import Transaction
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import commit
from tests.remotes.logs import MAIN, LogRemote, begun, part, replica, steady

T = b"T" * 16
LATER = 10**12
"""Everybody's patience is over at once: waiting is only manners, and no rule may rest on it."""


class Broken(Exception):
    """The promise, in the words of what went wrong."""


class Killed(BaseException):
    """Ends the thread of an actor that is not wanted any more."""


BEGUN = {letter: begun(letter) for letter in "ABC"}


def copied(storage: MemoryStorage) -> MemoryStorage:
    copy = MemoryStorage()
    copy._contents = dict(storage._contents)
    return copy


class World:
    """The remotes, as many as there are letters, and who runs on them."""

    def __init__(self, letters: str, storages=None) -> None:
        self.letters = letters
        self.storages = storages or {letter: copied(BEGUN[letter]) for letter in letters}

    def copy(self) -> "World":
        """The same remotes, to go on with on the side."""
        return World(self.letters, {one: copied(storage) for one, storage in self.storages.items()})

    def remote(self, letter, actor="reader") -> LogRemote:
        return LogRemote(self.storages[letter], replica(letter), steady(actor))

    def key(self) -> object:
        return tuple(frozenset(storage._contents.items()) for storage in self.storages.values())


class Gated(LogRemote):
    """A remote at which an actor waits for its turn before each call."""

    def __init__(self, storage, name, clockwork, actor) -> None:
        super().__init__(storage, name, clockwork)
        self._actor = actor

    def refresh(self):
        return self._actor.turn(("look", self._replica), super().refresh)

    def append(self, draft):
        return self._actor.turn(("append", self._replica), lambda: super(Gated, self).append(draft))


@dataclass(slots=True)
class Actor:
    """A thread that goes one step when it is told to, and what it has seen so far."""

    world: World
    name: str
    play: Callable[["Actor"], object]
    seen: list[object] = field(default_factory=list)
    is_done: bool = False
    is_killed: bool = False
    lost: str = ""
    result: object = None
    _go: Semaphore = field(default_factory=lambda: Semaphore(0))
    _waits: Semaphore = field(default_factory=lambda: Semaphore(0))
    _thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        self._waits.acquire()

    def step(self, lost: str) -> None:
        self.lost = lost
        self._go.release()
        self._waits.acquire()

    def kill(self) -> None:
        self.is_killed = True
        self._go.release()
        self._thread.join()

    def remote(self, letter) -> Gated:
        clock = steady(self.name)
        return Gated(self.world.storages[letter], replica(letter), clock, self)

    def remotes(self) -> list[Gated]:
        return [self.remote(letter) for letter in self.world.letters]

    def settler(self) -> Settler:
        def reach(wanted):
            return next(self.remote(one) for one in self.world.letters if replica(one) == wanted)

        return Settler(reach, Draft("settle", self.name), steady(self.name, LATER))

    def turn(self, what, call):
        """Wait for the turn, then make the call, whose answer may be lost either way."""
        if not self.is_killed:
            self._waits.release()
            self._go.acquire()
        if self.is_killed:
            raise Killed
        try:
            if self.lost == "before":
                raise Unreachable("unreachable", "it never arrived")
            view = call()
            if self.lost == "after":
                raise Unreachable("unreachable", "its answer was lost")
        except ContentvcError as error:
            self.seen.append((what, self.lost, error.code))
            raise
        self.seen.append((what, view.sequence))
        return view

    def _run(self) -> None:
        try:
            self.result = self.play(self)
        except Killed:
            return
        except ContentvcError as error:
            self.result = error
        finally:
            self.is_done = True
            self._waits.release()


def coordinator(actor: Actor):
    """Moves ``main`` to commit 2 on all remotes."""
    return push_together([part(one, 2) for one in actor.remotes()], Draft("push", actor.name), T)


def second_coordinator(actor: Actor):
    """Likewise to commit 3, and settles what is in its way."""
    remotes = actor.remotes()
    for attempt in (b"U", b"V"):
        parts = [part(one, 3) for one in remotes]
        try:
            return push_together(parts, Draft("push", actor.name), attempt * 16)
        except Conflict as error:
            if error.code != "reserved":
                raise
            blocked = bytes.fromhex(error.details["transaction"])
            for one in remotes:
                if blocked in one.view.reservations:
                    actor.settler().settle(one, blocked)
    return None


def outsider(letter: str):
    """Pushes commit 9 to one remote, and settles what is in its way."""

    def play(actor: Actor):
        remote = actor.remote(letter)
        for _ in range(2):
            try:
                return remote.append(
                    Draft("push", "O", refs=(RefMove(MAIN, commit(1), commit(9)),))
                )
            except Conflict as error:
                if error.code != "reserved":
                    raise
                actor.settler().settle(remote, bytes.fromhex(error.details["transaction"]))
        return None

    return play


def settler(letter: str):
    """Passes by at one remote, and ends what is left there."""

    def play(actor: Actor):
        remote = actor.remote(letter)
        for transaction in list(remote.refresh().reservations):
            actor.settler().settle(remote, transaction)

    return play


def repeater(letter: str):
    """What is between sends the coordinator's `prepare` there once more."""

    def play(actor: Actor):
        remote = actor.remote(letter)
        remote.refresh()
        found = prepared(remote, T)
        if found is not None:
            step = Transaction("prepare", T, found.participants, found.primary, found.refs)
            remote.append(Draft("push", actor.name, transaction=step))

    return play


def check(world: World, actors: list[Actor]) -> None:
    """Look at it as somebody who comes now, and then settles whatever is left."""
    first = [actor for actor in actors if actor.play is coordinator and actor.is_done]
    ended = endings(world)
    if {"commit", "abort"} <= set(ended.values()):
        raise Broken(f"split: {ended}")
    for letter in world.letters:
        check_moves(world.remote(letter))
    for actor in first:
        check_told(actor.result, ended)
    later = world.copy()
    settle_all(later)
    after = set(endings(later).values())
    if "commit" in after and len(after) > 1:
        raise Broken(f"split once it was settled: {endings(later)}")


def endings(world: World) -> dict[str, str | None]:
    """How T ended on each remote."""
    return {letter: decision(world.remote(letter), T) for letter in world.letters}


def check_moves(remote: LogRemote) -> None:
    """No step of the log takes a ref from where it was not."""
    refs, reserved = {}, {}
    for operation, _, effective in remote.log.walk():
        step, moved = operation.transaction, operation.refs
        if not effective:
            raise Broken(f"operation {operation.sequence} is void")
        if step is not None and step.phase == "prepare":
            reserved[step.id] = step.refs
        elif step is not None and step.phase == "commit":
            moved += reserved[step.id]
        for change in moved:
            if refs.get(change.name) != change.old:
                raise Broken(f"operation {operation.sequence} overwrites what somebody pushed")
            refs[change.name] = change.new


def check_told(result: object, ended: dict[str, str | None]) -> None:
    """Who was told that it is done is right, and who was told that it is not."""
    primary = min(ended)
    if isinstance(result, Unreachable):
        return
    if isinstance(result, ContentvcError) and "commit" in ended.values():
        raise Broken(f"told {result.code}, and it happened")
    if isinstance(result, tuple) and ended[primary] != "commit":
        raise Broken("told that it is done, and it is not")


def settle_all(world: World) -> None:
    def reach(wanted):
        return next(world.remote(one, "last") for one in world.letters if replica(one) == wanted)

    for letter in world.letters:
        remote = world.remote(letter, "last")
        for transaction in list(remote.view.reservations):
            try:
                Settler(reach, Draft("settle", "L"), steady("last", LATER)).settle(
                    remote, transaction
                )
            except ContentvcError as error:
                raise Broken(f"stuck: {error}") from error
        if remote.refresh().reservations:
            raise Broken("stuck: still reserved")


@dataclass(frozen=True, slots=True)
class Result:
    """How many states there are, or the order that breaks the promise."""

    states: int
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Who runs on which remotes; the first may lose one answer."""

    letters: str
    plays: tuple[Callable[[Actor], object], ...]
    loses: bool = False


def search(scene: Scene) -> Result:
    """Look at every state that any interleaving leads to, until one breaks the promise."""
    seen: set[object] = set()
    todo: list[tuple[tuple[int, str], ...]] = [()]
    while todo:
        schedule = todo.pop()
        world = World(scene.letters)
        actors = [Actor(world, f"{n}", play) for n, play in enumerate(scene.plays)]
        for actor in actors:
            actor.start()
        try:
            for number, lost in schedule:
                actors[number].step(lost)
            state = (world.key(), *(tuple(actor.seen) for actor in actors))
            if state not in seen:
                seen.add(state)
                check(world, actors)
                todo += following(scene, schedule, actors)
        except Broken as error:
            return Result(len(seen), (*map(str, schedule), str(error)))
        finally:
            for actor in actors:
                actor.kill()
    return Result(len(seen))


def following(scene: Scene, schedule, actors):
    """The schedules that are one step longer."""
    for number, actor in enumerate(actors):
        if not actor.is_done:
            yield (*schedule, (number, ""))
    if scene.loses and not actors[0].is_done and not any(lost for _, lost in schedule):
        yield (*schedule, (0, "before"))
        yield (*schedule, (0, "after"))


SCENES = {
    "alone": Scene("AB", (coordinator,), loses=True),
    "an outsider at the primary": Scene("AB", (coordinator, outsider("A")), loses=True),
    "an outsider at the other": Scene("AB", (coordinator, outsider("B")), loses=True),
    "two outsiders": Scene("AB", (coordinator, outsider("A"), outsider("B"))),
    "an outsider and a settler": Scene("AB", (coordinator, outsider("B"), settler("A"))),
    "two coordinators": Scene("AB", (coordinator, second_coordinator)),
    "three remotes": Scene("ABC", (coordinator, outsider("C")), loses=True),
    "a settler in the middle": Scene("ABC", (coordinator, settler("B"))),
    "a repeated prepare": Scene("AB", (coordinator, outsider("B"), repeater("A"))),
}


@pytest.mark.parametrize("name", sorted(SCENES))
def test_all_or_none_in_any_order(name):
    result = search(SCENES[name])
    assert result.trace == ()
    assert result.states > 15


def test_telling_the_others_first_splits(monkeypatch):
    """The decision stands in the log of the primary: elsewhere it is only told."""

    decide = together._decide
    monkeypatch.setattr(together, "_decide", lambda remotes, *rest: decide(remotes[::-1], *rest))
    assert search(SCENES["an outsider at the other"]).trace


def test_a_coordinator_that_does_not_look_how_it_ended_splits(monkeypatch):
    """Somebody aborted it at the primary, and it tells the rest to commit."""
    end = together.end

    def sure(remote, transaction, phase, draft):
        end(remote, transaction, phase, draft)
        return phase

    monkeypatch.setattr(together, "end", sure)
    assert search(SCENES["an outsider and a settler"]).trace


def test_settling_without_asking_the_primary_splits(monkeypatch):
    monkeypatch.setattr(Settler, "_primary", lambda _, remote, __: remote)
    trace = search(SCENES["an outsider at the other"]).trace
    assert "split" in trace[-1]


def test_aborting_elsewhere_before_the_primary_says_so_splits(monkeypatch):
    """The settler takes "not decided" for "aborted"."""
    ended = Settler._ended

    def rash(self, remote, found, phase):
        is_primary = remote.replica == found.primary
        return phase if is_primary and phase == "abort" else ended(self, remote, found, phase)

    monkeypatch.setattr(Settler, "_ended", rash)
    assert search(SCENES["an outsider at the other"]).trace


def test_preparing_the_primary_last_leaves_what_nobody_can_settle(monkeypatch):
    """The other is reserved, and the primary knows of nothing."""
    prepare = together._prepare
    monkeypatch.setattr(together, "_prepare", lambda parts, *rest: prepare(parts[::-1], *rest))
    assert "stuck" in search(SCENES["an outsider at the other"]).trace[-1]


def test_reservations_that_hold_nobody_off_lose_a_push(monkeypatch):
    """An outsider moves the ref between prepare and commit, and the commit moves it back."""
    monkeypatch.setattr(View, "reserved", lambda *_: None)
    monkeypatch.setattr(Replay, "_is_reserved", lambda *_: False)
    assert search(SCENES["an outsider at the other"]).trace


def test_a_transaction_that_can_be_prepared_again_splits(monkeypatch):
    """Its abort was told to the other already, when it is prepared anew and committed."""
    take = Replay._take_transaction

    def forgetful(self, step):
        take(self, step)
        self._gone.discard(step.id)

    monkeypatch.setattr(Replay, "_take_transaction", forgetful)
    assert search(SCENES["a repeated prepare"]).trace
