"""Stretches: a file of records read piece by piece, each from one border to another."""

from collections.abc import Iterator
from typing import Final

from contentvc import limits
from contentvc.formats.records.dialect import Dialect, malformed
from contentvc.formats.source import Source

__all__ = ["stretches"]

_STEP: Final = 64 * limits.KIB
"""So much stays in a processor's cache while its records are read more than once."""


def stretches(
    source: Source, start: int, dialect: Dialect, end: int | None = None
) -> Iterator[list[bytes]]:
    """The records from a border on, some megabytes at a time; the last one is closed.

    Raises:
        Unfit: a record is malformed, or longer than `limits.RECORD_BYTES`.
    """
    last = source.size if end is None else end
    held = b""
    for at in range(start, last, _STEP):
        held += source.span(at, min(last, at + _STEP))
        if at + _STEP >= last:
            break
        border = _last_border(held, dialect.quote)
        if border:
            yield dialect.split(held[:border])
            held = held[border:]
        elif len(held) > limits.RECORD_BYTES:
            raise malformed(f"a record is longer than {limits.RECORD_BYTES >> 20} MiB")
    if held:
        closed = held.endswith((b"\n", b"\r") if dialect.quote else b"\n")
        yield dialect.split(held if closed else held + b"\n")


def _last_border(content: bytes, quote: bytes | None) -> int:
    """The last place after a line end that is outside quotes, 0 if there is none."""
    end = content.rfind(b"\n") + 1
    while quote is not None and content.count(quote, 0, end) % 2:
        # Inside quotes: what opened them, and the row around it, began before.
        end = content.rfind(b"\n", 0, content.rfind(quote, 0, end)) + 1
    return end
