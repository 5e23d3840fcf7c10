"""Edits: what changed inside a file, record by record and value by value, for programs."""

from dataclasses import dataclass
from typing import Any

from contentvc.changes.files import FileChange
from contentvc.face.reader import Reader
from contentvc.formats.changes import ItemChange, RecordChange, RecordChanges, StructuredChanges
from contentvc.formats.items import item_name
from contentvc.formats.rules import Rules
from contentvc.formats.source import source_of
from contentvc.ids import ObjectId
from contentvc.worktree.reading import read_whole

__all__ = ["Edit", "Inside", "edit_of"]


@dataclass(frozen=True, slots=True)
class Edit:
    """What happened to one value of a document, or to one record with its fields.

    Example:
        >>> change, _ = workspace.at("main").changes()
        >>> (edit,) = change.edits()
        >>> edit.item, edit.kind, edit.old, edit.new
        ('temperature', 'changed', 0.2, 0.1)
    """

    item: str
    """Where it is, as `Version.item` takes it; empty for a record that has no key."""
    kind: str
    """``added``, ``deleted``, ``changed`` or ``moved``."""
    old: Any
    """Its value before; None where it was not there. A number whose digits a float would lose is a
    `Decimal`; what JSON has no word for has a ``tag`` and a ``value``."""
    new: Any
    """And after."""
    fields: tuple["Edit", ...] = ()
    """Of a changed record: what happened to its fields."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Where both versions of a changed file are."""

    reader: Reader
    change: FileChange
    newer: ObjectId | None = None
    """The newer commit, whose content sets say how the file is read; None: as the working tree's
    do where there is one."""
    root: bytes | None = None
    """The working tree, where the newer version is that."""

    def edits(self) -> tuple[Edit, ...]:
        """What changed, in the order of the new version."""
        from contentvc.actions.content import (  # noqa: PLC0415 - 25 ms, few programs look inside
            RewrittenDiff,
            compare_content,
            stored_source,
        )

        replica, change = self.reader.replica, self.change
        before = None if change.old is None else stored_source(replica, change.old)
        after = None
        if change.new is not None and self.root is not None:
            after = source_of(read_whole(self.root, change.path))
        elif change.new is not None:
            after = stored_source(replica, change.new)
        found = compare_content(change.path, before, after, self._rules())
        if isinstance(found, RewrittenDiff):
            return ()
        if isinstance(found, RecordChanges):
            return tuple(map(_record, found.records))
        return tuple(map(edit_of, found.changes)) if isinstance(found, StructuredChanges) else ()

    def _rules(self) -> Rules:
        from contentvc.actions.ruling import rules_at, rules_in  # noqa: PLC0415 - as above

        if self.root is not None:
            return rules_at(self.root)(self.change.path)
        replica = self.reader.replica
        tree = None if self.newer is None else replica.commit(self.newer).tree
        return rules_in(replica, tree)(self.change.path)


def edit_of(change: ItemChange) -> Edit:
    """Of one value."""
    return Edit(item_name(change.path), change.kind.value, change.old, change.new)


def _record(record: RecordChange) -> Edit:
    name = "" if record.key is None else item_name((record.key,))
    return Edit(name, record.kind.value, record.old, record.new, tuple(map(edit_of, record.fields)))
