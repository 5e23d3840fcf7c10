"""Writing delta blocks: new bytes, compressed against the old bytes that they replace.

A delta is kept where it at least halves what plain compression gives. What reading it costs is
limited, so a chain of versions ends now and then with a block that stands on nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.blocks import Base, Method, SealedBlock, seal
from contentvc.objects.compression import CHUNK_LEVEL, compress_delta
from contentvc.objects.segment import Place
from contentvc.objects.store import ObjectStore
from contentvc.storage.contract import NotFound

__all__ = ["Footing", "Trials", "footing", "seal_delta"]

_SURE: Final = 32
"""A delta that many times smaller than its content is kept without trying anything else."""
_GAIN: Final = 2
_ENTRY: Final = 100
"""Bytes a delta block takes in its pack's footer: the ids of bases do not compress."""
_TRIALS: Final = 16


class Footing(NamedTuple):
    """What a delta block can stand on, and what reading the block will cost."""

    bases: tuple[Base, ...]
    cost: int


class Trials:
    """How many more deltas of one file are tried: few if they fail, ever more if they are kept.

    Of a file that was rewritten entirely all deltas fail; trying each would take twice as long.
    Threads share it; whether they see each other's latest result decides nothing but time.
    """

    def __init__(self) -> None:
        self._left = _TRIALS

    @property
    def goes_on(self) -> bool:
        """Whether another one is worth trying."""
        return self._left > 0

    def note(self, *, kept: bool) -> None:
        """A delta was tried."""
        self._left = _TRIALS if kept else self._left - 1

    def note_shared(self) -> None:
        """A chunk was found stored already, which spared as much time as a trial takes."""
        self._left = min(max(self._left, 0) + 1, _TRIALS)


def footing(
    store: ObjectStore, kind: Kind, raw: int, candidates: Iterable[ObjectId]
) -> Footing | None:
    """What `raw` new bytes can stand on, the best candidates first; None for nothing.

    Candidates that are not stored as `kind` (any more), and those that would make reading too
    costly, are left out.
    """
    cost = raw + limits.DELTA_STEP
    blocks: set[tuple[PackName, int]] = set()
    bases: dict[ObjectId, Base] = {}
    for identifier in candidates:
        place = store.index.find(identifier)
        if place is None or place.kind is not kind or len(bases) == limits.DELTA_BASES:
            continue
        where = place.pack, place.block_number
        step = 0 if where in blocks else place.block.cost
        if cost + step <= limits.DELTA_COST:
            cost += step
            blocks.add(where)
            bases.setdefault(identifier, _base(identifier, place))
    return Footing(tuple(bases.values()), cost) if bases else None


def seal_delta(
    store: ObjectStore,
    kind: Kind,
    identifier: ObjectId,
    content: bytes | memoryview,
    under: Footing,
) -> SealedBlock | None:
    """One object as a delta block; None where that does not pay, or the old bytes are damaged."""
    try:
        prefix = b"".join([store.base(base) for base in under.bases])
    except (Damaged, NotFound):
        return None  # what is new can be stored without them; `verify` tells of the damage
    frame = compress_delta(content, prefix)
    if not _pays(kind, identifier, content, len(frame)):
        return None
    return SealedBlock(
        stored=frame,
        raw=len(content),
        method=Method.DELTA,
        checksum=xxh3_64_intdigest(frame),
        kinds=bytes([kind]),
        ids=identifier,
        lengths=(len(content),),
        cost=under.cost,
        bases=under.bases,
    )


def _base(identifier: ObjectId, place: Place) -> Base:
    return Base(identifier, place.pack, place.block_number)


def _pays(kind: Kind, identifier: ObjectId, content: bytes | memoryview, length: int) -> bool:
    if length * _SURE <= len(content):
        return True
    plain = seal(bytes([kind]), (identifier,), (content,), chunk_level=CHUNK_LEVEL)
    return (length + _ENTRY) * _GAIN <= len(plain.stored)
