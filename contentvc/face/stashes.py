"""Stashes: uncommitted changes that were set aside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from contentvc.actions.carrying import Overwrite
from contentvc.actions.context import Context
from contentvc.actions.stashes import (
    StashEntry,
    drop_stash,
    list_stashes,
    pop_stash,
    push_stash,
)
from contentvc.errors import Missing
from contentvc.face.change import Change, changes_between
from contentvc.face.merging import choice_of
from contentvc.face.paths import Path, to_texts
from contentvc.face.session import Session
from contentvc.face.version import Version
from contentvc.history.names import STASH

__all__ = ["Popped", "Stash", "Stashes"]


@dataclass(frozen=True, slots=True)
class Stash:
    r"""Changes that were set aside; a version like any other until it is dropped, and after.

    Example:
        >>> _ = Path("support/prompts/support.md").write_text("Be kind.\n")
        >>> stash = workspace.stashes.push("Half a thought")
        >>> stash.number, stash.message, [change.path for change in stash.changes]
        (1, 'Half a thought', ['prompts/support.md'])
        >>> stash.version.tree["prompts/support.md"].text()
        'Be kind.\n'
        >>> stash.version == workspace.at("stash/1")
        True
    """

    number: int
    """The revision ``stash/N`` means it, until it is popped or dropped."""
    version: Version
    """All content with the changes, on top of the version they were made on."""
    changes: tuple[Change, ...] = field(repr=False)
    """What they changed there."""

    @property
    def message(self) -> str:
        """What it is."""
        return self.version.message

    @property
    def time(self) -> datetime:
        """When it was set aside, in the author's time zone."""
        return self.version.time


@dataclass(frozen=True, slots=True)
class Popped:
    r"""A stash that is in the working tree again.

    Example:
        >>> _ = Path("support/notes.md").write_text("To do.\n")
        >>> _ = workspace.stashes.push("Notes")
        >>> popped = workspace.stashes.pop()
        >>> popped.stash.message, popped.overwritten, Path("support/notes.md").read_text()
        ('Notes', (), 'To do.\n')
    """

    stash: Stash
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""
    is_merged: bool = False
    """The same files were changed since, and both changes are put together."""
    is_stopped: bool = False
    """That has conflicts, as `Workspace.conflicts` lists them; the stash is kept."""


class Stashes:
    r"""What was set aside in a repository, newest first; all of its workspaces have the same.

    Example:
        >>> _ = Path("support/notes.md").write_text("To do.\n")
        >>> _ = workspace.stashes.push("Notes")
        >>> [(stash.number, stash.message) for stash in workspace.stashes]
        [(1, 'Notes')]
        >>> len(workspace.stashes), workspace.stashes[1].message
        (1, 'Notes')
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __len__(self) -> int:
        return sum(1 for _ in list_stashes(self._session.context()))

    def __iter__(self) -> Iterator[Stash]:
        return map(self._stash, list_stashes(self._session.context()))

    def __getitem__(self, number: int) -> Stash:
        """The stash of that number.

        Raises:
            Missing: there is none (``unknown-stash``); it is a `KeyError` too.
        """
        for stash in self:
            if stash.number == number:
                return stash
        raise _missing(number)

    def push(self, message: str | None = None, paths: Iterable[Path] = ()) -> Stash:
        r"""Set uncommitted changes aside: the working tree is as recorded. Ignored files stay.

        Args:
            message: what it is; without it, the version it was made on is named.
            paths: only these files and folders.

        Raises:
            Declined: there are no changes (``nothing-to-stash``).

        Example:
            >>> _ = Path("support/model.json").write_text("{}")
            >>> _ = workspace.stashes.push()
            >>> workspace.status().is_clean, workspace.stashes[1].message
            (True, 'On main: Shorter')
        """
        paths = self._session.paths(paths)
        return self._stash(push_stash(self._session.context(), message, paths))

    def pop(
        self,
        number: int | Stash | None = None,
        *,
        on_conflict: str = "fail",
        force: bool = False,
        discard: bool = False,
    ) -> Popped:
        """Bring a stash back into the working tree, and drop it.

        Where the same files were changed since, both changes are put together.

        Args:
            number: which one; None is the newest.
            on_conflict: as `Workspace.merge`; a stash that stops at conflicts is kept.
            force: overwrite uncommitted changes in the way; the operation keeps them.
            discard: overwrite them, and keep nothing.

        Raises:
            Missing: there is none (``unknown-stash``).
            Conflict: there are conflicts (``merge-conflict``); nothing was changed.
        """
        context = self._session.context()
        overwrite = Overwrite(force, discard)
        done = pop_stash(context, _number(context, number), overwrite, choice_of(on_conflict))
        return Popped(
            self._stash(done.entry),
            to_texts(done.overwritten),
            done.saved,
            done.is_merged,
            bool(done.conflicts),
        )

    def drop(self, number: int | Stash | None = None) -> Stash:
        """Remove a stash; `Workspace.undo` brings it back.

        Args:
            number: which one; None is the newest.

        Raises:
            Missing: there is none (``unknown-stash``).

        Example:
            >>> _ = Path("support/model.json").write_text("{}")
            >>> stash = workspace.stashes.push()
            >>> workspace.stashes.drop() == stash, len(workspace.stashes)
            (True, 0)
            >>> _ = workspace.undo()
            >>> len(workspace.stashes)
            1
        """
        context = self._session.context()
        return self._stash(drop_stash(context, _number(context, number)))

    def _stash(self, entry: StashEntry) -> Stash:
        changes = changes_between(self._session.reader, entry.changes, entry.id)
        return Stash(entry.number, self._session.version(entry.id), changes)


def _number(context: Context, given: int | Stash | None) -> int | None:
    """Of the stash that is meant: once it is dropped, its number may be that of another."""
    if not isinstance(given, Stash):
        return given
    ref = context.repository.view.refs.get(f"{STASH}{given.number}")
    if ref is None or ref.id.hex() != given.version.id:
        raise _missing(given.number)
    return given.number


def _missing(number: int) -> Missing:
    return Missing("unknown-stash", f"there is no stash {number}, or it is another by now")
