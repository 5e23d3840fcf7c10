"""Checkout: bringing the files of a working tree from one version to another."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.changes.trees import TreeChange
from contentvc.errors import Busy, Damaged
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode
from contentvc.storage import disk
from contentvc.worktree.files import ChangedMeanwhile, Files, WrongSize
from contentvc.worktree.stamps import NEVER
from contentvc.worktree.state import CLEAN, Row

__all__ = ["Content", "check_links", "check_room", "clear_way", "row_of", "write_files"]

_BATCH_BYTES: Final = 4 * limits.MIB
_BATCH_FILES: Final = 256
_PROCESSES: Final = 2
"""Each may hold `limits.SWAPPED` bytes of old files until it removes them."""


@dataclass(frozen=True, slots=True)
class Content:
    """Where the content of files comes from."""

    blobs: Callable[[Iterable[ObjectId]], Iterator[tuple[ObjectId, bytes]]]
    """Small blobs, in any order."""
    stream: Callable[[bytes, ObjectId], Iterator[bytes | memoryview]]
    """A blob of any size, which is to be at this path, in parts."""


def check_room(root: bytes, changes: Iterable[TreeChange]) -> None:
    """Refuse what cannot fit before anything is touched.

    Raises:
        Busy: the file system has not enough space (``disk-full``).
    """
    system = os.statvfs(root)
    block = system.f_frsize
    wanted = files = swapped = 0
    for _, old, new in changes:
        wanted += _blocks(new, block) - _blocks(old, block)
        files += (new is not None) - (old is not None)
        swapped += _blocks(old, block) if new is not None else 0
    wanted += min(swapped, _PROCESSES * limits.SWAPPED // block)
    free = system.f_bavail * block
    if wanted * block > free:
        raise _full(f"{wanted * block:,} bytes more, and {free:,} are free")
    if system.f_files and files > system.f_favail:  # file systems without a fixed number say 0
        raise _full(f"{files:,} files more, and {system.f_favail:,} can be made")


def check_links(changes: Iterable[TreeChange], content: Content) -> None:
    """Refuse symlinks that no file system can hold, before anything is touched.

    Raises:
        Damaged: naming the path.
    """
    links = [(path, new) for path, _, new in changes if new and new.mode is Mode.SYMLINK]
    for path, new in links:
        if not 0 < new.size <= limits.PATH_LENGTH:
            raise Damaged("unsafe-name", f"{path!r} is a symlink of {new.size:,} bytes")
    if not links:
        return
    targets = dict(content.blobs({new.id for _, new in links}))
    for path, new in links:
        if b"\0" in targets[new.id]:
            raise Damaged("unsafe-name", f"{path!r} is a symlink with a NUL in its target")


def _blocks(entry: Entry | None, block: int) -> int:
    return 0 if entry is None else -(-entry.size // block)


def _full(lack: str) -> Busy:
    return Busy("disk-full", f"the version needs {lack}", "make room on the disk, then try again")


def clear_way(files: Files, changes: Sequence[TreeChange], obstacles: Sequence[bytes] = ()) -> None:
    """Remove what the new version has not, with folders that become empty, and obstacles.

    It comes before anything is written, so that a folder can take the place of a file, the
    reverse, and a name another name that the file system cannot tell from it.
    """
    gone = [*obstacles, *(change.path for change in changes if change.new is None)]
    for path in gone:
        _remove(files, path)
    try:
        files.prune(path.rpartition(b"/")[0] for path in gone)
    except OSError as error:
        raise disk.explain(error, "remove a folder above", gone[0]) from error
    for change in changes:
        if change.new is not None:
            here = files.stat(change.path)
            if here is not None and stat.S_ISDIR(here.st_mode):
                files.remove_empty_folders(change.path)


def write_files(
    files: Files, entries: Sequence[tuple[bytes, Entry]], content: Content, mtime_ns: int
) -> Iterator[tuple[bytes, Row]]:
    """Write files and symlinks, each beside and renamed; the row of each.

    What changed since it was looked at is somebody's and stays; its row is unsure.

    Raises:
        Damaged: content is not what its id says; the file at that path is then as it was.
        NotAllowed, Busy: the file system refuses.
    """
    for batch in _batches(entries):
        small = {entry.id for _, entry in batch if entry.size <= limits.WHOLE_BLOB}
        blobs = dict(content.blobs(small))
        for path, entry in batch:
            parts = (blobs[entry.id],) if entry.id in blobs else content.stream(path, entry.id)
            try:
                written = files.write(path, entry.mode, parts, entry.size, mtime_ns)
            except ChangedMeanwhile:
                yield path, Row(entry.size, NEVER, 0, 0, entry.mode, CLEAN, entry.id)
                continue
            except OSError as error:
                raise disk.explain(error, "write", path) from error
            except WrongSize as error:
                raise Damaged(
                    "damaged",
                    f"{path!r} was recorded with {entry.size} bytes; its content has {error}",
                ) from error
            yield path, _sealed_row(written, entry, mtime_ns)


def row_of(status: os.stat_result, entry: Entry) -> Row:
    """The state's row for a file that holds exactly this entry."""
    return Row(
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        entry.mode,
        CLEAN,
        entry.id,
    )


def _sealed_row(written: os.stat_result, entry: Entry, mtime_ns: int) -> Row:
    """The row of a file just written; unsure where the file system did not take its time."""
    row = row_of(written, entry)
    return row if written.st_mtime_ns <= mtime_ns else row._replace(mtime_ns=NEVER)


def _remove(files: Files, path: bytes) -> None:
    here = files.stat(path)
    if here is not None and stat.S_ISDIR(here.st_mode):
        return  # somebody put a folder there; what is in it was never recorded
    try:
        with suppress(ChangedMeanwhile):  # somebody's, and it stays
            files.remove(path)
    except OSError as error:
        raise disk.explain(error, "remove", path) from error


def _batches(entries: Sequence[tuple[bytes, Entry]]) -> Iterator[Sequence[tuple[bytes, Entry]]]:
    start = size = 0
    for position, (_, entry) in enumerate(entries):
        weight = min(entry.size, limits.WHOLE_BLOB)
        if size + weight > _BATCH_BYTES or position - start >= _BATCH_FILES:
            yield entries[start:position]
            start, size = position, 0
        size += weight
    if start < len(entries):
        yield entries[start:]
