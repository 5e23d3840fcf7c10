"""Fresh trees and contents: what a command is writing, which can be read before it is stored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from contentvc.actions.needed import bring_files
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Tree, decode_tree

__all__ = ["FreshTrees"]


@dataclass(slots=True)
class FreshTrees:
    """Stores trees and contents as `Writing` does, and reads these and all that are stored."""

    repository: Repository
    writing: Writing
    elsewhere: Callable[[ObjectId], bytes | None] = lambda _: None
    """Gives content that is recorded from the working tree now; None for any other."""
    marked: set[ObjectId] = field(default_factory=set)
    """Contents of merged bases that have marks of conflicts in them."""
    _encoded: dict[ObjectId, bytes] = field(default_factory=dict)
    _kept: dict[ObjectId, Tree] = field(default_factory=dict)
    """Those that were read: few of what is put are, and making the entries takes a while."""
    _contents: dict[ObjectId, bytes] = field(default_factory=dict)

    def put(self, encoded: bytes) -> ObjectId:
        """Store a tree; its id."""
        identifier = self.writing.put_tree(encoded)
        self._encoded[identifier] = encoded
        return identifier

    def entries(self, identifier: ObjectId) -> Sequence[Entry]:
        """All entries of a directory, the parts of a large one joined."""
        tree = self._kept.get(identifier)
        if tree is None:
            encoded = self._encoded.get(identifier)
            if encoded is None:
                return self.repository.entries(identifier)
            tree = self._kept[identifier] = decode_tree(encoded)
        if not tree.is_node:
            return tree.entries
        return [entry for part in tree.entries for entry in self.entries(part.id)]

    def put_content(self, content: bytes, old: ObjectId | None = None) -> ObjectId:
        """Store what a file is to hold, against an `old` version of it; its id."""
        identifier, _ = self.writing.put_stream(iter([content]), old, len(content))
        self._contents[identifier] = content
        return identifier

    def bring(self, files: Iterable[tuple[bytes, Entry]]) -> None:
        """Have the content of some files here, as far as it is stored.

        Raises:
            Unreachable, Damaged, NotAllowed, Busy: as `bring_files`.
        """
        bring_files(self.repository, (row for row in files if not self._is_fresh(row[1].id)))

    def _is_fresh(self, identifier: ObjectId) -> bool:
        return identifier in self._contents or self.elsewhere(identifier) is not None

    def blob(self, identifier: ObjectId) -> bytes:
        """What a file holds, as `Repository.blob`.

        Raises:
            Damaged: it is not stored, or not as it was.
        """
        found = self._contents.get(identifier)
        if found is None:
            found = self.elsewhere(identifier)
        return self.repository.blob(identifier) if found is None else found
