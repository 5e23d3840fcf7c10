"""Evict: content that a remote holds as well goes from this disk; it comes back when it is needed.

The remote is asked what it holds first; then ``.contentvc/lazy`` says that it does, durably; then
packs are written without that content, and one operation puts them in the place of the old ones.
Killed before the operation, nothing happened; killed after it, `compact` deletes what is left.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from contentvc.actions.context import Context
from contentvc.actions.dropping import (
    Dropping,
    again,
    check_added,
    looking,
    reading,
    start_over,
    unreadable,
)
from contentvc.actions.heads import branch_of
from contentvc.actions.repacking import append_or_discard
from contentvc.actions.standing import settled_lease
from contentvc.actions.upstreams import remote_for
from contentvc.changes.trees import diff_trees
from contentvc.history.graph import walk
from contentvc.history.names import BRANCH, NOTE, STASH, TAG
from contentvc.history.view import View
from contentvc.ids import Kind, ObjectId
from contentvc.remotes.lazy import Holder, add_holder
from contentvc.repository import Repository
from contentvc.snapshots.operation import Operation
from contentvc.upkeep.reach import Reach, roots
from contentvc.upkeep.rewrite import rewrite_without
from contentvc.upkeep.sweep import delete_unread

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote

__all__ = ["EVICT", "Content", "EvictReport", "EvictRequest", "KeepRecent", "evict"]

EVICT = "evict"
"""The kind of its operation."""
_CONTENT = (Kind.RAW, Kind.LIST)


@dataclass(frozen=True, slots=True)
class KeepRecent:
    """Commits whose content stays here."""

    seconds: int = 0
    """Those that are no older."""
    commits: int = 0
    """So many of each branch, the newest."""


@dataclass(frozen=True, slots=True)
class EvictRequest:
    """What goes, and what stays."""

    remote: str | None = None
    """None: that of the current branch, or the usual one."""
    keep: KeepRecent = KeepRecent()


@dataclass(frozen=True, slots=True)
class Content:
    """Some blobs, added up."""

    files: int
    """Distinct contents of files."""
    size: int
    """Their bytes."""


@dataclass(frozen=True, slots=True)
class EvictReport:
    """What went, where it is, and what stayed."""

    remote: str
    location: str
    evicted: Content
    freed: int
    """Bytes by which the repository shrank."""
    kept: Content
    """What the remote has too and stays: what is checked out, recent, or set aside."""
    only_here: Content
    """What the remote does not have, or has nothing that leads to."""
    sequence: int | None
    """The operation; None where nothing went."""


def evict(context: Context, request: EvictRequest) -> EvictReport:
    """Drop content that the remote verifiably holds and that nothing here needs just now.

    Commits and trees stay, and so does what is checked out in a workspace, what a merge in
    progress, a stash or a saved change has, and what only this repository has. From now on the
    repository is lazy for that remote.

    Raises:
        Missing, Usage: there is no such remote, or none is meant.
        Unreachable, NotAllowed, Damaged: the remote cannot be read; nothing changed.
        Damaged: this repository cannot be read whole, so nobody can tell what is needed.
        Busy: there is no room for packs without it, or others kept changing what is to go.
    """
    from contentvc.remotes.holdings import content_held  # noqa: PLC0415 - threads: 5 ms

    with settled_lease(context):
        name = remote_for(context, request.remote, branch_of(context.head))
        remote = context.remotes.open(name)
        held = content_held(remote)
        return again(lambda: _attempt(context, request.keep, name, remote, held))


def _attempt(
    context: Context, keep: KeepRecent, name: str, remote: "Remote", held: frozenset[ObjectId]
) -> EvictReport:
    repository = context.repository
    base = repository.refresh()
    with reading(repository, base):
        choice = _chosen(repository, remote.view, held, _kept(context, keep))
    freed, sequence = 0, None
    add_holder(context.place.folder, Holder(name, remote.replica))
    if choice.objects:
        freed = _drop(context, base, choice.objects)
        sequence = repository.view.sequence
    return EvictReport(
        remote=name,
        location=remote.location,
        evicted=choice.evicted,
        freed=freed,
        kept=choice.kept,
        only_here=choice.only_here,
        sequence=sequence,
    )


@dataclass(frozen=True, slots=True)
class _Choice:
    """What goes: blobs, and chunks that nothing else has."""

    objects: frozenset[ObjectId]
    evicted: Content
    kept: Content
    only_here: Content


def _chosen(
    repository: Repository,
    theirs: View,
    held: frozenset[ObjectId],
    needed: AbstractSet[ObjectId],
) -> _Choice:
    """Of what the remote's own refs lead to, what it holds and nothing here needs."""
    sizes, lists = _stored(repository)
    here = {one for one in _reached(repository, roots(repository.view)) if one in sizes}
    there = {one for one in _reached(repository, _known_refs(repository, theirs)) if one in sizes}
    there = {one for one in there & held if held.issuperset(lists.get(one, ()))}
    evicted = there - needed
    shared = {chunk for one in lists.keys() - evicted for chunk in lists[one]}
    evicted -= shared
    chunks = {chunk for one in lists.keys() & evicted for chunk in lists[one]}
    gone = (evicted | chunks) - shared - needed - (here - evicted)
    return _Choice(
        objects=frozenset(gone),
        evicted=_counted(evicted, sizes),
        kept=_counted(there - evicted, sizes),
        only_here=_counted(here - there, sizes),
    )


