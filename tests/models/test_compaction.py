"""Every interleaving of writers, a dropper, a repacker and a deleter, over the real classes.

Content x lies in one pack and nothing reaches it. Writers record commits that need x and reuse it
where they find it; the dropper removes what nothing needs; the repacker moves x to another pack;
the orphan collector discards packs that no operation lists; the deleter deletes the files of packs
that are gone. Whatever the order, x can be read while a commit needs it, and what was dropped does
not come back by itself.

Each rule that keeps it so is needed: the search without it finds an order that breaks it.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest

from contentvc.errors import Busy, Damaged
from contentvc.history import draft as draft_module
from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Clockwork
from contentvc.history.replay import Replay
from contentvc.ids import PackName, blob_id
from contentvc.objects.chunker import Chunking
from contentvc.objects.pack import pack_path
from contentvc.objects.store import ObjectStore
from contentvc.objects.writing import Writing
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import commit, new_log

CONTENT = b"the content of x"
X = blob_id(CONTENT)
DONE = ("done",)

Steps = Generator[tuple[object, ...], None, None]
"""What an actor does, a step at a time; it yields what it knows, and returns when it is done."""


class Lost(Exception):
    """Content that a commit needs cannot be read."""


class World:
    """One storage. It starts with x in a pack that is live and that nothing reaches."""

    def __init__(self) -> None:
        self.storage = MemoryStorage()
        actor = Actor(self, "start")
        actor.log.append(Draft("start", "A", added=actor.upload()), actor.view)

    def check(self) -> None:
        """Look at it as a reader that comes now."""
        reader = Actor(self, "reader")
        if is_needed(reader.view):
            reader.read()
        elif reader.view.dropped and reader.store.has(X):
            raise Lost("what was dropped came back")

    def key(self) -> object:
        return frozenset(self.storage._contents.items())


class Actor:
    """A process with a log and a store of its own, and a view that grows old."""

    def __init__(self, world: World, name: str) -> None:
        self.storage = world.storage
        self.name = name
        self.uploads = 0
        self.log = new_log(self.storage, seed=sum(name.encode()))
        self.log._clockwork = Clockwork(lambda: 0, self.log._clockwork.random, lambda _: None)
        self.store = ObjectStore(self.storage, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        self.become(self.log.latest())

    def become(self, view) -> None:
        self.view = view
        self.store.cover(view.packs)

    def append(self, draft: Draft) -> None:
        self.become(self.log.append(draft, self.view))

    def upload(self):
        """x in a new pack: durable, and invisible."""
        self.uploads += 1
        name = f"{self.name}{self.uploads}".encode().ljust(16)
        nothing = ObjectStore(self.storage, lambda: None)
        with Writing(nothing, lambda _: name, Chunking()) as writing:
            writing.put_blob(CONTENT)
            return writing.finish()

    def read(self) -> None:
        try:
            assert self.store.blob(X) == CONTENT
        except Damaged as error:
            raise Lost(str(error)) from error


def is_needed(view) -> bool:
    return any(name.startswith("branch/") for name in view.refs)


def packs_on_disk(world: World) -> set[PackName]:
    return {PackName(bytes.fromhex(path[6:])) for path in world.storage.list("packs/")}


def writer(name: str, *, reuses: bool = True) -> Callable[[World], Steps]:
    """Records a commit that needs x, then reads it. One that does not reuse stores all itself."""

    def steps(world: World) -> Steps:
        actor = Actor(world, name)
        for _ in range(3):
            actor.refresh()
            found = reuses and actor.store.has(X)
            added = () if found else actor.upload()
            looked_at = actor.view.sequence if found else None
            yield "ready", actor.view.sequence, found
            move = RefMove(f"branch/{name}", None, commit(1))
            try:
                actor.append(Draft("commit", "A", refs=(move,), added=added, written_at=looked_at))
            except Busy:
                yield ("again",)
                continue
            yield "committed", actor.view.sequence
            actor.read()
            return

    return steps


@dataclass(frozen=True, slots=True)
class Drop(Draft):
    """An operation that drops what nothing reached when it looked."""

    def check(self, view) -> None:
        Draft.check(self, view)
        check_nothing_was_reached(view)


def check_nothing_was_reached(view) -> None:
    """The rule for whoever drops: what became reachable in between is looked at again."""
    if is_needed(view):
        raise Busy("start-over", "it is needed now")


def dropper(world: World) -> Steps:
    actor = Actor(world, "drop")
    removed = tuple(actor.view.packs)
    if is_needed(actor.view) or not removed:
        return
    yield "ready", actor.view.sequence
    try:
        actor.append(Drop("drop", "A", removed=removed, horizon=actor.view.sequence))
    except Busy:
        return


def repacker(world: World) -> Steps:
    actor = Actor(world, "repack")
    if not actor.store.has(X):
        return
    removed, added = tuple(actor.view.packs), actor.upload()
    yield "ready", actor.view.sequence
    try:
        actor.append(Draft("repack", "A", removed=removed, added=added))
    except Busy:
        return


def orphan_collector(world: World) -> Steps:
    actor = Actor(world, "orphans")
    unlisted = packs_on_disk(world) - actor.view.packs.keys() - actor.view.gone
    if not unlisted:
        return
    yield "ready", actor.view.sequence, frozenset(unlisted)
    try:
        actor.append(Draft("discard", "A", discarded=tuple(sorted(unlisted))))
    except Busy:
        return


def deleter(world: World) -> Steps:
    """The grace period for readers is over whenever it acts."""
    for _ in range(2):
        actor = Actor(world, "delete")
        doomed = frozenset(packs_on_disk(world) & doomed_packs(world, actor.view))
        yield "ready", doomed
        for pack in doomed:
            world.storage.delete(pack_path(pack))
        yield ("deleted",)


def doomed_packs(world: World, view) -> frozenset[PackName]:
    return view.gone


@dataclass(frozen=True, slots=True)
class Result:
    """How many states there are, or the order that breaks the promise."""

    states: int
    trace: tuple[str, ...] = ()


def search(*actors: Callable[[World], Steps], start: type[World] = World) -> Result:
    """Look at every state that any interleaving leads to, until one breaks the promise.

    A crash is an actor that takes no more steps: what it left is looked at after each of them.
    """
    seen: set[object] = set()
    todo: list[tuple[int, ...]] = [()]
    while todo:
        schedule = todo.pop()
        world = start()
        running = [actor(world) for actor in actors]
        known: list[object] = ["new"] * len(actors)
        try:
            for number in schedule:
                known[number] = next(running[number], DONE)
            world.check()
        except Lost as error:
            named = [f"{number}: {actors[number].__qualname__}" for number in schedule]
            return Result(len(seen), (*named, str(error)))
        state = (world.key(), tuple(known))
        if state not in seen:
            seen.add(state)
            todo += [(*schedule, n) for n, last in enumerate(known) if last is not DONE]
    return Result(len(seen))


SCENES = {
    "two writers": (writer("one"), writer("two"), dropper, deleter),
    "a clone": (writer("one", reuses=False), dropper, orphan_collector, deleter),
    "orphans": (writer("one"), dropper, orphan_collector, deleter),
    "repack": (writer("one"), repacker, dropper, deleter),
    "repack and orphans": (writer("one"), repacker, orphan_collector, deleter),
}


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_nothing_is_lost_in_any_order(scene):
    result = search(*SCENES[scene])
    assert result.trace == ()
    assert result.states > 50


def check_without(monkeypatch, name):
    """`Draft.check` as it is, but blind to one thing in the view."""
    check = Draft.check

    def blind(self, view):
        check(self, Blind(view, name))

    monkeypatch.setattr(draft_module.Draft, "check", blind)


class Blind:
    """A view in which one rule finds nothing to object to."""

    def __init__(self, view, name):
        self._view, self._name = view, name

    def __getattr__(self, name):
        if name == self._name:
            return {"dropped": 0, "gone": frozenset(), "packs": Everything()}[name]
        return getattr(self._view, name)


class Everything(dict):
    """Packs that are all live, whatever they are called."""

    def keys(self):
        return self

    def __ge__(self, _):
        return True

    def __contains__(self, _):
        return True


def test_without_looking_at_drops_content_is_lost(monkeypatch):
    """`written_at`: a writer reuses x, then x is dropped, then the commit is recorded."""
    check_without(monkeypatch, "dropped")
    assert search(*SCENES["two writers"]).trace


def test_without_knowing_the_packs_that_are_gone_content_is_lost(monkeypatch):
    """A pack is discarded and deleted while its writer still means to add it."""
    check_without(monkeypatch, "gone")
    holds = Replay._holds

    def forgetful(self, operation):
        self._gone.clear()
        return holds(self, operation)

    monkeypatch.setattr(Replay, "_holds", forgetful)
    assert search(*SCENES["orphans"]).trace


def test_without_checking_that_removed_packs_are_live_content_comes_back(monkeypatch):
    """A repack was prepared, then its content is dropped, then the repack brings it back."""
    check_without(monkeypatch, "packs")
    holds = Replay._holds

    def careless(self, operation):
        removed = tuple(pack for pack in operation.removed if pack in self._packs)
        object.__setattr__(operation, "removed", removed)
        return holds(self, operation)

    monkeypatch.setattr(Replay, "_holds", careless)
    trace = search(*SCENES["repack"]).trace
    assert trace[-1] == "what was dropped came back"


def test_either_half_of_the_check_for_packs_is_enough(monkeypatch):
    """Replay refuses what the draft let through: nothing void is ever written."""
    check_without(monkeypatch, "gone")
    assert not search(*SCENES["orphans"]).trace


def test_a_dropper_that_does_not_look_again_loses_content(monkeypatch):
    monkeypatch.setitem(globals(), "check_nothing_was_reached", lambda _: None)
    assert search(*SCENES["two writers"]).trace


def test_deleting_unlisted_packs_without_an_operation_loses_content(monkeypatch):
    def unlisted(world, view):
        return frozenset(packs_on_disk(world) - view.packs.keys())

    monkeypatch.setitem(globals(), "doomed_packs", unlisted)
    assert search(*SCENES["a clone"]).trace


def test_a_reader_that_does_not_reload_cannot_read(monkeypatch):
    """Its view is older than a repack whose old pack was deleted."""
    make = Actor.__init__

    def deaf(self, world, name):
        make(self, world, name)
        self.store._reload = lambda: None

    monkeypatch.setattr(Actor, "__init__", deaf)
    assert search(*SCENES["repack"]).trace
