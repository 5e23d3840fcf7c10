"""Effect: what an operation did to files of its workspace beyond what its commits tell.

A command that writes working files without recording them (`restore`, `stash`, `untrack`'s ignore
file) keeps two partial trees with its operation: what was at those paths, and what it left there.
A path that only one of them has was made, or removed. They stand among the operation's attributes,
where a program that does not know them passes over them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.operation import Operation

__all__ = ["HEAD_FOLLOWED", "Effect", "effect_attributes", "effect_of", "kept_trees"]

HEAD_FOLLOWED: Final = frozenset({"switch", "rollback", "merge", "cherry-pick", "revert"})
"""Kinds of operations whose files go from the tree of HEAD before to that of HEAD after, where the
operation carries no effect. Of any other kind, an operation without an effect left files alone."""

_BEFORE: Final = "files-before"
_AFTER: Final = "files-after"


@dataclass(frozen=True, slots=True)
class Effect:
    """Partial trees of what was at some paths, and of what is there since; None for nothing."""

    before: ObjectId | None
    after: ObjectId | None


def effect_attributes(effect: Effect) -> Attributes:
    """The effect as an operation carries it: hexadecimal ids, empty for None."""
    return ((_AFTER, _shown(effect.after)), (_BEFORE, _shown(effect.before)))


def effect_of(operation: Operation) -> Effect | None:
    """The effect that an operation carries; None where its commits and saved change tell all.

    Raises:
        Damaged: an attribute is no id.
    """
    told = dict(operation.attributes)
    if _BEFORE not in told and _AFTER not in told:
        return None
    return Effect(_tree(told.get(_BEFORE, "")), _tree(told.get(_AFTER, "")))


def kept_trees(operation: Operation) -> Iterator[ObjectId]:
    """Every tree that is kept because this operation names it: the saved change, the effect."""
    if operation.saved is not None:
        yield operation.saved
    effect = effect_of(operation)
    if effect is not None:
        yield from (tree for tree in (effect.before, effect.after) if tree is not None)


def _shown(tree: ObjectId | None) -> str:
    return "" if tree is None else tree.hex()


def _tree(text: str) -> ObjectId | None:
    if not text:
        return None
    try:
        identifier = bytes.fromhex(text)
    except ValueError as error:
        raise Damaged("damaged", f"an operation names the tree {text[:80]!r}") from error
    if len(identifier) != ID_BYTES:
        raise Damaged("damaged", f"an operation names the tree {text[:80]!r}")
    return ObjectId(identifier)
