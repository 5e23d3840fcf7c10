"""Attributes: metadata that people or programs attach to an entry or a commit."""

from itertools import pairwise

from contentvc import limits
from contentvc.errors import Damaged, Usage
from contentvc.snapshots.codec import Field, decode_fields, encode

__all__ = ["Attributes", "check_attributes", "decode_attributes", "encode_attributes"]

Attributes = tuple[tuple[str, str], ...]
"""Sorted by key, each key once."""


def check_attributes(attributes: Attributes, most: int) -> None:
    """Refuse what is beyond the limits, or is no text, before it is stored.

    Args:
        attributes: those that an entry or a commit is to have.
        most: bytes of all keys and values together.

    Raises:
        Usage: naming the attribute.
    """
    if len(attributes) > limits.ATTRIBUTES:
        raise Usage("bad-value", f"there are {len(attributes):,} attributes")
    total = 0
    for key, value in attributes:
        shown = repr(key[:40])
        if not key or _is_broken(key + value):
            raise Usage("bad-value", f"the attribute {shown} has no key, or is not valid text")
        length = len(key.encode()) + len(value.encode())
        total += length
        if length > limits.ATTRIBUTE_BYTES or total > most:
            raise Usage(
                "bad-value",
                f"the attribute {shown} is too long, or there are too many: {total:,} bytes",
                "put long texts into files",
            )


def _is_broken(text: str) -> bool:
    """Whether it has halves of surrogate pairs, which no UTF-8 has."""
    return any("\ud800" <= character <= "\udfff" for character in text)


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
