"""Remains: what working trees still hold of content that the repository has no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.actions.elsewhere import Condition, list_workspaces
from contentvc.errors import Busy, Conflict, NotAllowed
from contentvc.ids import ObjectId
from contentvc.worktree.reading import Reader

__all__ = ["Remains", "remains_of"]


@dataclass(frozen=True, slots=True)
class Remains:
    """Files that are the user's alone, and stay."""

    here: tuple[bytes, ...]
    """In this working tree."""
    elsewhere: tuple[tuple[bytes, bytes], ...]
    """In others: their root and the path."""


def remains_of(context: Context, paths: Mapping[ObjectId, Sequence[bytes]]) -> Remains:
    """Look where the content was, in every working tree of the repository that is there."""
    here: list[bytes] = []
    elsewhere: list[tuple[bytes, bytes]] = []
    wanted = sorted({path for some in paths.values() for path in some})
    for workspace in list_workspaces(context):
        if workspace.root is None or workspace.condition is Condition.MISSING:
            continue
        found = [path for path in wanted if _holds(workspace.root, path, paths)]
        if workspace.is_here:
            here += found
        else:
            elsewhere += [(workspace.root, path) for path in found]
    return Remains(tuple(here), tuple(elsewhere))


def _holds(root: bytes, path: bytes, paths: Mapping[ObjectId, Sequence[bytes]]) -> bool:
    try:
        with Reader(root) as reader:
            return reader.status(path) is not None and reader.hash(path) in paths
    except FileNotFoundError:
        return False
    except (NotAllowed, Busy, Conflict):
        return True  # nobody can tell: the person is to look
