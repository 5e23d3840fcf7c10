"""What was hashed a moment ago: chunks whose bytes are known to be theirs.

A chunk of an old version is often read both for itself and as the base of the chunk that replaced
it, from the same block in memory.
"""

from collections import OrderedDict
from typing import Final

from contentvc import limits
from contentvc.ids import Kind, ObjectId, object_id
from contentvc.objects.guard import new_guard

__all__ = ["Hashed"]

_KEPT: Final = 32


class Hashed:
    """The chunks hashed last. Safe to use from several threads."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[Kind, ObjectId], bytes] = OrderedDict()
        self._guard = new_guard()

    def fits(self, kind: Kind, identifier: ObjectId, content: bytes) -> bool:
        """Whether these bytes hash to an object's id; the very same ones are not hashed again."""
        if self._last.get((kind, identifier)) is content:
            return True
        if object_id(kind, content) != identifier:
            return False
        # Others are slices of larger blocks, never the same bytes twice, or would take much memory.
        if limits.CHUNK_MIN <= len(content) <= limits.CHUNK_MAX:
            with self._guard:
                self._last[kind, identifier] = content
                if len(self._last) > _KEPT:
                    self._last.popitem(last=False)
        return True
