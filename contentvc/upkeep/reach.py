"""Reach: what refs, workspaces and operations lead to, and which paths damage touches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from contentvc.errors import Damaged, Missing
from contentvc.history.view import View
from contentvc.ids import ID_BYTES, Kind, ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.tree import Entry, Links, Mode, decode_links

__all__ = ["Reach", "Touched", "roots", "touched_by"]

Report = Callable[[ObjectId, str], None]
_AT_ONCE: Final = 8192
"""Trees that are read together: some twenty megabytes, mostly."""


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
    """Walks everything that some commits and trees lead to, each object once.

    Blobs are noted and not looked for. What was dropped on purpose is passed over.
    """

    repository: Repository
    report: Report
    """Told of every commit and tree that is missing or cannot be read, and why."""
    commits: list[ObjectId] = field(default_factory=list)
    trees: set[ObjectId] = field(default_factory=set)
    blobs: set[ObjectId] = field(default_factory=set)
    _visited: set[ObjectId] = field(default_factory=set)

    def walk(self, starts: Iterable[ObjectId]) -> None:
        """Visit commits, those before them, and all their trees."""
        todo, trees = list(starts), []
        while todo:
            identifier = todo.pop()
            if identifier in self._visited:
                continue
            self._visited.add(identifier)
            self.commits.append(identifier)
            try:
                commit = self.repository.commit(identifier)
            except Damaged as error:
                self.report(identifier, error.message)
                continue
            todo.extend(commit.parents)
            trees.append(commit.tree)
        self._walk_trees(trees)

    def walk_tree(self, root: ObjectId) -> None:
        """Visit a tree and all below it."""
        self._walk_trees([root])

    def _walk_trees(self, level: Sequence[ObjectId]) -> None:
        """Level by level: to read trees commit by commit would decompress blocks many times."""
        while level:
            fresh = list(dict.fromkeys(tree for tree in level if tree not in self.trees))
            self.trees.update(fresh)
            level = []
            for start in range(0, len(fresh), _AT_ONCE):
                for links in self._links(fresh[start : start + _AT_ONCE]):
                    level += self._noted(links)

    def _noted(self, links: Links) -> Iterator[ObjectId]:
        """The trees that a tree leads to; its blobs are noted."""
        for identifier, mode in zip(split_ids(links.ids, ID_BYTES), links.modes, strict=True):
            if mode == Mode.DIRECTORY:
                yield ObjectId(identifier)
            else:
                self.blobs.add(ObjectId(identifier))

    def _links(self, trees: Sequence[ObjectId]) -> Iterator[Links]:
        try:
            found = dict(self.repository.objects.read_many(Kind.TREE, trees))
            yield from [decode_links(found[tree]) for tree in trees]
        except (Damaged, Missing):
            for tree in trees:
                yield from self._links_of(tree)

    def _links_of(self, tree: ObjectId) -> Iterator[Links]:
        """The links of one tree; nothing where it is damaged, which is reported, or dropped."""
        try:
            yield decode_links(self.repository.objects.read(Kind.TREE, tree))
        except Damaged as error:
            self.report(tree, error.message)
        except Missing:
            return


def touched_by(
    repository: Repository, commits: Iterable[ObjectId], damaged: set[ObjectId], most: int
) -> dict[ObjectId, list[Touched]]:
    """For each damaged object, the commits and paths that lead to it, at most `most` of each."""
    paths = _Paths(repository, {identifier: [] for identifier in damaged}, most)
    for identifier in commits:
        if identifier in damaged:
            paths.note(identifier, identifier, b"")
        else:
            paths.search(identifier, repository.commit(identifier).tree)
    return paths.touched


class _Folder(NamedTuple):
    """A folder, or a part of a large one, whose entries are being looked at."""

    tree: ObjectId
    path: bytes
    is_node: bool
    entries: Iterator[Entry]
    noted: int
    """How many paths were noted before it."""


@dataclass(slots=True)
class _Paths:
    """Finds paths to damaged objects. Trees in which nothing more can be noted are remembered.

    So the work is bounded even where few trees make very many paths.
    """

    repository: Repository
    touched: dict[ObjectId, list[Touched]]
    most: int
    _noted: int = 0
    _exhausted: set[ObjectId] = field(default_factory=set)

    def note(self, commit: ObjectId, identifier: ObjectId, path: bytes) -> None:
        if len(self.touched[identifier]) < self.most:
            self.touched[identifier].append(Touched(commit, path))
            self._noted += 1

    def search(self, commit: ObjectId, root: ObjectId) -> None:
        """Note the paths below a commit's tree; without recursion, however deep it is."""
        folders: list[_Folder] = []
        self._enter(commit, root, b"", folders)
        while folders:
            folder = folders[-1]
            entry = next(folder.entries, None)
            if entry is None:
                folders.pop()
                if self._noted == folder.noted:
                    self._exhausted.add(folder.tree)
                continue
            path = folder.path if folder.is_node else _below(folder.path, entry.name)
            if entry.mode is Mode.DIRECTORY:
                self._enter(commit, entry.id, path, folders)
            elif entry.id in self.touched:
                self.note(commit, entry.id, path)

    def _enter(
        self, commit: ObjectId, identifier: ObjectId, path: bytes, folders: list[_Folder]
    ) -> None:
        if identifier in self.touched:
            self.note(commit, identifier, path)
        elif identifier not in self._exhausted:
            tree = self.repository.tree(identifier)
            entries = iter(tree.entries)
            folders.append(_Folder(identifier, path, tree.is_node, entries, self._noted))


def _below(path: bytes, name: bytes) -> bytes:
    return path + b"/" + name if path else name
