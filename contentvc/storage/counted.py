"""A storage that counts what is asked of it, for whoever wants to know what a command costs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, TypeVar

from contentvc.storage.contract import Storage

__all__ = ["CountedStorage"]

_PAGE: Final = 1000
"""Names that buckets answer a listing with at once; a longer one takes several requests."""

Item = TypeVar("Item")


class CountedStorage(Storage):
    """Another storage, with the requests that it was sent.

    A call is one request, and one more for each thousand names of a listing. Whether a storage
    sends a long upload in parts, or asks again after an error, is not seen here.
    """

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self._guard = Lock()
        self.requests: Counter[str] = Counter()
        """How many, by the name of the call."""
        self.read_bytes = 0
        self.written_bytes = 0

    @property
    def total(self) -> int:
        """All requests so far."""
        return self.requests.total()

    def reset(self) -> None:
        """Start again at none."""
        with self._guard:
            self.requests.clear()
            self.read_bytes = self.written_bytes = 0

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        self._count("read")
        content = self._inner.read(name, span)
        with self._guard:
            self.read_bytes += len(content)
        return content

    def write(self, name: str, content: bytes) -> None:
        self._count("write", len(content))
        self._inner.write(name, content)

    def create(self, name: str, content: bytes) -> None:
        self._count("create", len(content))
        self._inner.create(name, content)

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        self._count("upload")
        self._inner.upload(name, self._measured(parts))

    def delete(self, name: str) -> None:
        self._count("delete")
        self._inner.delete(name)

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        return self._paged("list", self._inner.list(prefix, after))

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        return self._paged("stamps", self._inner.stamps(prefix, after))

    def _paged(self, call: str, items: Iterable[Item]) -> Iterator[Item]:
        self._count(call)
        for number, item in enumerate(items, 1):
            yield item
            if number % _PAGE == 0:
                self._count(call)

    def _measured(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            with self._guard:
                self.written_bytes += len(part)
            yield part

    def _count(self, call: str, written: int = 0) -> None:
        with self._guard:
            self.requests[call] += 1
            self.written_bytes += written
