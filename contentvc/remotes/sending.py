"""Sending: what a remote lacks of some commits becomes packs there."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import Busy, Damaged
from contentvc.history.dropped import PURGE
from contentvc.ids import Kind, ObjectId
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.remotes.contract import Remote
from contentvc.remotes.copying import Copier
from contentvc.remotes.negotiation import Negotiation
from contentvc.remotes.packing import Upload
from contentvc.remotes.plan import Plan, plan
from contentvc.remotes.progress import Progress
from contentvc.remotes.sources import LocalSource, Source
from contentvc.remotes.unfinished import Left, Unfinished, objects_of
from contentvc.repository import Repository
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound

__all__ = ["Sent", "send"]

_THREADS: Final = 2
_AT_ONCE: Final = 6
_BRINGS: Final = 2
_TRIES: Final = 3
_MUCH: Final = 4 * limits.MIB
"""Stored bytes from which it pays to compare with all of history: some seconds of an upload."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What an operation on the remote must add."""

    packs: tuple[PackRecord, ...]
    """Durable there, and invisible yet."""
    objects: int
    """How many were sent, without those in packs that an earlier attempt had left there."""
    bytes: int
    """Of the packs that were sent."""
    written_at: int
    """Sequence of the remote's view that was compared with."""
    purged: frozenset[ObjectId] = frozenset()
    """Purged content that the commits name and the remote's log does not know to be; the operation
    must tell of it, so that nobody there looks for it."""


def send(
    local: Repository, remote: Remote, commits: Sequence[ObjectId], progress: Progress
) -> Sent:
    """Upload everything that commits reach and the remote's refs do not.

    Exactly that: not one byte of another object leaves. Nothing becomes visible; the caller
    appends the operation, and when that finds content dropped there meanwhile, sends again. Packs
    of an attempt that was cut short are used again.

    Args:
        local: has the commits.
        remote: at the view that its refs are to be moved from.
        commits: what refs of the remote are to name.
        progress: told of objects and stored bytes.

    Raises:
        Damaged: something is not stored here, or not as it was.
        Unreachable, NotAllowed: as every call of a remote.
    """
    for _ in range(_TRIES):
        view = local.view
        try:
            return _sent(local, remote, commits, progress)
        except NotFound as error:  # maybe a compaction here moved what is being read
            if local.refresh() is view:
                message, hint = f"{error} is missing", "run: contentvc verify"
                raise Damaged("damaged", message, hint) from error
    raise Busy("start-over", "packs changed while they were read", "try again")


def _sent(
    local: Repository, remote: Remote, commits: Sequence[ObjectId], progress: Progress
) -> Sent:
    view = remote.view
    source = LocalSource(local)
    work = _planned(local, remote, source, commits)
    unfinished = remote.unfinished("sent")
    left = unfinished.left(remote.objects, view, work.wanted, work.wanted.keys().__ge__)
    if left:
        work = _without(work, source, remote, left)
    for identifier in work.plan.missing:
        local.objects.read(work.wanted[identifier], identifier)
    with ThreadPoolExecutor(_THREADS) as threads:
        copier = Copier(
            source,
            work.wanted,
            remote.objects,
            _upload_to(remote),
            local.clockwork.random,
            threads,
            _AT_ONCE,
            left,
        )
        packs = _copied(copier, work, progress, unfinished)
    return Sent(
        packs=(*(one.record for one in left), *packs),
        objects=len(work.wanted),
        bytes=sum(pack.length for pack in packs),
        written_at=view.sequence,
        purged=work.passed - view.purged,
    )


def _upload_to(remote: Remote) -> Upload:
    """Nobody there hashes whole blobs, so chunk lists are to be proved by who reads them."""

    def upload(builder: PackBuilder) -> tuple[PackRecord, Footer]:
        record, footer = remote.upload(builder)
        return replace(record, received=True), footer

    return upload


