"""A new tree from an old one: some paths set or removed, only the folders on the way touched."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contentvc import limits
from contentvc.changes.trees import Entries
from contentvc.errors import Conflict, Usage
from contentvc.ids import ObjectId
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.names import unsafe_reason
from contentvc.snapshots.tree import Entry, Mode, build_tree

__all__ = ["FileEdit", "edit_of", "edit_tree"]


class FileEdit(NamedTuple):
    """What a path shall be: a file, an executable or a symlink. A tuple, as entries are."""

    mode: Mode
    size: int
    id: ObjectId
    attributes: Attributes | None = None
    """None keeps those of the file or symlink that is there."""


def edit_of(entry: Entry) -> FileEdit:
    """The edit that gives a path the content of an entry; the path keeps its attributes."""
    return FileEdit(entry.mode, entry.size, entry.id)


@dataclass(slots=True)
class _Plan:
    """The edits, by folder."""

    files: dict[bytes, dict[bytes, FileEdit | None]]
    """Per folder that has edits of its own: name and edit."""
    folders: defaultdict[bytes, set[bytes]]
    """Per folder that has edits further down: the names of the folders they are in."""


def edit_tree(
    entries: Entries,
    base: ObjectId | None,
    edits: Mapping[bytes, FileEdit | None],
    put: Callable[[bytes], ObjectId],
) -> tuple[ObjectId, int]:
    """The root that `base` becomes when each path is set, or removed where its edit is None.

    Returns the root's id and the bytes of content below it. `put` stores the canonical bytes of a
    tree and returns their id; it sees each folder on the way to an edit, children first, and no
    other. A removal takes what the base has at the path, a whole folder too, and is no error where
    there is nothing; edits below a removed path count. A file that is set replaces a folder and
    the reverse. A folder that becomes empty vanishes, except the root.

    Raises:
        Usage: a path is refused everywhere, or is too long or too deep.
        Conflict: a path is set as a file while another below it is set too.
    """
    plan = _plan(edits)
    _check_paths(edits.keys(), plan.files.keys())
    return build_tree(_edited(entries, plan, b"", entries(base) if base else (), put), put)


def _plan(edits: Mapping[bytes, FileEdit | None]) -> _Plan:
    files: dict[bytes, dict[bytes, FileEdit | None]] = {}
    for path, edit in edits.items():
        folder, _, name = path.rpartition(b"/")
        names = files.get(folder)
        if names is None:
            names = files[folder] = {}
        names[name] = edit
    folders: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for path in files:
        folder = path
        while folder:
            parent, _, name = folder.rpartition(b"/")
            if name in folders[parent]:
                break
            folders[parent].add(name)
            folder = parent
    return _Plan(files, folders)


def _edited(
    entries: Entries,
    plan: _Plan,
    folder: bytes,
    base: Sequence[Entry],
    put: Callable[[bytes], ObjectId],
) -> list[Entry]:
    """The sorted entries of one folder after the edits; recursion ends at limits.TREE_DEPTH."""
    rows = {entry.name: entry for entry in base}
    files = plan.files.get(folder, {})
    _edit_files(rows, files, folder)
    for name in sorted(plan.folders.get(folder, ())):
        path = folder + b"/" + name if folder else name
        before = rows.get(name)
        was_folder = before is not None and before.mode == Mode.DIRECTORY
        below = entries(before.id) if before is not None and was_folder else ()
        after = _edited(entries, plan, path, below, put)
        if after:
            if files.get(name) is not None:
                raise _both(path)
            identifier, size = build_tree(after, put)
            kept = before.attributes if before is not None and was_folder else ()
            if before is None:
                _check_name(name, folder)
            rows[name] = Entry(name, Mode.DIRECTORY, size, identifier, kept)
        elif was_folder:
            del rows[name]
    return sorted(rows.values())


def _edit_files(
    rows: dict[bytes, Entry], files: Mapping[bytes, FileEdit | None], folder: bytes
) -> None:
    for name, edit in files.items():
        if edit is None:
            rows.pop(name, None)
            continue
        mode, size, identifier, attributes = edit
        before = rows.get(name)
        if before is None:
            _check_name(name, folder)
        elif attributes is None and before.mode != Mode.DIRECTORY:
            attributes = before.attributes
        rows[name] = Entry(name, mode, size, identifier, attributes or ())


def _check_name(name: bytes, folder: bytes) -> None:
    reason = unsafe_reason(name)
    if reason is not None:
        raise Usage("bad-name", f"the name {name!r} in the folder {folder!r} is refused: {reason}")


def _check_paths(paths: Collection[bytes], folders: Collection[bytes]) -> None:
    longest = max(paths, key=len, default=b"")
    if len(longest) > limits.PATH_LENGTH:
        raise Usage("bad-name", f"a path is longer than {limits.PATH_LENGTH} bytes: {longest!r}")
    if any(path.startswith(b"/") for path in paths):
        raise Usage("bad-name", "a path begins with /; paths start below the root")
    for folder in folders:
        if folder.count(b"/") >= limits.TREE_DEPTH:
            raise Usage("bad-name", f"a path has more than {limits.TREE_DEPTH} folders: {folder!r}")


def _both(path: bytes) -> Conflict:
    return Conflict(
        "file-changed",
        f"{path!r} was a file and a folder while the working tree was read",
        hint="run the command again once nothing writes there",
    )
