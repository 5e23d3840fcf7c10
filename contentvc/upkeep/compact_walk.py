"""Walk: what commits and trees lead to, each object once, folder by folder.

The same walk tells what is needed and what lies well together: versions of one path are most alike.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.tree import Links, Mode, decode_links

__all__ = ["Folder", "Walk"]

_DIRECTORY: Final = Mode.DIRECTORY.value
_AT_ONCE: Final = 8192
"""Trees that are read together: some twenty megabytes, mostly."""
_Found = tuple[bytes, bytes, ObjectId]
"""A tree's path, the key of its folder, its id."""


@dataclass(slots=True)
class Folder:
    """A folder through time: versions of itself and of its files, in the order of the walk."""

    trees: list[ObjectId] = field(default_factory=list)
    files: dict[bytes, list[ObjectId]] = field(default_factory=dict)


@dataclass(slots=True)
class Walk:
    """Visits objects and notes where; blobs are noted and not read.

    Args:
        within: only these are visited, and what only others lead to is not found; None for all.
    """

    repository: Repository
    within: Container[bytes] | None = None
    commits: list[ObjectId] = field(default_factory=list)
    """The newest first."""
    folders: dict[bytes, Folder] = field(default_factory=dict)
    """By path; a part of a large folder by that, NUL, and its first name."""
    seen: set[bytes] = field(default_factory=set)

    def visit(self, starts: Iterable[ObjectId]) -> None:
        """Visit commits, those before them, and all their trees.

        Raises:
            Damaged: one of them is not stored, or not as it was.
        """
        found: list[tuple[int, ObjectId, ObjectId]] = []
        todo = list(starts)
        while todo:
            identifier = todo.pop()
            if self._is_new(identifier):
                commit = self.repository.commit(identifier)
                found.append((commit.time, identifier, commit.tree))
                todo.extend(commit.parents)
        found.sort(reverse=True)
        self.commits += [identifier for _, identifier, _ in found]
        self.visit_trees([tree for _, _, tree in found])

    def visit_trees(self, roots: Iterable[ObjectId]) -> None:
        """Visit trees and all below them; what was dropped on purpose is passed over.

        Level by level, since trees of one level lie together: to read them one after the other
        would decompress the same blocks again for each commit.

        Raises:
            Damaged: as `visit`.
        """
        level = [(b"", b"", root) for root in roots if self._is_new(root)]
        for _ in range(limits.TREE_DEPTH * 2):
            below: list[_Found] = []
            for start in range(0, len(level), _AT_ONCE):
                self._visit_some(level[start : start + _AT_ONCE], below)
            if not below:
                return
            level = below
        raise Damaged("beyond-limit", "a tree is deeper than the limits allow")

    def _visit_some(self, level: Sequence[_Found], below: list[_Found]) -> None:
        wanted = [identifier for _, _, identifier in level if not self._is_purged(identifier)]
        encoded = dict(self.repository.objects.read_many(Kind.TREE, wanted))
        for path, key, identifier in level:
            if identifier in encoded:
                self._folder(key).trees.append(identifier)
                self._note(path, decode_links(encoded[identifier]), below)

    def _note(self, path: bytes, links: Links, below: list[_Found]) -> None:
        """Note the files of a tree, and the trees it leads to."""
        column = split_ids(links.ids, ID_BYTES)
        seen, files = self.seen, self._folder(path).files
        for position in [n for n, identifier in enumerate(column) if identifier not in seen]:
            identifier, name = ObjectId(column[position]), links.names[position]
            if not self._is_new(identifier):
                continue
            if links.modes[position] != _DIRECTORY:
                files.setdefault(name, []).append(identifier)
            elif links.is_node:
                below.append((path, path + b"\0" + name, identifier))
            else:
                inner = path + b"/" + name if path else name
                below.append((inner, inner, identifier))

    def _is_purged(self, identifier: ObjectId) -> bool:
        repository = self.repository
        return identifier in repository.view.purged and not repository.objects.has(identifier)

    def _folder(self, key: bytes) -> Folder:
        folder = self.folders.get(key)
        if folder is None:
            folder = self.folders[key] = Folder()
        return folder

    def _is_new(self, identifier: bytes) -> bool:
        if identifier in self.seen or (self.within is not None and identifier not in self.within):
            return False
        self.seen.add(identifier)
        return True
