"""Selected: the content sets that a command is narrowed to, as the newer side declares them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contentvc.actions.context import Context
from contentvc.actions.stored import Stored
from contentvc.ids import ObjectId

if TYPE_CHECKING:
    from contentvc.sets.selection import Selection

__all__ = ["selected_here", "selected_in"]


def selected_here(context: Context, names: Sequence[str]) -> "Selection | None":
    """Sets that the working tree declares; None where none are named.

    Raises:
        Missing: one is not declared (``unknown-set``).
        Declined: there are mistakes in contentvc.toml (``bad-declaration``).
    """
    if not names:
        return None
    from contentvc.actions.declared import strictly_here  # noqa: PLC0415 - 10 ms, where it counts
    from contentvc.sets.selection import select  # noqa: PLC0415 - as above

    return select(strictly_here(context), names)


def selected_in(stored: Stored, tree: ObjectId | None, names: Sequence[str]) -> "Selection | None":
    """The same, as a version's root tree declares them."""
    if not names:
        return None
    from contentvc.actions.declared import strictly_in  # noqa: PLC0415 - as above
    from contentvc.sets.selection import select  # noqa: PLC0415 - as above

    return select(strictly_in(stored, tree), names)
