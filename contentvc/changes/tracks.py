"""Tracks: each file of a merge, followed through its renames on both sides."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contentvc.changes.conflicts import Version
from contentvc.changes.files import ChangeKind, classify
from contentvc.changes.folders import above, moved_folders, moved_path
from contentvc.changes.renames import RenameLimits, find_renames
from contentvc.changes.trees import Entries, TreeChange, diff_trees, lookup
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Branch", "Track", "follow"]

_UNREAD: Final = RenameLimits(files=0)
"""Renames of files that were not edited, found by their ids."""


@dataclass(frozen=True, slots=True)
class Track:
    """One file in the three versions, whatever it is called in each."""

    base: Version | None
    ours: Version | None
    theirs: Version | None
    our_place: bytes | None
    """Its name on our side; another one than ours has where they moved the folder it is in."""
    their_place: bytes | None


class Branch:
    """What one side did to the base, path by path."""

    def __init__(self, entries: Entries, base: ObjectId | None, root: ObjectId | None) -> None:
        self._entries, self._base, self._root = entries, base, root
        self.changes = {change.path: change for change in diff_trees(entries, base, root)}
        self.renames: Mapping[bytes, bytes] = {}
        self.moved: Mapping[bytes, bytes] = {}

    @cached_property
    def deleted(self) -> list[TreeChange]:
        """Files that it has no longer."""
        return [change for change in self.changes.values() if change.new is None]

    @cached_property
    def added(self) -> list[TreeChange]:
        """Files that the base does not have."""
        return [change for change in self.changes.values() if change.old is None]

    @cached_property
    def _left(self) -> frozenset[bytes]:
        return frozenset(folder for change in self.deleted for folder in above(change.path))

    def is_gone(self, folder: bytes) -> bool:
        """Whether a folder of the base is none on this side."""
        if folder not in self._left:
            return False
        found = self.find(folder)
        return found is None or found.mode is not Mode.DIRECTORY

    def find(self, path: bytes) -> Entry | None:
        """What this side has at a path."""
        return None if self._root is None else lookup(self._entries, self._root, path)

    def find_moves(self, other: "Branch", read: Callable[[ObjectId], bytes]) -> None:
        """Find the renames that a merge with the other side needs, if it needs any.

        A rename matters if the other side changed the file too, or made a file right in a folder
        that is gone here, as that folder may have been renamed.
        """
        if not self.deleted or not self.added:
            return
        folders = {change.path.rpartition(b"/")[0] for change in other.added}
        gone = {folder for folder in folders if self.is_gone(folder)}
        wanted = [
            change
            for change in self.deleted
            if change.path in other.changes or not gone.isdisjoint(above(change.path))
        ]
        if not wanted:
            return
        self.renames = self._found(wanted, read)
        self.moved = moved_folders(self.renames, gone) if gone else {}

    def drop_renames(self, other: "Branch") -> None:
        """Follow no file that the other side turned from a file into a symlink, or the reverse.

        Under its new name there is one file and under its old one another, and nobody can tell
        that one was to become both.
        """
        self.renames = {
            old: new for old, new in self.renames.items() if not _turned(other.changes.get(old))
        }

    def _found(
        self, wanted: list[TreeChange], read: Callable[[ObjectId], bytes]
    ) -> dict[bytes, bytes]:
        """Renames without edits first, of all files: what pairs so is not read."""
        found = _pairs([*self.deleted, *self.added], read, _UNREAD)
        come = set(found.values())
        rest = [change for change in wanted if change.path not in found]
        rest += [change for change in self.added if change.path not in come]
        return found | _pairs(rest, read, None)


def _turned(change: TreeChange | None) -> bool:
    if change is None or change.old is None or change.new is None:
        return False
    return (change.old.mode is Mode.SYMLINK) != (change.new.mode is Mode.SYMLINK)


def _pairs(
    changes: list[TreeChange], read: Callable[[ObjectId], bytes], bounds: RenameLimits | None
) -> dict[bytes, bytes]:
    found = find_renames(classify(changes), read, bounds)
    return {
        row.old_path: row.path
        for row in found
        if row.change is ChangeKind.RENAMED and row.old_path is not None
    }


def follow(ours: Branch, theirs: Branch) -> Iterator[Track]:
    """The track of every file that either side changed, in no order that means anything."""
    our_targets, their_targets = set(ours.renames.values()), set(theirs.renames.values())
    for path in ours.changes.keys() | theirs.changes.keys():
        old = _old(ours, theirs, path)
        if old is not None:
            base = Version(path, old)
            our_version = _version(ours, base)
            their_version = _version(theirs, base)
            yield _placed(base, our_version, their_version, ours, theirs)
    for change in ours.added:
        if change.path not in our_targets:
            yield _placed(None, _new(change), None, ours, theirs)
    for change in theirs.added:
        if change.path not in their_targets:
            yield _placed(None, None, _new(change), ours, theirs)


def _old(ours: Branch, theirs: Branch, path: bytes) -> Entry | None:
    change = ours.changes.get(path) or theirs.changes[path]
    return change.old


def _new(change: TreeChange) -> Version | None:
    return None if change.new is None else Version(change.path, change.new)


def _version(branch: Branch, base: Version) -> Version | None:
    """What a file of the base is on one side."""
    change = branch.changes.get(base.path)
    if change is None:
        return base
    if change.new is None and base.path in branch.renames:
        change = branch.changes[branch.renames[base.path]]
    return _new(change)


def _placed(
    base: Version | None,
    our_version: Version | None,
    their_version: Version | None,
    ours: Branch,
    theirs: Branch,
) -> Track:
    return Track(
        base,
        our_version,
        their_version,
        _place(base, our_version, ours, theirs),
        _place(base, their_version, theirs, ours),
    )


def _place(
    base: Version | None, version: Version | None, branch: Branch, other: Branch
) -> bytes | None:
    """Where a file of one side goes, as the other side may have moved the folder it was put into.

    It stays where something is in the way at the new place.
    """
    if version is None:
        return None
    is_new_name = base is None or base.path != version.path
    if not other.moved or not is_new_name:
        return version.path
    place = moved_path(version.path, other.moved, branch.moved)
    if place is None or branch.find(place) is not None:
        return version.path
    return place
