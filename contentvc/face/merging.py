"""Merging: bringing in what other branches and commits have done, and deciding conflicts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from contentvc.actions.carrying import Overwrite
from contentvc.errors import Usage
from contentvc.face.change import Change, changes_between
from contentvc.face.merged import ConflictingFile, Merged, Picked, conflicting
from contentvc.face.paths import Path, to_texts
from contentvc.face.session import Session
from contentvc.face.version import Version, revision_of
from contentvc.face.working_tree import WorkingTree
from contentvc.surroundings.author import checked_author

if TYPE_CHECKING:
    from contentvc.actions.merge import MergeReport
    from contentvc.actions.picks import PickReport
    from contentvc.formats.contract import Side
    from contentvc.snapshots.merging import MergeKind
    from contentvc.surroundings.settings import OnConflict

__all__ = ["MergingTree", "choice_of", "merged_of"]


class MergingTree(WorkingTree):
    """A working tree that others' work can be brought into."""

    def merge(
        self,
        revision: str | Version,
        *,
        message: str | None = None,
        author: str | None = None,
        on_conflict: str = "fail",
        fast_forward: bool = True,
        allow_unrelated: bool = False,
        force: bool = False,
        discard: bool = False,
    ) -> Merged:
        """Bring in what another branch or version has done since both were one.

        Args:
            revision: what is merged.
            message: why; without it, what is merged is named.
            author: ``Name <address>``, when it is not the workspace's.
            on_conflict: where both changed the same item: ``fail`` and change nothing, ``stop``
                and leave both in the file, or let ``ours`` or ``theirs`` decide, item by item.
            fast_forward: where this branch has nothing of its own, just move it on.
            allow_unrelated: also where both histories share nothing.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing, Usage: the revision is not understood.
            Conflict: there are conflicts (``merge-conflict``), uncommitted changes are in the way
                (``would-overwrite``), or something is in progress (``merging``); nothing was
                changed.

        Example:
            >>> workspace.merge("kind", on_conflict="stop").outcome
            'stopped'
            >>> workspace.resolve(["prompts"], side="ours")
            ()
            >>> [parent.message for parent in workspace.commit().parents]
            ['Shorter', 'Kinder']
        """
        from contentvc.actions.merge import (  # noqa: PLC0415 - as undo
            FastForward,
            MergeRequest,
            merge,
        )

        request = MergeRequest(
            revision=revision_of(revision),
            message=message,
            author=None if author is None else checked_author(author, "author"),
            fast_forward=FastForward.ALLOWED if fast_forward else FastForward.NEVER,
            on_conflict=choice_of(on_conflict),
            allow_unrelated=allow_unrelated,
            overwrite=Overwrite(force, discard),
        )
        return merged_of(self, self._session, merge(self._session.context(), request))

    def cherry_pick(
        self,
        revisions: Iterable[str | Version],
        *,
        mainline: int = 0,
        on_conflict: str = "fail",
        force: bool = False,
        discard: bool = False,
    ) -> Picked:
        """Do again here what single versions changed; each becomes a version of its own.

        All of them are there or none is, and one `undo` takes them back.

        Args:
            revisions: versions, and ranges ``A..B``, picked oldest first.
            mainline: of a merge, which parent counts as what came before, from 1.
            on_conflict: as `merge`; where it stops, the versions before are there.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing, Usage: a revision is not understood, or is a merge without a mainline.
            Conflict: as `merge`.

        Example:
            >>> (version,) = workspace.cherry_pick(["kind"], on_conflict="theirs").versions
            >>> version.attributes["cherry-picked-from"] == workspace.at("kind").id
            True
        """
        return self._pick("cherry-pick", revisions, mainline, on_conflict, force, discard)

    def revert(
        self,
        revisions: Iterable[str | Version],
        *,
        mainline: int = 0,
        on_conflict: str = "fail",
        force: bool = False,
        discard: bool = False,
    ) -> Picked:
        r"""Record versions that take back what single ones changed; history stays.

        Args:
            revisions: versions, and ranges ``A..B``, reverted newest first.
            mainline: of a merge, which parent counts as what came before, from 1.
            on_conflict: as `merge`; where it stops, the versions before are there.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing, Usage: a revision is not understood, or is a merge without a mainline.
            Conflict: as `merge`.

        Example:
            >>> _ = workspace.revert(["HEAD"])
            >>> Path("support/prompts/support.md").read_text()
            'Be brief.\nBe polite.\n'
        """
        return self._pick("revert", revisions, mainline, on_conflict, force, discard)

    def conflicts(self, paths: Iterable[Path] = ()) -> tuple[ConflictingFile, ...]:
        """What is in progress and could not be decided yet; nothing where nothing is.

        Args:
            paths: only these files and folders; each must have a conflict.

        Raises:
            Missing: there is no conflict at a path (``unknown-path``).

        Example:
            >>> workspace.conflicts()
            ()
        """
        from contentvc.actions.conflicts import list_conflicts  # noqa: PLC0415 - as undo

        report = list_conflicts(self._session.context(), self._session.paths(paths))
        return tuple(conflicting(self._session, one) for one in report.conflicts)

    def resolve(
        self, paths: Iterable[Path], *, side: str | None = None, force: bool = False
    ) -> tuple[ConflictingFile, ...]:
        r"""Note that conflicts are decided; the conflicts that are left.

        Args:
            paths: files, and folders for all below them.
            side: ``ours``, ``theirs`` or ``base`` decides; None means as the files are now.
            force: as they are now, also with the marks of a conflict in them.

        Raises:
            Declined: nothing is in progress (``not-merging``).
            Missing: there is no conflict at a path (``unknown-path``).
            Conflict: a file still has the marks of a conflict (``unresolved``).
            Usage: there is no such side.

        Example:
            >>> _ = workspace.merge("kind", on_conflict="stop")
            >>> _ = Path("support/prompts/support.md").write_text("Be brief and kind.\n")
            >>> workspace.resolve(["prompts/support.md"])
            ()
            >>> workspace.commit().message
            "Merge branch 'kind' into main"
        """
        from contentvc.actions.resolve import ResolveRequest, resolve  # noqa: PLC0415 - as undo

        request = ResolveRequest(self._session.paths(paths), _side(side), force=force)
        resolve(self._session.context(), request)
        return self.conflicts()

    def resolve_items(
        self,
        path: Path,
        items: Iterable[str],
        *,
        side: str | None = None,
        value: Any = ...,
    ) -> tuple[ConflictingFile, ...]:
        r"""Note that records or values of a file are decided; the conflicts that are left.

        The rest of the file stays as it is, whatever was edited in it.

        Args:
            path: the file.
            items: as a conflict names them; a record decides all fields of it that are left, the
                empty text all of the file.
            side: ``ours``, ``theirs`` or ``base`` decides; None means as the file is now.
            value: of one item: what it becomes; None is a value, too.

        Raises:
            Declined: nothing is in progress (``not-merging``).
            Missing: there is no such conflict, or it is decided as a whole (``unknown-item``).
            Conflict: the file cannot be read by item any more (``does-not-fit``).
            Usage: there is no such side, or a value for several items.
        """
        from contentvc.actions.resolve_items import (  # noqa: PLC0415 - as undo
            ItemsRequest,
            resolve_items,
        )
        from contentvc.formats.items import Piece  # noqa: PLC0415 - as undo

        if isinstance(items, str):
            raise Usage("bad-value", f"items must be several: [{items!r}]")
        (name,), wanted = self._session.paths([path]), tuple(items)
        if value is not ... and (side is not None or len(wanted) != 1):
            raise Usage("usage", "a value is of one item, and instead of a side")
        piece = None if value is ... else Piece(value)
        named = tuple((name, item) for item in wanted)
        resolve_items(self._session.context(), ItemsRequest(named, _side(side), piece))
        return self.conflicts()

    def go_on(self, *, skip: bool = False, on_conflict: str = "fail") -> Picked | None:
        """Go on with a cherry-pick or revert that stopped, once its conflicts are resolved.

        Returns what came after the version it stopped at; None where nothing did.

        Args:
            skip: leave out the version it stopped at.
            on_conflict: as `merge`.

        Raises:
            Declined: no such thing is in progress (``not-merging``).
            Conflict: conflicts are left (``unresolved``), or as `merge`.

        Example:
            >>> _ = workspace.cherry_pick(["kind"], on_conflict="stop")
            >>> _ = workspace.resolve(["."], side="theirs")
            >>> workspace.go_on(), workspace.head.message
            (None, 'Kinder')
        """
        from contentvc.actions.going_on import continue_picks, skip_pick  # noqa: PLC0415 - as undo

        act = skip_pick if skip else continue_picks
        done = act(self._session.context(), self._kind(), choice_of(on_conflict), Overwrite())
        return None if done.rest is None else _picked(self, self._session, done.rest)

    def abort(self, *, discard: bool = False) -> tuple[Change, ...]:
        """Take back what is in progress, as a whole; the files that are as before it.

        Args:
            discard: do not keep what was edited since in the files it wrote.

        Raises:
            Declined: nothing is in progress (``not-merging``).

        Example:
            >>> _ = workspace.merge("kind", on_conflict="stop")
            >>> [change.path for change in workspace.abort()]
            ['prompts/support.md']
            >>> workspace.conflicts(), workspace.status().is_clean
            ((), True)
        """
        from contentvc.actions.abort import abort  # noqa: PLC0415 - as undo

        report = abort(self._session.context(), self._kind(), discard=discard)
        head = self._session.context().head.commit
        return changes_between(self._session.reader, report.changes, head)

    def _kind(self) -> "MergeKind":
        from contentvc.actions.merging import in_progress, not_merging  # noqa: PLC0415 - as undo

        context = self._session.context()
        found = in_progress(context.repository, context.head)
        if found is None:
            raise not_merging()
        return found.merging.kind

    def _pick(
        self,
        kind: str,
        revisions: Iterable[str | Version],
        mainline: int,
        on_conflict: str,
        force: bool,  # noqa: FBT001 - the keyword of the caller
        discard: bool,  # noqa: FBT001 - likewise
    ) -> Picked:
        from contentvc.actions.picks import PickRequest, pick  # noqa: PLC0415 - as undo
        from contentvc.snapshots.merging import MergeKind  # noqa: PLC0415 - as undo

        if isinstance(revisions, str):
            raise Usage("bad-value", f"revisions must be several: [{revisions!r}]")
        request = PickRequest(
            MergeKind(kind),
            tuple(map(revision_of, revisions)),
            mainline,
            choice_of(on_conflict),
            Overwrite(force, discard),
        )
        return _picked(self, self._session, pick(self._session.context(), request))


