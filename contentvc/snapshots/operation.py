"""Operation: one atomic change of refs and workspaces, and of which packs are live."""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import (
    ID_BYTES,
    NAME_BYTES,
    ObjectId,
    OperationId,
    PackName,
    RepositoryId,
    WorkspaceId,
)
from contentvc.snapshots.attributes import Attributes, decode_attributes, encode_attributes
from contentvc.snapshots.codec import (
    Field,
    decode,
    decode_fields,
    encode,
    first_number,
    ids_column,
    integer,
    octets,
    split_ids,
    text,
    u32_column,
    u32_values,
    u64_column,
    u64_values,
)

__all__ = [
    "FEATURES",
    "Head",
    "Operation",
    "PackRecord",
    "RefChange",
    "Transaction",
    "WorkspaceChange",
    "decode_head",
    "decode_operation",
    "decode_packs",
    "decode_refs",
    "encode_head",
    "encode_operation",
    "encode_packs",
    "encode_refs",
]

FEATURES: Final[frozenset[str]] = frozenset()
"""Critical features this version understands beyond the first layout."""


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref that goes from `old` to `new`; None where it did not, or will not, exist."""

    name: str
    old: ObjectId | None
    new: ObjectId | None
    previous: int
    """Sequence of the operation that last changed this ref; 0 if none did."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a workspace stands on."""

    ref: str | None
    """The branch it follows, as ``branch/NAME``; None when detached."""
    commit: ObjectId | None
    """The commit its working tree comes from; None before the first."""
    merging: tuple[ObjectId, ...] = ()
    """The other parents of a merge in progress."""


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """A workspace whose head goes from `old` to `new`; None where it did or will not exist."""

    workspace: WorkspaceId
    old: Head | None
    new: Head | None
    previous: int
    """Sequence of the operation that last changed this workspace; 0 if none did."""


