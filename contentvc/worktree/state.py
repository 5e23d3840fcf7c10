"""State: what was last known of each file, so that a scan reads only what changed.

A cache in columns: decoding it makes no object per row, and a scan looks at slices of it. Every
folder that holds a row has its rows together, and every folder above one is listed too, so the
folders are those a scan must visit.

A folder may bear a stamp: its own times and inode when it was seen to hold exactly its rows and the
folders below it that are listed. Adding, removing or renaming anything in a folder sets its times,
so while the stamp holds there is nothing in it to look for, and it need not be listed.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from contentvc.ids import ID_BYTES, ObjectId
from contentvc.snapshots.tree import Mode
from contentvc.worktree.cover import NO_DIGEST
from contentvc.worktree.stamps import NEVER, is_unsure

__all__ = ["CLEAN", "RECORDED", "SAME", "Columns", "Row", "Stamp", "Stamps", "State", "folder_key"]

RECORDED: Final = 1
"""The path is in the base tree."""
SAME: Final = 2
"""Id and mode are those of the base tree."""
CLEAN: Final = RECORDED | SAME


class Row(NamedTuple):
    """What is known of one file. A tuple, since there are tens of thousands."""

    size: int
    mtime_ns: int
    """`NEVER` where the file must be read again whatever its stat says."""
    ctime_ns: int
    inode: int
    mode: Mode
    flags: int
    id: ObjectId
    """Of the content that had this stat; it is not known to be stored unless flags have SAME."""


class Stamp(NamedTuple):
    """A folder, by its position in the state, and its stat when it held nothing unknown."""

    folder: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class Stamps:
    """The stamps of all folders as columns; `NEVER` as an mtime where there is none."""

    __slots__ = ("ctimes", "inodes", "mtimes")

    def __init__(self, count: int) -> None:
        self.mtimes = array("q", [NEVER]) * count
        self.ctimes = array("q", [0]) * count
        self.inodes = array("Q", [0]) * count

    def copy_from(self, other: "Stamps", source: int, target: int) -> None:
        """Take over one stamp of another table."""
        self.mtimes[target] = other.mtimes[source]
        self.ctimes[target] = other.ctimes[source]
        self.inodes[target] = other.inodes[source]

    def copy(self) -> "Stamps":
        """The same, to be changed."""
        copied = Stamps(0)
        copied.mtimes, copied.ctimes = self.mtimes[:], self.ctimes[:]
        copied.inodes = self.inodes[:]
        return copied

    def put(self, stamp: Stamp, since: int) -> None:
        """Note what was seen after `since`, if a later change is sure to show."""
        number, mtime, ctime, inode = stamp
        if _fits(mtime) and _fits(ctime) and not is_unsure(mtime, ctime, since):
            self.mtimes[number], self.ctimes[number] = mtime, ctime
            self.inodes[number] = inode


class Columns:
    """The rows as parallel columns; a row's position is the same in each. Do not change them."""

    __slots__ = ("ctimes", "flags", "ids", "inodes", "modes", "mtimes", "names", "sizes")

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.sizes: array[int] = array("Q")
        self.mtimes: array[int] = array("q")
        self.ctimes: array[int] = array("q")
        self.inodes: array[int] = array("Q")
        self.modes = bytearray()
        self.flags = bytearray()
        self.ids = bytearray()

    def copy_from(self, other: "Columns", start: int, end: int) -> None:
        """Append rows of another table as they are."""
        self.names += other.names[start:end]
        self.sizes += other.sizes[start:end]
        self.mtimes += other.mtimes[start:end]
        self.ctimes += other.ctimes[start:end]
        self.inodes += other.inodes[start:end]
        self.modes += other.modes[start:end]
        self.flags += other.flags[start:end]
        self.ids += other.ids[start * ID_BYTES : end * ID_BYTES]

    def append(self, name: bytes, row: Row) -> None:
        """Append one row; one with a time or inode that no column holds becomes unsure."""
        size, mtime, ctime, inode, mode, flags, identifier = row
        if not (_fits(mtime) and _fits(ctime) and 0 <= inode <= _U64):
            mtime, ctime, inode = NEVER, 0, 0
        self.names.append(name)
        self.sizes.append(size)
        self.mtimes.append(mtime)
        self.ctimes.append(ctime)
        self.inodes.append(inode)
        self.modes.append(mode)
        self.flags.append(flags)
        self.ids += identifier

    def extend(self, names: list[bytes], rows: list[Row]) -> None:
        """Append many rows at once, which takes a fifth of the time."""
        sizes, mtimes, ctimes, inodes, modes, flags, ids = zip(*rows, strict=True)
        if not (_fits(min(mtimes)) and _fits(max(mtimes)) and _fits(min(ctimes))
                and _fits(max(ctimes)) and min(inodes) >= 0 and max(inodes) <= _U64):  # fmt: skip
            for name, row in zip(names, rows, strict=True):
                self.append(name, row)
            return
        self.names += names
        self.sizes.extend(sizes)
        self.mtimes.extend(mtimes)
        self.ctimes.extend(ctimes)
        self.inodes.extend(inodes)
        self.modes += bytes(modes)
        self.flags += bytes(flags)
        self.ids += b"".join(ids)

    def row(self, position: int) -> Row:
        """One row."""
        return Row(
            self.sizes[position],
            self.mtimes[position],
            self.ctimes[position],
            self.inodes[position],
            _MODES[self.modes[position]],
            self.flags[position],
            ObjectId(bytes(self.ids[position * ID_BYTES : (position + 1) * ID_BYTES])),
        )


