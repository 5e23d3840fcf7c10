"""Sharing: what goes to remotes and comes from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc.actions.carrying import Overwrite
from contentvc.errors import Usage
from contentvc.face.applying import ApplyingTree
from contentvc.face.merged import Merged
from contentvc.face.merging import choice_of, merged_of

if TYPE_CHECKING:
    from contentvc.actions.fetch import Fetched as FetchedRef
    from contentvc.actions.fetch import FetchReport
    from contentvc.actions.push_plan import Pushed as PushedRef
    from contentvc.face.remotes import Remotes

__all__ = ["Fetched", "MovedRef", "Pulled", "Pushed", "SharingTree", "moved_ref"]


@dataclass(frozen=True, slots=True)
class MovedRef:
    """A branch, a tag or the notes, and where a fetch or a push moved it.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared")
        >>> (ref,) = workspace.push().refs
        >>> ref.name, ref.old, ref.new == workspace.head.id, ref.step
        ('branch/main', None, True, 'new')
    """

    name: str
    """Of a fetch, of the ref here, as ``remote/origin/main``; of a push, of the remote's."""
    old: str | None
    """The id of the version it was at; None where it was not there."""
    new: str | None
    """The id of the version it is at; None where it is gone."""
    step: str
    """``new``, ``forward``, ``forced``; of a fetch also ``pruned``, or ``kept`` for a tag that is
    another here; of a push also ``deleted`` or ``up-to-date``."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came from a remote.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
        >>> fetched = workspace.fetch()
        >>> fetched.remote, fetched.refs, fetched.objects
        ('origin', (), 0)
    """

    remote: str
    refs: tuple[MovedRef, ...]
    """What is new; nothing where nothing is."""
    objects: int
    """How many were received."""
    size: int
    """Bytes that they took on the way."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came from a remote, and into the current branch.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
        >>> workspace.pull().merged.outcome
        'up-to-date'
    """

    fetched: Fetched
    merged: Merged | None
    """What the branch is since."""
    note_clashes: tuple[str, ...]
    """Ids of versions on which both sides noted something else by the same key."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What went to a remote.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared")
        >>> pushed = workspace.push(tags=True)
        >>> [(ref.name, ref.step) for ref in pushed.refs], pushed.notes_left
        ([('tag/v1', 'new')], False)
    """

    remote: str
    refs: tuple[MovedRef, ...]
    notes_left: bool
    """The remote has notes that are not here yet, so those of here stayed."""
    objects: int
    """How many were sent."""
    size: int
    """Bytes that they took on the way."""


class SharingTree(ApplyingTree):
    """A working tree whose repository has remotes."""

    @property
    def remotes(self) -> "Remotes":
        """Other replicas of the repository: to look up, add, rename, remove."""
        from contentvc.face.remotes import Remotes  # noqa: PLC0415 - seldom needed

        return Remotes(self._session)

    def fetch(self, remote: str | None = None, *, prune: bool = False) -> Fetched:
        """Bring what a remote has; the working tree and its branches stay as they are.

        Args:
            remote: its name; without it, that of the current branch.
            prune: forget branches that are gone there.

        Raises:
            Missing, Usage: there is no such remote, or several and none is meant.
            Unreachable, NotAllowed, Damaged: it cannot be read, or is not to be trusted.

        Example:
            >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
            >>> _ = workspace.fetch()
            >>> workspace.at("origin/main") == workspace.head
            True
        """
        from contentvc.actions.fetch import FetchRequest, fetch  # noqa: PLC0415 - seldom needed

        return _fetched(fetch(self._session.context(), FetchRequest(remote, prune)))

    def pull(
        self,
        remote: str | None = None,
        *,
        on_conflict: str = "fail",
        fast_forward_only: bool = False,
        allow_unrelated: bool = False,
        force: bool = False,
        discard: bool = False,
    ) -> Pulled:
        """Fetch, and merge the remote's branch of the same name into the current one.

        Args:
            remote: its name; without it, that of the current branch.
            on_conflict: as `merge`.
            fast_forward_only: only if this branch has nothing of its own.
            allow_unrelated: also where both histories share nothing.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing, Usage, Unreachable, NotAllowed, Damaged: as `fetch`; or the remote has no such
                branch (``unknown-ref``).
            Conflict: as `merge`; what was fetched stays.
        """
        from contentvc.actions.merge import FastForward  # noqa: PLC0415 - seldom needed
        from contentvc.actions.pull import PullRequest, pull  # noqa: PLC0415 - seldom needed

        request = PullRequest(
            remote=remote,
            fast_forward=FastForward.ONLY if fast_forward_only else FastForward.ALLOWED,
            on_conflict=choice_of(on_conflict),
            allow_unrelated=allow_unrelated,
            overwrite=Overwrite(force, discard),
        )
        report = pull(self._session.context(), request)
        merged, notes = report.integrated.merge, report.integrated.notes
        return Pulled(
            fetched=_fetched(report.fetched),
            merged=None if merged is None else merged_of(self, self._session, merged),
            note_clashes=() if notes is None else notes.clashes,
        )

    def push(
        self,
        remote: str | None = None,
        refs: Iterable[str] = (),
        *,
        tags: bool = False,
        delete: bool = False,
        force_with_lease: bool = False,
    ) -> Pushed:
        """Move branches and tags of a remote to where they are here; all of them, or none.

        Args:
            remote: its name; without it, that of the current branch.
            refs: branches and tags; without any, the current branch.
            tags: all tags, and no branch unless it is named.
            delete: the refs shall be gone there.
            force_with_lease: move a branch anywhere if it is where it was last seen; replace tags.

        Raises:
            Missing, Usage: there is no such remote or ref.
            Conflict: it would lose what others did (``not-fast-forward``, ``already-exists``,
                ``ref-moved``), a branch is ``checked-out`` there, or ``reserved``.
            Unreachable, NotAllowed, Damaged, Busy: it cannot be written, or is not to be trusted.

        Example:
            >>> _ = workspace.remotes.add("origin", "shared")
            >>> workspace.push("origin", ["main", "v1"]).remote
            'origin'
        """
        from contentvc.actions.push import PushRequest, push  # noqa: PLC0415 - seldom needed

        if isinstance(refs, str):
            raise Usage("bad-value", f"refs must be several: [{refs!r}]")
        request = PushRequest(
            remote=remote,
            refs=tuple(refs),
            tags=tags,
            delete=delete,
            force_with_lease=force_with_lease,
        )
        report = push(self._session.context(), request)
        return Pushed(
            remote=report.remote,
            refs=tuple(map(moved_ref, report.refs)),
            notes_left=report.notes_left,
            objects=report.objects,
            size=report.bytes,
        )


def _fetched(report: "FetchReport") -> Fetched:
    return Fetched(
        remote=report.remote,
        refs=tuple(map(moved_ref, report.refs)),
        objects=report.objects,
        size=report.bytes,
    )


def moved_ref(one: "FetchedRef | PushedRef") -> MovedRef:
    """A ref that a fetch or a push moved, as callers see it."""
    return MovedRef(
        name=one.ref,
        old=one.old.hex() if one.old else None,
        new=one.new.hex() if one.new else None,
        step=one.step.value,
    )
