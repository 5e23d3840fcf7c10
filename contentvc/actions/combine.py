"""Combining: the trees of two sides merged into one that is stored, and the base to do it from."""

from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.changes.conflicts import PathConflict
from contentvc.changes.trees import TreeChange
from contentvc.formats.contract import Favour, Labels
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing

__all__ = ["Combined", "Sides", "base_tree", "combine"]


@dataclass(frozen=True, slots=True)
class Sides:
    """The root trees that meet; None is an empty one."""

    base: ObjectId | None
    ours: ObjectId | None
    theirs: ObjectId | None
    labels: Labels


@dataclass(frozen=True, slots=True)
class Combined:
    """A merged tree, put into the session that writes."""

    tree: ObjectId
    """The merged root, with stand-ins where there are conflicts."""
    changes: list[TreeChange]
    """From ours to it."""
    conflicts: tuple[PathConflict, ...]


def base_tree(
    context: Context, fresh: FreshTrees, writing: Writing, ours: ObjectId, theirs: ObjectId
) -> ObjectId | None:
    """The root tree that a merge of two commits starts from; None where they share nothing.

    That of their best common ancestor. Of several, which criss-cross merges leave, the tree that
    merging these makes, as git's strategies ``recursive`` and ``ort`` do; it is put into the
    session and read through `fresh`.

    Raises:
        Damaged: something in the history cannot be read.
    """
    raise NotImplementedError


def combine(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    sides: Sides,
    favour: Favour | None = None,
) -> Combined:
    """Merge; contents and trees that are new are put into the session.

    Raises:
        Damaged: a tree or a content cannot be read.
    """
    raise NotImplementedError
