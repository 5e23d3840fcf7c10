"""Storage in memory: for tests, and for repositories that need not outlive the process."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from threading import Lock

from blake3 import blake3

from contentvc.storage.contract import AlreadyExists, NotFound, Storage

__all__ = ["MemoryStorage"]


class MemoryStorage(Storage):
    """Names and bytes in a dict. Safe to use from several threads; a fork gets a copy."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._lock = Lock()

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        try:
            content = self._contents[name]
        except KeyError as error:
            raise NotFound(name) from error
        return content if span is None else content[span[0] : span[1]]

    def write(self, name: str, content: bytes) -> None:
        with self._lock:
            self._contents[name] = bytes(content)

    def create(self, name: str, content: bytes) -> None:
        with self._lock:
            if name in self._contents:
                raise AlreadyExists(name)
            self._contents[name] = bytes(content)

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        self.create(name, b"".join(parts))

    def delete(self, name: str) -> None:
        with self._lock:
            self._contents.pop(name, None)

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        return (name for name, _ in self._entries(prefix, after))

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        for name, content in self._entries(prefix, after):
            yield name, blake3(content).hexdigest()

    def _entries(self, prefix: str, after: str | None) -> Iterator[tuple[str, bytes]]:
        with self._lock:
            contents = dict(self._contents)
        names = sorted(contents)
        for name in names[bisect_left(names, max(prefix, after or "")) :]:
            if not name.startswith(prefix):
                return
            if name != after:
                yield name, contents[name]
