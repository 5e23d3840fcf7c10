"""Cutting large content where the content says so, so that an insertion moves few boundaries.

FastCDC as published by Xia and others ("The Design of Fast Content-Defined Chunking for Data
Deduplication Based Storage Systems", IEEE TPDS 2020), in the `pyfastcdc` package.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc import limits

__all__ = ["Chunking", "Window", "windows_of"]


@dataclass(frozen=True, slots=True)
class Chunking:
    """Sizes in bytes; fixed when a repository is made and recorded in ``repository.json``."""

    minimum: int = limits.CHUNK_MIN
    average: int = limits.CHUNK_AVERAGE
    maximum: int = limits.CHUNK_MAX
    whole: int = limits.WHOLE_BLOB
    """Content up to this size is not cut."""


class Window(NamedTuple):
    """Whole chunks that follow each other, together: one step of Python for many of them."""

    content: bytes
    ends: Sequence[int]
    """Where each chunk ends; what is after the last belongs to the next window."""

    def chunks(self) -> Iterator[memoryview]:
        """The chunks, not copied: one that is kept keeps the whole window."""
        view, start = memoryview(self.content), 0
        for end in self.ends:
            yield view[start:end]
            start = end


_WINDOW: Final = 2 * limits.MIB
"""About 32 chunks: what passes between threads takes a tenth of the time that is spent on it."""


def windows_of(parts: Iterable[bytes], sizes: Chunking) -> Iterator[Window]:
    """The content in `parts`, cut; the same chunks however the parts are split."""
    from pyfastcdc import FastCDC  # noqa: PLC0415 - takes 25 ms, only large files need it

    cutter = FastCDC(avg_size=sizes.average, min_size=sizes.minimum, max_size=sizes.maximum)
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _WINDOW:
            window = _cut(cutter, b"".join(held), keep=sizes.maximum)
            held = [window.content[window.ends[-1] if window.ends else 0 :]]
            size = len(held[0])
            if window.ends:
                yield window
    if size:
        yield _cut(cutter, b"".join(held), keep=0)


def _cut(cutter, content: bytes, keep: int) -> Window:  # type: ignore[no-untyped-def] # noqa: ANN001
    """The chunks that more content cannot change: a boundary depends on `keep` bytes at most."""
    ends = []
    for chunk in cutter.cut_buf(content):
        if keep and len(content) - chunk.offset < keep:
            break
        ends.append(chunk.offset + chunk.length)
    return Window(content, ends)
