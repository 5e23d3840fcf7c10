"""Collisions: what stands in the way of a checkout that nobody has recorded."""

import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from contentvc.changes.trees import TreeChange
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry
from contentvc.worktree.chain import names_in
from contentvc.worktree.files import Files, Stamp, stamp_of
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
        """Paths of what nobody recorded and the changes would overwrite or remove."""
        self.obstacles: list[bytes] = []
        """Those of them that are not to change themselves: in folders whose place a file takes,
        or at places where folders must be. They are to be removed before the changes are made."""
        self.blocked: set[bytes] = set()
        """Paths that cannot change as long as the collisions stay."""
        self.done: dict[bytes, os.stat_result] = {}
        """Paths that hold the new content already."""
        self.seen: dict[bytes, Stamp] = {}
        """What was found at the paths that are to change: nothing else may be overwritten."""


def survey(
    files: Files,
    state: State,
    changes: Sequence[TreeChange],
    hash_file: HashFile,
    folding: Folding = EXACT,
) -> Survey:
    """Look at every path that is to change; `changes` are in the order of `diff_trees`.

    A file whose stat is the one noted for the old content is not read. One that is gone is no
    collision: removing a recorded file loses nothing. Nor is one that is only found because the
    file system folds names, and goes away under the name it has: a rename in case alone.
    """
    return _Surveyor(files, state, changes, hash_file, folding).survey()


class _Surveyor:
    def __init__(
        self,
        files: Files,
        state: State,
        changes: Sequence[TreeChange],
        hash_file: HashFile,
        folding: Folding,
    ) -> None:
        self._files = files
        self._changes = changes
        self._hash_file = hash_file
        self._rows = _Rows(state)
        self._folding = folding
        self._removed = {change.path for change in changes if change.new is None}
        self._spelt = (
            set() if folding.is_exact else {fold(p, case=folding.case) for p in self._removed}
        )
        self._found = Survey()
        self._under_folders: list[bytes] = []
        self._absent: set[bytes] = set()
        """Folders that are not there, with nothing on the way to them that is no folder."""

    def survey(self) -> Survey:
        for change in self._changes:
            self._look_at(change)
        found = self._found
        for path in reversed(self._under_folders):
            if any(other.startswith(path + b"/") for other in found.blocked):
                found.blocked.add(path)
        found.collisions = list(dict.fromkeys(found.collisions))
        found.obstacles = list(dict.fromkeys(found.obstacles))
        for path in found.obstacles:
            if (here := self._files.stat(path)) is not None:
                found.seen[path] = stamp_of(here)
        return found

    def _look_at(self, change: TreeChange) -> None:
        if change.path.rpartition(b"/")[0] in self._absent:
            return
        here = self._files.stat(change.path)
        if here is not None and not stat.S_ISDIR(here.st_mode):
            self._found.seen[change.path] = stamp_of(here)
        if here is None or self._goes_away(change):
            self._check_folders(change)
        elif stat.S_ISDIR(here.st_mode):
            self._check_folder(change)
        elif change.old is None or not _is_noted(self._rows.get(change.path), here, change.old):
            self._compare(change, here)
        elif _is_same(change.old, change.new):
            self._found.done[change.path] = here

    def _goes_away(self, change: TreeChange) -> bool:
        """What is found at a new path is a file that is removed, under another spelling."""
        return (
            change.old is None
            and bool(self._spelt)
            and fold(change.path, case=self._folding.case) in self._spelt
        )

    def _compare(self, change: TreeChange, here: os.stat_result) -> None:
        mode = mode_of(here.st_mode)
        if mode is not None:
            entry = (mode, self._hash_file(change.path))
            if change.new is not None and entry == (change.new.mode, change.new.id):
                self._found.done[change.path] = here
                return
            if change.old is not None and entry == (change.old.mode, change.old.id):
                return
        self._found.collisions.append(change.path)
        self._found.blocked.add(change.path)

    def _check_folder(self, change: TreeChange) -> None:
        """There is a folder where a file is to be; what was not recorded in it is in the way."""
        if change.new is None:
            return
        self._under_folders.append(change.path)
        below = [path for path in _below(self._files, change.path) if path not in self._removed]
        if below:
            self._found.collisions += below
            self._found.obstacles += below
            self._found.blocked.add(change.path)

    def _check_folders(self, change: TreeChange) -> None:
        """A folder on the way to a new file may be taken by a file nobody recorded."""
        folder = change.path.rpartition(b"/")[0] if change.new is not None else b""
        absent = []
        while folder:
            here = self._files.stat(folder)
            if here is not None:
                if stat.S_ISDIR(here.st_mode):
                    break
                if folder not in self._removed:
                    self._found.collisions.append(folder)
                    self._found.obstacles.append(folder)
                    self._found.blocked.add(change.path)
                elif folder in self._found.blocked:
                    self._found.blocked.add(change.path)
                return
            absent.append(folder)
            folder = folder.rpartition(b"/")[0]
        self._absent.update(absent)


class _Rows:
    """Rows of the state by path, quick where paths of one folder are asked for in a row."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._folder: bytes | None = None
        self._span = range(0)

    def get(self, path: bytes) -> Row | None:
        folder, _, name = path.rpartition(b"/")
        if folder != self._folder:
            number, starts = self._state.folder_number(folder), self._state.starts
            self._span = range(0) if number is None else range(starts[number], starts[number + 1])
            self._folder = folder
        names = self._state.columns.names
        at = bisect_left(names, name, self._span.start, self._span.stop)
        is_there = at < self._span.stop and names[at] == name
        return self._state.columns.row(at) if is_there else None


def _is_same(old: Entry, new: Entry | None) -> bool:
    return new is not None and (old.mode, old.id) == (new.mode, new.id)


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


def _below(files: Files, folder: bytes) -> Iterator[bytes]:
    """Everything in a folder but folders, at any depth."""
    waiting = [folder]
    while waiting:
        above = waiting.pop()
        for name in sorted(names_in(files.open_folder(above))):
            path = above + b"/" + name
            here = files.stat(path)
            if here is not None and stat.S_ISDIR(here.st_mode):
                waiting.append(path)
            elif here is not None:
                yield path
