"""The one module that changes files on disk, in repositories and in working trees.

Every change passes a seam just before it happens, so that tests can count the changes of a
command, end the process at any of them, or let any of them fail. In use there is no seam, and a
call costs one lookup more than the system call.

Functions raise the `OSError` of the system, because callers decide by its number; `explain` turns
one that nobody can decide about into an error for people.
"""

import errno
import fcntl
import os
import stat
import sys
from collections.abc import Callable, Sequence
from typing import Final

from contentvc.errors import Busy, ContentvcError, NotAllowed
from contentvc.storage.exclusive import exchange, rename_if_absent, rename_within

__all__ = [
    "TEMPORARY",
    "Seam",
    "can_swap",
    "chmod",
    "close",
    "create_file",
    "explain",
    "fsync_file",
    "fsync_folder",
    "is_temporary",
    "link",
    "make_folders",
    "mkdir",
    "open_or_create",
    "put_in_place",
    "remove_if_there",
    "rename",
    "rename_exclusive",
    "replace_file",
    "replace_file_durably",
    "rmdir",
    "set_link_mtime",
    "set_mtime",
    "set_seam",
    "symlink",
    "temporary_name",
    "touch",
    "unlink",
    "write_all",
]

Path = str | bytes
Seam = Callable[[str, bytes], None]
"""Told the event and the whole path just before the change; what it raises prevents the change.

Of a link or a rename it is told the new name. The events are the names of the functions here,
without ``_file``: create, open, write, rename, link, unlink, mkdir, rmdir, symlink, fsync,
fsync_folder, chmod, touch.
"""

TEMPORARY: Final = ".contentvc-new-"
"""What the names of files that are still being written start with. Nothing reads such files."""

_FULLFSYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)
"""On macOS plain fsync leaves the bytes in the drive's cache."""
_GETPATH: Final[int | None] = getattr(fcntl, "F_GETPATH", None)
_REFUSED: Final = frozenset(
    {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS}
)
"""How file systems say that they have no such call, as opposed to that it failed."""
_WRITE_AT_ONCE: Final = 1 << 30
"""Linux writes at most 2 GiB less a page in one call, and macOS fails above 2 GiB."""

_seam: Seam | None = None
_can_exchange = sys.platform == "linux"


def set_seam(seam: Seam | None) -> None:
    """Tell `seam` of every change from now on, in this process and those forked from it."""
    global _seam  # noqa: PLW0603 - one lookup of a global is what 35,000 calls can afford
    _seam = seam


def _tell(event: str, name: Path | int, dir_fd: int | None = None) -> None:
    """Tell the seam, which is set, with the whole path."""
    if _seam is None:
        return
    path = _path_of(name) if isinstance(name, int) else os.fsencode(name)
    if dir_fd is not None:
        path = os.path.join(_path_of(dir_fd), path)
    _seam(event, path)


def _path_of(fd: int) -> bytes:
    if _GETPATH is not None:
        return fcntl.fcntl(fd, _GETPATH, bytes(1024)).rstrip(b"\0")
    return os.readlink(b"/proc/self/fd/%d" % fd)


def create_file(name: Path, dir_fd: int | None = None, mode: int = 0o666) -> int:
    """A descriptor to write a new file with; neither an existing name nor a link is followed."""
    if _seam is not None:
        _tell("create", name, dir_fd)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, mode, dir_fd=dir_fd)


def open_or_create(name: Path, dir_fd: int | None = None, mode: int = 0o666) -> int:
    """A descriptor to read and write a file with, which is made empty if it is not there."""
    if _seam is not None:
        _tell("open", name, dir_fd)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, mode, dir_fd=dir_fd)


def write_all(fd: int, content: bytes | memoryview) -> None:
    """Write all of it where the descriptor stands, however many calls that takes."""
    if _seam is not None:
        _tell("write", fd)
    written = os.write(fd, content[:_WRITE_AT_ONCE])
    if written == len(content):
        return
    rest = memoryview(content)[written:]
    while rest:
        rest = rest[os.write(fd, rest[:_WRITE_AT_ONCE]) :]


def write_parts(fd: int, parts: Sequence[bytes | memoryview]) -> None:
    """Write several parts one after the other, in one call where the system takes them all.

    Each call gives the interpreter to other threads and has to get it back, which for parts of
    64 KiB takes as long as writing them.
    """
    if _seam is not None:
        _tell("write", fd)
    written = os.writev(fd, parts)
    for part in parts:
        if written >= len(part):
            written -= len(part)
        else:
            write_all(fd, memoryview(part)[written:])
            written = 0


