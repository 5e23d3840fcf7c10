"""Three-way merge of trees: what both sides did to a base, without reading what they share.

What counts as a conflict, and what is followed, is as in git's strategy ``ort`` (Elijah Newren):
renames on either side, and folders that a side moved as a whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contentvc.changes.conflicts import ConflictKind, PathConflict, Version
from contentvc.changes.placing import Placed, Placing
from contentvc.changes.tracks import Branch, Track, edited_alone, follow
from contentvc.changes.trees import Entries
from contentvc.changes.versions import (
    UNMARKED,
    Deciding,
    Marking,
    MergedFile,
    merge_versions,
    no_rules,
    unmerged,
)
from contentvc.formats.contract import Favour, Labels, Side
from contentvc.formats.rules import Rules
from contentvc.ids import ObjectId

__all__ = ["MergedFile", "TreeMerge", "merge_trees"]


@dataclass(frozen=True, slots=True)
class TreeMerge:
    """What a merge made of two trees."""

    files: Mapping[bytes, MergedFile | None]
    """What differs from ours: what each path becomes; None is a path that is gone."""
    conflicts: tuple[PathConflict, ...]
    """By path; their stand-ins are among the files. None with a favoured side."""


def merge_trees(
    entries: Entries,
    read: Callable[[ObjectId], bytes],
    base: ObjectId | None,
    ours: ObjectId | None,
    theirs: ObjectId | None,
    *,
    labels: Labels,
    favour: Favour | None = None,
    rules: Callable[[bytes], Rules] = no_rules,
    marking: Marking = UNMARKED,
) -> TreeMerge:
    """The tree that has what both sides did to the base; None is an empty root.

    Folders that a side left as in the base are not read on that side. Contents are read only of
    files that both sides changed, or that may have been renamed, and never those that are too large
    to be merged. The same trees and rules give the same merge.

    Raises:
        Damaged: as `diff_trees`.
        ContentvcError: what `read` raises.
    """
    if theirs in (ours, base):
        return TreeMerge({}, ())
    their_branch = Branch(entries, base, theirs)
    our_branch = Branch(entries, base, ours, beside=their_branch)
    our_branch.find_moves(their_branch, read)
    their_branch.find_moves(our_branch, read)
    _forget_moved_twice(our_branch, their_branch)
    our_branch.drop_renames(their_branch)
    their_branch.drop_renames(our_branch)
    deciding = Deciding(read, labels, favour, rules, marking)
    placing = Placing(entries, our_branch, deciding)
    for change in edited_alone(their_branch, our_branch):
        placing.take(change)
    for track in follow(our_branch, their_branch):
        if track.ours is not None:
            placing.leaves(track.ours)
        _settle(track, placing, deciding)
    files, conflicts = placing.finish()
    return TreeMerge(files, conflicts)


def _forget_moved_twice(ours: Branch, theirs: Branch) -> None:
    """A folder that both moved holds nothing that one of them made where the other's was."""
    both = ours.moved.keys() & theirs.moved.keys()
    for branch in (ours, theirs):
        branch.moved = {old: new for old, new in branch.moved.items() if old not in both}


def _settle(track: Track, placing: Placing, deciding: Deciding) -> None:
    """What becomes of one file."""
    if track.ours is not None and track.theirs is not None:
        _both(track, track.ours, track.theirs, placing, deciding)
    elif track.ours is not None:
        _one(track, track.ours, Side.OURS, placing, deciding)
    elif track.theirs is not None:
        _one(track, track.theirs, Side.THEIRS, placing, deciding)


def _one(track: Track, version: Version, side: Side, placing: Placing, deciding: Deciding) -> None:
    """A file that one side alone has: it made it, or the other deleted it."""
    if version == track.base:
        return
    if track.base is not None and deciding.favour is not None and not deciding.favours(side):
        return
    place = (track.our_place if side is Side.OURS else track.their_place) or version.path
    placing.put(place, Placed(unmerged(version.entry), side, track.base, track.ours, track.theirs))
    if track.base is not None:
        kind = ConflictKind.DELETED_BY_THEM if side is Side.OURS else ConflictKind.DELETED_BY_US
        placing.clash(PathConflict(place, kind, track.base, track.ours, track.theirs))


def _both(
    track: Track, ours: Version, theirs: Version, placing: Placing, deciding: Deciding
) -> None:
    """A file that both sides have: its changes merged, under the name it was given."""
    merged, clashes = merge_versions(track.base, ours, theirs, deciding)
    places = _places(track, ours, theirs, deciding)
    for path, side in places.items():
        placing.put(path, Placed(merged, side, track.base, ours, theirs))
    first, *more = places
    for clash in clashes:
        placing.clash(
            PathConflict(
                first, clash.kind, track.base, ours, theirs, clash.items, by_item=clash.by_item
            )
        )
    if more:
        kind = ConflictKind.RENAMED_APART
        placing.clash(PathConflict(first, kind, track.base, ours, theirs, also=tuple(more)))


def _places(track: Track, ours: Version, theirs: Version, deciding: Deciding) -> dict[bytes, Side]:
    """Where it goes: where it was renamed to; to both places if each side has another."""
    base = track.base.path if track.base else None
    our_place, their_place = track.our_place or ours.path, track.their_place or theirs.path
    if theirs.path == base or our_place == their_place:
        return {our_place: Side.OURS}
    if ours.path == base:
        return {their_place: Side.THEIRS}
    if deciding.favour is not None:
        favoured = deciding.favour is Favour.OURS
        return {our_place: Side.OURS} if favoured else {their_place: Side.THEIRS}
    return {our_place: Side.OURS, their_place: Side.THEIRS}
