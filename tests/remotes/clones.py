"""Clones of one repository and a remote they share, without working trees: every command anew."""

import os
from dataclasses import replace

from contentvc.history.draft import Draft, RefMove
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.remotes.receiving import receive
from contentvc.remotes.sending import send
from contentvc.repository import Repository
from contentvc.snapshots.operation import Head
from contentvc.storage.counted import CountedStorage
from contentvc.storage.memory import MemoryStorage
from tests.history.scenes import WORKSPACE, Scene, clockwork

__all__ = ["MAIN", "TRACKED", "Clone", "Silent", "Writer", "copied", "replica_on"]

ACTOR = "A <a@example.org>"
MAIN, TRACKED = "branch/main", "remote/origin/main"


class Silent:
    """Nobody is watching."""

    def start(self, *_):
        pass

    def advance(self, *_):
        pass

    def finish(self):
        pass


def copied(storage):
    """Another storage in memory with the same bytes."""
    other = MemoryStorage()
    other._contents = dict(storage._contents)
    return other


def replica_on(storage, like, seed=77):
    """Make an empty storage a replica of the same repository."""
    return Repository.create(storage, clockwork(seed), None, Draft("init", ACTOR), like)


class Clone(Scene):
    """A repository of its own, in memory, with a folder of what it remembers of the remote.

    Args:
        storage: of the remote.
        folder: where its memory is; made if it is missing.
        seed: of its random bytes.
        like: of the repository it is a clone of; None for the first.
    """

    def __init__(self, storage, folder, seed=1, like=None, kind="folder"):
        self.storage = MemoryStorage()
        self.clockwork = clockwork(seed)
        draft = Draft("init", ACTOR, WORKSPACE, ("init",))
        self.repository = Repository.create(self.storage, self.clockwork, WORKSPACE, draft, like)
        os.makedirs(folder, exist_ok=True)
        self.folder = os.fsencode(folder)
        self.kind = kind
        self.counted = CountedStorage(storage)

    @property
    def memory(self):
        return Memory(self.folder)

    def remote(self):
        """The remote as a command opens it."""
        place = "/srv/shared"
        remote = LayoutRemote(self.counted, self.clockwork, self.kind, place, self.memory, "origin")
        remote.refresh()
        return remote

    def fetch(self):
        """As the command; the objects that came."""
        remote = self.remote()
        there = remote.view.refs.get(MAIN)
        here = self.repository.view.refs.get(TRACKED)
        if there is None or (here is not None and here.id == there.id):
            remote.see()
            return 0
        received = receive(self.repository, remote, (there.id,), Silent())
        move = RefMove(TRACKED, None if here is None else here.id, there.id)
        draft = Draft("fetch", ACTOR, WORKSPACE, refs=(move,), added=received.packs)
        self.repository.append(draft)
        remote.see()
        return received.objects

    def push(self):
        """As the command, of the branch."""
        remote = self.remote()
        new = self.repository.view.refs[MAIN].id
        old = remote.view.refs.get(MAIN)
        sent = send(self.repository, remote, (new,), Silent())
        move = RefMove(MAIN, None if old is None else old.id, new)
        remote.append(
            Draft("push", ACTOR, refs=(move,), added=sent.packs, written_at=sent.written_at)
        )
        self.move(TRACKED, new)
        remote.see()

    def pull(self):
        """Fetch, and stand on what came."""
        self.fetch()
        self.move(MAIN, self.repository.view.refs[TRACKED].id)


class Writer(Scene):
    """Commits that are made on the remote itself, each one operation and one pack: a quick past."""

    def __init__(self, storage, like, seed=5):
        replica_on(storage, like)
        self.clockwork = clockwork(seed)
        remote = LayoutRemote(storage, self.clockwork, "folder", "/srv/shared", Memory(None))
        remote.refresh()
        self.repository = _Appending(remote)

    @property
    def head(self):
        there = self.repository.view.refs.get(MAIN)
        return Head(MAIN, None if there is None else there.id)


class _Appending:
    """A replica to which everything is appended as a push is."""

    def __init__(self, remote):
        self._remote = remote

    def __getattr__(self, name):
        return getattr(self._remote.as_repository, name)

    def append(self, draft):
        self._remote.append(replace(draft, workspace=None, workspaces=()))
