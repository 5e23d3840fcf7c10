"""Landing: what is made beside its place, and gets its name when it is complete."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from contentvc.errors import Conflict
from contentvc.storage import disk

__all__ = ["check_landing", "landing"]

_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})


def check_landing(target: bytes, *, is_folder: bool, force: bool) -> None:
    """Refuse a place that is taken.

    Raises:
        Conflict: something is there (``already-exists``); with `force` a file may be, where a file
            is to come, or an empty folder, where a folder is.
    """
    try:
        here = os.lstat(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise disk.explain(error, "look at", target) from error
    if not force or stat.S_ISDIR(here.st_mode) != is_folder:
        raise _taken(target, "give --force to replace a file" if not is_folder else "")
    if is_folder and os.listdir(target):
        raise _taken(target, "only an empty folder is replaced")


@contextmanager
def landing(target: bytes, *, is_folder: bool, force: bool) -> Iterator[bytes]:
    """A path beside the target to write to; what is there at the end gets the target's name.

    Whatever goes wrong, the target is as it was, and nothing is left beside it.

    Raises:
        Conflict: something came to the target meanwhile.
        NotAllowed, Busy: the file system refuses.
    """
    folder = os.path.dirname(target)
    beside = os.path.join(folder, os.fsencode(disk.temporary_name()))
    try:
        if is_folder:
            disk.mkdir(beside)
        yield beside
        _land(beside, target, is_exclusive=not (force or is_folder))
        disk.fsync_folder(folder)
    except OSError as error:
        _clear(beside)
        raise disk.explain(error, "write", target) from error
    except BaseException:
        _clear(beside)
        raise


def _land(beside: bytes, target: bytes, *, is_exclusive: bool) -> None:
    try:
        if is_exclusive:
            disk.rename_exclusive(beside, target)
        else:
            disk.rename(beside, target)  # a folder replaces an empty one, and no other
    except OSError as error:
        if isinstance(error, FileExistsError) or error.errno in _NOT_EMPTY:
            raise _taken(target, "") from error
        raise


def _clear(beside: bytes) -> None:
    try:
        shutil.rmtree(beside)
    except NotADirectoryError:
        disk.remove_if_there(beside)
    except FileNotFoundError:
        return


def _taken(target: bytes, hint: str) -> Conflict:
    shown = target.decode("utf-8", "replace")
    return Conflict("already-exists", f"{shown} exists", hint or "name another place", path=shown)
