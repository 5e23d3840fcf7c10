"""A storage of which one part is elsewhere."""

from collections.abc import Iterable, Iterator

from contentvc.storage.contract import Storage

__all__ = ["SplitStorage"]


class SplitStorage(Storage):
    """The names that start with `prefix` are in `part`, all others in `rest`.

    Args:
        rest: where all other names are.
        prefix: the name of a folder, with ``/`` at its end.
        part: where the names in that folder are, under their whole names.
    """

    def __init__(self, rest: Storage, prefix: str, part: Storage) -> None:
        self._rest = rest
        self._prefix = prefix
        self._part = part

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        return self._of(name).read(name, span)

    def write(self, name: str, content: bytes) -> None:
        self._of(name).write(name, content)

    def create(self, name: str, content: bytes) -> None:
        self._of(name).create(name, content)

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        self._of(name).upload(name, parts)

    def delete(self, name: str) -> None:
        self._of(name).delete(name)

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        if prefix.startswith(self._prefix):
            return self._part.list(prefix, after)
        if not self._prefix.startswith(prefix):
            return self._rest.list(prefix, after)
        return iter(sorted([*self._others(prefix, after), *self._part.list(self._prefix, after)]))

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        if prefix.startswith(self._prefix):
            return self._part.stamps(prefix, after)
        if not self._prefix.startswith(prefix):
            return self._rest.stamps(prefix, after)
        others = [one for one in self._rest.stamps(prefix, after) if not self._is_part(one[0])]
        return iter(sorted([*others, *self._part.stamps(self._prefix, after)]))

    def _others(self, prefix: str, after: str | None) -> Iterator[str]:
        return (name for name in self._rest.list(prefix, after) if not self._is_part(name))

    def _is_part(self, name: str) -> bool:
        return name.startswith(self._prefix)

    def _of(self, name: str) -> Storage:
        return self._part if self._is_part(name) else self._rest