class _Work(NamedTuple):
    """What is to be sent."""

    wanted: dict[ObjectId, Kind]
    plan: Plan
    passed: frozenset[ObjectId]


def _without(work: _Work, source: Source, remote: Remote, left: Sequence[Left]) -> _Work:
    """What is to be sent beside the packs that are there already."""
    for record, footer in left:
        remote.objects.index.add(record.name, footer)
    there = objects_of(left)
    rest = {one: kind for one, kind in work.wanted.items() if one not in there}
    return _Work(rest, plan(source, rest), work.passed)


def _copied(
    copier: Copier, work: _Work, progress: Progress, unfinished: Unfinished
) -> tuple[PackRecord, ...]:
    progress.start(len(work.wanted), work.plan.stored, "Sending objects")
    try:
        return copier.copy(work.plan, progress, lambda record, _: unfinished.add(record))
    finally:
        progress.finish()


def _planned(
    local: Repository, remote: Remote, source: Source, commits: Sequence[ObjectId]
) -> _Work:
    """What is wanted and where it is taken from; what lies elsewhere is brought here first.

    Of a large file elsewhere that is its list, and then the chunks.
    """
    work = _compared(local, remote, source, commits)
    for _ in range(_BRINGS):
        if not work.plan.missing or not local.objects.is_partial:
            break
        local.objects.bring(work.plan.missing)
        work = _compared(local, remote, source, commits)
    return work


def _compared(
    local: Repository, remote: Remote, source: Source, commits: Sequence[ObjectId]
) -> _Work:
    """As `_planned`, of what is here.

    Where much is left, all history that both sides share is looked at: it may have been there once.
    """
    negotiation = Negotiation(source, local, _tips(local, remote), _Gone(local, remote))
    negotiation.walk(commits)
    work = _work(negotiation, source)
    if work.plan.stored > _MUCH and negotiation.looks_further:
        negotiation.look_back()
        return _work(negotiation, source)
    return work


def _work(negotiation: Negotiation, source: Source) -> _Work:
    wanted = negotiation.wanted.objects | _content(negotiation, source)
    return _Work(wanted, plan(source, wanted), frozenset(negotiation.wanted.passed))


def _tips(local: Repository, remote: Remote) -> Iterator[ObjectId]:
    """The commits that refs there name and that are here."""
    for ref in remote.view.refs.values():
        if local.objects.kind(ref.id) is Kind.COMMIT:
            yield ref.id


def _content(negotiation: Negotiation, source: Source) -> dict[ObjectId, Kind]:
    """The wanted blobs, and the chunks of large ones."""
    blobs = negotiation.content()
    spots = source.spots(blobs)
    found = {blob: spots[blob].kind if blob in spots else Kind.RAW for blob in blobs}
    large = [blob for blob, kind in found.items() if kind is Kind.LIST]
    if large:
        chunks = {chunk for blob in large for chunk in source.chunk_list(blob).ids}
        found.update(dict.fromkeys(chunks - negotiation.had_chunks(), Kind.RAW))
    return found


class _Gone:
    """Whether an object was purged, here or there, so that it is not sent (again)."""

    def __init__(self, local: Repository, remote: Remote) -> None:
        self._local = local
        self._remote = remote
        self._purged: frozenset[ObjectId] | None = None

    def __call__(self, identifier: ObjectId) -> bool:
        if identifier in self._local.view.purged and not self._local.objects.has(identifier):
            return True
        return identifier in self._remote.view.purged and identifier in self._purged_there()

    def _purged_there(self) -> frozenset[ObjectId]:
        """What was purged there; what was only forgotten may come back."""
        if self._purged is None:
            self._purged = frozenset(self._operations())
        return self._purged

    def _operations(self) -> Iterator[ObjectId]:
        for sequence in range(self._remote.view.dropped, 0, -1):
            found = self._remote.operation(sequence)
            if found is not None and found[0].kind == PURGE:
                yield from found[0].purged
