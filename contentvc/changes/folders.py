"""Renamed folders: what the other side makes in one goes to its new place."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

__all__ = ["above", "moved_folders", "moved_path"]


def above(path: bytes) -> Iterator[bytes]:
    """The folders that a path is in, the nearest first; the root is not among them."""
    folder = path.rpartition(b"/")[0]
    while folder:
        yield folder
        folder = folder.rpartition(b"/")[0]


def moved_folders(renames: Mapping[bytes, bytes], asked: Collection[bytes]) -> dict[bytes, bytes]:
    """Where folders went: to where most files of each went, as git's merges find it.

    A folder whose files went to two places in equal numbers did not move. ``a/b/c`` that went to
    ``x/b/c`` tells of ``a`` and ``x`` too.

    Args:
        renames: of one side, from the old path to the new one.
        asked: folders of the base that this side has no longer. Those below them are told of too.
    """
    counts: defaultdict[bytes, Counter[bytes]] = defaultdict(Counter)
    for old, new in renames.items():
        for before, after in _suggested(old, new):
            is_asked = before in asked
            if not is_asked and not any(folder in asked for folder in above(before)):
                break
            # Of a folder further up, only if it is asked for itself.
            if is_asked or before == old.rpartition(b"/")[0]:
                counts[before][after] += 1
    moved: dict[bytes, bytes] = {}
    for folder, places in counts.items():
        ranked = places.most_common(2)
        if len(ranked) == 1 or ranked[0][1] > ranked[1][1]:
            moved[folder] = ranked[0][0]
    return moved


def moved_path(path: bytes, moved: Mapping[bytes, bytes], own: Collection[bytes]) -> bytes | None:
    """The path below the new place of its nearest moved folder; None where there is none.

    A folder that went into one which the side of the path moved itself (`own`) is left alone:
    following both would never end.
    """
    for folder in above(path):
        if folder in moved:
            place = moved[folder]
            rest = path[len(folder) + 1 :]
            return None if place in own else (place + b"/" + rest if place else rest)
    return None


def _suggested(old: bytes, new: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The folders of a renamed file that would have moved, if folders were all that moved."""
    before, after = old.rpartition(b"/")[0], new.rpartition(b"/")[0]
    while before and before != after:
        yield before, after
        before, _, old_name = before.rpartition(b"/")
        after, _, new_name = after.rpartition(b"/")
        if old_name != new_name:
            return
