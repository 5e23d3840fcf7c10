"""Merging: the merge in progress of a workspace, kept and read back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.changes.conflicts import ConflictKind, PathConflict, Version
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import lookup
from contentvc.errors import Conflict, Damaged, Declined
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.merging import (
    BASE,
    MERGED,
    NOTE,
    OURS,
    THEIRS,
    ConflictPaths,
    MergeKind,
    Merging,
    decode_merging,
    encode_merging,
)
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode, build_tree

__all__ = [
    "WORDS",
    "InProgress",
    "Proposal",
    "conclusion",
    "conflict_of",
    "head_between",
    "in_progress",
    "in_the_way",
    "keep_progress",
    "not_merging",
    "outermost",
    "row_of",
    "unresolved",
    "with_conflicts",
]

WORDS: Final = {
    MergeKind.MERGE: "merge",
    MergeKind.CHERRY_PICK: "cherry-pick",
    MergeKind.REVERT: "revert",
    MergeKind.STASH_POP: "stash pop",
}
"""The command that began it."""
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the commit that concludes a merge will say, unless it is told otherwise."""

    message: str
    author: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InProgress:
    """A merge in progress as it is kept."""

    id: ObjectId
    commit: Commit
    """The one that is proposed."""
    merging: Merging
    merged: ObjectId
    """Tree of all content as the merge left it, marks of conflicts included."""

    @property
    def proposal(self) -> Proposal:
        """What the concluding commit will say."""
        return Proposal(self.commit.message, self.commit.author, self.commit.attributes)


def in_progress(repository: Repository, head: Head) -> InProgress | None:
    """The merge in progress of a workspace that stands so; None where there is none.

    Raises:
        Damaged: what is kept of it cannot be read.
    """
    if not head.merging:
        return None
    identifier = head.merging[0]
    commit = repository.commit(identifier)
    note = lookup(repository.entries, commit.tree, NOTE)
    merged = lookup(repository.entries, commit.tree, MERGED)
    if note is None or merged is None or merged.mode is not Mode.DIRECTORY:
        raise Damaged("damaged", "a merge in progress is not kept whole")
    if note.size > limits.MERGING_BYTES:
        raise Damaged("beyond-limit", f"a merge in progress takes {note.size:,} bytes")
    return InProgress(identifier, commit, decode_merging(repository.blob(note.id)), merged.id)


def in_the_way(context: Context, doing: str) -> Conflict:
    """The refusal of what makes no sense before the merge in progress is done with."""
    found = in_progress(context.repository, context.head)
    assert found is not None  # noqa: S101 - who asks has seen that the head names one
    merging = found.merging
    word = WORDS[merging.kind]
    return Conflict(
        "merging",
        f"{doing} is not possible while a {word} is in progress",
        f"conclude it: {conclusion(merging)}; or take it back: contentvc {word} --abort",
    )


def conclusion(merging: Merging) -> str:
    """The command that goes on once no conflict is left; for a stash, that leaves none."""
    if merging.kind is MergeKind.STASH_POP:
        return "contentvc resolve PATH"
    if merging.kind is not MergeKind.MERGE and (merging.left or merging.picked is None):
        return f"contentvc {WORDS[merging.kind]} --continue"
    return "contentvc commit"


def not_merging(word: str | None = None) -> Declined:
    """The refusal of a command that concerns a merge in progress."""
    what = word or "merge, cherry-pick or revert"
    return Declined("not-merging", f"no {what} is in progress", "see: contentvc status")


def unresolved(conflicts: Collection[ConflictPaths]) -> Conflict:
    """The refusal to go on while there are conflicts."""
    names = [row.path.decode("utf-8", "replace") for row in conflicts]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Conflict(
        "unresolved",
        f"conflicts are left: {', '.join(names[:_SHOWN])}{more}",
        "edit each file, then: contentvc resolve PATH; or take a side: contentvc resolve PATH "
        "--ours; see them with: contentvc conflicts",
        paths=names,
    )


def conflict_of(repository: Repository, progress: InProgress, row: ConflictPaths) -> PathConflict:
    """A conflict with its versions, which stay readable as long as the merge is in progress.

    Raises:
        Damaged: a version, or the kind, is not as it was kept.
    """
    return PathConflict(
        path=row.path,
        kind=_kind(row.kind),
        base=_version(repository, progress, BASE, row.base),
        ours=_version(repository, progress, OURS, row.ours),
        theirs=_version(repository, progress, THEIRS, row.theirs),
        also=row.also,
        by_item=row.by_item,
    )


