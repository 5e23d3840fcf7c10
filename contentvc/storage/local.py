"""Storage in a folder of a local or network file system."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NoReturn, TypeVar

from contentvc.errors import Busy, NotAllowed
from contentvc.storage import disk
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, Unclear

__all__ = ["LocalStorage"]

Result = TypeVar("Result")

_READ_AT_ONCE: Final = 1 << 30
"""Linux reads at most 2 GiB less a page in one call, and macOS fails above 2 GiB."""
_NO_HARD_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
)
"""What `link` answers where there are none; vfat and exfat on Linux say EPERM."""
_NO_EXCLUSIVE_RENAME: Final = frozenset(
    {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)


class LocalStorage(Storage):
    """The files below one folder, each name a path.

    Safe to use from several threads and processes at once, also across a fork. A file is made
    beside its name and gets the name when it is complete. A process that is killed may leave such
    a temporary file behind: it is never listed, and `temporary_names` finds it.

    Errors of the file system are raised as `contentvc.errors`: disk-full, permission-denied,
    not-supported or storage-failed.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._anchored: set[str] = set()

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        path = self._path(name)
        try:
            # Opening takes 3 microseconds, decompressing what is read takes 50 times that: a
            # cache of descriptors is not worth its locks.
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return _read_span(fd, span)
            finally:
                os.close(fd)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(name) from error
        except OSError as error:
            raise disk.explain(error, "read", path) from error

    def write(self, name: str, content: bytes) -> None:
        path = self._path(name)
        try:
            _in_folder(path, lambda: disk.replace_file(path, content))
        except OSError as error:
            raise disk.explain(error, "write", path) from error

    def create(self, name: str, content: bytes) -> None:
        self._add(name, (content,))

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        try:
            self._add(name, parts)
        except Unclear as error:
            raise Busy(
                "storage-failed",
                f"{name} is written, and may not outlive a power failure: {error}",
                "check the disk; the system's log may say more",
            ) from error

    def delete(self, name: str) -> None:
        path = self._path(name)
        try:
            disk.unlink(path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return
        except OSError as error:
            raise disk.explain(error, "delete", path) from error

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        for name in self._walk(prefix.rpartition("/")[0], prefix, after or ""):
            if not disk.is_temporary(name.rpartition("/")[2]):
                yield name

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        for name in self.list(prefix, after):
            path = self._path(name)
            try:
                found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue  # deleted meanwhile
            except OSError as error:
                raise disk.explain(error, "look at", path) from error
            yield name, f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"

    def temporary_names(self, before: float) -> Iterator[str]:
        """Names of files whose writing began and never ended; `delete` takes them.

        Args:
            before: seconds since the epoch; younger files may still be being written, and are
                left out.
        """
        for name in self._walk("", "", ""):
            if disk.is_temporary(name.rpartition("/")[2]) and self._is_older(name, before):
                yield name

    def written_before(self, prefix: str, before: float) -> Iterator[str]:
        """Names that start with `prefix` whose files were last written before then.

        Args:
            prefix: as of `list`.
            before: seconds since the epoch.
        """
        return (name for name in self.list(prefix) if self._is_older(name, before))

    def _is_older(self, name: str, before: float) -> bool:
        try:
            return os.lstat(self._path(name)).st_mtime < before
        except FileNotFoundError:
            return False  # it was still being written, and is complete now

    def _path(self, name: str) -> str:
        return os.path.join(self._root, name)

    def _add(self, name: str, parts: Iterable[bytes]) -> None:
        """Write beside, sync, give the name if it is free, sync the name."""
        path = self._path(name)
        folder = os.path.dirname(path)
        temporary = os.path.join(folder, disk.temporary_name())
        try:
            fd = _in_folder(temporary, lambda: disk.create_file(temporary))
        except OSError as error:
            raise disk.explain(error, "create", path) from error
        try:
            _fill(fd, parts, path)
            self._publish(temporary, path, name)
        except BaseException:
            disk.remove_if_there(temporary)
            raise
        self._settle(folder, name)

    def _publish(self, temporary: str, path: str, name: str) -> None:
        try:
            _name_exclusively(temporary, path)
        except FileExistsError as error:
            # The caller builds on what the winner created, so that must not be lost to a power
            # failure that what follows it survives: the winner's own sync may be to come.
            self._settle(os.path.dirname(path), name)
            raise AlreadyExists(name) from error
        except OSError as error:
            raise disk.explain(error, "create", path) from error

    def _settle(self, folder: str, name: str) -> None:
        """Make the names in a folder durable.

        Raises:
            Unclear: the name is there, and whether it outlives a power failure is not known.
        """
        try:
            disk.fsync_folder(folder)
            self._anchor(folder)
        except OSError as error:
            raise Unclear(f"{name}: {error}") from error

    def _anchor(self, folder: str) -> None:
        """Sync the folders above, once: whoever made this one may have died before it did."""
        while folder not in self._anchored and len(folder) > len(self._root):
            above = os.path.dirname(folder)
            disk.fsync_folder(above)
            self._anchored.add(folder)
            folder = above

    def _walk(self, folder: str, prefix: str, after: str) -> Iterator[str]:
        """Names below a folder in ascending order, temporary ones included."""
        for name in self._sorted(folder):
            if name.endswith("/"):
                inside = name.startswith(prefix) or prefix.startswith(name)
                if inside and (name > after or after.startswith(name)):
                    yield from self._walk(name[:-1], prefix, after)
            elif name.startswith(prefix) and name > after:
                yield name

    def _sorted(self, folder: str) -> Sequence[str]:
        """What a folder holds, folders with ``/`` at the end: that is where their names sort."""
        path = self._path(folder) if folder else self._root
        start = f"{folder}/" if folder else ""
        try:
            with os.scandir(path) as entries:
                return sorted(
                    start + entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
                    for entry in entries
                    if entry.name.isascii()  # others are not ours
                )
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise disk.explain(error, "list", path) from error


def _read_span(fd: int, span: tuple[int, int] | None) -> bytes:
    """The bytes of a span, at most those there are: what is asked for may be far beyond."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise IsADirectoryError
    size = status.st_size
    start, end = (0, size) if span is None else (span[0], min(span[1], size))
    parts = []
    while start < end:
        part = os.pread(fd, min(end - start, _READ_AT_ONCE), start)
        if not part:
            break
        parts.append(part)
        start += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _in_folder(path: str, make: Callable[[], Result]) -> Result:
    """Make something, after its folder if that is missing."""
    try:
        return make()
    except FileNotFoundError:
        disk.make_folders(os.path.dirname(path))
        return make()


def _fill(fd: int, parts: Iterable[bytes], path: str) -> None:
    """Write a new file and sync it. What `parts` raises passes as it is."""
    try:
        for part in parts:
            _write(fd, part, path)
        _sync(fd, path)
    finally:
        disk.close(fd)


def _write(fd: int, part: bytes, path: str) -> None:
    try:
        disk.write_all(fd, part)
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _sync(fd: int, path: str) -> None:
    try:
        disk.fsync_file(fd)
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _name_exclusively(temporary: str, path: str) -> None:
    """Turn a temporary file into a named one, if the name is free."""
    try:
        disk.link(temporary, path)
    except FileExistsError:
        # A network file system repeats a call whose answer was lost; the repeated one then meets
        # the name that the first one made.
        if os.lstat(temporary).st_nlink == 1:
            raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _rename_exclusively(temporary, path)
        return
    disk.remove_if_there(temporary)


def _rename_exclusively(temporary: str, path: str) -> None:
    try:
        disk.rename_exclusive(temporary, path)
    except OSError as error:
        if error.errno in _NO_EXCLUSIVE_RENAME:
            _refuse(path, error)
        raise


def _refuse(path: str, error: OSError) -> NoReturn:
    raise NotAllowed(
        "not-supported",
        f"the file system of {path} cannot create a name exclusively",
        "put the repository on a file system with hard links",
        path=path,
    ) from error