class State:
    """The rows of one working tree, and the tree they were compared to. Immutable.

    If `base_tree` is the tree of HEAD, every file of that tree that the cover has has a row, and
    others may.
    """

    __slots__ = ("base_tree", "columns", "cover", "folders", "stamps", "starts")

    def __init__(
        self,
        base_tree: ObjectId | None,
        folders: list[bytes],
        starts: list[int],
        columns: Columns,
        stamps: Stamps | None = None,
        cover: bytes = NO_DIGEST,
    ) -> None:
        """Of columns whose rows of ``folders[n]`` are at ``starts[n]`` up to ``starts[n + 1]``."""
        self.base_tree = base_tree
        self.cover = cover
        """The digest of the cover that tells which files of the base tree have rows."""
        self.folders = folders
        """In the order of `folder_key`: the root first, each folder before what is below it."""
        self.starts = starts
        self.columns = columns
        self.stamps = stamps or Stamps(len(folders))

    @classmethod
    def empty(cls, cover: bytes = NO_DIGEST) -> "State":
        """Nothing is known."""
        return cls(None, [b""], [0, 0], Columns(), cover=cover)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.columns.names)

    def find(self, path: bytes) -> int | None:
        """The position of a path's row."""
        folder, _, name = path.rpartition(b"/")
        number = self.folder_number(folder)
        if number is None:
            return None
        start, end = self.starts[number], self.starts[number + 1]
        names = self.columns.names
        position = bisect_left(names, name, start, end)
        return position if position < end and names[position] == name else None

    def get(self, path: bytes) -> Row | None:
        """A path's row."""
        position = self.find(path)
        return None if position is None else self.columns.row(position)

    def folder_number(self, folder: bytes) -> int | None:
        """The position of a folder among `folders`."""
        number = bisect_left(self.folders, folder_key(folder), key=folder_key)
        found = number < len(self.folders) and self.folders[number] == folder
        return number if found else None

    def below(self, folder: bytes) -> range:
        """The positions, among `folders`, of a folder and all folders below it."""
        if not folder:
            return range(len(self.folders))
        key = folder_key(folder)
        first = bisect_left(self.folders, key, key=folder_key)
        last = bisect_left(self.folders, key + b"\1", key=folder_key)
        return range(first, last if self.folders[first : first + 1] == [folder] else first)

    def rows(self, folder: bytes) -> dict[bytes, Row]:
        """The rows of one folder by name."""
        number = self.folder_number(folder)
        if number is None:
            return {}
        span = range(self.starts[number], self.starts[number + 1])
        return {self.columns.names[n]: self.columns.row(n) for n in span}

    def items(self) -> Iterator[tuple[bytes, Row]]:
        """Every path with its row, folder by folder."""
        for number, folder in enumerate(self.folders):
            prefix = folder + b"/" if folder else b""
            for position in range(self.starts[number], self.starts[number + 1]):
                yield prefix + self.columns.names[position], self.columns.row(position)

    def path(self, position: int) -> bytes:
        """The path of a row."""
        folder = self.folders[_folder_of(self.starts, position)]
        name = self.columns.names[position]
        return folder + b"/" + name if folder else name

    def doubted(self) -> "State":
        """The same rows, but no stat proves anything: a scan hashes every file."""
        columns = Columns()
        columns.copy_from(self.columns, 0, len(self))
        columns.mtimes = array("q", [NEVER]) * len(self)
        return State(self.base_tree, self.folders, self.starts, columns, cover=self.cover)

    def stamped(self, stamps: Collection[Stamp], since: int) -> "State":
        """With stamps of folders that were seen, after `since`, to hold nothing unknown."""
        if not stamps:
            return self
        noted = self.stamps.copy()
        for stamp in stamps:
            noted.put(stamp, since)
        return State(self.base_tree, self.folders, self.starts, self.columns, noted, self.cover)

    def replace(
        self,
        changed: Mapping[bytes, Row],
        removed: Collection[bytes] = (),
        *,
        base_tree: ObjectId | None,
    ) -> "State":
        """With rows set and removed, compared to `base_tree`. What is not named stays as it is."""
        edits: dict[bytes, dict[bytes, Row | None]] = {}
        for path in removed:
            folder, _, name = path.rpartition(b"/")
            edits.setdefault(folder, {})[name] = None
        for path, row in changed.items():
            folder, _, name = path.rpartition(b"/")
            edits.setdefault(folder, {})[name] = row
        return _merged(self, edits, base_tree)


