"""Attributes: metadata that people or programs attach to an entry or a commit."""

from itertools import pairwise

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.snapshots.codec import Field, decode_fields, encode

__all__ = ["Attributes", "decode_attributes", "encode_attributes"]

Attributes = tuple[tuple[str, str], ...]
"""Sorted by key, each key once."""


def encode_attributes(attributes: Attributes) -> bytes:
    """A message key, value, key, value …; no bytes at all where there are none."""
    if not attributes:
        return b""
    fields: list[Field] = []
    for key, value in sorted(attributes):
        fields += (key, value)
    return encode(fields)


def decode_attributes(encoded: bytes) -> Attributes:
    """The attributes, checked: string pairs, keys ascending, no more than the limits allow."""
    if not encoded:
        return ()
    limit = limits.ATTRIBUTES * limits.ATTRIBUTE_BYTES
    most = 2 * limits.ATTRIBUTES
    fields = decode_fields(encoded, most=most, what="a set of attributes", limit=limit)
    keys, values = fields[::2], fields[1::2]
    if len(fields) % 2 or not fields:
        raise Damaged("damaged", "a set of attributes has a wrong number of fields")
    pairs = tuple(
        (key, value)
        for key, value in zip(keys, values, strict=True)
        if isinstance(key, str) and isinstance(value, str)
    )
    if len(pairs) != len(keys) or any(a[0] >= b[0] for a, b in pairwise(pairs)):
        raise Damaged("damaged", "a set of attributes is not sorted text")
    return pairs
