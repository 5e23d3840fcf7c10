"""Renaming only to a name that is free, for file systems without hard links.

Linux and macOS have a system call for it that Python does not offer. ctypes is imported only when
it is needed, which is nearly never: it would lengthen the start of every command.
"""

import errno
import os
import sys
from typing import Final

__all__ = ["rename_if_absent"]

_RENAME_NOREPLACE: Final = 1
_RENAME_EXCL: Final = 4
_AT_FDCWD: Final = -100


def rename_if_absent(source: bytes, target: bytes) -> None:
    """Rename, unless the new name exists.

    Raises:
        FileExistsError: it does.
        OSError: with ENOSYS, EINVAL or ENOTSUP where this is not supported.
    """
    import ctypes  # noqa: PLC0415 - see the top of the module

    library = ctypes.CDLL(None, use_errno=True)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(source, target, ctypes.c_uint(_RENAME_EXCL))
        else:
            failed = library.renameat2(
                _AT_FDCWD, source, _AT_FDCWD, target, ctypes.c_uint(_RENAME_NOREPLACE)
            )
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(source), None, os.fsdecode(target))
