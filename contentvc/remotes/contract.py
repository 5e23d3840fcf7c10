"""The Remote contract: what another replica must offer so that this one can sync with it.

A folder and a bucket are the layout itself on a Storage; a server will be one more implementation.
Whatever comes through it is hostile until it is checked.
"""

from abc import ABC, abstractmethod

from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import OperationId, RepositoryId
from contentvc.objects.chunker import Chunking
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.store import ObjectStore
from contentvc.remotes.unfinished import Unfinished
from contentvc.snapshots.operation import Operation, PackRecord
from contentvc.storage.memory import MemoryStorage

__all__ = ["Remote"]


class Remote(ABC):
    """Another replica, at the view that was last looked at. Used by one thread at a time.

    Every call may raise:
        Unreachable: there was no answer; asking again later may help.
        NotAllowed: it may not be read, or not be written.
        Damaged: what it holds is not to be trusted.
    """

    @property
    @abstractmethod
    def kind(self) -> str:
        """``folder``, ``s3``, ``gs`` or ``az``."""

    @property
    @abstractmethod
    def location(self) -> str:
        """Where it is, as it may be shown and logged: without credentials."""

    @property
    @abstractmethod
    def repository(self) -> RepositoryId:
        """The id that all replicas of a repository share."""

    @property
    @abstractmethod
    def replica(self) -> RepositoryId:
        """The id of this very replica."""

    @property
    @abstractmethod
    def chunking(self) -> Chunking:
        """How all replicas of the repository cut large content."""

    @property
    @abstractmethod
    def view(self) -> View:
        """Its refs, reservations and live packs when it was last looked at."""

    @abstractmethod
    def refresh(self) -> View:
        """Look again; one request where nothing happened there.

        Raises:
            Damaged: an operation that was seen before is gone or another (``went-back``).
        """

    @property
    @abstractmethod
    def objects(self) -> ObjectStore:
        """Its objects, by what `view` says; for packs that are read by ranges."""

    @abstractmethod
    def operation(self, sequence: int) -> tuple[Operation, OperationId] | None:
        """One operation of its log; None where the log ends before it."""

    @abstractmethod
    def upload(self, builder: PackBuilder) -> tuple[PackRecord, Footer]:
        """Store a pack; durable when this returns, invisible until an operation adds it.

        May be called from several threads at once.
        """

    @abstractmethod
    def append(self, draft: Draft) -> View:
        """Make the draft the next operation of its log.

        Raises:
            Conflict: a ref is not where the draft expects it (``ref-moved``), or is reserved by a
                push to several remotes (``reserved``).
            Busy: packs it builds on are gone (``start-over``).
        """

    @abstractmethod
    def see(self) -> None:
        """Believe what the remote is now: everything here that follows from it is durable.

        From now on, a log that lacks its last operation counts as one that went back.

        Raises:
            NotAllowed, Busy: it cannot be written down.
        """

    def unfinished(self, direction: str) -> Unfinished:
        """What was moved for operations that do not exist yet; ``sent`` or ``received``.

        Where nothing is kept of a remote between commands, a transfer that was cut short begins
        anew.
        """
        return Unfinished(MemoryStorage(), direction)
