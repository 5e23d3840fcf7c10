"""Ids: the BLAKE3-256 names of objects and operations, and the random names of everything else.

A blob's or chunk's id is the plain BLAKE3 of its bytes, which is what ``b3sum FILE`` prints.
Everything else is hashed in key-derivation mode with a context of its own, so that no file's
bytes can ever pass for a tree, a commit or an operation.
"""

from enum import IntEnum
from typing import Final, NewType

from blake3 import blake3

__all__ = [
    "ID_BYTES",
    "NAME_BYTES",
    "SHORT_DIGITS",
    "Kind",
    "ObjectId",
    "OperationId",
    "PackName",
    "RepositoryId",
    "WorkspaceId",
    "blob_id",
    "keyed_id",
    "object_id",
    "operation_id",
    "short",
]

ObjectId = NewType("ObjectId", bytes)
OperationId = NewType("OperationId", bytes)
PackName = NewType("PackName", bytes)
RepositoryId = NewType("RepositoryId", bytes)
"""Names a repository (shared by its clones) or one replica of it."""
WorkspaceId = NewType("WorkspaceId", bytes)

ID_BYTES: Final = 32
NAME_BYTES: Final = 16
"""Random names (packs, repositories, replicas, workspaces) have 128 bits."""
SHORT_DIGITS: Final = 12


class Kind(IntEnum):
    """What the bytes of a stored object are. The numbers are part of the layout."""

    RAW = 0
    """A whole small blob, or one chunk of a large one: its bytes as they are."""
    LIST = 1
    """The chunk list of a large blob; its row in a pack bears the blob's id."""
    TREE = 2
    COMMIT = 3


_CONTEXTS: Final = {
    Kind.LIST: "contentvc 1 chunk list",
    Kind.TREE: "contentvc 1 tree",
    Kind.COMMIT: "contentvc 1 commit",
}
_OPERATION_CONTEXT: Final = "contentvc 1 operation"


def blob_id(content: bytes | memoryview) -> ObjectId:
    """The id of a file's content, or of one chunk of it."""
    return ObjectId(blake3(content).digest())


def keyed_id(kind: Kind, encoded: bytes | memoryview) -> ObjectId:
    """The id of the canonical bytes of a chunk list, a tree or a commit."""
    return ObjectId(blake3(encoded, derive_key_context=_CONTEXTS[kind]).digest())


def object_id(kind: Kind, content: bytes | memoryview) -> ObjectId:
    """The id that `content` has as an object of this kind."""
    return blob_id(content) if kind is Kind.RAW else keyed_id(kind, content)


def operation_id(encoded: bytes) -> OperationId:
    """The id of an operation's canonical bytes."""
    return OperationId(blake3(encoded, derive_key_context=_OPERATION_CONTEXT).digest())


def short(identifier: bytes) -> str:
    """An id as people read it: its first 12 hexadecimal digits."""
    return identifier.hex()[:SHORT_DIGITS]
