"""Chain: descriptors of a folder and of all above it, opened without following a symlink."""

import os
import sys
from types import TracebackType
from typing import Final, Self

__all__ = ["Chain", "ClosedWay", "names_in"]

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()


class ClosedWay(Exception):
    """A folder cannot be entered; `path` is the one on the way to it that refused."""

    def __init__(self, path: bytes, error: OSError) -> None:
        super().__init__(path, error)
        self.path = path
        self.error = error


class Chain:
    """Opens folders below a root one after the other; near ones share what is open.

    Each step opens one name below a descriptor that is held, so a folder that is, or becomes, a
    symlink leads nowhere. Descriptors are good until the next `open`.
    """

    def __init__(self, root: bytes) -> None:
        """Below `root`, which may be reached through symlinks: that is the user's choice.

        Raises:
            OSError: the root cannot be opened.
        """
        self._names: list[bytes] = []
        self._fds = [os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cut(0)
        os.close(self._fds.pop())

    def open(self, folder: bytes) -> int:
        """A descriptor of a folder; of the root for an empty path.

        Raises:
            ClosedWay: it is missing, no folder, or not to be entered.
        """
        parts = folder.split(b"/") if folder else []
        shared = 0
        for here, wanted in zip(self._names, parts, strict=False):
            if here != wanted:
                break
            shared += 1
        self._cut(shared)
        for part in parts[shared:]:
            try:
                fd = os.open(part, _OPEN, dir_fd=self._fds[-1])
            except OSError as error:
                raise ClosedWay(b"/".join([*self._names, part]), error) from error
            self._fds.append(fd)
            self._names.append(part)
        return self._fds[-1]

    def _cut(self, length: int) -> None:
        while len(self._names) > length:
            self._names.pop()
            os.close(self._fds.pop())


def names_in(fd: int) -> list[bytes]:
    """The names in an open folder, in no order.

    Python lists a descriptor as text only; turning all of it back at once is what is quick.
    """
    names = os.listdir(fd)
    return "\0".join(names).encode(_ENCODING, _ERRORS).split(b"\0") if names else []
