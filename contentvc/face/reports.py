"""Reports: what a workspace answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contentvc.actions.heads import branch_of
from contentvc.face.change import Change, changes_between, working_changes
from contentvc.face.operations import Operation, Operations
from contentvc.face.paths import to_text, to_texts
from contentvc.face.session import Session
from contentvc.face.version import Version

if TYPE_CHECKING:
    from contentvc.actions import forget as forgetting
    from contentvc.actions.purge import PurgeReport
    from contentvc.actions.restore import RestoreReport
    from contentvc.actions.status import StatusReport
    from contentvc.actions.switch import SwitchReport
    from contentvc.actions.undo import UndoReport

__all__ = [
    "Forgotten",
    "KeptFile",
    "Purged",
    "Restored",
    "Status",
    "Switched",
    "Undone",
    "forgotten",
    "purged",
    "restored",
    "status_of",
    "switched",
    "undone",
]


@dataclass(frozen=True, slots=True)
class Status:
    r"""Where a working tree stands, and what is not recorded yet.

    Example:
        >>> workspace.status().is_clean
        True
        >>> _ = Path("support/notes.md").write_text("To do.\n")
        >>> [(change.path, str(change.kind)) for change in workspace.status().changes]
        [('notes.md', 'added')]
    """

    branch: str | None
    """None where the working tree is on no branch."""
    version: Version | None
    """What the working tree came from; None before the first commit."""
    changes: tuple[Change, ...]
    files: int
    """Recorded files that are as they were."""
    size: int
    """Bytes of those."""
    skipped: Mapping[str, str]
    """What was passed over, and why: ``secret``, ``special``, ``unreadable`` …"""
    moved_to: Version | None
    """Where the branch is now, when others moved it away from `version`."""
    upstream: str | None
    """The branch of a remote that it belongs to, as ``origin/main``; None where it has none."""
    ahead: int | None
    """Versions that only the branch here has, as far as is known here; None without an upstream, or
    where the remote was never seen to have it."""
    behind: int | None
    """Versions that only the upstream has."""
    in_progress: str | None
    """``merge``, ``cherry-pick``, ``revert`` or ``stash-pop``; None where nothing is."""
    is_interrupted: bool
    """A checkout was interrupted; the next change of the working tree finishes it."""

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.changes


@dataclass(frozen=True, slots=True)
class Switched:
    """What switching did.

    Example:
        >>> _ = workspace.branches.create("old", "v1")
        >>> switched = workspace.switch("old")
        >>> switched.branch, [change.path for change in switched.changes]
        ('old', ['model.json', 'prompts/support.md'])
    """

    branch: str | None
    """None where the working tree is on no branch now."""
    version: Version | None
    """What it stands on now; None on a branch without a commit."""
    changes: tuple[Change, ...]
    """What differs between the two versions."""
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring wrote.

    Example:
        >>> _ = Path("support/model.json").write_text("{}")
        >>> restored = workspace.restore(["model.json"])
        >>> restored.overwritten, restored.is_saved
        (('model.json',), True)
        >>> workspace.operations[5].saved["model.json"].text()
        '{}'
    """

    paths: tuple[str, ...]
    """The files that were written."""
    overwritten: tuple[str, ...]
    """Those of them that had uncommitted content."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, or done again.

    Example:
        >>> undone = workspace.undo()
        >>> undone.operation.kind, undone.refs == {"branch/main": workspace.at("v1")}
        ('commit', True)
    """

    operation: Operation
    """What is as if it had not been, or is done again."""
    refs: Mapping[str, Version | None]
    """Where ``branch/main``, ``tag/v1`` and the like went; None for what is not there now."""
    branch: str | None
    """None where the working tree is on no branch now."""
    version: Version | None
    """What the working tree stands on now; None before the first commit."""
    changes: tuple[Change, ...]
    """Files that were written or removed in the working tree."""
    overwritten: tuple[str, ...]
    """Paths whose uncommitted content was in the way."""
    is_saved: bool
    """Whether that content was kept in the operation log."""
    published: tuple[str, ...]
    """Remotes that have what was taken back, and keep it."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that an operation kept.

    Example:
        >>> _ = Path("support/model.json").write_text("{}")
        >>> _ = workspace.restore(["model.json"])
        >>> (file,) = workspace.forget(paths=["model.json"]).dropped
        >>> file.path, file.size, file.operation
        ('model.json', 2, 5)
    """

    path: str
    id: str
    """The hash of the content, as of `File.id`."""
    size: int
    """Bytes of the content."""
    operation: int
    """The number of the operation."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is gone for good, and what is not.

    Example:
        >>> _ = Path("support/model.json").write_text("{}")
        >>> _ = workspace.restore(["model.json"])
        >>> forgotten = workspace.forget([workspace.operations[5]])
        >>> [file.path for file in forgotten.dropped], forgotten.operation
        (['model.json'], 6)
    """

    operation: int
    """The number of the operation that dropped it."""
    dropped: tuple[KeptFile, ...]
    stayed: tuple[KeptFile, ...] = field(repr=False)
    """What was asked for too and is recorded elsewhere: in a version, by another operation."""
    freed: int
    """Bytes the repository shrank by; below zero where it grew."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What is gone from every version.

    Example:
        >>> purged = workspace.purge(["model.json"], reason="a person asked")
        >>> purged.paths, purged.commits, purged.remains
        (('model.json',), 2, ('model.json',))
        >>> try:
        ...     workspace.at("v1").tree["model.json"].text()
        ... except contentvc.Missing as error:
        ...     error.code
        'purged'
    """

    operation: int
    """The number of the operation."""
    reason: str
    ids: tuple[str, ...]
    """Of the contents that are gone."""
    paths: tuple[str, ...]
    """Every path that has one of them in some version."""
    commits: int
    """Versions that name one of them."""
    freed: int
    """Bytes the repository shrank by; below zero where it grew."""
    remains: tuple[str, ...]
    """Paths in this working tree that still hold some of it."""


