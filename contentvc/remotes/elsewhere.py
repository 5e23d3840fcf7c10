"""FromRemotes: content that this repository left at its remotes, brought when it is needed."""

import os
import threading
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from contentvc.errors import Missing, NotAllowed, Unreachable
from contentvc.history.draft import Draft
from contentvc.ids import ObjectId, PackName, short
from contentvc.remotes.lazy import Holder, is_lazy, read_holders
from contentvc.remotes.progress import Progress, Silent
from contentvc.repository import Repository
from contentvc.snapshots.operation import PackRecord

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote
    from contentvc.remotes.remotes import Remotes

__all__ = ["FromRemotes"]


class FromRemotes:
    """Implements `Elsewhere` by the remotes that ``.contentvc/lazy`` names.

    What is brought is added by an operation of a repository object of its own: the command that
    asks goes on at the view that it looked at.

    Args:
        repository: whose content it is; nothing changes in this object.
        folder: its ``.contentvc``.
        variables: environment variables, for the credentials of buckets.
        who: tells ``Name <address>``, for the operation.
        progress: gives what is told how far it is, as long as one thread asks.
    """

    def __init__(
        self,
        repository: Repository,
        folder: bytes,
        variables: Mapping[str, str],
        who: Callable[[], str],
        progress: Callable[[], Progress] = Silent,
    ) -> None:
        self._storage = repository.storage
        self._description = repository.description
        self._clockwork = repository.clockwork
        self._folder = folder
        self._variables = variables
        self._who = who
        self._opened: dict[Holder, Remote] = {}
        self._own: Repository | None = None
        self._one_at_a_time = threading.Lock()
        self._progress = progress
        self._process, self._thread = os.getpid(), threading.get_ident()

    @property
    def is_asked(self) -> bool:
        """Whether the repository is lazy for some remote."""
        return is_lazy(self._folder)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the remotes that hold what is not here."""
        return tuple(holder.name for holder in read_holders(self._folder))

    def bring(self, blobs: Collection[ObjectId]) -> Mapping[PackName, PackRecord]:
        """As `Elsewhere.bring`: one operation for each remote that has some of it."""
        if os.getpid() != self._process:
            raise NotAllowed(
                "not-supported",
                "content that is elsewhere cannot be brought in a forked process",
                "have it brought before the process is forked, or open the repository there",
            )
        with self._one_at_a_time:
            own = self._repository()
            missing = _missing(own, blobs)
            failures: list[Unreachable] = []
            for holder in read_holders(self._folder) if missing else ():
                try:
                    missing -= set(self._from(own, holder, missing))
                except Unreachable as error:
                    failures.append(error)
                if not missing:
                    break
            self._refuse(missing, failures)
            return own.view.packs

    def _repository(self) -> Repository:
        if self._own is None:
            self._own = Repository(self._storage, self._description, self._clockwork)
        self._own.refresh()
        return self._own

    def _from(
        self, own: Repository, holder: Holder, missing: set[ObjectId]
    ) -> Collection[ObjectId]:
        """Bring what a replica has of it."""
        from contentvc.remotes.receiving import receive_blobs  # noqa: PLC0415 - as in `_remotes`

        remote = self._opened.get(holder)
        there = set() if remote is None else _held(remote, missing)
        if len(there) < len(missing):
            remote = self._opened[holder] = self._open(holder)
            there = _held(remote, missing)
        if remote is None or not there:
            return ()
        received = receive_blobs(own, remote, there, self._watching())
        own.append(
            Draft(
                kind="bring",
                actor=self._who(),
                command=("bring", holder.name),
                added=received.packs,
                written_at=received.written_at,
            )
        )
        return there

    def _open(self, holder: Holder) -> "Remote":
        """The replica, by whatever name it goes now.

        Raises:
            Unreachable: there is no answer, or no remote is that replica any more.
        """
        remotes = self._remotes()
        names = remotes.names()
        for name in names:
            if remotes.known(name).replica == holder.replica:
                return remotes.open(name)
        if holder.name in names:  # another replica was put in its place
            return remotes.open(holder.name)
        raise Unreachable(
            "unreachable",
            f"content is at {holder.name}, which is no remote any more",
            f"know it again with: contentvc remote add {holder.name} URL",
            remote=holder.name,
        )

    def _remotes(self) -> "Remotes":
        from contentvc.remotes.remotes import Remotes  # noqa: PLC0415 - when something is missing

        return Remotes(
            os.path.join(self._folder, b"remotes"),
            self._description,
            self._clockwork,
            self._variables,
            os.path.dirname(self._folder),
        )

    def _watching(self) -> Progress:
        """What is told from one thread is told by that one alone."""
        return self._progress() if threading.get_ident() == self._thread else Silent()

    @staticmethod
    def _refuse(missing: set[ObjectId], failures: list[Unreachable]) -> None:
        """What nobody has is left, as long as all were asked; reading it tells."""
        if missing and failures:
            one, error = min(missing), failures[0]
            raise Unreachable(
                error.code,
                f"content {short(one)} is not here, and {error.message}",
                error.hint or "try again when the remote is there",
                **{**error.details, "object": one.hex(), "reason": error.message},
            ) from error


def _missing(own: Repository, blobs: Collection[ObjectId]) -> set[ObjectId]:
    """Those that are to be brought: neither here, nor gone from every version on purpose."""
    ids = set(blobs)
    ids -= own.objects.index.find_each(ids).keys()
    return {one for one in ids if not own.is_purged(one)}


def _held(remote: "Remote", wanted: set[ObjectId]) -> set[ObjectId]:
    try:
        return set(remote.objects.index.find_each(wanted))
    except Missing:  # its pack lists changed while they were read
        remote.refresh()
        return set(remote.objects.index.find_each(wanted))
