"""LayoutRemote: a replica in the layout of a repository, in a folder or a bucket.

What it costs is requests, not bytes: a listing tells what is new in the log, the start of a pack
brings a small one whole, and index segments of the packs there lie here.
"""

from contextlib import suppress
from threading import Lock
from typing import Final

from contentvc import limits
from contentvc.errors import Busy, Damaged, Missing, NotAllowed, Unreachable
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, OperationId, RepositoryId
from contentvc.objects.chunker import Chunking
from contentvc.objects.index import Index
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.store import ObjectStore
from contentvc.remotes.contract import Remote
from contentvc.remotes.following import FollowedLog
from contentvc.remotes.memory import Last, Memory
from contentvc.remotes.seen import Seen
from contentvc.remotes.unfinished import Unfinished
from contentvc.repository import (
    DESCRIPTION,
    Clockwork,
    Repository,
    decode_description,
    read_description,
)
from contentvc.snapshots.operation import Operation, PackRecord
from contentvc.storage.ahead import AheadStorage
from contentvc.storage.contract import NotFound, Storage, StorageError
from contentvc.storage.probe import check_exclusive
from contentvc.storage.split import SplitStorage

__all__ = ["LayoutRemote"]

_THREADS: Final = 16
"""Requests to a bucket at once: at 50 ms each, 320 a second."""
_TEND_EVERY: Final = 16
"""Whoever appends an operation whose number this divides sees to the index segments there: a
reader finds at most so many operations' packs uncovered, and most pushes do without."""
_TEND_OBJECTS: Final = 4096
"""After a push of so many objects to a bucket they are seen to at once: the footers are long."""
_MERGE_BELOW: Final = 32_768
"""Objects of a segment that is merged with the next one there: half a megabyte to write."""


