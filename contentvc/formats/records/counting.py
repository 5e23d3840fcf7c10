"""Counting: how many records a file has, told from its bytes as they stream by.

Of text nothing is parsed and little is kept, so that a file of any size can be counted. Of
content that is malformed, this is what it would have.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import Final

from contentvc import limits
from contentvc.formats.problems import Unfit

__all__ = ["COUNTERS", "Counter"]

Counter = Callable[[Iterable[bytes]], int | None]
"""The number of records, given a file's bytes in any parts; None where that cannot be told."""


def _count_lines(parts: Iterable[bytes]) -> int:
    """Lines that are not blank."""
    return _written(parts, bytes.strip)


def _count_rows(parts: Iterable[bytes]) -> int:
    """Rows that are not empty, without the header."""
    return max(0, _written(_rows(parts), bytes) - 1)


def _written(parts: Iterable[bytes], stripped: Callable[[bytes], bytes]) -> int:
    """Lines that have something in them once they are stripped."""
    count, is_open = 0, False
    for part in parts:
        first, *others = part.split(b"\n")
        is_open = is_open or bool(stripped(first))
        if others:
            last = others.pop()
            count += is_open + sum(map(bool, map(stripped, others)))
            is_open = bool(stripped(last))
    return count + is_open


def _rows(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts with a row a line: of a quoted cell, which may have line ends, a quote is left.

    A line end that two parts share becomes an empty line as well, which does not count.
    """
    is_quoted = 0
    for part in parts:
        pieces = part.split(b'"')
        outside = b'"'.join(pieces[is_quoted::2])
        yield outside.replace(b"\r", b"\n") if b"\r" in outside else outside
        is_quoted ^= (len(pieces) - 1) % 2
        if is_quoted:
            yield b'"'


def _count_table(parts: Iterable[bytes]) -> int | None:
    """What the footer says; of a file that is too large, damaged, or without pyarrow, nothing."""
    if find_spec("pyarrow") is None:
        return None
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > limits.PARQUET_BYTES:
            return None
    from contentvc.formats.records.arrow import count_rows  # noqa: PLC0415 - pyarrow

    try:
        return count_rows(bytes(content))
    except Unfit:
        return None


COUNTERS: Final[Mapping[str, Counter]] = {
    "jsonl": _count_lines,
    "csv": _count_rows,
    "tsv": _count_rows,
    "parquet": _count_table,
}
"""By the name of a format; of those that are not here, records are not counted."""
