"""Named: what the operations of a log lead to, and what they alone keep."""

from collections.abc import Iterator
from typing import NamedTuple

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.operation import Head, Operation, RefChange
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["KeptEntry", "commits_named", "merges_named", "walk_kept"]


class KeptEntry(NamedTuple):
    """A file or a folder below a kept tree; a part of a large folder has the folder's path."""

    path: bytes
    tree: ObjectId | None
    """The folder's tree; None for a file."""
    entry: Entry | None
    """The file; None for a folder."""


def commits_named(operation: Operation) -> Iterator[ObjectId]:
    """Every commit that an operation names as old or new of a ref or a workspace."""
    refs = operation.refs
    if operation.transaction is not None:
        refs += operation.transaction.refs
    for change in refs:
        yield from _of_ref(change)
    for step in operation.workspaces:
        for head in (step.old, step.new):
            if head is not None:
                yield from _of_head(head)


def merges_named(operation: Operation) -> Iterator[ObjectId]:
    """Those of them that tell of a merge in progress."""
    for step in operation.workspaces:
        for head in (step.old, step.new):
            if head is not None:
                yield from head.merging


def walk_kept(repository: Repository, root: ObjectId) -> Iterator[KeptEntry]:
    """All that is below a kept tree, itself first; what was dropped on purpose is passed over.

    Raises:
        Damaged: a tree cannot be read, or there is more below it than the limits allow.
    """
    todo, walked = [(b"", root)], 0
    while todo:
        path, identifier = todo.pop()
        walked += 1
        if walked > limits.TREE_ENTRIES or path.count(b"/") > limits.TREE_DEPTH:
            raise Damaged("beyond-limit", "a kept tree is deeper or larger than the limits allow")
        if identifier in repository.view.purged and not repository.objects.has(identifier):
            continue
        yield KeptEntry(path, identifier, None)
        tree = repository.tree(identifier)
        for entry in tree.entries:
            below = path if tree.is_node else path + b"/" + entry.name if path else entry.name
            if entry.mode is Mode.DIRECTORY:
                todo.append((below, entry.id))
            else:
                walked += 1
                yield KeptEntry(below, None, entry)


def _of_ref(change: RefChange) -> Iterator[ObjectId]:
    yield from (one for one in (change.old, change.new) if one is not None)


def _of_head(head: Head) -> Iterator[ObjectId]:
    if head.commit is not None:
        yield head.commit
    yield from head.merging
