"""Chunk lists: which chunks make up a large blob, in order."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId, keyed_id
from contentvc.snapshots.codec import (
    decode,
    encode,
    ids_column,
    integer,
    octets,
    split_ids,
    u32_column,
    u32_values,
)

__all__ = ["ChunkList", "decode_list", "encode_list"]

_VERSION: Final = 1
_SHAPE: Final = (int, int, bytes, bytes)


@dataclass(frozen=True, slots=True)
class ChunkList:
    """The chunks of one blob: ids and lengths in bytes, in order."""

    ids: tuple[ObjectId, ...]
    lengths: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole blob."""
        return sum(self.lengths)

    def offsets(self) -> list[int]:
        """Where each chunk starts, and the end."""
        return [0, *accumulate(self.lengths)]


def encode_list(chunks: ChunkList) -> bytes:
    """The list's own id, then version, total size, ids, lengths.

    A list is stored under the id of its blob, which its bytes do not hash to; its own id in front
    tells damage without reading the chunks.
    """
    encoded = encode([_VERSION, chunks.size, ids_column(chunks.ids), u32_column(chunks.lengths)])
    return keyed_id(Kind.LIST, encoded) + encoded


def decode_list(stored: bytes) -> ChunkList:
    """The list, its own id checked.

    Raises:
        Damaged: the bytes do not hash to the id in front, or are no list.
    """
    own, encoded = stored[:ID_BYTES], stored[ID_BYTES:]
    if keyed_id(Kind.LIST, encoded) != own:
        raise Damaged("damaged", "a chunk list does not hash to its id")
    fields = decode(encoded, _SHAPE, what="a chunk list", limit=limits.BLOCK_RAW)
    ids = split_ids(octets(fields[2]), ID_BYTES)
    lengths = u32_values(octets(fields[3]), len(ids))
    if integer(fields[0]) != _VERSION or sum(lengths) != integer(fields[1]):
        raise Damaged(
            "damaged", "a chunk list has an unknown version or lengths that do not add up"
        )
    if len(ids) > limits.CHUNKS or (lengths and min(lengths) == 0):
        raise Damaged("damaged", "a chunk list has too many chunks, or empty ones")
    return ChunkList(tuple(map(ObjectId, ids)), tuple(lengths))
