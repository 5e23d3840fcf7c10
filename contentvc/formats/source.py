"""Source: one version of a file's content, wherever it is, read whole or by ranges."""

from collections.abc import Callable
from dataclasses import dataclass

from contentvc.ids import ObjectId, blob_id

__all__ = ["NOTHING", "Source", "source_of"]


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one version of a file.

    `read` gives all bytes, `span` those from a first offset to before a second. What is read is
    verified by whoever made the source.
    """

    size: int
    """In bytes."""
    read: Callable[[], bytes]
    span: Callable[[int, int], bytes]
    chunks: Callable[[], list[tuple[ObjectId, int]]] | None = None
    """Ids and lengths of its chunks in order, where they are known: equal ids are equal bytes."""


def source_of(content: bytes) -> Source:
    """A source of bytes that are in memory."""
    return Source(
        len(content),
        lambda: content,
        lambda start, end: content[start:end],
        lambda: [(blob_id(content), len(content))] if content else [],
    )


NOTHING = Source(0, lambda: b"", lambda _start, _end: b"", list)
"""A file that is not there."""
