"""Cover: which files of a version belong into a working tree, whole or sparse."""

from collections.abc import Sequence
from typing import Final

__all__ = ["NO_DIGEST", "WHOLE", "Cover"]

NO_DIGEST: Final = bytes(16)
"""What tells that everything is covered."""
_EVERYWHERE: Final = frozenset({b".contentvcignore", b".gitignore"})
"""Above covered paths they are always here: they rule what is recorded below them."""
_AT_TOP: Final = _EVERYWHERE | {b"contentvc.toml"}


class Cover:
    """Some paths with everything below them, and the files above them that they depend on.

    Without paths, everything.
    """

    __slots__ = ("_above", "digest", "paths")

    def __init__(self, paths: Sequence[bytes]) -> None:
        self.paths = frozenset(paths)
        self._above = {above for path in paths for above in _folders_above(path)}
        self.digest = _digest(paths)
        """16 bytes that tell one cover from another; `NO_DIGEST` where everything is covered."""

    @property
    def is_whole(self) -> bool:
        """Whether everything is covered."""
        return not self.paths

    def covers(self, path: bytes) -> bool:
        """Whether a file at this path belongs into the working tree."""
        if not self.paths or self._is_within(path):
            return True
        folder, _, name = path.rpartition(b"/")
        return name in (_EVERYWHERE if folder else _AT_TOP) and folder in self._above

    def reaches(self, folder: bytes) -> bool:
        """Whether a file at or below this path may be covered."""
        return not self.paths or folder in self._above or self._is_within(folder)

    def _is_within(self, path: bytes) -> bool:
        end = len(path)
        while end > 0:
            if path[:end] in self.paths:
                return True
            end = path.rfind(b"/", 0, end)
        return False


def _folders_above(path: bytes) -> list[bytes]:
    found = [b""]
    while path := path.rpartition(b"/")[0]:
        found.append(path)
    return found


def _digest(paths: Sequence[bytes]) -> bytes:
    if not paths:
        return NO_DIGEST
    from xxhash import xxh3_128_digest  # noqa: PLC0415 - only sparse trees need it

    return xxh3_128_digest(b"\0".join(sorted(paths)))


WHOLE: Final = Cover(())