class LayoutRemote(Remote):
    """A replica that is read and written as a repository is.

    Args:
        storage: of the replica.
        clockwork: the clock, randomness and patience for appending.
        kind: as in `Remote.kind`.
        location: as in `Remote.location`.
        memory: what was kept of it.
        name: of the remote, for what people are told; empty for a place that has none.
        trusting: whether the view that is cached there is believed; only for reading.

    Raises:
        Unreachable: there is no answer, or nothing there.
        Damaged: what it says of itself is.
    """

    def __init__(
        self,
        storage: Storage,
        clockwork: Clockwork,
        kind: str,
        location: str,
        memory: Memory,
        name: str = "",
        *,
        trusting: bool = False,
    ) -> None:
        self._storage = storage
        self._kind = kind
        self._location = location
        self._memory = memory
        self._name = name
        self._ahead = AheadStorage(storage, "packs/")
        self._guard = Lock()
        self._is_probed = memory.was_probed
        self._threads = 1 if kind == "folder" else _THREADS
        last = memory.last()
        self._checked = 0 if last is None else last.view.sequence
        """Up to here the log is known to have what was seen in it."""
        self._kept: tuple[OperationId | None, str] = (None, "")
        """The view that is remembered, and its stamp."""
        self._description = self._read_description() if last is None else last.description
        self._replica = self._opened(clockwork, trusting=trusting)
        if last is not None and last.view.operation is not None:
            self._log.stamp = (last.view.operation, last.stamp)
            self._kept = (last.view.operation, last.stamp)
            self._replica.view = last.view
            self.objects.cover(last.view.packs)

    def _opened(self, clockwork: Clockwork, *, trusting: bool) -> Repository:
        storage = SplitStorage(self._ahead, "indexes/", self._memory.segments)
        description = decode_description(self._description)
        self._log = FollowedLog(
            storage,
            description.repository,
            description.replica,
            clockwork,
            threads=self._threads,
            trusting=trusting,
            disagrees=self._disagrees,
        )
        replica = Repository(storage, description, clockwork, self._log)
        index = replica.objects.index
        index.is_near = False
        index.elsewhere = self._storage
        index.borrow_whole = self._memory.copied
        index.threads = self._threads
        return replica

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def location(self) -> str:
        return self._location

    @property
    def repository(self) -> RepositoryId:
        return self._replica.description.repository

    @property
    def replica(self) -> RepositoryId:
        return self._replica.description.replica

    @property
    def chunking(self) -> Chunking:
        return self._replica.description.chunking

    @property
    def as_repository(self) -> Repository:
        """The replica as what it is, to be read."""
        return self._replica

    @property
    def view(self) -> View:
        return self._replica.view

    def refresh(self) -> View:
        view = self._replica.refresh()
        self._check_seen(view)
        return view

    @property
    def objects(self) -> ObjectStore:
        return self._replica.objects

    def operation(self, sequence: int) -> tuple[Operation, OperationId] | None:
        return self._log.read(sequence)

    def upload(self, builder: PackBuilder) -> tuple[PackRecord, Footer]:
        self._probe()
        record, footer = builder.upload(self._storage)
        self.objects.index.add(record.name, footer)
        return record, footer

    def unfinished(self, direction: str) -> Unfinished:
        return Unfinished(self._memory.segments, direction)

    def append(self, draft: Draft) -> View:
        self._probe()
        view = self._replica.append(draft, with_index=False)
        # The operation exists; what follows are caches, and must not make it seem that it does not.
        with suppress(StorageError, Busy, NotAllowed, Unreachable):
            self._tend(view, draft)
            self._log.note_last(view)
        self.keep()
        return view

    def keep(self) -> None:
        """Remember, for the next command, how the remote is and where its objects lie."""
        if not self._memory.lasts:
            return
        _, stamp = self._log.stamp or (None, "")
        kept = (self.view.operation, stamp)
        if kept != self._kept:
            self._memory.keep(Last(self._description, self.view, stamp))
            self._kept = kept
        with suppress(StorageError, Busy, NotAllowed):
            self.objects.index.keep(self._replica.clockwork.random(NAME_BYTES))

    def see(self) -> None:
        seen = Seen.last_of(self.replica, self.view)
        if seen is not None:
            self._memory.see(seen)
        self.keep()

    def _tend(self, view: View, draft: Draft) -> None:
        """See to the index segments that lie there, for readers who have none here."""
        index = self.objects.index
        objects = sum(len(index.footer(record.name).kinds) for record in draft.added)
        is_much = objects >= _TEND_OBJECTS and self._kind != "folder"
        if view.sequence % _TEND_EVERY and not is_much:
            return
        there = Index(self._ahead)
        there.threads = self._threads
        there.cover(view.packs)
        there.take(index.lend(_MERGE_BELOW))
        there.save(self._replica.clockwork.random(NAME_BYTES), _MERGE_BELOW)

    def _probe(self) -> None:
        """Find out once whether it is safe to write there."""
        with self._guard:
            if not self._is_probed:
                check_exclusive(self._storage, self._replica.clockwork.random)
                self._memory.probed()
                self._is_probed = True

    def _check_seen(self, view: View) -> None:
        """Refuse a log that lacks what was seen in it.

        A view that is remembered was checked before it was, and the listing tells that it is still
        the same; without one the log is asked.
        """
        seen = self._memory.seen()
        if seen is None:
            return
        if seen.replica != self.replica:
            raise self._refusal("other-repository", "another replica is there than was seen")
        is_there = seen.sequence <= self._checked or (view.sequence, view.operation) == (
            seen.sequence,
            seen.operation,
        )
        if not is_there and not self._log.has(seen.sequence, seen.operation):
            raise self._disagrees(f"operation {seen.sequence} is gone, or another one than it was")
        self._checked = view.sequence

    def _disagrees(self, what: str) -> Exception:
        """The error for a log that is not the one it was."""
        try:
            is_other = read_description(self._storage) != decode_description(self._description)
        except Missing:
            return self._nothing_there()
        if is_other:
            return self._refusal("other-repository", "another repository or replica is there")
        return self._refusal("went-back", f"its log went back: {what}")

    def _refusal(self, code: str, what: str) -> Damaged:
        who = self._name or self._location
        hint = ""
        if self._name:
            hint = f"if it was restored or replaced: contentvc remote reset {self._name}"
        return Damaged(code, f"{who}: {what}", hint, remote=who)

    def _read_description(self) -> bytes:
        try:
            return self._storage.read(DESCRIPTION, (0, limits.JSON_BYTES))
        except NotFound as error:
            raise self._nothing_there() from error

    def _nothing_there(self) -> Unreachable:
        return Unreachable(
            "unreachable",
            f"there is no repository in {self._location}",
            "is it mounted? was it moved?",
            location=self._location,
        )
