"""HTTP messages as they pass by: where each ends, told without changing a byte of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Final

__all__ = ["Head", "body", "read_head"]

_LONGEST_LINE: Final = 1 << 16
_PIECE: Final = 1 << 17
_NO_BODY: Final = frozenset({b"204", b"304"})


@dataclass(frozen=True, slots=True)
class Head:
    """The lines of a message before its body, as they were received."""

    raw: bytes

    @property
    def words(self) -> list[bytes]:
        """Of the first line: method, target and version, or version, status and reason."""
        return self.raw.split(b"\r\n", 1)[0].split(b" ", 2)

    @property
    def line(self) -> str:
        """Method and target of a request."""
        return b" ".join(self.words[:2]).decode("latin-1")

    def header(self, name: bytes) -> bytes | None:
        """The value of the first header of this name, which is given in lower case."""
        for line in self.raw.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return None

    @property
    def length(self) -> int | None:
        """Bytes of the body, where they are declared."""
        value = self.header(b"content-length")
        return None if value is None else int(value)

    @property
    def is_last(self) -> bool:
        """Whether the connection ends after this message."""
        return (self.header(b"connection") or b"").lower() == b"close"


def read_head(stream: BufferedIOBase) -> Head | None:
    """The next message's head; None where the other side has closed the connection."""
    lines = []
    while line := stream.readline(_LONGEST_LINE):
        lines.append(line)
        if line == b"\r\n":
            return Head(b"".join(lines))
    return None


def body(stream: BufferedIOBase, head: Head, request: Head | None = None) -> Iterator[bytes]:
    """The body's bytes as they lie on the wire; of an answer, with the request it answers.

    Raises:
        ConnectionError: it ends before its time.
    """
    if request and (request.words[0] == b"HEAD" or head.words[1] in _NO_BODY):
        return
    if b"chunked" in (head.header(b"transfer-encoding") or b"").lower():
        yield from _chunks(stream)
    elif head.length is not None:
        yield from _exactly(stream, head.length)
    elif request:
        while piece := stream.read1(_PIECE):
            yield piece


def _exactly(stream: BufferedIOBase, left: int) -> Iterator[bytes]:
    while left:
        piece = stream.read1(min(left, _PIECE))
        if not piece:
            raise ConnectionError
        left -= len(piece)
        yield piece


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        line = stream.readline(_LONGEST_LINE)
        yield line
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        yield from _exactly(stream, size + 2)
    while line := stream.readline(_LONGEST_LINE):
        yield line
        if line == b"\r\n":
            return
    raise ConnectionError
