"""Commit: recording the working tree, or some paths of it, as the next commit of its branch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from contentvc import limits
from contentvc.actions.attributes_kept import with_attributes
from contentvc.actions.context import Context
from contentvc.actions.covering import cover_recent
from contentvc.actions.heads import branch_of, checked_head
from contentvc.actions.recording import Recorded, record
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import Look, edited, look, sweep
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.files import ChangeKind, FileChange, classify
from contentvc.changes.trees import diff_trees, lookup
from contentvc.errors import Busy, Declined, Usage
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.sets.names import DECLARATION, TELLING
from contentvc.snapshots.attributes import Attributes, check_attributes
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.worktree.found import Skipped
from contentvc.worktree.statefile import keep_state

if TYPE_CHECKING:
    from contentvc.actions.merging import InProgress
    from contentvc.actions.validation import FileProblems

__all__ = ["CommitReport", "CommitRequest", "commit"]

_VALIDATION: Final = "validation"
"""The attribute of a commit whose content was not validated."""
_ATTEMPTS: Final = 3
"""How often a commit is prepared again when content it reuses was dropped meanwhile."""


@dataclass(frozen=True, slots=True)
class CommitRequest:
    """What is to be recorded, and as what."""

    message: str | None
    """None keeps that of the commit that is amended, or the one that a merge proposes."""
    paths: tuple[bytes, ...] = ()
    """Files and folders; none means all changes."""
    attributes: Attributes = ()
    author: str | None = None
    time: int | None = None
    """Microseconds since 1970; None is now, or the time of the commit that is amended."""
    zone: int | None = None
    amend: bool = False
    allow_empty: bool = False
    force: bool = False
    """Record PATHS that are ignored or look like secrets."""
    skip_unreadable: bool = False
    is_verified: bool = True
    """Whether content is validated; if not, an attribute of the commit says so."""


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What was recorded."""

    id: ObjectId
    commit: Commit
    branch: str | None
    """Without ``branch/``; None when HEAD is detached."""
    changes: Counter[ChangeKind]
    """How many files changed in which way, against the first parent."""
    content: int
    """Bytes of all content of the commit."""
    changed: int
    """Bytes of content that is added or modified."""
    stored: int
    """Bytes the repository grew by."""
    files: int | None
    """Files of the commit; only counted for the first."""
    folders: int | None
    skipped: tuple[Skipped, ...]
    concluded: str | None = None
    """What was in progress and is concluded: ``merge``, ``cherry-pick`` or ``revert``."""
    left: int = 0
    """Commits still to be picked or reverted, so that it is in progress all the same."""
    warnings: "tuple[FileProblems, ...]" = ()
    """What is wrong with files of sets that only ask for a warning, or with files of no set."""


def commit(context: Context, request: CommitRequest) -> CommitReport:
    """Record what changed; nothing is recorded unless all of it is.

    Raises:
        Declined: there is nothing to record, a file cannot be read, or content breaks what its
            content set asks (``invalid-content``).
        Conflict: the branch moved meanwhile, a file keeps changing, or a merge in progress has
            conflicts left (``unresolved``).
    """
    _check(request)
    with settled_lease(context):
        for _ in range(_ATTEMPTS - 1):
            try:
                return _attempt(context, request)
            except Busy as error:
                if error.code != "start-over":
                    raise
                context.repository.refresh()
        return _attempt(context, request)


def _check(request: CommitRequest) -> None:
    size = len((request.message or "").encode())
    if size > limits.MESSAGE_BYTES:
        raise Usage("bad-value", f"the message has {size:,} bytes", "put long texts into files")
    check_attributes(request.attributes, limits.ATTRIBUTES * limits.ATTRIBUTE_BYTES)


