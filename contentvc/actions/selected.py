"""Selected: the content sets that a command is narrowed to, as the newer side declares them."""

from collections.abc import Sequence

from contentvc.actions.context import Context
from contentvc.actions.declared import strictly_here, strictly_in
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.sets.selection import Selection, select

__all__ = ["selected_here", "selected_in"]


def selected_here(context: Context, names: Sequence[str]) -> Selection | None:
    """Sets that the working tree declares; None where none are named.

    Raises:
        Missing: one is not declared (``unknown-set``).
        Declined: there are mistakes in contentvc.toml (``bad-declaration``).
    """
    return select(strictly_here(context), names) if names else None


def selected_in(
    repository: Repository, tree: ObjectId | None, names: Sequence[str]
) -> Selection | None:
    """The same, as a version's root tree declares them."""
    return select(strictly_in(repository, tree), names) if names else None