def choice_of(text: str) -> "OnConflict":
    """What is to happen to conflicts.

    Raises:
        Usage: there is no such choice.
    """
    from contentvc.surroundings.settings import OnConflict  # noqa: PLC0415 - as undo

    if text not in list(OnConflict):
        raise Usage("bad-value", f"{text} is none of: {', '.join(OnConflict)}")
    return OnConflict(text)


def _side(word: str | None) -> "Side | None":
    from contentvc.formats.contract import Side  # noqa: PLC0415 - as undo

    if word is not None and word not in list(Side):
        raise Usage("bad-value", f"{word} is no side: ours, theirs or base")
    return None if word is None else Side(word)


def merged_of(tree: MergingTree, session: Session, report: "MergeReport") -> Merged:
    """The report on a merge, for programs."""
    return Merged(
        outcome=report.outcome.value,
        version=None if report.new is None else session.version(report.new),
        changes=changes_between(session.reader, report.changes, report.new),
        conflicts=tree.conflicts() if report.conflicts else (),
        overwritten=to_texts(report.overwritten),
        is_saved=report.saved,
    )


def _picked(tree: MergingTree, session: Session, report: "PickReport") -> Picked:
    at = None if report.stopped is None else report.stopped.picked
    return Picked(
        versions=tuple(session.version(one.id) for one in report.picks if one.id is not None),
        stopped_at=None if at is None else session.version(at),
        changes=changes_between(session.reader, report.changes, session.context().head.commit),
        conflicts=tree.conflicts() if at is not None else (),
        overwritten=to_texts(report.overwritten),
        is_saved=report.saved,
    )
