"""WorkingTree: a working tree as it is looked at, beside the versions it came from."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.log import LogRequest, log
from contentvc.actions.status import StatusRequest, status
from contentvc.face.change import Change, changes_between, working_changes
from contentvc.face.item_history import ItemVersion, item_version
from contentvc.face.paths import Path
from contentvc.face.reports import Status, status_of
from contentvc.face.repository import Repository
from contentvc.face.session import Session
from contentvc.face.version import Version, revision_of

if TYPE_CHECKING:
    from contentvc.face.problems import Problem

__all__ = ["WorkingTree"]


class WorkingTree:
    """What can be asked of a workspace; nothing here changes anything or waits for anybody."""

    def __init__(self, session: Session) -> None:
        """For `contentvc.open` and `contentvc.init`, which make them."""
        self._session = session

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    @property
    def path(self) -> str:
        """The folder whose content is recorded; absolute."""
        return os.fsdecode(self._session.place.root)

    @property
    def repository(self) -> Repository:
        """All versions, to be read; ``HEAD`` is that of this workspace."""
        return Repository(self._session.reader)

    @property
    def head(self) -> Version | None:
        """The version that the working tree came from; None before the first commit.

        Example:
            >>> workspace.head == workspace.at("main")
            True
        """
        return self._session.standing(self._session.context().head)

    def at(self, revision: str = "HEAD") -> Version:
        """The version that a revision names: the same as ``repository.at``.

        Raises:
            Missing, Usage: as `Repository.at`.

        Example:
            >>> workspace.at("main~1").tree["model.json"].json()["temperature"]
            0.2
        """
        return self.repository.at(revision)

    def status(self) -> Status:
        """Compare the working tree with what it came from; changes nothing, waits for nobody.

        Example:
            >>> Path("support/model.json").unlink()
            >>> [(change.path, str(change.kind)) for change in workspace.status().changes]
            [('model.json', 'deleted')]
        """
        return status_of(self._session, status(self._session.context(), StatusRequest()))

    def validate(
        self,
        paths: Iterable[Path] = (),
        sets: Iterable[str] = (),
        revision: str | Version | None = None,
    ) -> "tuple[Problem, ...]":
        """What is wrong with content, as the content sets in contentvc.toml have it.

        Args:
            paths: files and folders; none means all.
            sets: only files of these content sets; none means all files, also those of no set
                whose names say what they hold.
            revision: of which version; None is the working tree.

        Raises:
            Missing: there is no such revision, path or set (``unknown-set``).

        Example:
            >>> workspace.validate(revision="v1")
            ()
        """
        from contentvc.actions.validate import (  # noqa: PLC0415 - 60 ms, few programs ask
            ValidateRequest,
            validate,
        )
        from contentvc.face.problems import problems_of  # noqa: PLC0415 - as above

        named = None if revision is None else revision_of(revision)
        request = ValidateRequest(named, self._session.paths(paths), tuple(sets))
        return tuple(problems_of(validate(self._session.context(), request)))

    def diff(
        self,
        old: str | Version | None = None,
        new: str | Version | None = None,
        paths: Iterable[Path] = (),
        sets: Iterable[str] = (),
    ) -> tuple[Change, ...]:
        """What differs, in the order of the paths; renames found.

        Args:
            old: a version, a revision or a range ``A..B``; None is what the working tree came from.
            new: a version or a revision; None is the working tree.
            paths: only these files and folders.
            sets: only files of these content sets, as the newer side declares them.

        Raises:
            Missing, Usage: a revision is not understood, or a content set is not declared.
            Declined: content sets are named, and contentvc.toml has mistakes.

        Example:
            >>> [change.path for change in workspace.diff("v1", "main", ["prompts"])]
            ['prompts/support.md']
        """
        session = self._session
        old = None if old is None else revision_of(old)
        new = None if new is None else revision_of(new)
        found = diff(session.context(), DiffRequest(old, new, session.paths(paths), tuple(sets)))
        if found.new is None:
            return working_changes(session.reader, found.changes, session.place.root)
        return changes_between(session.reader, found.changes, found.new)

    def history(
        self, path: Path, item: str, revision: str = "HEAD", *, most: int | None = None
    ) -> Iterator[ItemVersion]:
        """The versions that changed a record or a value, newest first, each read when asked for.

        Args:
            path: of the file, which is followed through renames.
            item: a record by its key, ``17``, a field of it, ``17/answer``, or a value of a
                document by its path, ``model/name``.
            revision: where to start, or a range ``A..B``.
            most: how many at most.

        Raises:
            Missing: no version has it (``unknown-item``), or the revision is not understood.
        """
        from contentvc.actions.history import (  # noqa: PLC0415 - few programs look inside
            HistoryRequest,
            item_history,
        )

        (name,) = self._session.paths([path])
        request = HistoryRequest(name, item, revision, most)
        for found in item_history(self._session.context(), request):
            yield item_version(self._session, found)

    def log(
        self,
        revision: str = "HEAD",
        paths: Iterable[Path] = (),
        *,
        most: int | None = None,
        since: str | datetime = "",
        until: str | datetime = "",
        author: str = "",
        grep: str = "",
    ) -> Iterator[Version]:
        """The versions that a revision reaches, newest first, each read when it is asked for.

        Args:
            revision: a revision, or a range ``A..B`` of what B has and A has not.
            paths: only versions that changed these; a single file is followed through renames.
            most: how many at most.
            since: not before this time, which may be written as ``"2 hours ago"``.
            until: not after this time.
            author: a regular expression that the author fits, whatever the case.
            grep: the same, for the message.

        Raises:
            Missing, Usage: a revision, a time or an expression is not understood.

        Example:
            >>> [version.message for version in workspace.log(paths=["evals"])]
            ['First version']
        """
        request = LogRequest(
            revision=revision,
            paths=self._session.paths(paths),
            most=most,
            since=_moment(since),
            until=_moment(until),
            author=author,
            grep=grep,
        )
        for entry in log(self._session.context(), request):
            yield self._session.version(entry.id)


def _moment(given: str | datetime) -> str:
    return given.isoformat() if isinstance(given, datetime) else given
