"""Holders: which trees lead to some content, and by which paths."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from contentvc.errors import Missing
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Holders", "entry_at"]


class Holders:
    """Finds some blobs below trees. Each tree is read once, and once more for each path it has."""

    def __init__(self, repository: Repository, blobs: AbstractSet[ObjectId]) -> None:
        self._repository = repository
        self._blobs = blobs
        self._answers: dict[ObjectId, bool] = {}
        self._visited: set[tuple[ObjectId, bytes]] = set()
        self._paths: dict[ObjectId, set[bytes]] = {blob: set() for blob in blobs}

    @property
    def paths(self) -> Mapping[ObjectId, AbstractSet[bytes]]:
        """The paths of each blob below the roots that were noted."""
        return self._paths

    def note(self, root: ObjectId) -> bool:
        """Whether one of the blobs is below a root; if so, its paths there are noted."""
        is_holding = self._holds(root)
        if is_holding:
            self._visit(root, b"")
        return is_holding

    def _holds(self, tree: ObjectId) -> bool:
        known = self._answers.get(tree)
        if known is None:
            known = self._answers[tree] = any(map(self._is_or_holds, self._entries(tree)))
        return known

    def _is_or_holds(self, entry: Entry) -> bool:
        return self._holds(entry.id) if entry.mode is Mode.DIRECTORY else entry.id in self._blobs

    def _visit(self, tree: ObjectId, path: bytes) -> None:
        if (tree, path) in self._visited:
            return
        self._visited.add((tree, path))
        is_node = self._repository.tree(tree).is_node
        for entry in filter(self._is_or_holds, self._entries(tree)):
            below = path if is_node else path + b"/" + entry.name if path else entry.name
            if entry.mode is Mode.DIRECTORY:
                self._visit(entry.id, below)
            else:
                self._paths[entry.id].add(below)

    def _entries(self, tree: ObjectId) -> tuple[Entry, ...]:
        try:
            return self._repository.tree(tree).entries
        except Missing:
            return ()  # it was forgotten


def entry_at(repository: Repository, root: ObjectId, path: bytes) -> Entry | None:
    """What a root has at a path; None also where a folder on the way was forgotten.

    As `lookup`, without joining the parts of large folders.
    """
    found: Entry | None = None
    for name in path.split(b"/"):
        if found is not None and found.mode is not Mode.DIRECTORY:
            return None
        try:
            found = repository.entry(root if found is None else found.id, name)
        except Missing:
            return None
        if found is None:
            return None
    return found
