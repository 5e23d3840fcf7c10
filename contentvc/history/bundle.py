"""Bundles: a thousand operations in one file, and the view after the last.

Once a bundle exists, the single operation files are emptied. They stay, since their names must
never be free again.
"""

from dataclasses import dataclass
from typing import Final

import zstandard
from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.objects.compression import compress, decompress
from contentvc.snapshots.codec import decode, encode, integer, octets, u32_column, u32_values

__all__ = ["Bundle", "bundle_of", "bundle_path", "decode_bundle", "encode_bundle"]

_MAGIC: Final = b"CVBUNDL1"
_VERSION: Final = 1
_SHAPE: Final = (int, int, bytes, bytes, bytes)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The stored bytes of operations `first` and following, and of the view after the last."""

    first: int
    operations: tuple[bytes, ...]
    view: bytes


def bundle_of(sequence: int) -> int:
    """The first sequence of the bundle an operation belongs to."""
    return (sequence - 1) // limits.BUNDLE_OPERATIONS * limits.BUNDLE_OPERATIONS + 1


def bundle_path(first: int) -> str:
    """The storage name of the bundle that starts with this operation."""
    return f"bundles/{first:020d}-{first + limits.BUNDLE_OPERATIONS - 1:020d}"


def encode_bundle(bundle: Bundle) -> bytes:
    """Magic, XXH3-64 of the rest, and one zstd frame of the message."""
    encoded = encode(
        [
            _VERSION,
            bundle.first,
            u32_column(map(len, bundle.operations)),
            b"".join(bundle.operations),
            bundle.view,
        ]
    )
    frame = compress(encoded)
    return _MAGIC + _checksum(frame) + frame


def decode_bundle(stored: bytes) -> Bundle:
    """The bundle of these bytes.

    Raises:
        Damaged: the checksum is wrong or the bytes are no bundle.
    """
    checksum, frame = stored[len(_MAGIC) : len(_MAGIC) + 8], stored[len(_MAGIC) + 8 :]
    if not stored.startswith(_MAGIC) or _checksum(frame) != checksum:
        raise Damaged("damaged", "a bundle of operations is damaged")
    try:
        size = zstandard.get_frame_parameters(frame).content_size
    except zstandard.ZstdError as error:
        raise Damaged("damaged", f"a bundle cannot be decompressed: {error}") from error
    encoded = decompress(frame, size, limit=limits.BUNDLE_BYTES)
    fields = decode(encoded, _SHAPE, what="a bundle", limit=limits.BUNDLE_BYTES)
    column, joined = octets(fields[2]), octets(fields[3])
    lengths = u32_values(column, len(column) // 4)
    if integer(fields[0]) != _VERSION or sum(lengths) != len(joined):
        raise Damaged("damaged", "a bundle has an unknown version or lengths that do not add up")
    operations, at = [], 0
    for length in lengths:
        operations.append(joined[at : at + length])
        at += length
    return Bundle(integer(fields[1]), tuple(operations), octets(fields[4]))


def _checksum(frame: bytes) -> bytes:
    return xxh3_64_intdigest(frame).to_bytes(8, "little")