def folder_key(folder: bytes) -> bytes:
    """Sorts folders component by component: what is below a folder follows it at once."""
    return folder.replace(b"/", b"\0")


def _merged(
    state: State, edits: dict[bytes, dict[bytes, Row | None]], base_tree: ObjectId | None
) -> State:
    columns, old = Columns(), state.columns
    numbers = {folder: number for number, folder in enumerate(state.folders)}
    filled: list[tuple[bytes, int]] = []
    unlike: set[bytes] = set()
    for folder in sorted(numbers.keys() | edits.keys(), key=folder_key):
        before = len(columns.names)
        number = numbers.get(folder)
        start, end = (0, 0) if number is None else state.starts[number : number + 2]
        edit = edits.get(folder)
        if edit is None:
            columns.copy_from(old, start, end)
        else:
            _merge_folder(columns, old, start, end, edit)
            if columns.names[before:] != old.names[start:end]:
                unlike.add(folder)
        if len(columns.names) > before:
            filled.append((folder, before))
    folders, starts = _with_folders_above(filled)
    unlike |= {folder.rpartition(b"/")[0] for folder in numbers.keys() ^ set(folders)}
    stamps = Stamps(len(folders))
    for position, folder in enumerate(folders):
        number = numbers.get(folder)
        if number is not None and folder not in unlike:
            stamps.copy_from(state.stamps, number, position)
    starts.append(len(columns.names))
    return State(base_tree, folders, starts, columns, stamps, state.cover)


def _merge_folder(
    columns: Columns, old: Columns, start: int, end: int, edit: dict[bytes, Row | None]
) -> None:
    """Append old rows and edits in the order of their names, old rows in runs."""
    if start == end:
        added = {name: row for name in sorted(edit) if (row := edit[name]) is not None}
        if added:
            columns.extend(list(added), list(added.values()))
        return
    run = start
    for name in sorted(edit):
        at = bisect_left(old.names, name, run, end)
        columns.copy_from(old, run, at)
        run = at + 1 if at < end and old.names[at] == name else at
        row = edit[name]
        if row is not None:
            columns.append(name, row)
    columns.copy_from(old, run, end)


def _with_folders_above(filled: list[tuple[bytes, int]]) -> tuple[list[bytes], list[int]]:
    """Folders that hold rows, and those above them, each before what is below it."""
    folders, starts = [b""], [0]
    known = {b""}
    for folder, start in filled:
        missing = []
        above = folder
        while above not in known:
            missing.append(above)
            above = above.rpartition(b"/")[0]
        known.update(missing)
        folders += reversed(missing)
        starts += [start] * len(missing)
    return folders, starts


def _folder_of(starts: list[int], position: int) -> int:
    """The folder whose rows hold a position: the last that starts at or before it."""
    return bisect_left(starts, position + 1) - 1


def _fits(stamp: int) -> bool:
    return NEVER <= stamp <= sys.maxsize


_MODES: Final = tuple(Mode)
_U64: Final = (1 << 64) - 1
