"""Syncing: one remote, or several together, and this working tree become the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc.actions.carrying import Overwrite
from contentvc.errors import Usage
from contentvc.face.merged import Merged
from contentvc.face.merging import choice_of, merged_of
from contentvc.face.sharing import MovedRef, SharingTree, moved_ref

if TYPE_CHECKING:
    from contentvc.actions.sync import SyncedRemote as RemoteReport

__all__ = ["Synced", "SyncedRemote", "SyncingTree"]


@dataclass(frozen=True, slots=True)
class SyncedRemote:
    """What a sync did with one remote.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared")
        >>> (origin,) = workspace.sync().remotes
        >>> origin.name, [ref.name for ref in origin.pushed], origin.away
        ('origin', ['branch/main', 'tag/v1'], None)
    """

    name: str
    fetched: tuple[MovedRef, ...]
    pushed: tuple[MovedRef, ...]
    kept: tuple[str, ...]
    """Refs that differ and are left alone: tags, and branches that are not the current one."""
    merged: tuple[Merged, ...]
    """Each merge that changed the branch; more than one where others pushed at the same time."""
    note_clashes: tuple[str, ...]
    """Ids of versions on which both sides noted something else by the same key."""
    away: str | None
    """Why it could not be reached; only of an independent one."""
    untold: str | None
    """Why it does not know yet that the push is decided; the next sync tells it."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared")
        >>> synced = workspace.sync()
        >>> synced.branch, synced.is_stopped, synced.tries
        ('main', False, 1)
    """

    branch: str
    remotes: tuple[SyncedRemote, ...]
    is_stopped: bool
    """A merge stopped at conflicts, and nothing was pushed."""
    tries: int
    """How often it was begun, as others were quicker."""


class SyncingTree(SharingTree):
    """A working tree that becomes the same as its remotes in one call."""

    def sync(
        self,
        remotes: Iterable[str] = (),
        *,
        everything: bool = False,
        independent: Iterable[str] = (),
        branches: bool = False,
        on_conflict: str = "fail",
        force: bool = False,
        discard: bool = False,
    ) -> Synced:
        """Fetch, merge what came into the current branch, and push it, with tags and notes.

        Several remotes move together or not at all. Uncommitted changes are never recorded; those
        that are not in the way come along. Where others are quicker, it is tried again.

        Args:
            remotes: their names; without any, that of the current branch.
            everything: all remotes.
            independent: names of remotes that move each by itself, and may be away.
            branches: push all branches, not only the current one.
            on_conflict: as `merge`.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing, Usage: there is no such remote, or none is meant; HEAD is on no branch.
            Conflict: as `merge`; a branch is ``checked-out`` in a remote, or ``reserved`` by a push
                whose outcome cannot be known. Nothing was pushed.
            Unreachable, NotAllowed, Damaged, Busy: a remote cannot be used. Nothing was pushed,
                unless the error says that this is not known: syncing again settles it.

        Example:
            >>> for name in ("origin", "backup"):
            ...     _ = workspace.remotes.add(name, name)
            >>> [remote.name for remote in workspace.sync(everything=True).remotes]
            ['backup', 'origin']
        """
        from contentvc.actions.sync import SyncRequest, sync  # noqa: PLC0415 - seldom needed

        if isinstance(remotes, str) or isinstance(independent, str):
            raise Usage("bad-value", "remotes must be several: ['origin']")
        request = SyncRequest(
            remotes=tuple(remotes),
            everything=everything,
            independent=tuple(independent),
            branches=branches,
            on_conflict=choice_of(on_conflict),
            overwrite=Overwrite(force, discard),
        )
        report = sync(self._session.context(), request)
        return Synced(
            branch=report.branch,
            remotes=tuple(map(self._synced, report.remotes)),
            is_stopped=report.is_stopped,
            tries=report.tries,
        )

    def _synced(self, report: "RemoteReport") -> SyncedRemote:
        merges = [one.merge for one in report.integrated if one.merge is not None]
        notes = [one.notes for one in report.integrated if one.notes is not None]
        return SyncedRemote(
            name=report.name,
            fetched=tuple(moved_ref(ref) for one in report.fetched for ref in one.refs),
            pushed=tuple(map(moved_ref, report.pushed)),
            kept=tuple(one.ref for one in report.kept),
            merged=tuple(merged_of(self, self._session, one) for one in merges),
            note_clashes=tuple(clash for one in notes for clash in one.clashes),
            away=report.away or None,
            untold=report.untold or None,
        )
