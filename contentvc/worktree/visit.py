"""Visit: one folder of a working tree compared with the state, and what is in it that is new.

A folder is the unit of a scan. One that is unchanged costs a listing and a stat of each file.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterable
from typing import Final

from contentvc import limits
from contentvc.snapshots.names import OWN_FOLDER, unsafe_reason
from contentvc.storage import disk
from contentvc.worktree.chain import Chain, ClosedWay, names_in
from contentvc.worktree.found import Reason, found_at, mode_of
from contentvc.worktree.harvest import Harvest
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.names import fold
from contentvc.worktree.noted import MODES, are_noted
from contentvc.worktree.secrets import looks_like_secret
from contentvc.worktree.state import CLEAN, RECORDED, State

__all__ = ["Visitor"]

_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_NO_FOLDER: Final = b"/"
"""No path starts with it."""
_TEMPORARY: Final = disk.TEMPORARY.encode()


class Visitor:
    """Visits folders one after the other, best in the order of the state."""

    def __init__(
        self, chain: Chain, state: State, rules: IgnoreRules, *, want_ignored: bool
    ) -> None:
        """Folders are opened by `chain`; what is ignored is noted only if it is wanted."""
        self._chain = chain
        self._state = state
        self._rules = rules
        self._want_ignored = want_ignored
        self._dead = self._shut = _NO_FOLDER
        self.harvest = Harvest()

    def known(
        self, number: int, children: Collection[bytes], only: Collection[bytes] | None = None
    ) -> None:
        """Visit a folder of the state; `children` are the names of its folders there.

        With `only`, names that are not among them are passed over.
        """
        state = self._state
        folder = state.folders[number]
        start, end = state.starts[number], state.starts[number + 1]
        rows = range(start, end)
        fd = self._enter(folder, is_recorded=True)
        if fd is None:
            if not self._is_shut(folder):
                self._lost(rows, only)
            return
        if only is not None:
            self._some(folder, fd, rows, only, children)
            return
        status = os.fstat(fd)
        odd, lost = self._compare(folder, fd, start, end)
        stamps = state.stamps
        if (
            stamps.mtimes[number] == status.st_mtime_ns
            and stamps.ctimes[number] == status.st_ctime_ns
            and stamps.inodes[number] == status.st_ino
            and not odd
            and not lost
        ):
            return
        try:
            here = set(names_in(fd))
        except OSError as error:
            self._unreadable(folder, error)
            return
        if not folder:
            here.discard(OWN_FOLDER)
        expected = {*state.columns.names[start:end], *children}
        unknown = self._unknown(folder, here, expected, lost) if here != expected else set()
        unknown.update(_unvisited(fd, odd, children))
        if unknown:
            self.look(folder, fd, unknown, here)
        elif here == expected:
            mtime, ctime = status.st_mtime_ns, status.st_ctime_ns
            self.harvest.stamps.append((number, mtime, ctime, status.st_ino))

    def _unknown(
        self, folder: bytes, here: set[bytes], expected: set[bytes], lost: Collection[int]
    ) -> set[bytes]:
        """The names in a folder of the state that it does not know."""
        unknown = here - expected
        if len(here) - len(unknown) < len(expected) - len(lost):
            names = self._state.columns.names
            unlisted = expected - here - {names[position] for position in lost}
            unknown -= self._folded(folder, unknown, unlisted)
        if OWN_FOLDER in unknown:
            self.harvest.skipped.append((folder, Reason.NESTED))
            unknown.clear()
        return unknown

    def unknown(self, folder: bytes) -> None:
        """Visit a folder that the state does not know. Its folders are left in the harvest."""
        if folder.count(b"/") + 1 >= limits.TREE_DEPTH:
            self.harvest.skipped.append((folder, Reason.TOO_DEEP))
            return
        fd = self._enter(folder)
        if fd is None:
            return
        try:
            names = names_in(fd)
        except OSError as error:
            self._unreadable(folder, error)
            return
        if OWN_FOLDER in names and folder:
            self.harvest.skipped.append((folder, Reason.NESTED))
        else:
            self.look(folder, fd, names, names)

    def odd(self, path: bytes) -> None:
        """Look at what is now where the state has a folder."""
        folder, _, name = path.rpartition(b"/")
        fd = self._enter(folder)
        if fd is not None:
            self.look(folder, fd, [name])

    def named(self, folder: bytes, name: bytes, *, force: bool) -> bool:
        """Look at one name that is asked for and not recorded; whether there is such a thing.

        It is no secret then; forced, it is not ignored either.
        """
        fd = self._enter(folder)
        if fd is None:
            return self._is_shut(folder)
        path = folder + b"/" + name if folder else name
        try:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return False
            self._unreadable(path, error)
            return True
        rules = self._rules.folder(folder)
        if not force and rules.decide(name, is_folder=stat.S_ISDIR(status.st_mode)).ignored:
            self.harvest.ignored.append(path)
        else:
            self._sort(path, name, status, is_asked_for=True)
        return True

    def look(
        self,
        folder: bytes,
        fd: int,
        names: Iterable[bytes],
        listed: Collection[bytes] | None = None,
    ) -> None:
        """Sort out names that have no row: new, ignored, a folder to visit, or passed over.

        With `listed`, all names in the folder, no ignore file is looked for that is not one.
        """
        rules = self._rules.folder(folder, listed)
        is_silent = rules.is_silent
        prefix = folder + b"/" if folder else b""
        for name in sorted(names):
            if name.startswith(_TEMPORARY):
                self.harvest.leftovers.append(prefix + name)
                continue
            if name == OWN_FOLDER and not folder:
                continue
            try:
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    self._unreadable(prefix + name, error)
                continue
            is_included = False
            if not is_silent(name):
                verdict = rules.decide(name, is_folder=stat.S_ISDIR(status.st_mode))
                if verdict.ignored:
                    if self._want_ignored:
                        self.harvest.ignored.append(prefix + name)
                    continue
                is_included = verdict.is_included
            self._sort(prefix + name, name, status, is_asked_for=is_included)

    def _sort(
        self, path: bytes, name: bytes, status: os.stat_result, *, is_asked_for: bool
    ) -> None:
        """Put something that no rule ignores where it belongs."""
        mode = mode_of(status.st_mode)
        if unsafe_reason(name) is not None:
            self.harvest.skipped.append((path, Reason.BAD_NAME))
        elif mode is None:
            if stat.S_ISDIR(status.st_mode):
                self.harvest.folders.append(path)
            else:
                self.harvest.skipped.append((path, _what(status.st_mode)))
        elif not is_asked_for and looks_like_secret(name):
            self.harvest.skipped.append((path, Reason.SECRET))
        else:
            size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
            self.harvest.new.append((path, mode, size, mtime, ctime, status.st_ino))

    def _compare(
        self, folder: bytes, fd: int, start: int, end: int
    ) -> tuple[list[bytes], set[int]]:
        """Stat the files of a folder: the loop of a scan.

        Returns:
            The names that are no files any more, and the rows whose name is gone.
        """
        if are_noted(fd, self._state.columns, start, end):
            self._count(folder, range(start, end), set())
            return [], set()
        return self._compare_each(folder, fd, start, end)

    def _compare_each(
        self, folder: bytes, fd: int, start: int, end: int
    ) -> tuple[list[bytes], set[int]]:
        columns = self._state.columns
        look = os.stat
        modes = MODES.get
        changed: list[tuple[int, os.stat_result]] = []
        lost: list[int] = []
        for position, name, size, mtime, ctime, inode, mode in zip(
            range(start, end),
            columns.names[start:end],
            columns.sizes[start:end],
            columns.mtimes[start:end],
            columns.ctimes[start:end],
            columns.inodes[start:end],
            columns.modes[start:end],
            strict=True,
        ):
            try:
                status = look(name, dir_fd=fd, follow_symlinks=False)
            except FileNotFoundError:
                lost.append(position)
                continue
            except OSError as error:
                self._unreadable(folder, error)
                return [], set()
            if not (
                status.st_mtime_ns == mtime
                and status.st_ctime_ns == ctime
                and status.st_size == size
                and status.st_ino == inode
                and modes(status.st_mode) == mode
            ):
                changed.append((position, status))
        self._count(folder, range(start, end), {*lost, *(position for position, _ in changed)})
        odd = [name for one in changed for name in self._changed(folder, *one)]
        self._lost(lost, None)
        return odd, set(lost)

    def _some(
        self,
        folder: bytes,
        fd: int,
        rows: range,
        only: Collection[bytes],
        children: Collection[bytes],
    ) -> None:
        """As `known`, for some names only."""
        names = self._state.columns.names
        odd: list[bytes] = []
        for position in rows:
            if names[position] in only:
                odd += self._compare(folder, fd, position, position + 1)[0]
        self.look(folder, fd, _unvisited(fd, odd, children))

    def _count(self, folder: bytes, rows: range, differing: set[int]) -> None:
        """Add up the rows of a folder that are as noted, and as in the base tree."""
        columns, harvest = self._state.columns, self.harvest
        harvest.clean += len(rows) - len(differing)
        harvest.clean_bytes += sum(columns.sizes[rows.start : rows.stop])
        for position in differing:
            harvest.clean_bytes -= columns.sizes[position]
        if columns.flags.count(CLEAN, rows.start, rows.stop) != len(rows):
            for position in rows:
                if columns.flags[position] != CLEAN and position not in differing:
                    harvest.clean -= 1
                    harvest.clean_bytes -= columns.sizes[position]
                    self._settle(folder, position)

    def _changed(self, folder: bytes, position: int, status: os.stat_result) -> Iterable[bytes]:
        """A file whose stat is not the noted one. Its name, where the row says nothing of it."""
        columns = self._state.columns
        name = columns.names[position]
        found = found_at(folder + b"/" + name if folder else name, status)
        if found is None or not columns.flags[position] & RECORDED:
            self._lost([position], None)
            return [name]
        if status.st_mode not in MODES and found[1:] == self._noted(position):
            self._count(folder, range(position, position + 1), set())
        else:
            self.harvest.suspects.append((position, (*found,)))
        return []

    def _noted(self, position: int) -> tuple[int, ...]:
        """What a row says of a file's stat, in the order of `Found`."""
        size, mtime, ctime, inode, mode, _, _ = self._state.columns.row(position)
        return mode, size, mtime, ctime, inode

    def _settle(self, folder: bytes, position: int) -> None:
        """A file that is as noted, but not as in the base tree."""
        columns, harvest = self._state.columns, self.harvest
        name = columns.names[position]
        if columns.flags[position] & RECORDED:
            harvest.known.append(position)
            return
        path = self._state.path(position)
        verdict = self._rules.folder(folder).decide(name, is_folder=False)
        if verdict.ignored:
            harvest.stale.append(position)
            if self._want_ignored:
                harvest.ignored.append(path)
        elif looks_like_secret(name) and not verdict.is_included:
            harvest.stale.append(position)
            harvest.skipped.append((path, Reason.SECRET))
        else:
            harvest.known.append(position)

    def _lost(self, rows: Iterable[int], only: Collection[bytes] | None) -> None:
        columns = self._state.columns
        for position in rows:
            if only is None or columns.names[position] in only:
                recorded = columns.flags[position] & RECORDED
                (self.harvest.missing if recorded else self.harvest.stale).append(position)

    def _folded(self, folder: bytes, unknown: set[bytes], unlisted: set[bytes]) -> set[bytes]:
        """Names that are listed as another spelling of a known one, which the system finds too.

        That happens where the file system folds names. A known name that is found, but listed in
        another case, was renamed and is noted as moved; its new spelling is new. One that is
        listed in another normal form is still the same name to everyone: it is returned.
        """
        same: set[bytes] = set()
        spelt = {fold(name, case=True): name for name in unknown}
        for name in unlisted:
            other = spelt.get(fold(name, case=True))
            if other is None:
                continue
            if fold(name, case=False) == fold(other, case=False):
                same.add(other)
            else:
                self.harvest.moved.append(folder + b"/" + name if folder else name)
        return same

    def _enter(self, folder: bytes, *, is_recorded: bool = False) -> int | None:
        """A descriptor of a folder, or None where there is no way in (any more)."""
        if folder.startswith((self._dead, self._shut)):
            return None
        try:
            return self._chain.open(folder)
        except ClosedWay as closed:
            if closed.error.errno in _NOT_THERE:
                if is_recorded and closed.error.errno != errno.ENOENT:
                    self.harvest.odd.append(closed.path)
                self._dead = closed.path + b"/"
                return None
            self._unreadable(closed.path, closed.error)
            self._shut = closed.path + b"/"
            return None

    def _is_shut(self, folder: bytes) -> bool:
        """Whether a folder was not entered because that is not allowed."""
        return (folder + b"/").startswith(self._shut)

    def _unreadable(self, path: bytes, error: OSError) -> None:
        """The system refuses to show something. Other failures are not about this path alone."""
        if error.errno not in (errno.EACCES, errno.EPERM):
            raise disk.explain(error, "read", path) from error
        self.harvest.skipped.append((path, Reason.UNREADABLE))


def _unvisited(fd: int, odd: Iterable[bytes], children: Collection[bytes]) -> list[bytes]:
    """Without what became a folder that has rows, too: it is visited for these."""
    return [name for name in odd if name not in children or not _is_folder(fd, name)]


def _is_folder(fd: int, name: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)
    except OSError:
        return False  # looking at it once more tells why


def _what(kind: int) -> Reason:
    if stat.S_ISSOCK(kind):
        return Reason.SOCKET
    return Reason.FIFO if stat.S_ISFIFO(kind) else Reason.DEVICE