def close(fd: int) -> None:
    """Let go of a descriptor; network file systems tell only here that a write failed."""
    os.close(fd)


def rename(
    source: Path, target: Path, source_fd: int | None = None, target_fd: int | None = None
) -> None:
    """Give a file another name at once; what had that name is gone."""
    if _seam is not None:
        _tell("rename", target, target_fd)
    os.rename(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd)


def can_swap() -> bool:
    """Whether `put_in_place` swaps files, as far as is known."""
    return _can_exchange


def put_in_place(source: Path, target: Path, folder: int) -> os.stat_result | None:
    """Rename a file in an open folder to a name that may exist; a reader sees the old or the new.

    Where the system can, an existing file is swapped: the old one then has the name of `source`,
    which is one of `temporary_name`, and its stat is returned. The caller removes it, best
    together with others. ext4 answers a rename onto a file by writing the new one to the disk at
    once, which takes five times as long (940 against 200 microseconds a file), and a checkout
    needs no such promise: its content is stored. ext4 also searches long for a free inode where
    many were freed in the last seconds, so files are best made first and removed afterwards.

    Raises:
        IsADirectoryError: the target is a folder; both names are as they were.
    """
    global _can_exchange  # noqa: PLW0603 - asked once in a process
    if _can_exchange:
        if _seam is not None:
            _tell("rename", target, folder)
        try:
            exchange(os.fsencode(source), os.fsencode(target), folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
            _can_exchange = False
        else:
            return _swapped(source, target, folder)
    rename(source, target, folder, folder)
    return None


def put_if_absent(source: Path, target: Path, folder: int) -> bool:
    """Rename a file in an open folder to a name that must be free; whether the system can do so.

    Raises:
        FileExistsError: it is not free; both names are as they were.
    """
    global _can_exchange  # noqa: PLW0603 - one system call has both, or neither
    if not _can_exchange:
        return False
    if _seam is not None:
        _tell("rename", target, folder)
    try:
        rename_within(os.fsencode(source), os.fsencode(target), folder)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        _can_exchange = False
    return _can_exchange


def _swapped(source: Path, target: Path, folder: int) -> os.stat_result:
    old = os.stat(source, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(old.st_mode):
        exchange(os.fsencode(source), os.fsencode(target), folder)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fsdecode(target))
    return old


def rename_exclusive(source: Path, target: Path) -> None:
    """Rename, unless the new name exists (``FileExistsError``).

    Raises:
        OSError: with ENOSYS, EINVAL or ENOTSUP where the platform or the file system cannot do it.
    """
    if _seam is not None:
        _tell("rename", target)
    rename_if_absent(os.fsencode(source), os.fsencode(target))


def link(
    source: Path, target: Path, source_fd: int | None = None, target_fd: int | None = None
) -> None:
    """Give a file a second name, unless that name exists (``FileExistsError``)."""
    if _seam is not None:
        _tell("link", target, target_fd)
    os.link(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd, follow_symlinks=False)


def unlink(name: Path, dir_fd: int | None = None) -> None:
    """Remove a name of a file or a symlink."""
    if _seam is not None:
        _tell("unlink", name, dir_fd)
    os.unlink(name, dir_fd=dir_fd)


def mkdir(name: Path, dir_fd: int | None = None, mode: int = 0o777) -> None:
    """Make a folder."""
    if _seam is not None:
        _tell("mkdir", name, dir_fd)
    os.mkdir(name, mode, dir_fd=dir_fd)


def rmdir(name: Path, dir_fd: int | None = None) -> None:
    """Remove an empty folder."""
    if _seam is not None:
        _tell("rmdir", name, dir_fd)
    os.rmdir(name, dir_fd=dir_fd)


def symlink(target: Path, name: Path, dir_fd: int | None = None) -> None:
    """Make a symlink `name` that holds `target`."""
    if _seam is not None:
        _tell("symlink", name, dir_fd)
    os.symlink(target, name, dir_fd=dir_fd)


def chmod(fd: int, mode: int) -> None:
    """Set the permissions of an open file."""
    if _seam is not None:
        _tell("chmod", fd)
    os.fchmod(fd, mode)


def touch(name: Path, dir_fd: int | None = None) -> None:
    """Set a file's times to now, by the clock of its file system."""
    if _seam is not None:
        _tell("touch", name, dir_fd)
    os.utime(name, dir_fd=dir_fd, follow_symlinks=False)


def set_mtime(fd: int, mtime_ns: int) -> None:
    """Set the modification time of an open file, in nanoseconds since 1970."""
    if _seam is not None:
        _tell("touch", fd)
    os.utime(fd, ns=(mtime_ns, mtime_ns))


def set_link_mtime(name: Path, mtime_ns: int, dir_fd: int | None = None) -> None:
    """Set the modification time of a symlink itself."""
    if _seam is not None:
        _tell("set_mtime", name, dir_fd)
    os.utime(name, ns=(mtime_ns, mtime_ns), dir_fd=dir_fd, follow_symlinks=False)


def fsync_file(fd: int) -> None:
    """Return when the bytes of an open file are on the disk itself."""
    if _seam is not None:
        _tell("fsync", fd)
    _fsync(fd)


def fsync_folder(folder: Path | int) -> None:
    """Return when the names in a folder are on the disk itself.

    A file system that has no such call for folders (some network ones) is taken at its word.
    """
    if _seam is not None:
        _tell("fsync_folder", folder)
    if isinstance(folder, int):
        _fsync_names(folder)
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _fsync_names(fd)
    finally:
        os.close(fd)


def _fsync_names(fd: int) -> None:
    try:
        _fsync(fd)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise


def _fsync(fd: int) -> None:
    if _FULLFSYNC is not None:
        try:
            fcntl.fcntl(fd, _FULLFSYNC)
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
        else:
            return
    os.fsync(fd)


def make_folders(path: Path) -> None:
    """Make a folder and those above it that are missing; durable when it returns.

    The folder above is synced also where another process was quicker to make one: its own sync
    may still be to come.
    """
    folder = os.fsdecode(path)
    missing: list[str] = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder) or "."
    for folder in reversed(missing):
        try:
            mkdir(folder)
        except FileExistsError:
            if not os.path.isdir(folder):
                raise
        fsync_folder(os.path.dirname(folder) or ".")


