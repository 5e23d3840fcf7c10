"""Receiving: what this repository lacks of a remote's commits becomes packs here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.segment import Place
from contentvc.remotes.contract import Remote
from contentvc.remotes.copying import ProvingCopier
from contentvc.remotes.incoming import Incoming
from contentvc.remotes.negotiation import Negotiation
from contentvc.remotes.packing import Upload
from contentvc.remotes.plan import plan
from contentvc.remotes.progress import Progress
from contentvc.remotes.unfinished import Left, Unfinished, objects_of
from contentvc.repository import Repository
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound
from contentvc.upkeep.reach import roots

__all__ = ["Received", "receive", "receive_blobs"]

_THREADS: Final = 16
"""Reads at once: a bucket answers many as quickly as one."""
_TRIES: Final = 3

_Wanted = tuple[dict[ObjectId, Kind], set[ObjectId]]
"""What is to be received, and purged content that is passed over."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a local operation must add."""

    packs: tuple[PackRecord, ...]
    """Durable here, and invisible yet."""
    objects: int
    """How many were received, without those in packs that an earlier attempt had left here."""
    bytes: int
    """Of the packs that were received."""
    written_at: int
    """Sequence of the local view that was compared with."""
    purged: frozenset[ObjectId] = frozenset()
    """Purged content that the commits name and the log here does not know to be; the operation must
    tell of it, so that nobody looks for it here."""


def receive(
    local: Repository,
    remote: Remote,
    commits: Sequence[ObjectId],
    progress: Progress,
    *,
    without_blobs: bool = False,
) -> Received:
    """Store what commits of a remote reach and this repository lacks.

    Every object is hashed before it is written, every tree and commit decoded. Nothing becomes
    visible; the caller appends the operation.

    Args:
        local: at its newest view.
        remote: at the view that names the commits.
        commits: what refs here are to name.
        progress: told of objects and stored bytes.
        without_blobs: leave out the content of files, for a lazy clone.

    Raises:
        Damaged: the remote lacks something, or has it with wrong bytes; nothing was changed.
        Unreachable, NotAllowed: as every call of a remote.
    """

    def wanted_of(incoming: Incoming) -> _Wanted:
        gone = _Gone(local, remote, incoming)
        negotiation = Negotiation(incoming, local, _tips(local), gone)
        negotiation.walk(commits)
        blobs = set() if without_blobs else negotiation.content()
        wanted = negotiation.wanted.objects | _content(local, incoming, blobs)
        return _lacking(local, wanted), negotiation.wanted.passed

    return _receive(local, remote, wanted_of, progress)


def receive_blobs(
    local: Repository, remote: Remote, blobs: Iterable[ObjectId], progress: Progress
) -> Received:
    """Store the content of some blobs, of large ones with their chunks.

    Args:
        local: at its newest view; what it has already is left out.
        remote: where they are.
        blobs: which.
        progress: told of objects and stored bytes.

    Raises:
        Damaged, Unreachable, NotAllowed: as `receive`.
    """
    asked = set(blobs)

    def wanted_of(incoming: Incoming) -> _Wanted:
        found = remote.objects.index.find_each(asked)
        incoming.look_into({place.pack for place in found.values()})
        return _lacking(local, _content(local, incoming, asked)), set()

    return _receive(local, remote, wanted_of, progress)


def _receive(
    local: Repository,
    remote: Remote,
    wanted_of: Callable[[Incoming], _Wanted],
    progress: Progress,
) -> Received:
    """Try again where a compaction there moved what is being read."""
    for _ in range(_TRIES):
        view = remote.view
        try:
            return _received(local, remote, wanted_of, progress)
        except NotFound as error:
            if remote.refresh() is view:
                raise _missing(remote, error) from error
        except Damaged as error:
            if _is_here(local, error):
                raise
            raise _named(remote, error) from error
    raise Damaged("damaged", f"{remote.location}: its packs change faster than they can be read")


def _received(
    local: Repository,
    remote: Remote,
    wanted_of: Callable[[Incoming], _Wanted],
    progress: Progress,
) -> Received:
    written_at = local.written_at
    unfinished = remote.unfinished("received")
    with ThreadPoolExecutor(_THREADS) as threads:
        incoming = Incoming(remote.objects, local.objects, threads)
        progress.start(None, None, "Comparing")
        try:
            wanted, passed = wanted_of(incoming)
        finally:
            progress.finish()
        left = _left(local, unfinished, wanted)
        there = objects_of(left)
        rest = {one: kind for one, kind in wanted.items() if one not in there}
        packs = _copied(local, incoming, rest, left, threads, progress, unfinished)
    return Received(
        packs=(*(one.record for one in left), *packs),
        objects=len(rest),
        bytes=sum(pack.length for pack in packs),
        written_at=written_at,
        purged=frozenset(passed) - local.view.purged,
    )


