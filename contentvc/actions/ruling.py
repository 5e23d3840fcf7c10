"""Ruling: what the content sets of a version, or of a merge, say of a path."""

import os
from collections.abc import Callable

from contentvc.actions.context import Context
from contentvc.actions.stored import Stored
from contentvc.changes.trees import lookup
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.ids import ObjectId
from contentvc.sets.names import DECLARATION

__all__ = ["RulesOf", "no_rules", "rules_at", "rules_for_merge", "rules_here", "rules_in"]

RulesOf = Callable[[bytes], Rules]


def no_rules(_path: bytes) -> Rules:
    """Of content without sets."""
    return NO_RULES


def rules_in(stored: Stored, tree: ObjectId | None) -> RulesOf:
    """What a version says. Nothing is read where it has no content sets."""
    if not _declares(stored, tree):
        return no_rules
    from contentvc.actions.declared import declared_in  # noqa: PLC0415 - 10 ms, where it is needed

    return declared_in(stored, tree).rules_for


def rules_here(context: Context) -> RulesOf:
    """What the working tree says."""
    return rules_at(context.place.root)


def rules_at(root: bytes) -> RulesOf:
    """What the working tree in a folder says."""
    if not os.path.lexists(os.path.join(root, DECLARATION)):
        return no_rules
    from contentvc.actions.declared import declared_at  # noqa: PLC0415 - as above

    return declared_at(root).rules_for


def rules_for_merge(
    stored: Stored, base: ObjectId | None, ours: ObjectId | None, theirs: ObjectId | None
) -> RulesOf:
    """What a merge of three trees goes by, the same in both directions."""
    if not any(_declares(stored, tree) for tree in (base, ours, theirs)):
        return no_rules
    from contentvc.actions.declared import declared_for_merge  # noqa: PLC0415 - as above

    return declared_for_merge(stored, base, ours, theirs).rules_for


def _declares(stored: Stored, tree: ObjectId | None) -> bool:
    return tree is not None and lookup(stored.entries, tree, DECLARATION) is not None
