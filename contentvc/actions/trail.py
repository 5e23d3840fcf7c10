"""Trail: which commits touch some paths, followed back through history."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from contentvc.changes.files import FileChange, classify
from contentvc.changes.trees import diff_trees
from contentvc.history.graph import Linked
from contentvc.history.path_index import PathIndex
from contentvc.history.path_segment import Link
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Entry, Mode

if TYPE_CHECKING:
    from contentvc.sets.selection import Selection

__all__ = ["Trail", "changes_of"]

_REMEMBERED: Final = 10_000
"""Entries that a trail keeps: a commit's parent is the next commit it looks at."""


def changes_of(repository: Repository, commit: Commit) -> tuple[FileChange, ...]:
    """What a commit changed against its first parent, renames found."""
    from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, few logs ask

    parent = repository.commit(commit.parents[0]).tree if commit.parents else None
    changes = classify(diff_trees(repository.entries, parent, commit.tree))
    return tuple(find_renames(changes, repository.blob_here))


@dataclass(slots=True)
class Trail:
    """Follows paths back through history; a single file also through its renames.

    With a selection, only a file of its content sets counts, and no rename is followed: sets are
    told by path.

    Commits are to be asked about in the order in which they are walked, newest first.
    """

    repository: Repository
    known: PathIndex
    paths: tuple[bytes, ...]
    """What the paths asked for are called in the commits that are asked about next."""
    selection: "Selection | None" = None
    _candidates: AbstractSet[ObjectId] | None = None
    _seen: dict[tuple[ObjectId, bytes], Entry | None] = field(default_factory=dict)

    def may_touch(self, identifier: ObjectId, link: Linked) -> bool:
        """Whether it is worth asking; false for most commits that a path segment covers.

        Args:
            identifier: of the commit.
            link: what was read of it, a `Link` if a path segment covers it.
        """
        if self._candidates is None:
            self._candidates = self.known.candidates(self.paths) if self.paths else frozenset()
        return identifier in self._candidates or not self.paths or not isinstance(link, Link)

    def touches(self, identifier: ObjectId, link: Linked) -> bool:
        """Whether a commit differs in the paths, if there are any, from each of its parents."""
        if not self.paths:
            return True
        if not self.may_touch(identifier, link):
            return False
        return self._does_touch(self.repository.commit(identifier))

    def _does_touch(self, commit: Commit) -> bool:
        parents = [self.repository.commit(parent).tree for parent in commit.parents]
        is_touched = (
            all(self._differ(commit.tree, parent) for parent in parents)
            if parents
            else self._differ(commit.tree, None)
        )
        if is_touched and len(self.paths) == 1 and parents and self.selection is None:
            self._follow(commit, parents[0])
        return is_touched

    def _differ(self, tree: ObjectId, parent: ObjectId | None) -> bool:
        return any(
            self._entry(tree, path) != self._entry(parent, path)
            and self._has_selected(path, self._entry(tree, path), self._entry(parent, path))
            for path in self.paths
        )

    def _has_selected(self, path: bytes, new: Entry | None, old: Entry | None) -> bool:
        """Whether what differs at a path is, or has below it, a file of the selection."""
        if self.selection is None:
            return True
        is_file = any(one is not None and one.mode is not Mode.DIRECTORY for one in (old, new))
        if is_file and self.selection.has(path):
            return True
        changes = diff_trees(self.repository.entries, _folder(old), _folder(new))
        start = path + b"/" if path else b""
        return any(self.selection.has(start + change.path) for change in changes)

    def _entry(self, tree: ObjectId | None, path: bytes) -> Entry | None:
        if tree is None:
            return None
        key = (tree, path)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = self._lookup(tree, path)
        return self._seen[key]

    def _lookup(self, root: ObjectId, path: bytes) -> Entry | None:
        """As `changes.trees.lookup`, but no directory is decoded for one of its entries."""
        found: Entry | None = Entry(b"", Mode.DIRECTORY, 0, root)
        for name in path.split(b"/") if path else ():
            if found is None or found.mode is not Mode.DIRECTORY:
                return None
            found = self.repository.entry(found.id, name)
        return found

    def _follow(self, commit: Commit, parent: ObjectId) -> None:
        path = self.paths[0]
        here = self._entry(commit.tree, path)
        if here is None or here.mode is Mode.DIRECTORY or self._entry(parent, path) is not None:
            return
        for change in changes_of(self.repository, commit):
            if change.path == path and change.old_path is not None:
                self.paths = (change.old_path,)
                self._candidates = None


def _folder(entry: Entry | None) -> ObjectId | None:
    return entry.id if entry is not None and entry.mode is Mode.DIRECTORY else None
