"""Reach: what the refs and workspaces lead to, and which commits and paths damage touches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from contentvc.errors import Damaged
from contentvc.history.view import View
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.tree import Mode

__all__ = ["Reach", "Touched", "roots", "touched_by"]

Report = Callable[[ObjectId, str], None]


@dataclass(frozen=True, slots=True)
class Touched:
    """A path of a commit whose content is damaged; the empty path is the commit itself."""

    commit: ObjectId
    path: bytes


def roots(view: View) -> Iterator[ObjectId]:
    """Every commit that a ref, a workspace or a reservation names."""
    for ref in view.refs.values():
        yield ref.id
    for standing in view.workspaces.values():
        if standing.head.commit is not None:
            yield standing.head.commit
        yield from standing.head.merging
    for changes in view.reservations.values():
        yield from (change.new for change in changes if change.new is not None)


@dataclass(slots=True)
class Reach:
    """Walks everything that some commits lead to, each object once."""

    repository: Repository
    report: Report
    """Told of every object that is missing or cannot be read, and why."""
    commits: list[ObjectId] = field(default_factory=list)
    _seen: set[ObjectId] = field(default_factory=set)

    def walk(self, starts: Iterable[ObjectId]) -> None:
        """Visit all commits, trees and blobs; blobs are looked up, not read."""
        todo = list(starts)
        while todo:
            identifier = todo.pop()
            if identifier in self._seen:
                continue
            self._seen.add(identifier)
            self.commits.append(identifier)
            try:
                commit = self.repository.commit(identifier)
            except Damaged as error:
                self.report(identifier, error.message)
                continue
            todo.extend(commit.parents)
            self.walk_tree(commit.tree)

    def walk_tree(self, root: ObjectId) -> None:
        """Visit a tree and all below it."""
        todo = [root]
        while todo:
            identifier = todo.pop()
            if identifier in self._seen:
                continue
            self._seen.add(identifier)
            try:
                tree = self.repository.tree(identifier)
            except Damaged as error:
                self.report(identifier, error.message)
                continue
            for entry in tree.entries:
                if entry.mode is Mode.DIRECTORY:
                    todo.append(entry.id)
                elif entry.id not in self._seen:
                    self._seen.add(entry.id)
                    if not self.repository.objects.has(entry.id):
                        self.report(entry.id, "it is not stored")


def touched_by(
    repository: Repository, commits: Iterable[ObjectId], damaged: set[ObjectId], most: int
) -> dict[ObjectId, list[Touched]]:
    """For each damaged object, the commits and paths that lead to it, at most `most` of each."""
    touched: dict[ObjectId, list[Touched]] = {identifier: [] for identifier in damaged}
    clean: set[ObjectId] = set()
    for identifier in commits:
        if identifier in damaged:
            touched[identifier].append(Touched(identifier, b""))
            continue
        root = repository.commit(identifier).tree
        for object_, path in _search(repository, root, damaged, clean):
            if len(touched[object_]) < most:
                touched[object_].append(Touched(identifier, path))
    return touched


def _search(
    repository: Repository, root: ObjectId, damaged: set[ObjectId], clean: set[ObjectId]
) -> Iterator[tuple[ObjectId, bytes]]:
    """Damaged objects below a tree with their paths; trees found clean are remembered."""
    found = False
    if root in damaged:
        yield root, b""
        return
    if root in clean:
        return
    tree = repository.tree(root)
    for entry in tree.entries:
        prefix = b"" if tree.is_node else entry.name
        if entry.mode is Mode.DIRECTORY:
            for object_, path in _search(repository, entry.id, damaged, clean):
                found = True
                yield object_, b"/".join(part for part in (prefix, path) if part)
        elif entry.id in damaged:
            found = True
            yield entry.id, entry.name
    if not found:
        clean.add(root)