def status_of(session: Session, report: "StatusReport") -> Status:
    """The report on a working tree, for programs."""
    moved_to, standing = report.moved_to, report.standing
    apart = None if standing is None else standing.apart
    return Status(
        branch=branch_of(report.head),
        version=session.standing(report.head),
        changes=working_changes(session.reader, report.changes, session.place.root),
        files=report.files,
        size=report.size,
        skipped={to_text(one.path): str(one.reason.value) for one in report.skipped},
        moved_to=None if moved_to is None else session.version(moved_to),
        upstream=None if standing is None else standing.upstream.name,
        ahead=None if apart is None else apart.ahead,
        behind=None if apart is None else apart.behind,
        in_progress=None if report.merging is None else report.merging.kind.value,
        is_interrupted=report.interrupted,
    )


def switched(session: Session, report: "SwitchReport") -> Switched:
    """The report on a switch, for programs."""
    return Switched(
        branch=branch_of(report.new),
        version=session.standing(report.new),
        changes=changes_between(session.reader, report.changes, report.new.commit),
        overwritten=to_texts(report.overwritten),
        is_saved=report.saved,
    )


def restored(report: "RestoreReport") -> Restored:
    """The report on a restoring, for programs."""
    return Restored(to_texts(report.restored), to_texts(report.overwritten), report.saved)


def undone(session: Session, report: "UndoReport") -> Undone:
    """The report on an undo or a redo, for programs."""
    refs = {
        move.name: None if move.new is None else session.version(move.new) for move in report.refs
    }
    return Undone(
        operation=Operations(session)[report.operation.sequence],
        refs=refs,
        branch=branch_of(report.new),
        version=session.standing(report.new),
        changes=changes_between(session.reader, report.changes, report.new.commit),
        overwritten=to_texts(report.overwritten),
        is_saved=report.saved,
        published=report.published,
    )


def forgotten(report: "forgetting.ForgetReport") -> Forgotten:
    """The report on a forgetting, for programs."""
    return Forgotten(
        operation=report.sequence,
        dropped=_kept(report.dropped),
        stayed=_kept(report.stayed),
        freed=report.freed,
    )


def purged(report: "PurgeReport") -> Purged:
    """The report on a purge, for programs."""
    contents = report.survey.contents
    return Purged(
        operation=report.sequence,
        reason=report.reason,
        ids=tuple(one.id.hex() for one in contents),
        paths=to_texts(sorted({path for one in contents for path in one.paths})),
        commits=report.survey.commits,
        freed=report.freed,
        remains=to_texts(report.remains.here),
    )


def _kept(files: "Iterable[forgetting.KeptFile]") -> tuple[KeptFile, ...]:
    return tuple(
        KeptFile(to_text(file.path), file.id.hex(), file.size, file.sequence) for file in files
    )
