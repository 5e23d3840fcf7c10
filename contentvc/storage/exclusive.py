"""Renaming in ways that Python does not offer: only to a free name, and two files swapped.

Linux and macOS have system calls for both. ctypes is imported only when one is needed: it would
lengthen the start of every command.
"""

import errno
import os
import sys
from functools import cache
from typing import Any, Final

__all__ = ["exchange", "rename_if_absent", "rename_within"]

_RENAME_NOREPLACE: Final = 1
_RENAME_EXCL: Final = 4
_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


def rename_if_absent(source: bytes, target: bytes) -> None:
    """Rename, unless the new name exists.

    Raises:
        FileExistsError: it does.
        OSError: with ENOSYS, EINVAL or ENOTSUP where this is not supported.
    """
    library = _library()
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(source, target, _RENAME_EXCL)
        else:
            failed = library.renameat2(_AT_FDCWD, source, _AT_FDCWD, target, _RENAME_NOREPLACE)
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if failed:
        raise _failure(source, target)


def rename_within(source: bytes, target: bytes, folder: int) -> None:
    """Rename in an open folder, unless the new name exists.

    Raises:
        FileExistsError: it does.
        OSError: with ENOSYS, EINVAL or ENOTSUP where this is not supported.
    """
    try:
        failed = _library().renameat2(folder, source, folder, target, _RENAME_NOREPLACE)
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if failed:
        raise _failure(source, target)


def exchange(source: bytes, target: bytes, folder: int) -> None:
    """Swap two names in an open folder, at once.

    Raises:
        FileNotFoundError: one of them is not there.
        OSError: with ENOSYS, EINVAL or ENOTSUP where this is not supported.
    """
    try:
        failed = _library().renameat2(folder, source, folder, target, _RENAME_EXCHANGE)
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if failed:
        raise _failure(source, target)


@cache
def _library() -> Any:
    import ctypes  # noqa: PLC0415 - see the top of the module

    return ctypes.CDLL(None, use_errno=True)


def _failure(source: bytes, target: bytes) -> OSError:
    import ctypes  # noqa: PLC0415 - see the top of the module

    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), os.fsdecode(source), None, os.fsdecode(target))
