"""Blocks: how objects lie together in a pack, and the table that tells where.

The same table stands in a pack's footer and in index segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.compression import LEVEL, compress, looks_incompressible
from contentvc.snapshots.codec import (
    Field,
    decode_fields,
    encode,
    integer,
    octets,
    u32_column,
    u32_values,
    u64_column,
    u64_values,
)

__all__ = [
    "Base",
    "Block",
    "BlockTable",
    "Method",
    "SealedBlock",
    "decode_blocks",
    "encode_blocks",
    "seal",
]


class Method(IntEnum):
    """How a block's bytes are stored. The numbers are part of the layout."""

    PLAIN = 0
    ZSTD = 1
    DELTA = 2
    """zstd against the bytes of the bases, one after the other."""


class Base(NamedTuple):
    """An older object that a delta block is compressed against, and where its bytes are."""

    id: ObjectId
    pack: PackName
    """Empty for the same pack."""
    block: int


class Block(NamedTuple):
    """One block of a pack. A tuple, since an index of a large repository holds very many."""

    offset: int
    stored: int
    """Length in the pack."""
    raw: int
    """Length of the objects in it together."""
    method: Method
    checksum: int
    """XXH3-64 of the stored bytes."""
    cost: int
    """Raw bytes one read has to produce: its own, and for a delta block its bases' costs."""
    bases: tuple[Base, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A block ready to be put into a pack, with the objects in it in order."""

    stored: bytes
    raw: int
    method: Method
    checksum: int
    kinds: bytes
    ids: bytes
    """A column of ids."""
    lengths: tuple[int, ...]
    cost: int
    bases: tuple[Base, ...] = ()


BlockTable = Sequence[Block]

_COLUMNS: Final = 5
_BASE: Final = ID_BYTES + NAME_BYTES + 4
_METHODS: Final = tuple(Method)


def seal(
    kinds: bytes,
    ids: Sequence[bytes],
    contents: Sequence[bytes | memoryview],
    *,
    chunk_level: int | None = None,
) -> SealedBlock:
    """Objects as one block, compressed where that helps.

    A chunk of a large blob, which has a `chunk_level`, is sampled first, so that incompressible
    bytes are stored as they are.
    """
    raw = b"".join(contents) if len(contents) != 1 else contents[0]
    stored, method = b"", Method.PLAIN
    if chunk_level is None or not looks_incompressible(raw):
        stored = compress(raw, level=LEVEL if chunk_level is None else chunk_level)
        method = Method.ZSTD
    if method is Method.PLAIN or len(stored) >= len(raw):
        stored, method = bytes(raw), Method.PLAIN
    return SealedBlock(
        stored=stored,
        raw=len(raw),
        method=method,
        checksum=xxh3_64_intdigest(stored),
        kinds=kinds,
        ids=b"".join(ids),
        lengths=tuple(map(len, contents)),
        cost=len(raw),
    )


def encode_blocks(blocks: BlockTable) -> list[Field]:
    """Five columns: stored lengths, raw lengths, methods, checksums, and sparse deltas.

    Deltas are a message of block, cost, bases; a base is its id, its pack (zeros for the same
    pack) and its block as 32 bits.
    """
    deltas: list[Field] = []
    for position, block in enumerate(blocks):
        if block.method is Method.DELTA:
            deltas += (position, block.cost, b"".join(map(_encode_base, block.bases)))
    return [
        u32_column([block.stored for block in blocks]),
        u32_column([block.raw for block in blocks]),
        bytes([block.method for block in blocks]),
        u64_column([block.checksum for block in blocks]),
        encode(deltas) if deltas else b"",
    ]


def decode_blocks(columns: Sequence[Field], offsets: Sequence[int] | None = None) -> list[Block]:
    """The blocks of five columns; they follow each other from `offset` 0 unless told otherwise.

    Raises:
        Damaged: columns of different lengths, sizes beyond the limits, deltas that are not sound.
    """
    if len(columns) != _COLUMNS:
        raise Damaged("damaged", "a table of blocks has a wrong number of columns")
    methods = octets(columns[2])
    count = len(methods)
    if methods.translate(None, b"\0\1\2"):
        raise Damaged("damaged", "a block is stored by an unknown method")
    stored = u32_values(octets(columns[0]), count)
    raw = u32_values(octets(columns[1]), count)
    if count and max(raw) > limits.BLOCK_RAW:
        raise Damaged("beyond-limit", f"a block declares {max(raw)} bytes")
    checksums = u64_values(octets(columns[3]), count)
    places = offsets if offsets is not None else _cumulative(stored)
    kinds = [_METHODS[method] for method in methods]
    blocks = list(map(Block, places, stored, raw, kinds, checksums, raw))
    for position, cost, bases in _decode_deltas(octets(columns[4])):
        if position >= count or blocks[position].method is not Method.DELTA:
            raise Damaged("damaged", "a delta names a block that is none")
        blocks[position] = blocks[position]._replace(cost=cost, bases=bases)
    if any(block.method is Method.DELTA and not block.bases for block in blocks):
        raise Damaged("damaged", "a delta block has no bases")
    return blocks


def _cumulative(lengths: Sequence[int]) -> list[int]:
    offsets, at = [], 0
    for length in lengths:
        offsets.append(at)
        at += length
    return offsets


def _encode_base(base: Base) -> bytes:
    return base.id + (base.pack or bytes(NAME_BYTES)) + base.block.to_bytes(4, "little")


def _decode_deltas(encoded: bytes) -> list[tuple[int, int, tuple[Base, ...]]]:
    if not encoded:
        return []
    most = len(encoded) // _BASE * 3
    fields = decode_fields(encoded, most=most, what="delta blocks", limit=limits.FOOTER_BYTES)
    if len(fields) % 3:
        raise Damaged("damaged", "delta blocks have a wrong number of fields")
    deltas = []
    for at in range(0, len(fields), 3):
        position, cost = integer(fields[at]), integer(fields[at + 1])
        column = octets(fields[at + 2])
        count = len(column) // _BASE
        if len(column) % _BASE or not 1 <= count <= limits.DELTA_BASES or position < 0:
            raise Damaged("damaged", "a delta block has a wrong number of bases")
        if not 0 <= cost <= limits.DELTA_COST:
            raise Damaged("beyond-limit", f"reading a delta block would take {cost} bytes")
        deltas.append((position, cost, tuple(_decode_base(column, n) for n in range(count))))
    return deltas


def _decode_base(column: bytes, number: int) -> Base:
    row = column[number * _BASE : (number + 1) * _BASE]
    pack = row[ID_BYTES : ID_BYTES + NAME_BYTES]
    return Base(
        ObjectId(row[:ID_BYTES]),
        PackName(pack if any(pack) else b""),
        int.from_bytes(row[-4:], "little"),
    )


def kinds_of(kinds: bytes) -> list[Kind]:
    """The kinds of a column.

    Raises:
        Damaged: one of them is unknown.
    """
    if kinds.translate(None, b"\0\1\2\3"):
        raise Damaged("damaged", "an object is of an unknown kind")
    return [Kind(kind) for kind in kinds]
