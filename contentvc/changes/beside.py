"""Beside: what one side of a merge did where the other side did something."""

from collections.abc import Mapping
from typing import Final

from contentvc.changes.folders import above
from contentvc.changes.trees import Entries, TreeChange, lookup
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["changes_beside"]

_FEW: Final = 500
"""Changes of the other side up to which looking them up takes less time than comparing all."""


def changes_beside(
    entries: Entries,
    roots: tuple[ObjectId | None, ObjectId | None, ObjectId | None],
    others: Mapping[bytes, TreeChange],
) -> dict[bytes, TreeChange] | None:
    """What a side did at the paths that the other side changed, where a merge needs no more.

    A pick changes a few files, and the side it is picked onto may differ from their version before
    in thousands; those need not be found. None where they must be: where a name or a folder is
    gone on one side, it may have been renamed, and where a file meets a folder both must be known.

    Args:
        entries: reads folders.
        roots: of the base, of this side, of the other side.
        others: what the other side changed.
    """
    if len(others) > _FEW:
        return None
    looking = _Looking(entries, *roots)
    found: dict[bytes, TreeChange] = {}
    for path, change in others.items():
        here = looking.find(looking.root, path)
        if here is not None and here.mode is Mode.DIRECTORY:
            return None
        if here is None and change.old is not None:
            return None
        if (change.old is None or change.new is None) and not looking.are_folders_kept(path):
            return None
        if here != change.old:
            found[path] = TreeChange(path, change.old, here)
    return found


class _Looking:
    """Looks paths up in the three trees; folders are asked for once."""

    def __init__(
        self,
        entries: Entries,
        base: ObjectId | None,
        root: ObjectId | None,
        other: ObjectId | None,
    ) -> None:
        self._entries, self._base, self.root, self._other = entries, base, root, other
        self._kept: dict[bytes, bool] = {}

    def find(self, root: ObjectId | None, path: bytes) -> Entry | None:
        return None if root is None else lookup(self._entries, root, path)

    def are_folders_kept(self, path: bytes) -> bool:
        """Whether each folder above a path is one wherever it is at all, and never gone."""
        return all(map(self._is_kept, above(path)))

    def _is_kept(self, folder: bytes) -> bool:
        kept = self._kept.get(folder)
        if kept is None:
            was, here, there = (
                self.find(root, folder) for root in (self._base, self.root, self._other)
            )
            known = [one for one in (was, here, there) if one is not None]
            is_gone = was is not None and (here is None or there is None)
            kept = not is_gone and all(one.mode is Mode.DIRECTORY for one in known)
            self._kept[folder] = kept
        return kept
