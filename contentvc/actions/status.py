"""Status: where the working tree stands and what is not recorded yet."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc.actions.ahead import Standing, standing_of
from contentvc.actions.context import Context
from contentvc.actions.counting import counted
from contentvc.actions.heads import branch_of
from contentvc.actions.ruling import rules_here
from contentvc.actions.working import Look, look, remember, size_here, unstaged, working_changes
from contentvc.changes.files import FileChange
from contentvc.ids import ObjectId
from contentvc.snapshots.merging import Merging
from contentvc.snapshots.operation import Head
from contentvc.worktree.found import Skipped

if TYPE_CHECKING:
    from contentvc.formats.counts import Counts

__all__ = ["StatusReport", "StatusRequest", "status"]


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """What is asked for."""

    want_ignored: bool = False
    rehash: bool = False
    """Read every file again, whatever its stat says."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The answer."""

    head: Head
    moved_to: ObjectId | None
    """Where the branch is now, when others moved it away from what the working tree stands on."""
    standing: Standing | None
    """How the branch stands to its upstream, as far as is known here; None where it has none."""
    changes: tuple[FileChange, ...]
    files: int
    """Recorded files that are as they were."""
    size: int
    """Bytes of those."""
    skipped: tuple[Skipped, ...]
    ignored: tuple[bytes, ...]
    merging: Merging | None
    """What is in progress, with the conflicts that are left; None where nothing is."""
    counts: Mapping[bytes, "Counts"]
    """How many records differ in changed files of records, as long as these are small."""
    sparse: tuple[bytes, ...]
    """The paths whose files are here; empty where all are."""
    here: tuple[int, int]
    """Bytes of recorded files that are here, and of all; zeros where all are here."""
    interrupted: bool
    """A checkout was interrupted; the next command that changes something finishes it."""

    @property
    def clean(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.changes


def status(context: Context, request: StatusRequest) -> StatusReport:
    """Compare the working tree with what it stands on. Changes nothing and waits for nobody."""
    seen = look(context, want_ignored=request.want_ignored, rehash=request.rehash)
    changes: tuple[FileChange, ...] = ()
    if unstaged(seen):
        remember(context, seen, {})
    else:
        changes = tuple(working_changes(context, seen, with_ids=False))
    return StatusReport(
        head=context.head,
        moved_to=_moved_to(context),
        standing=standing_of(context, branch_of(context.head), context.head.commit),
        changes=changes,
        files=_unchanged(seen, changes),
        size=_unchanged_bytes(seen, changes),
        skipped=seen.scan.skipped,
        ignored=seen.scan.ignored,
        merging=_merging(context),
        counts=counted(context, changes, lambda: rules_here(context)),
        sparse=context.place.sparse,
        here=size_here(context, seen) if context.place.sparse else (0, 0),
        interrupted=_is_interrupted(context),
    )


def _merging(context: Context) -> Merging | None:
    if not context.head.merging:
        return None
    from contentvc.actions.merging import in_progress  # noqa: PLC0415 - seldom needed

    found = in_progress(context.repository, context.head)
    return None if found is None else found.merging


def _moved_to(context: Context) -> ObjectId | None:
    head = context.head
    target = context.repository.view.refs.get(head.ref) if head.ref else None
    return target.id if target is not None and target.id != head.commit else None


def _unchanged(seen: Look, changes: tuple[FileChange, ...]) -> int:
    """Clean files, and those that only had to be read to know."""
    changed = {change.path for change in changes}
    return seen.scan.clean + sum(one.found.path not in changed for one in seen.scan.suspects)


def _unchanged_bytes(seen: Look, changes: tuple[FileChange, ...]) -> int:
    changed = {change.path for change in changes}
    read = sum(one.found.size for one in seen.scan.suspects if one.found.path not in changed)
    return seen.scan.clean_bytes + read


def _is_interrupted(context: Context) -> bool:
    return os.path.lexists(context.place.checkout)  # a damaged journal counts too
