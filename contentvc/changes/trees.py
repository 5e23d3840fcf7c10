"""Two trees side by side: which files differ, found without reading what both share."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Enters", "Entries", "TreeChange", "diff_trees", "list_files", "lookup"]

Entries = Callable[[ObjectId], Sequence[Entry]]
"""Reads a whole directory: its entries, sorted by name, the parts of a large tree joined."""
Enters = Callable[[bytes], bool]
"""Whether a walk goes into the folder of this path."""


class TreeChange(NamedTuple):
    """One file or symlink that differs. A tuple, since a first commit has tens of thousands."""

    path: bytes
    old: Entry | None
    """None where the path is new."""
    new: Entry | None
    """None where the path is gone."""


_Pairs = Iterator[tuple[Entry | None, Entry | None]]
_BY_NAME = itemgetter(0)


def diff_trees(
    entries: Entries, old: ObjectId | None, new: ObjectId | None, enters: Enters | None = None
) -> Iterator[TreeChange]:
    """Every file and symlink whose entry differs between two roots; None is an empty root.

    Ordered by path, component by component. A folder is never reported, and one whose id is the
    same on both sides is not read. Where a file became a folder or the reverse, the file is one
    change and each file below the folder another. An entry that differs in attributes alone is a
    change too. With `enters`, folders that it denies are passed over with all that is in them.

    Raises:
        Damaged: folders lie deeper, or there are more entries, than the limits allow.
    """
    if old == new:
        return
    walk: list[tuple[bytes, _Pairs]] = [(b"", _pairs(entries, old, new))]
    walked = 0
    while walk:
        prefix, pairs = walk[-1]
        for before, after in pairs:
            walked += 1
            old_folder = new_folder = None
            name = b""
            if before is not None:
                name = before[0]
                if before[1] == Mode.DIRECTORY:
                    old_folder, before = before[3], None  # noqa: PLW2901 - what is left is a file
            if after is not None:
                name = after[0]
                if after[1] == Mode.DIRECTORY:
                    new_folder, after = after[3], None  # noqa: PLW2901 - as above
            if before is not None or after is not None:
                yield TreeChange(prefix + name, before, after)
            if old_folder != new_folder and (enters is None or enters(prefix + name)):
                _check_walk(len(walk), walked)
                walk.append((prefix + name + b"/", _pairs(entries, old_folder, new_folder)))
                break
        else:
            walk.pop()


def list_files(
    entries: Entries, root: ObjectId | None, enters: Enters | None = None
) -> Iterator[tuple[bytes, Entry]]:
    """Every file and symlink below a root with its path, in the order of `diff_trees`.

    With `enters`, folders that it denies are passed over.

    Raises:
        Damaged: folders lie deeper, or there are more entries, than the limits allow.
    """
    walk = [] if root is None else [(b"", iter(entries(root)))]
    walked = 0
    folder = Mode.DIRECTORY
    while walk:
        prefix, rows = walk[-1]
        for entry in rows:
            name, mode, _, identifier, _ = entry
            walked += 1
            if mode is folder:
                if enters is not None and not enters(prefix + name):
                    continue
                _check_walk(len(walk), walked)
                walk.append((prefix + name + b"/", iter(entries(identifier))))
                break
            yield prefix + name, entry
        else:
            walk.pop()


def lookup(entries: Entries, root: ObjectId, path: bytes) -> Entry | None:
    """The entry of a file, symlink or folder; None where the root has no such path.

    The empty path is the root itself, as an entry without a name.
    """
    if not path:
        size = sum([entry.size for entry in entries(root)])
        return Entry(b"", Mode.DIRECTORY, size, root)
    found: Entry | None = None
    for name in path.split(b"/"):
        if found is not None and found.mode != Mode.DIRECTORY:
            return None
        row = entries(root if found is None else found.id)
        place = bisect_left(row, name, key=_BY_NAME)
        if place == len(row) or row[place].name != name:
            return None
        found = row[place]
    return found


def _pairs(entries: Entries, old: ObjectId | None, new: ObjectId | None) -> _Pairs:
    """The entries of two folders that differ, side by side, in the order of their names."""
    before = entries(old) if old is not None else ()
    after = entries(new) if new is not None else ()
    if not before:
        return zip(repeat(None), after, strict=False)
    if not after:
        return zip(before, repeat(None), strict=False)
    differing = set(before).symmetric_difference(after)
    olds = {entry.name: entry for entry in before if entry in differing}
    news = {entry.name: entry for entry in after if entry in differing}
    names = sorted(olds.keys() | news.keys())
    return zip(map(olds.get, names), map(news.get, names), strict=True)


def _check_walk(depth: int, walked: int) -> None:
    # A tree that names itself twice in every folder has a few hundred objects and 2**256 paths.
    if depth > limits.TREE_DEPTH:
        raise Damaged("beyond-limit", f"a tree has more than {limits.TREE_DEPTH} nested folders")
    if walked > limits.TREE_ENTRIES:
        raise Damaged("beyond-limit", f"a tree has more than {limits.TREE_ENTRIES} entries")
