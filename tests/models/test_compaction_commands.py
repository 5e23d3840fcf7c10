"""Every interleaving of two writers, the compaction that people run, and a deleter.

What `test_compaction.py` searches with actors of its own is searched here with the code of the
command: it plans, moves, drops; each a step of its own, with the others in between. Content x and
its tree are stored and nothing leads to them, beside a commit that stays. Whoever writes a commit
that needs x reuses what it finds.

A crash is an actor that takes no more steps, so every crash is in the search too.
"""

from contextlib import suppress
from random import Random

import pytest

from contentvc.actions import compact as compact_module
from contentvc.actions.compact import planned, prepared_drop
from contentvc.actions.context import Context
from contentvc.actions.progress import Silent
from contentvc.actions.repacking import append_or_discard, prepared_repack
from contentvc.errors import Busy, ContentvcError
from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Clockwork
from contentvc.history.replay import Replay
from contentvc.ids import WorkspaceId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from contentvc.storage.contract import NotFound
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.compact_write import moving
from contentvc.upkeep.sweep import delete_gone
from contentvc.worktree.place import Place
from contentvc.worktree.workers import Inline
from tests.models.test_compaction import Lost, check_without, search

CONTENT = b"the content of x"
OTHER = b"what stays"
NOW = 1_800_000_000_000_000


def context_of(storage, name):
    """A process of its own, whose random bytes are the same in every run."""
    random = Random(name).randbytes
    repository = Repository.open(storage, Clockwork(lambda: NOW, random, lambda _: None))
    return Context(
        repository=repository,
        place=Place(b"/", b"/.contentvc", WorkspaceId(bytes(16))),
        who=lambda: "A",
        command=(),
        now=NOW,
        zone=0,
        workers=Inline(),
        progress=Silent(),
        on_wait=lambda: None,
    )


def store(repository, content, *, with_commit=True):
    """Content, its tree and a commit, as far as they are not stored; packs, and the commit."""
    with repository.writing() as writing:
        blob = writing.put_blob(content)
        entry = Entry(b"x", Mode.FILE, len(content), blob)
        tree = writing.put_tree(encode_tree(Tree((entry,))))
        commit = None
        if with_commit:
            value = Commit(tree=tree, parents=(), author="A", time=0, zone=0, message="")
            commit = writing.put_commit(encode_commit(value))
        return writing.finish(), commit


class World:
    """One storage, with a commit that stays, and content that nothing leads to."""

    def __init__(self):
        self.storage = MemoryStorage()
        clockwork = Clockwork(lambda: NOW, Random("world").randbytes, lambda _: None)
        repository = Repository.create(self.storage, clockwork, None, Draft("init", "A"))
        packs, commit = store(repository, OTHER)
        move = RefMove("branch/stays", None, commit)
        repository.append(Draft("commit", "A", refs=(move,), added=packs))
        packs, _ = store(repository, CONTENT, with_commit=False)
        repository.append(Draft("odd", "A", added=packs))

    def check(self):
        """Look at it as a reader that comes now."""
        repository = context_of(self.storage, "reader").repository
        for name, ref in repository.view.refs.items():
            wanted = OTHER if name == "branch/stays" else CONTENT
            read(repository, ref.id, wanted)

    def key(self):
        return frozenset(self.storage._contents.items())


def read(repository, commit, wanted):
    try:
        (entry,) = repository.entries(repository.commit(commit).tree)
        assert repository.blob(entry.id) == wanted
    except (ContentvcError, NotFound) as error:
        raise Lost(str(error)) from error


def writer(name):
    def steps(world):
        repository = context_of(world.storage, name).repository
        for _ in range(2):
            repository.refresh()
            packs, commit = store(repository, CONTENT)
            yield "ready", repository.view.sequence
            move = RefMove(f"branch/{name}", None, commit)
            draft = Draft("commit", "A", refs=(move,), added=packs)
            try:
                repository.append(with_written_at(draft, repository))
            except Busy:
                yield ("again",)
                continue
            yield "committed", repository.view.sequence
            read(repository, commit, CONTENT)
            return

    return steps


def with_written_at(draft, repository):
    return Draft(
        draft.kind, draft.actor, refs=draft.refs, added=draft.added,
        written_at=repository.written_at,
    )  # fmt: skip


def compactor(name, *, moves=True):
    """The command's own parts, in its own order, without its trying again.

    One that does not move deletes the files itself, as the command does.
    """

    def steps(world):
        context = context_of(world.storage, name)
        repository = context.repository
        with suppress(Busy, NotFound):
            plan = planned(context, 0)
            if plan.packs and moves:
                what = moving(repository.objects, plan.packs, plan.walk)
                draft = prepared_repack(context, plan.base, what, plan.walk, lambda *_: None)
                yield "moved", draft.added
                append_or_discard(context, draft)
                plan.ours |= {record.name for record in draft.added}
                yield "repacked", repository.view.sequence
            if plan.dead:
                draft = prepared_drop(context, plan)
                yield "written", draft.added, draft.removed
                append_or_discard(context, draft)
                yield "dropped", repository.view.sequence
                if not moves:
                    delete_gone(world.storage, repository.view)

    return steps


def deleter(world):
    repository = context_of(world.storage, "deleter").repository
    yield "ready", repository.view.gone
    delete_gone(world.storage, repository.view)


ONE = (writer("one"), compactor("compact"), deleter)
SCENES = {
    "a writer": ONE,
    "two compactions": (writer("one"), compactor("compact"), compactor("other")),
    "two writers": (writer("one"), writer("two"), compactor("compact", moves=False)),
}


@pytest.fixture(autouse=True)
def no_operation_keeps_what_is_old(monkeypatch):
    monkeypatch.setattr("contentvc.limits.UNDO_OPERATIONS", 0)


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_nothing_is_lost_in_any_order(scene):
    result = search(*SCENES[scene], start=World)
    assert result.trace == ()
    assert result.states > 50


def test_without_looking_again_before_a_drop_content_is_lost(monkeypatch):
    monkeypatch.setattr(compact_module._Again, "look", lambda *_: None)
    assert search(*ONE, start=World).trace


def test_without_writers_looking_at_drops_content_is_lost(monkeypatch):
    check_without(monkeypatch, "dropped")
    assert search(*ONE, start=World).trace


def test_without_checking_what_is_live_and_gone_content_is_lost(monkeypatch):
    """Two compactions move the same packs; the one takes away what the other brought."""
    check_without(monkeypatch, "packs")
    holds = Replay._holds

    def careless(self, operation):
        removed = tuple(pack for pack in operation.removed if pack in self._packs)
        object.__setattr__(operation, "removed", removed)
        return holds(self, operation)

    monkeypatch.setattr(Replay, "_holds", careless)
    come_back = []

    class Watched(World):
        def check(self):
            super().check()
            repository = context_of(self.storage, "reader").repository
            dropped = repository.view.dropped and len(repository.view.refs) == 1
            if dropped and any(map(is_content, repository.view.packs, [repository] * 99)):
                come_back.append(True)
                raise Lost("what was dropped came back")

    assert search(compactor("compact"), compactor("other"), start=Watched).trace
    assert come_back


def is_content(pack, repository):
    footer = repository.objects.index.footer(pack)
    return any(
        CONTENT in repository.objects.read_block(pack, number, block)
        for number, block in enumerate(footer.blocks)
    )
