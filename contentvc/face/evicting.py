"""Evicting: making room on this disk, as a remote holds the content too."""

from dataclasses import dataclass
from datetime import timedelta

from contentvc.face.syncing import SyncingTree

__all__ = ["Evicted", "EvictingTree"]


@dataclass(frozen=True, slots=True)
class Evicted:
    r"""Content that went from this disk, and who has it.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
        >>> evicted = workspace.evict()
        >>> evicted.remote, evicted.contents, evicted.size
        ('origin', 2, 60)
        >>> workspace.at("v1").tree["prompts/support.md"].text()
        'Be brief.\nBe polite.\n'
    """

    remote: str
    contents: int
    """Versions of files that went."""
    size: int
    """Their bytes."""
    freed: int
    """Bytes by which the repository shrank."""
    only_here: int
    """Versions of files that the remote does not have, or has nothing that leads to: they stay."""


class EvictingTree(SyncingTree):
    """What `contentvc.Workspace` does about room on this disk."""

    def evict(
        self,
        remote: str | None = None,
        *,
        keep_commits: int = 0,
        keep_time: timedelta = timedelta(),
    ) -> Evicted:
        """Drop content that a remote holds as well; it comes back when it is needed.

        What is checked out in a workspace stays, and so do stashes and saved changes. The remote
        is asked first, and its packs are looked at.

        Args:
            remote: who holds it; None is the remote of the current branch, or the usual one.
            keep_commits: of so many versions of each branch, the newest, the content stays.
            keep_time: of versions that are no older the content stays.

        Raises:
            Missing, Usage: there is no such remote, or none is meant.
            Unreachable, NotAllowed, Damaged: the remote cannot be read; nothing changed.
            Busy: there is no room for what is written before the rest goes.

        Example:
            >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
            >>> workspace.evict(keep_commits=10).contents
            0
        """
        from contentvc.actions.evict import (  # noqa: PLC0415 - few programs evict
            EvictRequest,
            KeepRecent,
            evict,
        )

        keep = KeepRecent(seconds=int(keep_time.total_seconds()), commits=keep_commits)
        report = evict(self._session.context(), EvictRequest(remote, keep))
        return Evicted(
            remote=report.remote,
            contents=report.evicted.files,
            size=report.evicted.size,
            freed=report.freed,
            only_here=report.only_here.files,
        )
