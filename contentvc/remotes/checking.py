"""Checking: what was read of a pack, before anything is built on it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.blocks import Block, Method
from contentvc.objects.compression import decompress
from contentvc.objects.lists import decode_list
from contentvc.objects.pack import Row
from contentvc.objects.proof import check_object
from contentvc.snapshots.commit import decode_commit
from contentvc.snapshots.tree import decode_columns

__all__ = [
    "METADATA",
    "Read",
    "check_rows",
    "check_stored",
    "plain",
    "prove_object",
]

METADATA: Final = frozenset({Kind.TREE, Kind.COMMIT})
"""What lies together beside the footer of a pack."""


class Read(NamedTuple):
    """A block that was read; its raw bytes where they were needed."""

    stored: bytes
    raw: bytes | None


def check_stored(pack: PackName, number: int, block: Block, stored: bytes | memoryview) -> None:
    """Whether these are the bytes that the footer tells of.

    Raises:
        Damaged: they are not.
    """
    if len(stored) != block.stored or xxh3_64_intdigest(stored) != block.checksum:
        raise Damaged(
            "damaged",
            f"block {number} of pack {pack.hex()} is damaged",
            "run: contentvc verify",
            pack=pack.hex(),
        )


def plain(block: Block, stored: bytes | memoryview) -> bytes:
    """The raw bytes of a block that stands on nothing."""
    return bytes(stored) if block.method is Method.PLAIN else decompress(stored, block.raw)


def prove_object(kind: Kind, identifier: ObjectId, content: bytes) -> None:
    """As `check_object`, of bytes that somebody else made: also that a reader could read them.

    Raises:
        Damaged: they are not the object's, or nothing of its kind.
    """
    check_object(kind, identifier, content)
    if kind is Kind.TREE:
        decode_columns(content)
    elif kind is Kind.COMMIT:
        decode_commit(content)
    elif kind is Kind.LIST:
        decode_list(content)


def check_rows(rows: Sequence[Row], raw: bytes) -> None:
    """Prove the objects of a block.

    Raises:
        Damaged: one of them is not what it is said to be.
    """
    for identifier, kind, _, offset, length in rows:
        prove_object(kind, identifier, raw[offset : offset + length])
