"""Stream: a stored file that is read like one on disk, with a chunk of it in memory."""

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, short
from contentvc.repository import Repository as Replica

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["buffered"]

_BUFFER: Final = 64 * 1024


def buffered(replica: Replica, identifier: ObjectId, size: int) -> io.BufferedReader:
    """The blob as a binary file; nothing is read before the first read from it."""
    raw = _Blob(replica, identifier, size)
    return io.BufferedReader(raw, max(1, min(size, _BUFFER)))


class _Blob(io.RawIOBase):
    """A blob as raw bytes at a position. Holds one part: the chunk that was read last."""

    def __init__(self, replica: Replica, identifier: ObjectId, size: int) -> None:
        super().__init__()
        self._replica = replica
        self._id = identifier
        self._size = size
        self._position = 0
        self._ids: Sequence[ObjectId] = ()
        self._offsets: Sequence[int] = ()
        self._part = b""
        self._number = -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check_open()
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._check_open()
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        if whence not in starts:
            raise ValueError(f"whence is {whence}, not 0, 1 or 2")
        position = starts[whence] + offset
        if position < 0:
            raise ValueError(f"position {position} is before the beginning")
        self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._check_open()
        target = memoryview(buffer).cast("B")
        if self._position >= self._size or not len(target):
            return 0
        start = self._turn_to(self._position)
        piece = self._part[self._position - start : self._position - start + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("the file is closed")

    def _turn_to(self, position: int) -> int:
        """Hold the part that a position lies in; where that part starts."""
        if not self._ids:
            self._find_parts()
        number = bisect_right(self._offsets, position) - 1
        start, end = self._offsets[number], self._offsets[number + 1]
        if number != self._number:
            part = self._replica.objects.read(Kind.RAW, self._ids[number])
            if len(part) != end - start:
                raise self._damaged()
            self._part, self._number = part, number
        return start

    def _find_parts(self) -> None:
        objects = self._replica.objects
        if objects.is_large(self._id):
            objects.read_range(self._id, 0, 1)  # proves the list, if it came from elsewhere
            chunks = objects.chunks(self._id)
            ids, lengths = chunks.ids, chunks.lengths
        else:
            ids, lengths = (self._id,), (self._size,)
        offsets = list(accumulate(lengths, initial=0))
        if offsets[-1] != self._size:
            raise self._damaged()
        self._ids, self._offsets = ids, offsets

    def _damaged(self) -> Damaged:
        message = f"blob {short(self._id)} is not as long as its version says"
        return Damaged("damaged", message, "run: contentvc verify")
