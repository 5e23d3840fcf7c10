"""Files: changing a working tree through folder descriptors, so that no symlink is followed.

A folder that somebody swaps for a symlink while a checkout runs cannot lead a write out of the
tree: every step down opens one name with O_NOFOLLOW below a descriptor that is held.
"""

import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from contentvc import limits
from contentvc.errors import ContentvcError
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["ChangedMeanwhile", "Files", "Stamp", "WrongSize", "stamp_of"]

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KEPT: Final = 128
"""Descriptors of folders kept open: neighbouring files share their folders."""
_TOGETHER: Final = 2 * limits.MIB
"""Bytes that are written in one call, more or less."""
_PARTS: Final = 512
"""Parts of one call; systems take 1,024 at least."""
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


Stamp = tuple[int, int, int]
"""Modification time, size and inode: what a rename leaves as it is."""


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells one content at a path from a later one."""
    return status.st_mtime_ns, status.st_size, status.st_ino


class ChangedMeanwhile(Exception):
    """What is at a path is not what was looked at before; it stays."""


class WrongSize(Exception):
    """Content is not as long as it should be; its length is the argument."""


class Files(AbstractContextManager["Files"]):
    """The files below one root. Paths are relative, their names already checked.

    Methods raise the `OSError` of the system.
    """

    def __init__(self, root: bytes, seen: Mapping[bytes, Stamp] | None = None) -> None:
        """With `seen`, only files that were seen so, or places where none was, are touched."""
        self._seen = seen
        self._root = root
        self._folders: OrderedDict[bytes, int] = OrderedDict()
        self._counter = 0
        self._prefix = disk.temporary_name()
        self._swapped: list[tuple[bytes, str]] = []
        self._swapped_bytes = 0
        self._remover: ThreadPoolExecutor | None = None
        self._removals: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._folders[b""] = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with suppress(ContentvcError) if error is not None else nullcontext():
                self.remove_swapped()
        finally:
            if self._remover is not None:
                self._remover.shutdown()
            for fd in self._folders.values():
                os.close(fd)
            self._folders.clear()

    def stat(self, path: bytes) -> os.stat_result | None:
        """What is at a path, itself not followed; None when nothing is or no folder leads there."""
        folder, _, name = path.rpartition(b"/")
        try:
            return os.stat(name, dir_fd=self._folder(folder), follow_symlinks=False)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise

    def open_folder(self, folder: bytes) -> int:
        """A descriptor of a folder; it stays valid only until the next call here."""
        return self._folder(folder)

    def write(
        self, path: bytes, mode: Mode, parts: Iterable[bytes | memoryview], size: int, mtime_ns: int
    ) -> os.stat_result:
        """Replace a file or symlink at once; folders on the way are made. Its stat afterwards.

        The modification time is set to `mtime_ns`.

        Raises:
            WrongSize: the parts are not `size` bytes together; what was there is untouched.
            ChangedMeanwhile: something else than was seen is there, and stays.
        """
        folder, _, name = path.rpartition(b"/")
        fd = self._made(folder)
        self._counter += 1
        beside = f"{self._prefix}-{self._counter}"
        try:
            if mode is Mode.SYMLINK:
                target = b"".join(parts)
                _check_size(len(target), size)
                disk.symlink(target, beside, fd)
                disk.set_link_mtime(beside, mtime_ns, fd)
                self._put_in_place(path, fd, beside)
                return os.stat(name, dir_fd=fd, follow_symlinks=False)
            file = disk.create_file(beside, fd, 0o777 if mode is Mode.EXECUTABLE else 0o666)
            try:
                _fill(file, parts, size, mtime_ns)
                self._put_in_place(path, fd, beside)
                return os.fstat(file)
            finally:
                disk.close(file)
        except BaseException:
            _remove(beside, fd)
            raise

    def remove(self, path: bytes) -> None:
        """Remove a file or symlink if it is there. Its folder stays.

        Raises:
            ChangedMeanwhile: something else than was seen is there, and stays.
        """
        folder, _, name = path.rpartition(b"/")
        self._check_seen(path)
        try:
            disk.unlink(name, self._folder(folder))
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise

    def prune(self, folders: Iterable[bytes]) -> None:
        """Remove those of the folders that hold nothing, and those above that then hold nothing."""
        for folder in sorted(set(folders), key=_key, reverse=True):
            self._prune(folder)

    def remove_empty_folders(self, folder: bytes) -> None:
        """Remove a folder, those below it and those above it, as far as they hold nothing."""
        try:
            names = os.listdir(self._folder(folder))
        except OSError as error:
            if error.errno in _NOT_THERE:
                return
            raise
        for name in names:
            child = folder + b"/" + os.fsencode(name)
            below = self.stat(child)
            if below is not None and stat.S_ISDIR(below.st_mode):
                self.remove_empty_folders(child)
        self._prune(folder)

    def sweep(self, folder: bytes) -> None:
        """Remove what an interrupted write left in a folder, where that is possible.

        Nobody reads such files, so one that stays is in nobody's way. A folder of such a name was
        made by somebody else.
        """
        with suppress(OSError):
            fd = self._folder(folder)
            for name in filter(disk.is_temporary, os.listdir(fd)):
                _remove(name, fd)

    def remove_swapped(self) -> None:
        """Remove the old files that were swapped for new ones.

        Raises:
            NotAllowed, Busy: one cannot be removed; the others are.
        """
        trouble = self._settle_removals()
        swapped, self._swapped, self._swapped_bytes = self._swapped, [], 0
        for folder, name in swapped:
            try:
                disk.unlink(name, self._folder(folder))
            except OSError as error:
                trouble = error
        if trouble is not None:
            raise disk.explain(trouble, "remove an old file in", self._root) from trouble

    def _remove_beside(self) -> None:
        """Remove what was swapped while the next file is written.

        To free what the system keeps of a large file in memory takes as long as writing it.
        """
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, only large files

        trouble = self._settle_removals()
        if trouble is not None:
            raise trouble
        self._remover = self._remover or ThreadPoolExecutor(1)
        swapped, self._swapped, self._swapped_bytes = self._swapped, [], 0
        for folder, name in swapped:
            fd = os.dup(self._folder(folder))
            self._removals.append(self._remover.submit(_unlink_below, fd, name))

    def _settle_removals(self) -> OSError | None:
        """Wait for what is being removed; what went wrong."""
        removals, self._removals = self._removals, []
        troubles = [removal.exception() for removal in removals]
        return next((one for one in troubles if isinstance(one, OSError)), None)

    def _put_in_place(self, path: bytes, fd: int, beside: str) -> None:
        folder, _, name = path.rpartition(b"/")
        if self._seen is not None and path not in self._seen:
            try:
                if disk.put_if_absent(beside, name, fd):
                    return
            except FileExistsError as error:
                raise ChangedMeanwhile(path) from error
        if not disk.can_swap():
            self._check_seen(path)
        old = disk.put_in_place(beside, name, fd)
        if old is None:
            return
        if self._is_other(path, old):
            disk.put_in_place(beside, name, fd)
            raise ChangedMeanwhile(path)
        self._swapped.append((folder, beside))
        self._swapped_bytes += old.st_size
        if self._swapped_bytes > limits.SWAPPED:
            self._remove_beside()

    def _check_seen(self, path: bytes) -> None:
        here = self.stat(path) if self._seen is not None else None
        if here is not None and self._is_other(path, here):
            raise ChangedMeanwhile(path)

    def _is_other(self, path: bytes, here: os.stat_result) -> bool:
        return self._seen is not None and self._seen.get(path) != stamp_of(here)

    def _folder(self, folder: bytes) -> int:
        fd = self._folders.get(folder)
        if fd is not None:
            return fd
        parent, _, name = folder.rpartition(b"/")
        fd = os.open(name, _OPEN, dir_fd=self._folder(parent))
        self._keep(folder, fd)
        return fd

    def _made(self, folder: bytes) -> int:
        try:
            return self._folder(folder)
        except FileNotFoundError:
            parent, _, name = folder.rpartition(b"/")
            above = self._made(parent)
            with suppress(FileExistsError):  # the other half of this checkout was quicker
                disk.mkdir(name, above)
            return self._folder(folder)

    def _keep(self, folder: bytes, fd: int) -> None:
        self._folders[folder] = fd
        if len(self._folders) > _KEPT:
            oldest = next(key for key in self._folders if key)
            os.close(self._folders.pop(oldest))

    def _forget(self, folder: bytes) -> None:
        for key in [k for k in self._folders if k == folder or k.startswith(folder + b"/")]:
            os.close(self._folders.pop(key))

    def _prune(self, folder: bytes) -> None:
        """Remove empty folders upwards; one that is not empty, or a symlink now, ends it."""
        while folder:
            self._forget(folder)
            parent, _, name = folder.rpartition(b"/")
            try:
                disk.rmdir(name, self._folder(parent))
            except OSError as error:
                if error.errno in _NOT_THERE | {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}:
                    return
                raise
            folder = parent


def _key(folder: bytes) -> bytes:
    return folder.replace(b"/", b"\0")


def _fill(file: int, parts: Iterable[bytes | memoryview], size: int, mtime_ns: int) -> None:
    written = 0
    for group in _grouped(parts):
        disk.write_parts(file, group)
        written += sum(map(len, group))
    _check_size(written, size)
    disk.set_mtime(file, mtime_ns)


def _grouped(parts: Iterable[bytes | memoryview]) -> Iterator[list[bytes | memoryview]]:
    """Parts to be written together."""
    group: list[bytes | memoryview] = []
    size = 0
    for part in parts:
        group.append(part)
        size += len(part)
        if size >= _TOGETHER or len(group) == _PARTS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _check_size(written: int, size: int) -> None:
    if written != size:
        raise WrongSize(written)


def _unlink_below(fd: int, name: str) -> None:
    """Remove a file below a descriptor that is let go of."""
    try:
        disk.unlink(name, fd)
    finally:
        os.close(fd)


def _remove(name: str, fd: int) -> None:
    """Clear away what was being written; the error on its way to the caller counts more."""
    try:
        disk.unlink(name, fd)
    except OSError:
        return
