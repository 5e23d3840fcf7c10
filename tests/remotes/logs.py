"""Remotes that are a log and nothing else: what a push to several remotes needs of them."""

from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Clockwork, Log
from contentvc.ids import RepositoryId
from contentvc.remotes.contract import Remote
from contentvc.remotes.together import Part
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import REPOSITORY, commit

MAIN = "branch/main"


class LogRemote(Remote):
    """The real log on a storage in memory; made-up ids stand for objects."""

    kind = "folder"
    repository = REPOSITORY
    chunking = objects = upload = None

    def __init__(self, storage, replica, clockwork):
        self.log = Log(storage, REPOSITORY, replica, clockwork)
        self._replica = replica
        self._view = self.log.latest()

    @property
    def location(self):
        return f"/srv/{self._replica[:1].decode()}"

    @property
    def replica(self):
        return self._replica

    @property
    def view(self):
        return self._view

    def refresh(self):
        self._view = self.log.latest(self._view)
        return self._view

    def operation(self, sequence):
        return self.log.read(sequence) if sequence else None

    def append(self, draft):
        self._view = self.log.append(draft, self._view)
        return self._view

    def see(self):
        pass


def steady(actor, now=0):
    """A clockwork without surprises: time stands still, and random bytes name the actor."""
    return Clockwork(
        lambda: now, lambda size: actor.encode().ljust(size, b".")[:size], lambda _: None
    )


def replica(letter):
    """The id of a replica; letters in the order of the ids."""
    return RepositoryId(letter.encode() * 16)


def begun(letter):
    """A storage on which ``main`` is at commit 1."""
    storage = MemoryStorage()
    remote = LogRemote(storage, replica(letter), steady("begin"))
    remote.append(Draft("start", "A", refs=(RefMove(MAIN, None, commit(1)),)))
    return storage


def part(remote, new, old=1):
    """``main`` goes from one commit to another there."""
    return Part(remote, (RefMove(MAIN, commit(old), commit(new)),))
