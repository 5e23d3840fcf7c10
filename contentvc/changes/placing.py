"""Names in a merged tree: which file stands where, and what happens where two want one place."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.changes.conflicts import ConflictKind, PathConflict, Version
from contentvc.changes.folders import above
from contentvc.changes.tracks import Branch
from contentvc.changes.trees import Entries, TreeChange, list_files
from contentvc.changes.versions import Deciding, MergedFile, merge_versions, unmerged
from contentvc.formats.contract import Side
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Placed", "Placing"]

_CONTENT: Final = (ConflictKind.CONTENT, ConflictKind.ITEMS, ConflictKind.BINARY)


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that the merge puts at a path."""

    file: MergedFile
    side: Side
    """Whose name for it the path is."""
    base: Version | None
    ours: Version | None
    theirs: Version | None

    @property
    def version(self) -> Version:
        """It as that side has it."""
        version = self.ours if self.side is Side.OURS else self.theirs
        assert version is not None  # noqa: S101 - a name comes from a version
        return version


class Placing:
    """The merged tree as what differs from ours, while it is put together."""

    def __init__(self, entries: Entries, ours: Branch, deciding: Deciding) -> None:
        self._entries, self._ours, self._deciding = entries, ours, deciding
        self._had: dict[bytes, Entry] = {}
        self._wanted: defaultdict[bytes, list[Placed]] = defaultdict(list)
        self._placed: dict[bytes, Placed] = {}
        self._taken: dict[bytes, Entry] = {}
        self._fresh: dict[ObjectId, bytes] = {}
        self._dropped: set[bytes] = set()
        self._conflicts: list[PathConflict] = []

    def take(self, change: TreeChange) -> None:
        """They edited a file that ours has as in the base, and that stays where it is."""
        if change.new is not None:
            self._taken[change.path] = change.new

    def leaves(self, version: Version) -> None:
        """Ours has this file there, which will not be, unless something is put there."""
        self._had[version.path] = version.entry

    def put(self, path: bytes, placed: Placed) -> None:
        """A file is to be there."""
        self._wanted[path].append(placed)
        if placed.file.content is not None:
            self._fresh[placed.file.id] = placed.file.content

    def clash(self, conflict: PathConflict) -> None:
        """A conflict; its stand-in is put as any file."""
        if self._deciding.favour is None:
            self._conflicts.append(conflict)

    def finish(self) -> tuple[dict[bytes, MergedFile | None], tuple[PathConflict, ...]]:
        """What differs from ours, and all conflicts by path."""
        for path in sorted(self._wanted):
            self._share(path, self._wanted[path])
        for path in sorted(self._blocked(), key=len):
            self._part(path)
        files: dict[bytes, MergedFile | None] = {}
        for path, entry in self._taken.items():
            files[path] = unmerged(entry)
        files.update(dict.fromkeys(self._dropped))
        files.update(dict.fromkeys(path for path in self._had if path not in self._placed))
        for path, placed in self._placed.items():
            had = self._had.get(path)
            if had is None or placed.file != unmerged(had):
                files[path] = placed.file
        return files, tuple(sorted(self._conflicts, key=lambda one: (one.path, one.kind)))

    def _share(self, path: bytes, wanted: list[Placed]) -> None:
        """One name for all that want it: one file of ours with one of theirs, the rest beside."""
        ours = [one for one in wanted if one.side is Side.OURS]
        theirs = [one for one in wanted if one.side is Side.THEIRS]
        if ours and theirs:
            self._placed[path] = self._together(path, ours.pop(0), theirs.pop(0))
        elif wanted:
            self._placed[path] = (ours or theirs).pop(0)
        for one in (*ours, *theirs):
            free = self._free(path, one.side)
            self._placed[free] = one
            self.clash(
                PathConflict(free, ConflictKind.RENAMED_TOGETHER, one.base, one.ours, one.theirs)
            )

    def _together(self, path: bytes, ours: Placed, theirs: Placed) -> Placed:
        """Two files of one name: a person sees both, unless they are the same."""
        merged, clashes = merge_versions(
            None, _as_version(path, ours), _as_version(path, theirs), self._reading_fresh()
        )
        added = ours.base is None and theirs.base is None
        kind = ConflictKind.ADDED_TWICE if added else ConflictKind.RENAMED_TOGETHER
        for clash in clashes:
            named = kind if clash.kind in _CONTENT else clash.kind
            # Items are told from the versions that are kept: of renamed files these are others.
            by_item = clash.by_item if added else None
            self.clash(
                PathConflict(
                    path, named, None, ours.version, theirs.version, clash.items, by_item=by_item
                )
            )
        if merged.content is None:
            merged = replace(merged, content=self._fresh.get(merged.id))
        return Placed(merged, Side.OURS, None, ours.version, theirs.version)

    def _reading_fresh(self) -> Deciding:
        read, fresh = self._deciding.read, self._fresh
        return replace(self._deciding, read=lambda one: fresh[one] if one in fresh else read(one))

    def _blocked(self) -> set[bytes]:
        """Paths at which a file and a folder would stand."""
        come = [path for path in self._placed if path not in self._had]
        folders = {folder for path in come for folder in above(path)}
        blocked = {folder for folder in folders if self._has_file(folder)}
        return blocked | {path for path in come if any(self._kept_below(path))}

    def _has_file(self, path: bytes) -> bool:
        if path in self._placed:
            return True
        found = None if path in self._had else self._ours.find(path)
        return found is not None and found.mode is not Mode.DIRECTORY

    def _kept_below(self, path: bytes) -> Iterator[bytes]:
        """Files of ours below a path that nothing takes away."""
        found = self._ours.find(path)
        if found is None or found.mode is not Mode.DIRECTORY:
            return
        for below, _ in list_files(self._entries, found.id):
            whole = path + b"/" + below
            if whole not in self._had or whole in self._placed:
                yield whole

    def _part(self, path: bytes) -> None:
        """A file and a folder of one name: the folder stays, the file goes beside it."""
        placed = self._placed.pop(path, None)
        if placed is None:
            placed = self._standing(path)
            self._dropped.add(path)
        if self._deciding.favours(placed.side):
            self._drop_below(path)
            self._dropped.discard(path)
            self._placed[path] = placed
            return
        if self._deciding.favour is not None:
            return
        free = self._free(path, placed.side)
        self._placed[free] = placed
        self._conflicts = [
            replace(one, path=free) if one.path == path else one for one in self._conflicts
        ]
        ours = placed.version if placed.side is Side.OURS else None
        theirs = placed.version if placed.side is Side.THEIRS else None
        self.clash(PathConflict(free, ConflictKind.FILE_AND_FOLDER, placed.base, ours, theirs))

    def _standing(self, path: bytes) -> Placed:
        """A file of ours that the merge had not touched."""
        taken, ours = self._taken.pop(path, None), self._ours.find(path)
        assert ours is not None  # noqa: S101 - it was seen as being in the way
        theirs = ours if taken is None else taken
        before = Version(path, ours)
        return Placed(unmerged(theirs), Side.OURS, before, before, Version(path, theirs))

    def _drop_below(self, path: bytes) -> None:
        self._dropped.update(self._kept_below(path))
        below = [one for one in self._placed if one.startswith(path + b"/")]
        for one in below:
            del self._placed[one]

    def _free(self, path: bytes, side: Side) -> bytes:
        """A name beside a path that nothing has, telling whose file it is."""
        labels = self._deciding.labels
        label = (labels.ours if side is Side.OURS else labels.theirs).replace("/", "_")
        name = path.rpartition(b"/")[2]
        room = limits.NAME_LENGTH - len(name) - 8
        wanted = free = path + b"~" + label.encode("utf-8", "replace")[: max(room, 0)]
        number = 0
        while free in self._placed or free in self._wanted or self._ours.find(free) is not None:
            free = b"%s_%d" % (wanted, number)
            number += 1
        return free


def _as_version(path: bytes, placed: Placed) -> Version:
    file = placed.file
    name = path.rpartition(b"/")[2]
    return Version(path, Entry(name, file.mode, file.size, file.id, file.attributes))
