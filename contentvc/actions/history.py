"""History of an item: every version of one record or value, and what changed in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.items import no_such_item, piece_of
from contentvc.actions.log import LogEntry, LogRequest, log
from contentvc.actions.read import unknown_path
from contentvc.actions.ruling import rules_in
from contentvc.actions.trail import changes_of
from contentvc.changes.trees import lookup
from contentvc.errors import Missing
from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.fields import value_changes
from contentvc.formats.items import Path, Piece, parse_item
from contentvc.formats.rules import Rules
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["HistoryRequest", "ItemVersion", "item_history"]

_REMEMBERED: Final = 16
"""Versions of the item that are kept: a commit's parent is the next that is looked at."""


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Whose history is wanted."""

    path: bytes
    item: str
    """As people write it."""
    revision: str = "HEAD"
    """Where it starts, or a range."""
    most: int | None = None


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A commit that changed the item."""

    entry: LogEntry
    path: bytes
    """What the file is called in it."""
    kind: ItemKind
    changes: tuple[ItemChange, ...]
    """Field by field, against the first parent; of an item that came or went there are none."""
    old: Piece | None
    new: Piece | None


def item_history(context: Context, request: HistoryRequest) -> Iterator[ItemVersion]:
    """The versions of an item, newest first, as `log` walks.

    A merge that has it as one of its parents has is none. The file is followed through its
    renames. Only commits that touch the file are read, and of these only the item. Versions that
    nothing can read by item are taken to have none. What is only written differently is no version.

    Raises:
        Missing: no version has it (``unknown-item``), or the file (``unknown-path``), or the
            revision is unknown.
        Usage: the item is not understood.
    """
    rules = _rules(context, request)
    seen = _Seen(context.repository, parse_item(request.item), rules)
    given, entry = 0, None
    for entry in log(context, LogRequest(request.revision, paths=(request.path,))):
        version = seen.version(entry)
        if version is not None:
            given += 1
            yield version
        if given == request.most:
            return
    if entry is None:
        raise unknown_path(request.path, request.revision)
    if not given:
        raise seen.missing or no_such_item(
            request.path, request.item, f"any version up to {request.revision}", rules
        )


def _rules(context: Context, request: HistoryRequest) -> Rules:
    """Those of the newest version: the key is named as it is called there."""
    ends = split_range(request.revision)
    newest = context.resolve(request.revision if ends is None else ends[1])
    repository = context.repository
    return rules_in(repository, repository.commit(newest).tree)(request.path)


@dataclass(slots=True)
class _Seen:
    """Reads the item as of commits, each version of the file once."""

    repository: Repository
    item: Path
    rules: Rules
    missing: Missing | None = None
    """Why a version could not be read by item."""
    _pieces: dict[ObjectId, Piece | None] = field(default_factory=dict)

    def version(self, entry: LogEntry) -> ItemVersion | None:
        """What a commit did to the item; None if nothing, or if a parent has it so already."""
        path = entry.paths[0]
        new = self._piece(entry.commit.tree, path)
        befores = [
            self._piece(self.repository.commit(parent).tree, self._path_in(parent, entry, path))
            for parent in entry.commit.parents
        ]
        if any(_is_same(old, new) for old in befores or [None]):
            return None
        old = befores[0] if befores else None
        if old is None or new is None:
            kind = ItemKind.ADDED if old is None else ItemKind.DELETED
            return ItemVersion(entry, path, kind, (), old, new)
        changes = tuple(value_changes(old.value, new.value))
        return ItemVersion(entry, path, ItemKind.CHANGED, changes, old, new)

    def _path_in(self, parent: ObjectId, entry: LogEntry, path: bytes) -> bytes:
        """What the file was called before; renames are those against the first parent."""
        if self._entry(self.repository.commit(parent).tree, path) is not None:
            return path
        if self._entry(entry.commit.tree, path) is None or parent != entry.commit.parents[0]:
            return path
        return self._old_path(entry.commit, path)

    def _old_path(self, commit: Commit, path: bytes) -> bytes:
        for change in changes_of(self.repository, commit):
            if change.path == path and change.old_path is not None:
                return change.old_path
        return path

    def _entry(self, tree: ObjectId, path: bytes) -> Entry | None:
        found = lookup(self.repository.entries, tree, path)
        return None if found is None or found.mode is Mode.DIRECTORY else found

    def _piece(self, tree: ObjectId, path: bytes) -> Piece | None:
        entry = self._entry(tree, path)
        if entry is None:
            return None
        if entry.id not in self._pieces:
            if len(self._pieces) >= _REMEMBERED:
                del self._pieces[next(iter(self._pieces))]
            self._pieces[entry.id] = self._read(path, entry)
        return self._pieces[entry.id]

    def _read(self, path: bytes, entry: Entry) -> Piece | None:
        if self.repository.is_purged(entry.id):
            return None
        try:
            return piece_of(self.repository, path, entry, self.item, self.rules)
        except Missing as error:
            if error.code != "unknown-item":
                raise
            self.missing = error
            return None


def _is_same(old: Piece | None, new: Piece | None) -> bool:
    if old is None or new is None:
        return old is new
    return not any(value_changes(old.value, new.value))