def row_of(conflict: PathConflict) -> ConflictPaths:
    """Where the versions of a conflict are."""
    base, ours, theirs = (
        None if one is None else one.path for one in (conflict.base, conflict.ours, conflict.theirs)
    )
    return ConflictPaths(
        conflict.path, conflict.kind.value, base, ours, theirs, conflict.also, conflict.by_item
    )


def keep_progress(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    merging: Merging,
    proposal: Proposal,
    merged: ObjectId,
    conflicts: Sequence[PathConflict],
) -> ObjectId:
    """Store a merge in progress with these conflicts; the id that a head is to name."""
    merging = replace(merging, conflicts=tuple(map(row_of, conflicts)))
    folders = [
        (BASE, _folder(fresh, (one.base for one in conflicts))),
        (OURS, _folder(fresh, (one.ours for one in conflicts))),
        (THEIRS, _folder(fresh, (one.theirs for one in conflicts))),
        (MERGED, (merged, sum(entry.size for entry in fresh.entries(merged)))),
    ]
    encoded = encode_merging(merging)
    note, size = writing.put_stream(iter([encoded]), None, len(encoded))
    rows = [Entry(name, Mode.DIRECTORY, below, tree) for name, (tree, below) in folders]
    rows.append(Entry(NOTE, Mode.FILE, size, note))
    tree, _ = build_tree(sorted(rows), fresh.put)
    return writing.put_commit(
        encode_commit(
            Commit(
                tree=tree,
                parents=_parents(context, merging),
                author=proposal.author,
                time=context.now,
                zone=context.zone,
                message=proposal.message,
                attributes=proposal.attributes,
            )
        )
    )


def head_between(
    context: Context, writing: Writing, head: Head, commit: ObjectId | None = None
) -> Head:
    """What a workspace stands on once the commit it stopped at is done with: `commit`, or HEAD.

    Commits that come after it are still to be picked, so the merge stays in progress.
    """
    progress = in_progress(context.repository, head)
    after = Head(head.ref, commit or head.commit)
    if progress is None or not progress.merging.left:
        return after
    merging = replace(progress.merging, picked=None)
    fresh = FreshTrees(context.repository, writing)
    kept = keep_progress(context, fresh, writing, merging, progress.proposal, progress.merged, ())
    return replace(after, merging=(kept,))


def with_conflicts(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,
    progress: InProgress,
    conflicts: tuple[ConflictPaths, ...],
) -> ObjectId:
    """Store the same merge with only these conflicts left; its id."""
    repository = context.repository
    return keep_progress(
        context,
        fresh,
        writing,
        progress.merging,
        progress.proposal,
        progress.merged,
        [conflict_of(repository, progress, row) for row in conflicts],
    )


def _version(
    repository: Repository, progress: InProgress, side: bytes, path: bytes | None
) -> Version | None:
    if path is None:
        return None
    entry = lookup(repository.entries, progress.commit.tree, side + b"/" + path)
    if entry is None or entry.mode is Mode.DIRECTORY:
        raise Damaged("damaged", f"a version of the conflict in {path!r} is not kept")
    return Version(path, entry)


def _kind(word: str) -> ConflictKind:
    try:
        return ConflictKind(word)
    except ValueError:
        raise Damaged("damaged", f"a conflict is of the kind {word[:40]!r}") from None


def _folder(fresh: FreshTrees, versions: Iterable[Version | None]) -> tuple[ObjectId, int]:
    edits: dict[bytes, FileEdit | None] = {
        one.path: FileEdit(one.entry.mode, one.entry.size, one.entry.id, one.entry.attributes)
        for one in versions
        if one is not None
    }
    return edit_tree(fresh.entries, None, edits, fresh.put)


def _parents(context: Context, merging: Merging) -> tuple[ObjectId, ...]:
    """Those of the concluding commit, then what must stay readable, without the obvious."""
    kept = [*merging.parents, *outermost(context.repository.commit, merging.left)]
    kept += [one for one in (merging.picked, merging.began) if one is not None]
    return tuple(dict.fromkeys(kept))


def outermost(read: Callable[[ObjectId], Commit], commits: Collection[ObjectId]) -> list[ObjectId]:
    """Those of the commits that no other of them follows: of a range, its end."""
    followed = {parent for commit in commits for parent in read(commit).parents}
    return [commit for commit in commits if commit not in followed]