@dataclass(frozen=True, slots=True)
class PackRecord:
    """A pack as the operation that adds it vouches for it."""

    name: PackName
    digest: ObjectId
    """BLAKE3 of the whole pack."""
    length: int
    footer_length: int
    received: bool = False
    """It came from another replica, so its chunk lists are not proved by having been written."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A step of a change that several replicas take together or not at all."""

    phase: str
    """``prepare``, ``commit``, ``abort`` or ``break``."""
    id: bytes
    participants: tuple[RepositoryId, ...] = ()
    primary: RepositoryId | None = None
    refs: tuple[RefChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the log. What it stands on is named exactly, so it fits one place only."""

    repository: RepositoryId
    replica: RepositoryId
    sequence: int
    previous: OperationId | None
    nonce: bytes
    """16 random bytes: equal bytes found under our number are ours."""
    time: int
    """Microseconds since 1970 UTC: the writer's clock, but never before the previous one."""
    kind: str
    actor: str
    workspace: WorkspaceId | None
    command: tuple[str, ...]
    refs: tuple[RefChange, ...] = ()
    workspaces: tuple[WorkspaceChange, ...] = ()
    saved: ObjectId | None = None
    """Tree of uncommitted content this command was about to overwrite."""
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    added: tuple[PackRecord, ...] = ()
    removed: tuple[PackName, ...] = ()
    discarded: tuple[PackName, ...] = ()
    transaction: Transaction | None = None
    purged: tuple[ObjectId, ...] = ()
    horizon: int = 0
    """For a drop: content that is named nowhere after this sequence may be gone. Otherwise 0."""
    checksum: bytes = b""
    """In operation 1: BLAKE3 of ``repository.json``."""
    features: tuple[str, ...] = field(default=())
    """Critical features: who does not know one stops reading here."""
    attributes: Attributes = ()
    """What else is to be told, by key; who does not know a key passes over it."""


_VERSION: Final = 1
_SHAPE: Final = (
    int, bytes, bytes, int, bytes, bytes, int, str, str, bytes, bytes, bytes, bytes, bytes,
    bytes, bytes, bytes, bytes, bytes, bytes, bytes, int, bytes, bytes, bytes,
)  # fmt: skip
_NONE: Final = bytes(ID_BYTES)
_REF_SHAPE: Final = (bytes, bytes, bytes, bytes)
_HEAD_SHAPE: Final = (str, bytes, bytes)
_PACK_SHAPE: Final = (bytes, bytes, bytes, bytes, bytes)
_TRANSACTION_SHAPE: Final = (str, bytes, bytes, bytes, bytes)


def encode_operation(operation: Operation) -> bytes:
    """The fields in the order of `docs/reference/format.md`."""
    return encode(
        [
            _VERSION,
            operation.repository,
            operation.replica,
            operation.sequence,
            operation.previous or b"",
            operation.nonce,
            operation.time,
            operation.kind,
            operation.actor,
            operation.workspace or b"",
            encode(operation.command),
            encode_refs(operation.refs),
            _encode_workspaces(operation.workspaces),
            operation.saved or b"",
            u64_column(operation.undoes),
            u64_column(operation.redoes),
            encode_packs(operation.added),
            ids_column(operation.removed),
            ids_column(operation.discarded),
            _encode_transaction(operation.transaction),
            ids_column(operation.purged),
            operation.horizon,
            operation.checksum,
            encode(operation.features),
            encode_attributes(operation.attributes),
        ]
    )


def decode_operation(encoded: bytes) -> Operation:
    """The operation of these bytes.

    Raises:
        Damaged: the bytes are not an operation, or it needs a feature unknown here
            (code ``needs-newer``).
    """
    version = first_number(encoded)
    if version is not None and version > _VERSION:
        raise _needs_newer(f"layout version {version}")
    fields = decode(encoded, _SHAPE, what="an operation", limit=limits.OPERATION_BYTES)
    features = _texts(octets(fields[23]), limits.FEATURES)
    if unknown := sorted(set(features) - FEATURES):
        raise _needs_newer(", ".join(unknown))
    operation = Operation(
        repository=RepositoryId(octets(fields[1], NAME_BYTES)),
        replica=RepositoryId(octets(fields[2], NAME_BYTES)),
        sequence=integer(fields[3]),
        previous=OperationId(octets(fields[4], ID_BYTES)) if fields[4] else None,
        nonce=octets(fields[5], NAME_BYTES),
        time=integer(fields[6]),
        kind=text(fields[7]),
        actor=text(fields[8]),
        workspace=WorkspaceId(octets(fields[9], NAME_BYTES)) if fields[9] else None,
        command=_texts(octets(fields[10]), limits.COMMAND_WORDS),
        refs=decode_refs(octets(fields[11])),
        workspaces=_decode_workspaces(octets(fields[12])),
        saved=ObjectId(octets(fields[13], ID_BYTES)) if fields[13] else None,
        undoes=_numbers(octets(fields[14])),
        redoes=_numbers(octets(fields[15])),
        added=decode_packs(octets(fields[16])),
        removed=_pack_names(octets(fields[17])),
        discarded=_pack_names(octets(fields[18])),
        transaction=_decode_transaction(octets(fields[19])),
        purged=tuple(map(ObjectId, split_ids(octets(fields[20]), ID_BYTES))),
        horizon=integer(fields[21]),
        checksum=octets(fields[22]),
        features=features,
        attributes=decode_attributes(octets(fields[24])),
    )
    if operation.sequence < 1 or operation.time < 0 or operation.horizon < 0:
        raise Damaged("damaged", "an operation has a negative number")
    return operation


def _needs_newer(feature: str) -> Damaged:
    return Damaged(
        "needs-newer",
        f"the log uses {feature}, which this version does not know",
        "upgrade with: pip install --upgrade contentvc",
    )


def encode_refs(changes: tuple[RefChange, ...]) -> bytes:
    """A message of columns: names, old ids, new ids (zeros for none), previous changes."""
    if not changes:
        return b""
    changes = tuple(sorted(changes, key=lambda change: change.name))
    return encode(
        [
            encode([change.name for change in changes]),
            ids_column([change.old or _NONE for change in changes]),
            ids_column([change.new or _NONE for change in changes]),
            u64_column([change.previous for change in changes]),
        ]
    )


def decode_refs(encoded: bytes) -> tuple[RefChange, ...]:
    """The ref changes, sorted by name."""
    if not encoded:
        return ()
    columns = decode(encoded, _REF_SHAPE, what="ref changes", limit=limits.OPERATION_BYTES)
    names = _texts(octets(columns[0]), len(octets(columns[1])) // ID_BYTES)
    if any(a >= b for a, b in pairwise(names)):
        raise Damaged("damaged", "ref changes are not sorted")
    olds = split_ids(octets(columns[1]), ID_BYTES, len(names))
    news = split_ids(octets(columns[2]), ID_BYTES, len(names))
    previous = u64_values(octets(columns[3]), len(names))
    return tuple(map(RefChange, names, map(_optional, olds), map(_optional, news), previous))


def _encode_workspaces(changes: tuple[WorkspaceChange, ...]) -> bytes:
    fields: list[Field] = []
    for change in sorted(changes, key=lambda change: change.workspace):
        heads = (encode_head(change.old), encode_head(change.new))
        fields += (change.workspace, *heads, change.previous)
    return encode(fields) if fields else b""


def _decode_workspaces(encoded: bytes) -> tuple[WorkspaceChange, ...]:
    if not encoded:
        return ()
    most = len(encoded) // NAME_BYTES * 4
    fields = decode_fields(
        encoded, most=most, what="workspace changes", limit=limits.OPERATION_BYTES
    )
    if len(fields) % 4:
        raise Damaged("damaged", "workspace changes have a wrong number of fields")
    return tuple(
        WorkspaceChange(
            WorkspaceId(octets(fields[at], NAME_BYTES)),
            decode_head(octets(fields[at + 1])),
            decode_head(octets(fields[at + 2])),
            integer(fields[at + 3]),
        )
        for at in range(0, len(fields), 4)
    )


def encode_head(head: Head | None) -> bytes:
    """A message of branch, commit, ids of a merge in progress; no bytes for no workspace."""
    if head is None:
        return b""
    return encode([head.ref or "", head.commit or b"", ids_column(head.merging)])


def decode_head(encoded: bytes) -> Head | None:
    """The head; None where there is no workspace."""
    if not encoded:
        return None
    ref, commit, merging = decode(encoded, _HEAD_SHAPE, what="a head", limit=limits.COMMIT_BYTES)
    return Head(
        text(ref) or None,
        ObjectId(octets(commit, ID_BYTES)) if commit else None,
        tuple(map(ObjectId, split_ids(octets(merging), ID_BYTES))),
    )


def encode_packs(packs: Collection[PackRecord]) -> bytes:
    """A message of columns: names, digests, lengths, footer lengths, received or not."""
    if not packs:
        return b""
    return encode(
        [
            ids_column([pack.name for pack in packs]),
            ids_column([pack.digest for pack in packs]),
            u64_column([pack.length for pack in packs]),
            u32_column([pack.footer_length for pack in packs]),
            bytes([pack.received for pack in packs]),
        ]
    )


def decode_packs(encoded: bytes) -> tuple[PackRecord, ...]:
    """The packs, in the order in which they were added."""
    if not encoded:
        return ()
    columns = decode(encoded, _PACK_SHAPE, what="packs added", limit=limits.OPERATION_BYTES)
    names = split_ids(octets(columns[0]), NAME_BYTES)
    digests = split_ids(octets(columns[1]), ID_BYTES, len(names))
    lengths = u64_values(octets(columns[2]), len(names))
    footers = u32_values(octets(columns[3]), len(names))
    flags = octets(columns[4], len(names))
    rows = (map(PackName, names), map(ObjectId, digests), lengths, footers, map(bool, flags))
    return tuple(map(PackRecord, *rows))


def _encode_transaction(step: Transaction | None) -> bytes:
    if step is None:
        return b""
    participants = ids_column(step.participants)
    primary = step.primary or b""
    return encode([step.phase, step.id, participants, primary, encode_refs(step.refs)])


def _decode_transaction(encoded: bytes) -> Transaction | None:
    if not encoded:
        return None
    what = "a transaction step"
    fields = decode(encoded, _TRANSACTION_SHAPE, what=what, limit=limits.OPERATION_BYTES)
    phase = text(fields[0])
    if phase not in ("prepare", "commit", "abort", "break"):
        raise Damaged("damaged", f"a transaction has the unknown phase {phase!r}")
    return Transaction(
        phase,
        octets(fields[1], NAME_BYTES),
        tuple(map(RepositoryId, split_ids(octets(fields[2]), NAME_BYTES))),
        RepositoryId(octets(fields[3], NAME_BYTES)) if fields[3] else None,
        decode_refs(octets(fields[4])),
    )


def _pack_names(column: bytes) -> tuple[PackName, ...]:
    return tuple(map(PackName, split_ids(column, NAME_BYTES)))


def _numbers(column: bytes) -> tuple[int, ...]:
    return tuple(u64_values(column, len(column) // 8))


def _texts(encoded: bytes, most: int) -> tuple[str, ...]:
    fields = decode_fields(encoded, most=most, what="a list of texts", limit=limits.OPERATION_BYTES)
    return tuple(map(text, fields))


def _optional(identifier: bytes) -> ObjectId | None:
    return None if identifier == _NONE else ObjectId(identifier)
