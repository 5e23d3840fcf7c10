"""Needed: content that a command is about to read is had here, all of it at once.

In a repository that left content at a remote each blob would otherwise be asked for when it is
read; and forked processes cannot ask. Elsewhere these calls cost nothing.
"""

from collections.abc import Iterable, Iterator

from contentvc import limits
from contentvc.changes.files import FileChange
from contentvc.changes.trees import Entries, TreeChange, diff_trees
from contentvc.errors import Unreachable
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["bring_files", "bring_versions", "read_by_merge"]


def bring_files(repository: Repository, files: Iterable[tuple[bytes, Entry]]) -> None:
    """Have the content of some files here, given as paths and entries.

    What nobody has is left; reading it tells.

    Raises:
        Unreachable: what is not here is at a remote that gives no answer; the error names a file.
        Damaged, NotAllowed, Busy: as `ObjectStore.bring`.
    """
    if not repository.objects.is_partial:
        return
    paths = {entry.id: path for path, entry in files if entry.mode is not Mode.DIRECTORY}
    paths.pop(ObjectId(b""), None)  # of a file on disk that nobody has read
    try:
        repository.objects.bring(paths)
    except Unreachable as error:
        path = paths.get(ObjectId(bytes.fromhex(str(error.details.get("object", "")))), b"")
        shown = path.decode("utf-8", "replace")
        raise Unreachable(
            error.code,
            f"{shown} is needed and not here: {error.details.get('reason', error.message)}",
            error.hint,
            **{**error.details, "path": shown},
        ) from error


def bring_versions(
    repository: Repository, changes: Iterable[TreeChange] | Iterable[FileChange]
) -> None:
    """Have both versions of changed files here.

    Raises:
        Unreachable, Damaged, NotAllowed, Busy: as `bring_files`.
    """
    if repository.objects.is_partial:
        sides = ((one.path, side) for one in changes for side in (one.old, one.new))
        bring_files(repository, ((path, side) for path, side in sides if side is not None))


def read_by_merge(
    entries: Entries, base: ObjectId | None, ours: ObjectId | None, theirs: ObjectId | None
) -> Iterator[tuple[bytes, Entry]]:
    """The files whose content a merge of three trees may read.

    Those that both sides changed, and those that came or went and may be the same under another
    name.
    """
    sides = [{one.path: one for one in diff_trees(entries, base, side)} for side in (ours, theirs)]
    for side, other in (sides, sides[::-1]):
        moves = bool(other) and _may_hold_renames(side.values())
        for path, change in side.items():
            both = path in other and change.new != other[path].new
            for entry in (change.old, change.new):
                if entry is not None and (both or (moves and _is_compared(change, entry))):
                    yield path, entry


def _may_hold_renames(changes: Iterable[TreeChange]) -> bool:
    kinds = {(change.old is None, change.new is None) for change in changes}
    return {(True, False), (False, True)} <= kinds


def _is_compared(change: TreeChange, entry: Entry) -> bool:
    is_moved = change.old is None or change.new is None
    return is_moved and entry.mode is not Mode.SYMLINK and 0 < entry.size <= limits.RENAME_BLOB
