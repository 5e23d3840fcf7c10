"""Borrowed segments: those that lie beside packs far away, copied here where they are not large.

Segments are caches, and whoever can write there can write any: like all others they are checked as
they are read, and what they say is only where to look for bytes that must hash to their id.
"""

import re
from collections.abc import Container, Iterator
from itertools import islice
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.objects.segment import Segment
from contentvc.storage.at_once import at_once
from contentvc.storage.contract import NotFound, Storage

__all__ = ["borrow"]

_PREFIX: Final = "indexes/"
_NAME: Final = re.compile(r"indexes/[0-9a-f]{32}")
"""Any other name is none of ours, and could lead out of the folder it is copied to."""
_MOST: Final = 64
"""Segments that are looked at: writers merge them, so there are never more than twenty."""


def borrow(
    there: Storage, here: Storage, known: Container[str], most: int, threads: int
) -> Iterator[tuple[str, Storage]]:
    """The names of segments there that are not known, and where each is to be read.

    Args:
        there: where the packs are.
        here: gets a copy of each segment of up to `most` bytes.
        known: names that are here already.
        most: bytes.
        threads: segments that are read at once.
    """

    def brought(name: str) -> Storage | None:
        try:
            return _brought(there, here, name, most)
        except (Damaged, NotFound):
            return None  # merged into another one meanwhile, or spoilt

    found = (name for name in there.list(_PREFIX) if _NAME.fullmatch(name) and name not in known)
    names = list(islice(found, _MOST))
    for name, place in zip(names, at_once(brought, names, threads), strict=True):
        if place is not None:
            yield name, place


def _brought(there: Storage, here: Storage, name: str, most: int) -> Storage:
    start = there.read(name, (0, min(limits.SEGMENT_WHOLE, most)))
    if len(start) == limits.SEGMENT_WHOLE:
        length = _checked(start, there, name).length
        if length > most:
            return there
        start += there.read(name, (len(start), length))
    _checked(start, there, name)
    here.write(name, start)
    return here


def _checked(start: bytes, there: Storage, name: str) -> Segment:
    def read(low: int, high: int) -> bytes:
        return start[low:high] if high <= len(start) else there.read(name, (low, high))

    return Segment(read)
