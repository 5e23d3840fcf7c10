"""A storage that reads the start of immutable names at once: each request is a round trip."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final

from contentvc import limits
from contentvc.storage.contract import Storage

__all__ = ["AheadStorage"]

_START: Final = 256 * limits.KIB
"""Bytes read at once. At 50 ms for a request and 20 MB/s they cost a quarter more than none; the
pack of a small commit is shorter, so its trees, files and footer come with one request."""
_HELD: Final = 16 * limits.MIB
"""Bytes kept, of those used last."""


class AheadStorage(Storage):
    """Another storage, whose names under `prefix` never change once they exist.

    A range that ends in the first 256 KiB of such a name is cut from these, which are read whole
    and kept in memory. Safe to use from several threads.
    """

    def __init__(self, inner: Storage, prefix: str) -> None:
        self._inner = inner
        self._prefix = prefix
        self._starts: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._guard = Lock()

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        if span is None or span[1] > _START or not name.startswith(self._prefix):
            return self._inner.read(name, span)
        with self._guard:
            start = self._starts.get(name)
            if start is not None:
                self._starts.move_to_end(name)
        if start is None:
            start = self._inner.read(name, (0, _START))
            self._keep(name, start)
        return start[span[0] : span[1]]

    def write(self, name: str, content: bytes) -> None:
        self._inner.write(name, content)

    def create(self, name: str, content: bytes) -> None:
        self._inner.create(name, content)

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        self._inner.upload(name, parts)

    def delete(self, name: str) -> None:
        self._inner.delete(name)

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        return self._inner.list(prefix, after)

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        return self._inner.stamps(prefix, after)

    def _keep(self, name: str, start: bytes) -> None:
        with self._guard:
            if name in self._starts:
                return
            self._starts[name] = start
            self._held += len(start)
            while self._held > _HELD:
                self._held -= len(self._starts.popitem(last=False)[1])
