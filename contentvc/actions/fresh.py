"""Fresh trees: those a command is writing, which can be read before they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Tree, decode_tree

__all__ = ["FreshTrees"]


@dataclass(slots=True)
class FreshTrees:
    """Stores trees as `Writing` does, and reads these and all that are stored."""

    repository: Repository
    writing: Writing
    _kept: dict[ObjectId, Tree] = field(default_factory=dict)

    def put(self, encoded: bytes) -> ObjectId:
        """Store a tree; its id."""
        identifier = self.writing.put_tree(encoded)
        self._kept[identifier] = decode_tree(encoded)
        return identifier

    def entries(self, identifier: ObjectId) -> Sequence[Entry]:
        """All entries of a directory, the parts of a large one joined."""
        tree = self._kept.get(identifier)
        if tree is None:
            return self.repository.entries(identifier)
        if not tree.is_node:
            return tree.entries
        return [entry for part in tree.entries for entry in self.entries(part.id)]
