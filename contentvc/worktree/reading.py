"""Reading content of the working tree so that what is recorded was really there at one moment.

A file is opened below descriptors of its folders, without following symlinks and without waiting
(a fifo put in its place must not hang), and its stat is taken before and after it is read.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Self, TypeVar

from blake3 import blake3

from contentvc import limits
from contentvc.errors import Conflict
from contentvc.ids import ObjectId, blob_id
from contentvc.storage import disk
from contentvc.worktree.chain import Chain, ClosedWay
from contentvc.worktree.found import Found, found_at, mode_of

__all__ = ["Reader", "find_files", "hash_path", "read_whole", "span_of"]

Result = TypeVar("Result")

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TRIES: Final = 3
_PART: Final = 1 * limits.MIB
_WHOLE: Final = 64 * limits.MIB
"""A small file that has grown beyond this while it was to be read counts as changing."""
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ENODEV})
"""The last two: a socket or a device without a driver took its place."""


class Reader(AbstractContextManager["Reader"]):
    """Reads files below one root; neighbours share the descriptors of their folders."""

    def __init__(self, root: bytes) -> None:
        """Below `root`.

        Raises:
            NotAllowed, Busy: the root cannot be opened.
        """
        try:
            self._chain = Chain(root)
        except OSError as error:
            raise disk.explain(error, "read", root) from error
        self._at: tuple[bytes, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._chain.__exit__(kind, error, trace)

    def read(self, path: bytes) -> tuple[bytes, Found]:
        """The content of a file, or a symlink's target, and its stat while it was that.

        Raises:
            FileNotFoundError: nothing that is recorded is there any more.
            NotAllowed, Busy: it cannot be read.
            Conflict: it changed each time it was read (``file-changed``).
        """
        return self._at_once(path) or self._stable(path, _content)

    def stream(
        self, path: bytes, consume: Callable[[Iterator[bytes]], Result]
    ) -> tuple[Result, Found]:
        """What `consume` makes of a file's parts, and the file's stat while they were that.

        `consume` is called again when the file changed meanwhile. Raises as `read`.
        """
        return self._stable(path, lambda fd, _: consume(_parts(fd)))

    def hash(self, path: bytes) -> ObjectId:
        """The blob id of what is at a path. Raises as `read`."""
        return self._stable(path, _hashed)[0]

    def status(self, path: bytes) -> Found | None:
        """What is at a path now; None where nothing that can be recorded is."""
        folder, _, name = path.rpartition(b"/")
        try:
            status = os.stat(name, dir_fd=self._folder(folder), follow_symlinks=False)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise disk.explain(error, "read", path) from error
        return found_at(path, status)

    def _at_once(self, path: bytes) -> tuple[bytes, Found] | None:
        """As `read`, for a file that makes no difficulties; None for any other.

        A first commit reads tens of thousands, and this takes three quarters of the time.
        """
        folder, _, name = path.rpartition(b"/")
        try:
            fd = os.open(name, _OPEN, dir_fd=self._folder(folder))
        except OSError:
            return None
        try:
            before = os.fstat(fd)
            size, kind = before.st_size, before.st_mode
            if not stat.S_ISREG(kind) or size > _WHOLE:
                return None
            content = os.read(fd, size + 1)
            after = os.fstat(fd)
        except OSError:
            return None
        finally:
            os.close(fd)
        mode, mtime, ctime = mode_of(after.st_mode), after.st_mtime_ns, after.st_ctime_ns
        if mode is None or len(content) != size or not _is_same(before, after):
            return None
        return content, Found(path, mode, size, mtime, ctime, after.st_ino)

    def _folder(self, folder: bytes) -> int:
        if self._at is not None and self._at[0] == folder:
            return self._at[1]
        self._at = None
        fd = self._opened(folder)
        self._at = folder, fd
        return fd

    def _opened(self, folder: bytes) -> int:
        try:
            return self._chain.open(folder)
        except ClosedWay as closed:
            if closed.error.errno in _NOT_THERE | {errno.ELOOP}:
                raise FileNotFoundError(closed.error.errno, "a folder is gone", folder) from closed
            raise disk.explain(closed.error, "read", closed.path) from closed.error

    def _stable(
        self, path: bytes, take: Callable[[int, os.stat_result], Result]
    ) -> tuple[Result, Found]:
        folder, _, name = path.rpartition(b"/")
        parent = self._folder(folder)
        for _ in range(_TRIES):
            try:
                taken = _taken(parent, path, name, take)
            except OSError as error:
                if error.errno in _NOT_THERE:
                    raise FileNotFoundError(error.errno, "the file is gone", path) from error
                raise disk.explain(error, "read", path) from error
            if taken is not None:
                return taken
        shown = path.decode("utf-8", "replace")
        raise Conflict(
            "file-changed",
            f"{shown} changed each of the {_TRIES} times it was read",
            "try again when nothing writes to it",
            path=shown,
        )


def find_files(root: bytes, paths: Sequence[bytes]) -> list[Found]:
    """What is at these paths now; those where nothing is are left out."""
    with Reader(root) as reader:
        found = [_status(reader, path) for path in paths]
    return [one for one in found if one is not None]


def hash_path(root: bytes, path: bytes) -> ObjectId:
    """The blob id of what is at a path now. Raises as `Reader.read`."""
    with Reader(root) as reader:
        return reader.hash(path)


def read_whole(root: bytes, path: bytes) -> bytes:
    """The content of a file or a symlink's target. Raises as `Reader.read`."""
    with Reader(root) as reader:
        return reader.read(path)[0]


