"""Attributes kept: what was attached to a file stays with it when it is edited or renamed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files
from contentvc.actions.working import Look, edited, reader_of
from contentvc.changes.edit import FileEdit
from contentvc.changes.files import ChangeKind, FileChange, classify
from contentvc.changes.trees import lookup
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["attributed", "with_attributes"]


def attributed(context: Context, changes: Iterable[FileChange]) -> list[FileChange]:
    """Changes of the working tree with the attributes of the files, which no edit changes."""
    attached = _Attached(context.repository, context.base_tree())
    return [_attributed(attached, change) for change in changes]


def with_attributes(
    context: Context, seen: Look, edits: Mapping[bytes, FileEdit | None]
) -> Mapping[bytes, FileEdit | None]:
    """Edits that give a renamed file, edited or not, the attributes that it had.

    Renames are looked for only where a file with attributes is gone and another one is new.
    """
    attached = _Attached(context.repository, seen.base_tree)
    gone = [path for path, edit in edits.items() if edit is None]
    if len(gone) == len(edits) or not any(map(attached.of, gone)):
        return edits
    from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, seldom needed

    changes = list(edited(context, seen, edits))
    gone_files = ((one.path, one.old) for one in changes if one.old is not None and not one.new)
    bring_files(context.repository, gone_files)
    kept = dict(edits)
    for change in find_renames(classify(changes), reader_of(context, changes)):
        edit = kept.get(change.path)
        if change.change is ChangeKind.RENAMED and edit is not None and edit.attributes is None:
            kept[change.path] = edit._replace(attributes=attached.of(change.old_path or b""))
    return kept


class _Attached:
    """The attributes of files of one tree, which few folders have."""

    def __init__(self, repository: Repository, tree: ObjectId | None) -> None:
        self._repository = repository
        self._tree = tree
        self._folders: dict[bytes, Mapping[bytes, Attributes]] = {}

    def of(self, path: bytes) -> Attributes:
        """Those of one file; none where there is no such file."""
        folder, _, name = path.rpartition(b"/")
        found = self._folders.get(folder)
        if found is None:
            found = self._folders[folder] = self._in(folder)
        return found.get(name, ())

    def _in(self, path: bytes) -> Mapping[bytes, Attributes]:
        repository = self._repository
        folder = None if self._tree is None else lookup(repository.entries, self._tree, path)
        if folder is None or folder.mode is not Mode.DIRECTORY:
            return {}
        columns = repository.columns(folder.id)
        if not columns.is_node and not columns.attributes:
            return {}
        entries = repository.entries(folder.id)
        return {
            one.name: one.attributes
            for one in entries
            if one.attributes and one.mode is not Mode.DIRECTORY
        }


def _attributed(attached: _Attached, change: FileChange) -> FileChange:
    attributes = attached.of(change.old_path or change.path)
    if not attributes:
        return change
    return replace(change, old=_with(change.old, attributes), new=_with(change.new, attributes))


def _with(entry: Entry | None, attributes: Attributes) -> Entry | None:
    return None if entry is None else entry._replace(attributes=attributes)
