"""Heads: what a workspace may stand on, and record on."""

from collections.abc import Collection

from contentvc.actions.context import Context
from contentvc.errors import Conflict
from contentvc.history.names import BRANCH
from contentvc.ids import WorkspaceId, short
from contentvc.snapshots.operation import Head

__all__ = ["branch_of", "check_free", "check_not_merging", "checked_head"]


def branch_of(head: Head) -> str | None:
    """The branch without ``branch/``; None when HEAD is detached."""
    return head.ref.removeprefix(BRANCH) if head.ref else None


def check_not_merging(context: Context, doing: str) -> None:
    """Refuse what makes no sense before a merge in progress is concluded or taken back.

    Raises:
        Conflict: there is one (``merging``), which names both ways on.
    """
    if context.head.merging:
        from contentvc.actions.merging import in_the_way  # noqa: PLC0415 - seldom needed

        raise in_the_way(context, doing)


def checked_head(context: Context) -> Head:
    """What the workspace stands on, which must still be where its branch is.

    Raises:
        Conflict: others moved the branch (``ref-moved``).
    """
    head = context.head
    if head.ref is not None:
        target = context.repository.view.refs.get(head.ref)
        if (target.id if target else None) != head.commit:
            raise Conflict(
                "ref-moved",
                f"{head.ref.removeprefix('branch/')} was moved by others since this working tree "
                "was made from it",
                "see: contentvc log; then commit on a branch of its own: "
                "contentvc switch --create NAME",
            )
    return head


def check_free(context: Context, new: Head, leaving: Collection[WorkspaceId] = ()) -> None:
    """Refuse a branch that another working tree is on, unless that is leaving it.

    Raises:
        Conflict: naming the workspace (``checked-out``).
    """
    if new.ref is None:
        return
    for workspace, standing in context.repository.view.workspaces.items():
        if workspace in (context.workspace, *leaving):
            continue
        if standing.head.ref == new.ref:
            raise Conflict(
                "checked-out",
                f"{new.ref.removeprefix(BRANCH)} is checked out in workspace {short(workspace)}",
                "use that working tree, or: contentvc switch --create NAME",
            )
