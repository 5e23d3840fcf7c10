"""ItemVersion: what one version did to a record or a value."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contentvc.face.edits import Edit, edit_of
from contentvc.face.paths import to_text
from contentvc.face.session import Session
from contentvc.face.version import Version

if TYPE_CHECKING:
    from contentvc.actions.history import ItemVersion as Found

__all__ = ["ItemVersion", "item_version"]


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A version that changed a record or a value.

    Example:
        >>> for one in workspace.history("model.json", "temperature"):
        ...     print(one.kind, one.old, one.new, one.version.message)
        changed 0.2 0.1 Shorter
        added None 0.2 First version
    """

    version: Version
    path: str
    """What the file is called in it."""
    kind: str
    """``added``, ``changed`` or ``deleted``."""
    old: Any = field(repr=False)
    """What it held before; None where it was not there."""
    new: Any = field(repr=False)
    """And after."""
    edits: tuple[Edit, ...]
    """Field by field, of a changed one."""


def item_version(session: Session, found: "Found") -> ItemVersion:
    """One of them, for programs."""
    return ItemVersion(
        version=session.version(found.entry.id),
        path=to_text(found.path),
        kind=found.kind.value,
        old=None if found.old is None else found.old.value,
        new=None if found.new is None else found.new.value,
        edits=tuple(map(edit_of, found.changes)),
    )