def _attempt(context: Context, request: CommitRequest) -> CommitReport:
    repository = context.repository
    head = checked_head(context)
    base = context.base()
    if request.amend and base is None:
        raise Usage("usage", "there is no commit to amend", "record one without --amend")
    progress = _progress(context, request, head)
    with repository.writing() as writing:
        seen = look(context, request.paths, force=request.force)
        sweep(context, seen)
        recorded = record(context, seen, writing, skip_unreadable=request.skip_unreadable)
        if progress is not None:
            _record_merged(context, seen, writing, recorded, progress)
        edits = with_attributes(context, seen, recorded.edits)
        tree, size = edit_tree(
            repository.entries, base.tree if base else None, edits, writing.put_tree
        )
        is_needed = request.allow_empty or request.amend or _follows(progress)
        if not is_needed and tree == (base.tree if base else None):
            _save_state(context, seen, recorded, tree)
            raise _nothing(seen)
        if not request.allow_empty and base is None and not recorded.edits:
            raise _nothing(seen)
        warnings = _validated(context, request, base, edits)
        new = _commit(context, request, tree, base, progress)
        report = _publish(context, request, head, new, seen, recorded, writing, size, progress)
        return replace(report, warnings=warnings)


def _progress(context: Context, request: CommitRequest, head: Head) -> "InProgress | None":
    if not head.merging:
        return None
    from contentvc.actions.concluding import checked_progress  # noqa: PLC0415 - seldom needed

    return checked_progress(context, head, is_whole=not request.amend and not request.paths)


def _record_merged(
    context: Context, seen: Look, writing: Writing, recorded: Recorded, progress: "InProgress"
) -> None:
    from contentvc.actions.concluding import record_merged  # noqa: PLC0415 - seldom needed

    record_merged(context, seen, writing, recorded, progress)


def _validated(
    context: Context,
    request: CommitRequest,
    base: Commit | None,
    edits: Mapping[bytes, FileEdit | None],
) -> "tuple[FileProblems, ...]":
    """Warnings; little is imported or read where no content set is declared."""
    if not request.is_verified:
        return ()
    tree = base.tree if base is not None else None
    before = tree
    if request.amend and base is not None:
        parents = base.parents
        before = context.repository.commit(parents[0]).tree if parents else None
    if not _declares(context, tree, edits):
        before, edits = tree, _doubtful(context, edits)
        if not edits:
            return ()
    from contentvc.actions.validate_commit import validate_commit  # noqa: PLC0415 - as above

    return validate_commit(context, before, tree, edits)


def _declares(
    context: Context, tree: ObjectId | None, edits: Mapping[bytes, FileEdit | None]
) -> bool:
    """Whether there are content sets before or after."""
    if DECLARATION in edits:
        return True
    return tree is not None and lookup(context.repository.entries, tree, DECLARATION) is not None


def _doubtful(
    context: Context, edits: Mapping[bytes, FileEdit | None]
) -> Mapping[bytes, FileEdit | None]:
    if not any(map(_is_telling, edits)):
        return {}
    from contentvc.actions.doubtful import doubtful  # noqa: PLC0415 - where a name says something

    return doubtful(context.place.root, edits)


def _is_telling(path: bytes) -> bool:
    """Whether a file's name says what it holds."""
    return path.lower().endswith(TELLING)


def _follows(progress: "InProgress | None") -> tuple[ObjectId, ...]:
    """What the commit follows beside HEAD."""
    return progress.merging.parents if progress is not None else ()


def _nothing(seen: Look) -> Declined:
    if seen.scan.skipped:
        return Declined(
            "nothing-to-commit",
            "there is nothing to commit; some files were passed over",
            "see: contentvc status",
        )
    return Declined(
        "nothing-to-commit", "there is nothing to commit", "--allow-empty records a commit anyway"
    )


def _commit(
    context: Context,
    request: CommitRequest,
    tree: ObjectId,
    base: Commit | None,
    progress: "InProgress | None",
) -> Commit:
    old = base if request.amend else None
    said = progress.commit if progress is not None else old
    return Commit(
        tree=tree,
        parents=old.parents if old else _parents(context, progress),
        author=request.author or (said.author if said else context.actor),
        time=request.time if request.time is not None else (old.time if old else context.now),
        zone=request.zone if request.zone is not None else (old.zone if old else context.zone),
        message=request.message if request.message is not None else (said.message if said else ""),
        attributes=_attributes(request, said.attributes if said else ()),
    )


