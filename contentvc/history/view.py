"""View: refs, workspaces, reservations and live packs after some operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import (
    ID_BYTES,
    NAME_BYTES,
    ObjectId,
    OperationId,
    PackName,
    WorkspaceId,
)
from contentvc.snapshots.codec import (
    Field,
    decode,
    decode_fields,
    encode,
    ids_column,
    integer,
    octets,
    split_ids,
    text,
    u64_column,
    u64_values,
)
from contentvc.snapshots.operation import (
    Head,
    PackRecord,
    RefChange,
    decode_head,
    decode_packs,
    decode_refs,
    encode_head,
    encode_packs,
    encode_refs,
)

__all__ = ["EMPTY_VIEW", "Ref", "Standing", "View", "decode_view", "encode_view"]


class Ref(NamedTuple):
    """Where a ref points, and the sequence of the operation that moved it there."""

    id: ObjectId
    sequence: int


class Standing(NamedTuple):
    """What a workspace stands on, and the sequence of the operation that put it there."""

    head: Head
    sequence: int


def _nothing() -> Mapping[bytes, tuple[RefChange, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class View:
    """Everything the log says, after the operation `sequence`."""

    sequence: int
    operation: OperationId | None
    time: int
    """Microseconds since 1970 UTC: log time, which never goes back."""
    refs: Mapping[str, Ref]
    workspaces: Mapping[WorkspaceId, Standing]
    packs: Mapping[PackName, PackRecord]
    """The live packs, oldest first."""
    gone: frozenset[bytes] = frozenset()
    """Names that are never used again: of packs removed or discarded, of transactions aborted."""
    reservations: Mapping[bytes, tuple[RefChange, ...]] = field(default_factory=_nothing)
    """Refs that a prepared transaction waits to change, by transaction."""
    horizon: int = 0
    dropped: int = 0
    """Sequence of the last operation that dropped objects; 0 if none did."""
    purged: frozenset[ObjectId] = frozenset()

    def reserved(self, ref: str) -> bytes | None:
        """The transaction that has this ref reserved."""
        for transaction, changes in self.reservations.items():
            if any(change.name == ref for change in changes):
                return transaction
        return None


EMPTY_VIEW: Final = View(0, None, 0, {}, {}, {})

_MAGIC: Final = b"CVVIEW1\n"
_SHAPE: Final = (int, int, bytes, int, *(bytes,) * 7, int, int, bytes)
_VERSION: Final = 1


def encode_view(view: View) -> bytes:
    """Magic, XXH3-64 of the rest, and the view as a message with byte columns."""
    encoded = encode(
        [
            _VERSION,
            view.sequence,
            view.operation or b"",
            view.time,
            encode(tuple(view.refs)),
            ids_column([ref.id for ref in view.refs.values()]),
            u64_column([ref.sequence for ref in view.refs.values()]),
            _encode_workspaces(view.workspaces),
            encode_packs(view.packs.values()),
            ids_column(sorted(view.gone)),
            _encode_reservations(view.reservations),
            view.horizon,
            view.dropped,
            ids_column(sorted(view.purged)),
        ]
    )
    return _MAGIC + _checksum(encoded) + encoded


def decode_view(stored: bytes) -> View:
    """The view of these bytes.

    Raises:
        Damaged: the checksum is wrong or the bytes are no view.
    """
    checksum, encoded = stored[len(_MAGIC) : len(_MAGIC) + 8], stored[len(_MAGIC) + 8 :]
    if not stored.startswith(_MAGIC) or _checksum(encoded) != checksum:
        raise Damaged("damaged", "the cached view is damaged")
    fields = decode(encoded, _SHAPE, what="a view", limit=limits.VIEW_BYTES)
    if integer(fields[0]) != _VERSION:
        raise Damaged("needs-newer", f"a view has version {fields[0]!r}")
    packs = decode_packs(octets(fields[8]))
    return View(
        sequence=integer(fields[1]),
        operation=OperationId(octets(fields[2])) if fields[2] else None,
        time=integer(fields[3]),
        refs=_decode_refs(octets(fields[4]), octets(fields[5]), octets(fields[6])),
        workspaces=_decode_workspaces(octets(fields[7])),
        packs={pack.name: pack for pack in packs},
        gone=frozenset(split_ids(octets(fields[9]), NAME_BYTES)),
        reservations=_decode_reservations(octets(fields[10])),
        horizon=integer(fields[11]),
        dropped=integer(fields[12]),
        purged=frozenset(map(ObjectId, split_ids(octets(fields[13]), ID_BYTES))),
    )


def _checksum(encoded: bytes) -> bytes:
    return xxh3_64_intdigest(encoded).to_bytes(8, "little")


def _decode_refs(names_: bytes, ids_: bytes, sequences_: bytes) -> dict[str, Ref]:
    most = len(ids_) // ID_BYTES
    names = decode_fields(names_, most=most, what="names of refs", limit=limits.VIEW_BYTES)
    ids = map(ObjectId, split_ids(ids_, ID_BYTES, len(names)))
    sequences = u64_values(sequences_, len(names))
    return dict(zip(map(text, names), map(Ref, ids, sequences), strict=True))


def _encode_workspaces(workspaces: Mapping[WorkspaceId, Standing]) -> bytes:
    fields: list[Field] = []
    for workspace, standing in workspaces.items():
        fields += (workspace, encode_head(standing.head), standing.sequence)
    return encode(fields)


def _decode_workspaces(encoded: bytes) -> dict[WorkspaceId, Standing]:
    most = len(encoded) // NAME_BYTES * 3
    fields = decode_fields(encoded, most=most, what="workspaces", limit=limits.VIEW_BYTES)
    if len(fields) % 3:
        raise Damaged("damaged", "workspaces of a view have a wrong number of fields")
    workspaces: dict[WorkspaceId, Standing] = {}
    for name, head_, sequence in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        head = decode_head(octets(head_))
        if head is None:
            raise Damaged("damaged", "a workspace of a view has no head")
        workspaces[WorkspaceId(octets(name, NAME_BYTES))] = Standing(head, integer(sequence))
    return workspaces


def _encode_reservations(reservations: Mapping[bytes, tuple[RefChange, ...]]) -> bytes:
    fields: list[Field] = []
    for transaction, changes in reservations.items():
        fields += (transaction, encode_refs(changes))
    return encode(fields)


def _decode_reservations(encoded: bytes) -> dict[bytes, tuple[RefChange, ...]]:
    most = len(encoded) // NAME_BYTES * 2
    fields = decode_fields(encoded, most=most, what="reservations", limit=limits.VIEW_BYTES)
    if len(fields) % 2:
        raise Damaged("damaged", "reservations of a view have a wrong number of fields")
    pairs = zip(fields[::2], fields[1::2], strict=True)
    return {octets(name, NAME_BYTES): decode_refs(octets(changes)) for name, changes in pairs}