def _stored(
    repository: Repository,
) -> tuple[Mapping[ObjectId, int], Mapping[ObjectId, tuple[ObjectId, ...]]]:
    """The size of all content that is stored, and the chunks of what is large."""
    objects = repository.objects
    sizes: dict[ObjectId, int] = {}
    lists: dict[ObjectId, tuple[ObjectId, ...]] = {}
    for pack in objects.live:
        for identifier, kind, _, _, length in objects.index.footer(pack).rows():
            if kind is Kind.RAW:
                sizes.setdefault(identifier, length)
            elif kind is Kind.LIST:
                chunks = objects.chunks(identifier)
                sizes[identifier], lists[identifier] = chunks.size, tuple(chunks.ids)
    return sizes, lists


def _known_refs(repository: Repository, theirs: View) -> Iterator[ObjectId]:
    """The commits that the remote's refs name and that are here: what keeps content there."""
    for name, ref in theirs.refs.items():
        is_lasting = name.startswith((BRANCH, TAG, NOTE))
        if is_lasting and repository.objects.kind(ref.id) is Kind.COMMIT:
            yield ref.id


def _reached(repository: Repository, starts: Iterable[ObjectId]) -> set[ObjectId]:
    reach = Reach(repository, unreadable)
    reach.walk(starts)
    return reach.blobs


def _kept(context: Context, keep: KeepRecent) -> set[ObjectId]:
    """The content that stays, whoever else has it."""
    repository = context.repository
    view = repository.view
    reach = Reach(repository, unreadable)
    for standing in view.workspaces.values():
        for commit in filter(None, (standing.head.commit, *standing.head.merging)):
            reach.walk_tree(repository.commit(commit).tree)
    for commit in _recent(context, keep):
        reach.walk_tree(repository.commit(commit).tree)
    for operation, _, effective in repository.log.walk(view.horizon + 1):
        if effective and operation.saved is not None:
            reach.walk_tree(operation.saved)
    return reach.blobs | set(_stashed(repository))


def _recent(context: Context, keep: KeepRecent) -> Iterator[ObjectId]:
    repository = context.repository
    branches = [ref.id for name, ref in repository.view.refs.items() if name.startswith(BRANCH)]
    since = context.now - keep.seconds * 1_000_000
    for identifier, commit in walk(branches, repository.commit) if keep.seconds else ():
        if commit.time < since:
            break
        yield identifier
    for branch in branches if keep.commits else ():
        newest = walk([branch], repository.commit)
        yield from (identifier for identifier, _ in islice(newest, keep.commits))


def _stashed(repository: Repository) -> Iterator[ObjectId]:
    """What stashes changed; the rest of theirs is a commit's."""
    for name, ref in repository.view.refs.items():
        if name.startswith(STASH):
            commit = repository.commit(ref.id)
            before = repository.commit(commit.parents[0]).tree if commit.parents else None
            changes = diff_trees(repository.entries, before, commit.tree)
            yield from (change.new.id for change in changes if change.new is not None)


def _counted(blobs: AbstractSet[ObjectId], sizes: Mapping[ObjectId, int]) -> Content:
    return Content(len(blobs), sum(sizes[one] for one in blobs))


def _drop(context: Context, base: View, gone: frozenset[ObjectId]) -> int:
    """Write packs without it, append the operation, delete files; how many bytes fewer there are.

    Raises:
        Busy: a pack that goes is needed by now, or gone (``start-over``).
    """
    repository = context.repository
    with reading(repository, base):
        rewritten = rewrite_without(repository.objects, repository.clockwork.random, gone)

    def check(operation: Operation) -> None:
        check_added(repository.objects, operation.added, rewritten.removed, gone)
        _check_unmoved(operation)

    plain = context.draft(EVICT)
    draft = Dropping(
        kind=plain.kind,
        actor=plain.actor,
        workspace=plain.workspace,
        command=plain.command,
        added=rewritten.added,
        removed=rewritten.removed,
        written_at=base.sequence,
        look_again=looking(repository, base, check),
    )
    length = sum(base.packs[pack].length for pack in rewritten.removed)
    append_or_discard(context, draft)
    delete_unread(repository)
    return length - sum(record.length for record in rewritten.added)


def _check_unmoved(operation: Operation) -> None:
    """A workspace that goes elsewhere meanwhile has other content checked out."""
    if operation.workspaces:
        raise start_over()