def _parents(context: Context, progress: "InProgress | None") -> tuple[ObjectId, ...]:
    commit = context.head.commit
    return (commit, *_follows(progress)) if commit is not None else ()


def _attributes(request: CommitRequest, old: Attributes) -> Attributes:
    kept = {key: value for key, value in old if key != _VALIDATION}
    skipped = {} if request.is_verified else {_VALIDATION: "skipped"}
    return tuple(sorted((kept | dict(request.attributes) | skipped).items()))


def _publish(
    context: Context,
    request: CommitRequest,
    head: Head,
    new: Commit,
    seen: Look,
    recorded: Recorded,
    writing: Writing,
    size: int,
    progress: "InProgress | None",
) -> CommitReport:
    repository = context.repository
    identifier = writing.put_commit(encode_commit(new))
    after = _after(context, writing, head, identifier)
    packs = writing.finish()
    moves = (RefMove(head.ref, head.commit, identifier),) if head.ref else ()
    draft = replace(
        context.draft("amend" if request.amend else "commit"),
        refs=moves,
        workspaces=(WorkspaceMove(context.workspace, head, after),),
        added=packs,
    )
    writing.publish()
    repository.append(draft)
    cover_recent(repository, identifier)
    _save_state(context, seen, recorded, new.tree)
    changes = _changes(context, request, seen, recorded, new)
    first = head.commit is None
    return CommitReport(
        id=identifier,
        commit=new,
        branch=branch_of(head),
        changes=Counter(kind for kind, _ in changes),
        content=size,
        changed=sum(size for _, size in changes),
        stored=writing.stored,
        files=len(recorded.edits) if first else None,
        folders=_folders(recorded.edits) if first else None,
        skipped=seen.scan.skipped,
        concluded=progress.merging.kind.value if progress is not None else None,
        left=len(progress.merging.left) if progress is not None else 0,
    )


def _after(context: Context, writing: Writing, head: Head, identifier: ObjectId) -> Head:
    if not head.merging:
        return Head(head.ref, identifier)
    from contentvc.actions.merging import head_between  # noqa: PLC0415 - seldom needed

    return head_between(context, writing, head, identifier)


def _changes(
    context: Context, request: CommitRequest, seen: Look, recorded: Recorded, new: Commit
) -> list[tuple[ChangeKind, int]]:
    """What happened to each file, and its size now."""
    repository = context.repository
    if request.amend:  # told against the parent, of which the working tree knows nothing
        before = repository.commit(new.parents[0]).tree if new.parents else None
        changes = classify(diff_trees(repository.entries, before, new.tree))
    elif seen.base_tree is None:
        return [(ChangeKind.ADDED, edit.size) for edit in recorded.edits.values() if edit]
    else:
        changes = classify(edited(context, seen, recorded.edits))
    if {change.change for change in changes} >= {ChangeKind.ADDED, ChangeKind.DELETED}:
        from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, seldom needed

        changes = find_renames(changes, repository.blob_here)
    return [(change.change, _fresh_bytes(change)) for change in changes]


def _fresh_bytes(change: FileChange) -> int:
    """Bytes of content that a change brought; a new name or mode brings none."""
    old, new = change.old, change.new
    return 0 if new is None or (old is not None and old.id == new.id) else new.size


def _folders(edits: dict[bytes, FileEdit | None]) -> int:
    folders: set[bytes] = set()
    for path in edits:
        folder = path.rpartition(b"/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
    return len(folders)


def _save_state(context: Context, seen: Look, recorded: Recorded, tree: ObjectId) -> None:
    """Remember what was read, so that it is not read again. A cache: refusals do no harm."""
    keep_state(context.place.state, recorded.state(seen.state, tree))