def _copied(
    local: Repository,
    incoming: Incoming,
    wanted: dict[ObjectId, Kind],
    left: Sequence[Left],
    threads: ThreadPoolExecutor,
    progress: Progress,
    unfinished: Unfinished,
) -> tuple[PackRecord, ...]:
    what = plan(incoming, wanted)
    if what.missing:
        raise incoming.missing(what.missing[0])
    copier = ProvingCopier(
        incoming,
        wanted,
        local.objects,
        _upload_to(local),
        local.clockwork.random,
        threads,
        _THREADS,
        left,
    )
    progress.start(len(wanted), what.stored, "Receiving objects")
    try:
        return copier.copy(what, progress, lambda record, _: unfinished.add(record))
    finally:
        progress.finish()


def _left(local: Repository, unfinished: Unfinished, wanted: Mapping[ObjectId, Kind]) -> list[Left]:
    """Packs of a transfer that was cut short, which holds something that is wanted still."""
    view = local.view

    def fits(ids: set[ObjectId]) -> bool:
        return view.purged.isdisjoint(ids) and not ids.isdisjoint(wanted)

    left = unfinished.left(local.objects, view, wanted, fits)
    for record, footer in left:
        local.objects.index.add(record.name, footer)
    return left


def _tips(local: Repository) -> Iterable[ObjectId]:
    """Commits whose history is here for sure; what nothing leads to may be half dropped."""
    return {one for one in roots(local.view) if local.objects.kind(one) is Kind.COMMIT}


def _content(
    local: Repository, incoming: Incoming, blobs: Iterable[ObjectId]
) -> dict[ObjectId, Kind]:
    """Blobs, and the chunks of large ones; lists that are here already may lack chunks."""
    found: dict[ObjectId, Kind] = {}
    here = _here(local, blobs)
    found.update({blob: place.kind for blob, place in here.items()})
    spots = incoming.spots([blob for blob in blobs if blob not in here])
    found.update({blob: spot.kind for blob, spot in spots.items()})
    chunks: dict[ObjectId, Kind] = {}
    for blob in blobs:
        kind = found.setdefault(blob, Kind.RAW)
        if kind is Kind.LIST:
            source = local.objects.chunks if blob in here else incoming.chunk_list
            chunks.update(dict.fromkeys(source(blob).ids, Kind.RAW))
    return found | chunks


def _lacking(local: Repository, wanted: Mapping[ObjectId, Kind]) -> dict[ObjectId, Kind]:
    """What of it is in no live pack here."""
    here = _here(local, wanted)
    return {one: kind for one, kind in wanted.items() if one not in here}


def _here(local: Repository, wanted: Iterable[ObjectId]) -> Mapping[ObjectId, Place]:
    """Where those of some objects lie that are in a live pack here; a clone has none."""
    return local.objects.index.find_each(wanted) if local.view.packs else {}


def _upload_to(local: Repository) -> Upload:
    def upload(builder: PackBuilder) -> tuple[PackRecord, Footer]:
        record, footer = builder.upload(local.storage)
        local.objects.index.add(record.name, footer)  # what stands on it is read while it is proved
        return replace(record, received=True), footer

    return upload


class _Gone:
    """Whether an object was purged, here or there, so that nothing is asked for it."""

    def __init__(self, local: Repository, remote: Remote, incoming: Incoming) -> None:
        self._local = local
        self._remote = remote
        self._incoming = incoming

    def __call__(self, identifier: ObjectId) -> bool:
        if identifier in self._local.view.purged and self._local.is_purged(identifier):
            return True
        return identifier in self._remote.view.purged and not self._incoming.spots([identifier])


def _is_here(local: Repository, error: Damaged) -> bool:
    """Whether it is an object or a pack of this repository that is damaged."""
    pack, one = error.details.get("pack"), error.details.get("object")
    if isinstance(pack, str):
        return PackName(bytes.fromhex(pack)) in local.view.packs
    return isinstance(one, str) and local.objects.has(ObjectId(bytes.fromhex(one)))


def _named(remote: Remote, error: Damaged) -> Damaged:
    """The same trouble, with the place where it is."""
    message = f"{remote.location}: {error.message}"
    return Damaged(error.code, message, error.hint, **{**error.details, "remote": remote.location})


def _missing(remote: Remote, error: NotFound) -> Damaged:
    message = f"{remote.location}: {error} is missing"
    return Damaged("damaged", message, "run there: contentvc verify", remote=remote.location)
