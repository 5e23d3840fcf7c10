"""Collisions: what stands in the way of a checkout that nobody has recorded."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence

from contentvc.changes.trees import TreeChange
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry
from contentvc.worktree.files import Files
from contentvc.worktree.found import mode_of
from contentvc.worktree.names import EXACT, Folding, fold
from contentvc.worktree.state import Row, State

__all__ = ["HashFile", "Survey", "survey"]

HashFile = Callable[[bytes], ObjectId]
"""The blob id of what is at a path now: a file's bytes or a symlink's target."""


class Survey:
    """What was found on disk at the paths that are to change."""

    def __init__(self) -> None:
        self.collisions: list[bytes] = []
        """Paths whose content is neither the old nor the new one."""
        self.done: dict[bytes, os.stat_result] = {}
        """Paths that hold the new content already."""


def survey(
    files: Files,
    state: State,
    changes: Sequence[TreeChange],
    hash_file: HashFile,
    folding: Folding = EXACT,
) -> Survey:
    """Look at every path that is to change.

    A file whose stat is the one noted for the old content is not read. One that is gone is no
    collision: removing a recorded file loses nothing. Nor is one that is only found because the
    file system folds names, and goes away under the name it has: a rename in case alone.
    """
    found = Survey()
    removed = {change.path for change in changes if change.new is None}
    spelt = {fold(path, case=folding.case) for path in removed} if not folding.is_exact else ()
    rows = _Rows(state)
    for change in changes:
        here = files.stat(change.path)
        if here is None or (
            change.old is None and spelt and fold(change.path, case=folding.case) in spelt
        ):
            _check_folders(files, change, removed, found)
        elif stat.S_ISDIR(here.st_mode):
            if change.new is not None:
                found.collisions += _unrecorded_below(files, change.path, removed)
        elif change.old is not None and _is_noted(rows.get(change.path), here, change.old):
            continue
        elif mode_of(here.st_mode) is None:
            found.collisions.append(change.path)
        else:
            _compare(change, here, hash_file(change.path), found)
    return found


class _Rows:
    """Rows of the state by path, quick where paths of one folder are asked for in a row."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._folder: bytes | None = None
        self._rows: dict[bytes, Row] = {}

    def get(self, path: bytes) -> Row | None:
        folder, _, name = path.rpartition(b"/")
        if folder != self._folder:
            self._folder, self._rows = folder, self._state.rows(folder)
        return self._rows.get(name)


def _is_noted(row: Row | None, here: os.stat_result, old: Entry) -> bool:
    return (
        row is not None
        and row.id == old.id
        and row.mtime_ns == here.st_mtime_ns
        and row.size == here.st_size
        and row.ctime_ns == here.st_ctime_ns
        and row.inode == here.st_ino
        and row.mode is old.mode
        and mode_of(here.st_mode) is old.mode
    )


def _compare(change: TreeChange, here: os.stat_result, identifier: ObjectId, found: Survey) -> None:
    mode = mode_of(here.st_mode)
    if change.new is not None and (mode, identifier) == (change.new.mode, change.new.id):
        found.done[change.path] = here
    elif change.old is None or (mode, identifier) != (change.old.mode, change.old.id):
        found.collisions.append(change.path)


def _check_folders(files: Files, change: TreeChange, removed: set[bytes], found: Survey) -> None:
    """A folder on the way to a new file may be taken by a file nobody recorded."""
    if change.new is None:
        return
    folder = change.path.rpartition(b"/")[0]
    while folder:
        here = files.stat(folder)
        if here is not None:
            if not stat.S_ISDIR(here.st_mode) and folder not in removed:
                found.collisions.append(folder)
            return
        folder = folder.rpartition(b"/")[0]


def _unrecorded_below(files: Files, folder: bytes, removed: set[bytes]) -> Iterable[bytes]:
    """Files in a folder whose place a file is to take, other than those that are removed."""
    return [path for path in _below(files, folder) if path not in removed]


def _below(files: Files, folder: bytes) -> Iterator[bytes]:
    for name in sorted(os.listdir(files.open_folder(folder))):
        path = folder + b"/" + os.fsencode(name)
        here = files.stat(path)
        if here is not None and stat.S_ISDIR(here.st_mode):
            yield from _below(files, path)
        elif here is not None:
            yield path