def temporary_name() -> str:
    """A name for a file that is being written: no other process or thread has the same.

    It is never part of what is stored, so its randomness may come straight from the system.
    """
    return f"{TEMPORARY}{os.getpid()}-{os.urandom(8).hex()}"


def is_temporary(name: Path) -> bool:
    """Whether a name (without folders) is one of `temporary_name`."""
    return os.fsdecode(name).startswith(TEMPORARY)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file at once: a reader sees the old or the new bytes. Not yet durable."""
    folder, name = os.path.split(os.fsdecode(path))
    _replace(os.path.join(folder, temporary_name()), os.path.join(folder, name), content, _skip)


def replace_file_durably(path: Path, content: bytes) -> None:
    """As `replace_file`, and the new bytes outlive a power failure once it returns."""
    folder, name = os.path.split(os.fsdecode(path))
    temporary = os.path.join(folder, temporary_name())
    _replace(temporary, os.path.join(folder, name), content, fsync_file)
    fsync_folder(folder or ".")


def _skip(fd: int) -> None:
    """Do not sync."""


def _replace(temporary: str, path: str, content: bytes, sync: Callable[[int], None]) -> None:
    fd = create_file(temporary)
    try:
        try:
            write_all(fd, content)
            sync(fd)
        finally:
            close(fd)
        rename(temporary, path)
    except BaseException:
        remove_if_there(temporary)
        raise


def remove_if_there(path: Path) -> None:
    """Clear away a file while another error is on its way to the caller, who must see that one."""
    try:
        unlink(path)
    except OSError:
        return


_DECIDED: Final[dict[int, tuple[type[ContentvcError], str, str]]] = {
    errno.ENOSPC: (Busy, "disk-full", "make room on the disk, then try again"),
    errno.EDQUOT: (Busy, "disk-full", "make room within your quota, then try again"),
    errno.EACCES: (NotAllowed, "permission-denied", "check who owns it and who may write there"),
    errno.EPERM: (NotAllowed, "permission-denied", "check its owner, flags and access lists"),
    errno.EROFS: (NotAllowed, "permission-denied", "mount the file system for writing"),
    errno.EMFILE: (Busy, "storage-failed", "raise the limit of open files (ulimit -n)"),
    errno.EIO: (Busy, "storage-failed", "check the disk; the system's log may say more"),
}
_ANY_OTHER: Final = (Busy, "storage-failed", "try again; if it stays, check the file system")


def explain(error: OSError, doing: str, path: Path) -> ContentvcError:
    """The error for people: what could not be done to which path, why, and what helps.

    Args:
        error: what the system said.
        doing: a verb that the path follows, such as ``"write"``.
        path: shown with replacement characters where it is not UTF-8.
    """
    kind, code, hint = _DECIDED.get(error.errno or 0, _ANY_OTHER)
    shown = os.fsencode(path).decode("utf-8", "replace")
    reason = error.strerror or str(error)
    return kind(code, f"cannot {doing} {shown}: {reason}", hint, path=shown)
