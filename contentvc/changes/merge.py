"""Three-way merge of trees: what both sides did to a base, without reading what they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contentvc.changes.conflicts import PathConflict
from contentvc.changes.trees import Entries
from contentvc.formats.contract import Favour, Labels
from contentvc.ids import ObjectId
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.tree import Mode

__all__ = ["MergedFile", "TreeMerge", "merge_trees"]


@dataclass(frozen=True, slots=True)
class MergedFile:
    """What a path becomes."""

    mode: Mode
    size: int
    id: ObjectId
    attributes: Attributes
    content: bytes | None = None
    """Bytes that a merge of contents made; None where the content is one side's."""


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
) -> TreeMerge:
    """The tree that has what both sides did to the base; None is an empty root.

    Folders that are equal in the base and a side are not read on that side. Contents are read only
    of files that both sides changed, or that may have been renamed.

    Raises:
        Damaged: as `diff_trees`.
        ContentvcError: what `read` raises.
    """
    raise NotImplementedError