def span_of(root: bytes, path: bytes, start: int, end: int) -> bytes:
    """A half-open range of a file's bytes.

    Raises:
        NotAllowed, Busy: it cannot be read.
    """
    folder, _, name = path.rpartition(b"/")
    with Chain(root) as chain:
        try:
            fd = os.open(name, _OPEN, dir_fd=chain.open(folder))
        except ClosedWay as closed:
            raise disk.explain(closed.error, "read", closed.path) from closed.error
        except OSError as error:
            raise disk.explain(error, "read", path) from error
        try:
            return os.pread(fd, end - start, start)
        finally:
            os.close(fd)


def _status(reader: Reader, path: bytes) -> Found | None:
    try:
        return reader.status(path)
    except FileNotFoundError:
        return None


def _taken(
    parent: int, path: bytes, name: bytes, take: Callable[[int, os.stat_result], Result]
) -> tuple[Result, Found] | None:
    """What `take` makes of a file and its stat; None when the file changed meanwhile."""
    try:
        fd = os.open(name, _OPEN, dir_fd=parent)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return _taken_link(parent, path, name, take)
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise FileNotFoundError(errno.ENOENT, "it is no file any more", path)
        result = take(fd, before)
        after = os.fstat(fd)
    finally:
        os.close(fd)
    found = found_at(path, after)
    if found is None or not _is_same(before, after):
        return None
    return result, found


def _taken_link(
    parent: int, path: bytes, name: bytes, take: Callable[[int, os.stat_result], Result]
) -> tuple[Result, Found] | None:
    """As `_taken`, of a symlink: its target passes through a pipe, so one `take` serves all."""
    before = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISLNK(before.st_mode):
        return None
    target = os.readlink(name, dir_fd=parent)
    reading, writing = os.pipe()
    try:
        os.write(writing, target)  # at most PATH_MAX bytes: a pipe holds more
        os.close(writing)
        result = take(reading, before)
    finally:
        os.close(reading)
    after = os.stat(name, dir_fd=parent, follow_symlinks=False)
    found = found_at(path, after)
    is_same = before.st_ino == after.st_ino and _is_same(before, after)
    return None if found is None or not is_same else (result, found)


def _is_same(before: os.stat_result, after: os.stat_result) -> bool:
    return (
        before.st_mtime_ns == after.st_mtime_ns
        and before.st_ctime_ns == after.st_ctime_ns
        and before.st_size == after.st_size
    )


def _content(fd: int, status: os.stat_result) -> bytes:
    size = status.st_size
    if size > _WHOLE:
        raise Conflict("file-changed", "a small file became a large one", "try again")
    content = os.read(fd, size + 1)
    if len(content) == size:
        return content
    return content + b"".join(_parts(fd))


def _hashed(fd: int, _: os.stat_result) -> ObjectId:
    whole = os.read(fd, _PART)
    if len(whole) < _PART:
        rest = os.read(fd, _PART)
        if not rest:
            return blob_id(whole)
        whole += rest
    digest = blake3(whole)
    for part in _parts(fd):
        digest.update(part)
    return ObjectId(digest.digest())


def _parts(fd: int) -> Iterator[bytes]:
    while part := os.read(fd, _PART):
        yield part
