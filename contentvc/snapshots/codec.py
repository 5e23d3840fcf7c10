"""Canonical bytes: flat msgpack arrays of integers, strings and byte columns.

A message never nests. A table inside it is a byte column per field, and a list inside it is a
message of its own in a binary field. So a decoder allocates no more objects than the fields it
expects, whatever the bytes say (8 MB of nested hostile msgpack become 579 MB of objects).
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgpack import Packer, Unpacker, UnpackException

from contentvc.errors import Damaged

__all__ = [
    "Field",
    "decode",
    "decode_fields",
    "encode",
    "first_number",
    "ids_column",
    "integer",
    "join_names",
    "octets",
    "split_ids",
    "split_names",
    "text",
    "u32_column",
    "u32_values",
    "u64_column",
    "u64_values",
]

Field = int | str | bytes

_VERSION_BYTES: Final = 5 + 9
"""An array header and an integer at their longest."""
_SWAP: Final = sys.byteorder == "big"
_U32: Final = "I"
_U64: Final = "Q"
_MALFORMED: Final = (ValueError, TypeError, OverflowError, UnpackException)
"""What msgpack raises for bad bytes; not all of its own exceptions are ValueErrors."""


def encode(fields: Sequence[Field]) -> bytes:
    """The canonical bytes of a message: shortest integers, UTF-8 strings, fields in order."""
    packed: bytes = Packer(use_bin_type=True).pack(fields)
    return packed


def decode(
    encoded: bytes, shape: Sequence[type[int | str | bytes]], *, what: str, limit: int
) -> list[Field]:
    """The fields of a message whose types are `shape`.

    Raises:
        Damaged: the bytes are too many, are not one message, or have other fields.
    """
    fields = _decoded(encoded, len(shape), len(shape), what, limit)
    if list(map(type, fields)) != list(shape):
        raise Damaged("damaged", f"{what} has fields of other types than expected")
    return fields


def decode_fields(encoded: bytes, *, most: int, what: str, limit: int) -> list[Field]:
    """The fields of a message that may have any number of them, but not more than `most`.

    Every field becomes an object of its own, up to 60 times its stored byte or two, so callers
    give a number that other bytes they were sent, or a limit, account for.

    Raises:
        Damaged: the bytes or fields are too many, or are not one message.
    """
    return _decoded(encoded, 0, most, what, limit)


def first_number(encoded: bytes) -> int | None:
    """The number that a message starts with: its version, whatever follows; None without one."""
    reader = _reader(encoded[:_VERSION_BYTES])
    try:
        version = reader.unpack() if reader.read_array_header() else None
    except _MALFORMED:
        return None
    return version if type(version) is int else None


def _decoded(encoded: bytes, least: int, most: int, what: str, limit: int) -> list[Field]:
    if len(encoded) > limit:
        raise Damaged("beyond-limit", f"{what} has {len(encoded)} bytes; at most {limit} are read")
    try:
        return _flat(encoded, least, most)
    except _MALFORMED as error:
        raise Damaged("damaged", f"{what} cannot be decoded: {error}") from error


def _reader(encoded: bytes) -> Any:
    reader = Unpacker(
        None,
        raw=False,
        max_buffer_size=max(len(encoded), 1),
        max_array_len=0,
        max_map_len=0,
        max_ext_len=0,
    )
    reader.feed(encoded)
    return reader


def _flat(encoded: bytes, least: int, most: int) -> list[Field]:
    reader = _reader(encoded)
    count = reader.read_array_header()
    if not least <= count <= most:
        raise ValueError(f"it has {count} fields")
    fields = [reader.unpack() for _ in range(count)]
    if reader.tell() != len(encoded):
        raise ValueError("bytes follow the message")
    if not all(type(field) in (int, str, bytes) for field in fields):
        raise ValueError("it nests")
    return fields


def integer(field: Field) -> int:
    """A field that must be a number."""
    if isinstance(field, int):
        return field
    raise Damaged("damaged", "a number was expected in a stored field")


def text(field: Field) -> str:
    """A field that must be text."""
    if isinstance(field, str):
        return field
    raise Damaged("damaged", "text was expected in a stored field")


def octets(field: Field, width: int | None = None) -> bytes:
    """A field that must be bytes, `width` of them where it is given."""
    if not isinstance(field, bytes):
        raise Damaged("damaged", "bytes were expected in a stored field")
    if width is not None and len(field) != width:
        raise Damaged("damaged", f"a stored field has {len(field)} bytes where {width} belong")
    return field


def u32_column(values: Iterable[int]) -> bytes:
    """Little-endian unsigned 32-bit integers, one after the other."""
    return _column(_U32, values)


def u64_column(values: Iterable[int]) -> bytes:
    """Little-endian unsigned 64-bit integers, one after the other."""
    return _column(_U64, values)


def u32_values(column: bytes, count: int) -> Sequence[int]:
    """The integers of a column that must hold `count` of them."""
    return _values(_U32, column, count)


def u64_values(column: bytes, count: int) -> Sequence[int]:
    """The integers of a column that must hold `count` of them."""
    return _values(_U64, column, count)


def ids_column(ids: Iterable[bytes]) -> bytes:
    """Ids or names of one width, one after the other."""
    return b"".join(ids)


def split_ids(column: bytes, width: int, count: int | None = None) -> list[bytes]:
    """The ids of a column, `width` bytes each, `count` of them where it is known."""
    if len(column) % width or (count is not None and len(column) != count * width):
        raise Damaged("damaged", "a column of ids has the wrong length")
    return [column[start : start + width] for start in range(0, len(column), width)]


def join_names(names: Iterable[bytes]) -> bytes:
    """Names in one column, each followed by NUL (which no name holds)."""
    return b"".join([name + b"\0" for name in names])


def split_names(column: bytes, count: int) -> list[bytes]:
    """The names of a column that must hold `count` of them."""
    if column.count(b"\0") != count or (column and column[-1]):
        raise Damaged("damaged", "a column of names has the wrong length")
    return column.split(b"\0")[:-1]


def _column(code: str, values: Iterable[int]) -> bytes:
    numbers = array(code, values)
    if _SWAP:
        numbers.byteswap()
    return numbers.tobytes()


def _values(code: str, column: bytes, count: int) -> Sequence[int]:
    numbers = array(code)
    if len(column) != count * numbers.itemsize:
        raise Damaged("damaged", "a column of numbers has the wrong length")
    numbers.frombytes(column)
    if _SWAP:
        numbers.byteswap()
    return numbers
