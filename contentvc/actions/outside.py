"""Outside: files of a version that a sparse working tree does not have.

What is outside of the sparse set and not on disk is as it is recorded: it is neither missing nor
written. What is on disk there all the same, since a person put it or asked for it, is a file like
any other.
"""

import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from contentvc.actions.context import Context
from contentvc.changes.trees import Entries, TreeChange, diff_trees, list_files, lookup
from contentvc.errors import Conflict
from contentvc.ids import ObjectId
from contentvc.snapshots.merging import ConflictPaths
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.cover import Cover
from contentvc.worktree.files import Files
from contentvc.worktree.found import Found, Scan, Suspect
from contentvc.worktree.stamps import NEVER
from contentvc.worktree.state import CLEAN, Row, State

__all__ = [
    "Here",
    "as_covered",
    "covered_files",
    "differing_here",
    "file_in",
    "of_here",
    "refuse_deletions",
    "refuse_displacing",
    "with_conflicts_here",
]

_SHOWN = 10


class Here:
    """Tells which paths belong into the working tree or are there all the same; a context."""

    def __init__(self, context: Context) -> None:
        self._cover = context.cover
        self._files = Files(context.place.root)

    def __enter__(self) -> Self:
        self._files.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.__exit__(kind, error, trace)

    def has(self, path: bytes) -> bool:
        """Whether a file at this path is the working tree's concern."""
        return self._cover.covers(path) or self.is_there(path)

    def enters(self, folder: bytes) -> bool:
        """Whether a file below this folder may be."""
        if self._cover.reaches(folder):
            return True
        found = self._files.stat(folder)
        return found is not None and stat.S_ISDIR(found.st_mode)

    def is_there(self, path: bytes) -> bool:
        """Whether anything but a folder is on disk at this path."""
        found = self._files.stat(path)
        return found is not None and not stat.S_ISDIR(found.st_mode)


def of_here(
    context: Context, changes: Sequence[TreeChange], kept: Collection[bytes] = ()
) -> Sequence[TreeChange]:
    """Of changes between versions those that concern files here, and those at the kept paths."""
    if context.cover.is_whole:
        return changes
    with Here(context) as here:
        return [one for one in changes if one.path in kept or here.has(one.path)]


def differing_here(
    context: Context, old: ObjectId | None, new: ObjectId | None, state: State | None = None
) -> Iterator[TreeChange]:
    """As `diff_trees`, but only what concerns files here; folders that are not here cost nothing.

    With a state, also what concerns files that it knows, whether or not they are there.
    """
    entries = context.repository.entries
    if context.cover.is_whole:
        yield from diff_trees(entries, old, new)
        return
    known = state or State.empty()
    with Here(context) as here:
        for change in diff_trees(
            entries, old, new, lambda path: here.enters(path) or bool(known.below(path))
        ):
            if here.has(change.path) or known.find(change.path) is not None:
                yield change


def covered_files(
    entries: Entries, tree: ObjectId | None, cover: Cover
) -> Iterator[tuple[bytes, Entry]]:
    """The files of a version that a cover has; folders that it does not reach are not read."""
    if cover.is_whole:
        yield from list_files(entries, tree)
        return
    for path, entry in list_files(entries, tree, cover.reaches):
        if cover.covers(path):
            yield path, entry


def as_covered(context: Context, found: Scan, base_tree: ObjectId | None) -> Scan:
    """What a scan says of a sparse working tree.

    A file outside that is not there is not missing, and one that is there is not new where the
    base tree has it.
    """
    cover, entries = context.cover, context.repository.entries
    missing = tuple(one for one in found.missing if cover.covers(one.path))
    stale = [one.path for one in found.missing if not cover.covers(one.path)]
    new: list[Found] = []
    suspects = list(found.suspects)
    for one in found.new:
        old = None if cover.covers(one.path) else file_in(entries, base_tree, one.path)
        if old is None:
            new.append(one)
        else:
            row = Row(old.size, NEVER, 0, 0, old.mode, CLEAN, old.id)
            suspects.append(Suspect(one, row))
    unknown = tuple(
        path
        for path in found.unknown
        if cover.covers(path) or base_tree is None or lookup(entries, base_tree, path) is None
    )
    return replace(
        found,
        missing=missing,
        stale=(*found.stale, *stale),
        new=tuple(new),
        suspects=tuple(suspects),
        unknown=unknown,
    )


def refuse_displacing(context: Context, new: Iterable[bytes], base_tree: ObjectId | None) -> None:
    """Stop before a new file takes the place of recorded ones that are not here.

    Recording a file where the version has a folder, or below a path where it has a file, would
    record these as deleted.

    Raises:
        Conflict: naming the paths (``not-covered``).
    """
    cover, entries = context.cover, context.repository.entries
    if cover.is_whole or base_tree is None:
        return
    displacing: list[bytes] = []
    known: dict[bytes, bool] = {b"": False}
    for path in new:
        above = path.rpartition(b"/")[0]
        is_folder = not cover.covers(path) and lookup(entries, base_tree, path) is not None
        if is_folder or _is_below_file(cover, entries, base_tree, above, known):
            displacing.append(path)
    if displacing:
        names = [path.decode("utf-8", "replace") for path in displacing]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise Conflict(
            "not-covered",
            f"{', '.join(names[:_SHOWN])}{more} would take the place of recorded files that are "
            "not in this sparse working tree",
            "move it away, or bring them here: contentvc workspace sparse --add PATH",
            paths=names,
        )


def refuse_deletions(context: Context, changes: Iterable[TreeChange], doing: str) -> None:
    """Stop before uncommitted deletions come where nothing tells them from what is not here.

    Raises:
        Conflict: naming the paths (``not-covered``).
    """
    cover = context.cover
    gone = [one.path for one in changes if one.new is None and not cover.covers(one.path)]
    if gone:
        names = [path.decode("utf-8", "replace") for path in gone]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise Conflict(
            "not-covered",
            f"{doing} would delete files that are not in this sparse working tree: "
            f"{', '.join(names[:_SHOWN])}{more}",
            "bring them here first: contentvc workspace sparse --add PATH",
            paths=names,
        )


def _is_below_file(
    cover: Cover, entries: Entries, tree: ObjectId, folder: bytes, known: dict[bytes, bool]
) -> bool:
    """Whether a version has a file, which is not here, where this folder or one above it is."""
    if folder not in known:
        found = None if cover.covers(folder) else file_in(entries, tree, folder)
        above = folder.rpartition(b"/")[0]
        known[folder] = found is not None or _is_below_file(cover, entries, tree, above, known)
    return known[folder]


def with_conflicts_here(
    context: Context,
    entries: Entries,
    changes: Sequence[TreeChange],
    merged: ObjectId,
    conflicts: Iterable[ConflictPaths],
) -> tuple[Sequence[TreeChange], frozenset[bytes]]:
    """Changes that also bring every file with a conflict here, and the paths of these files."""
    cover = context.cover
    if cover.is_whole:
        return changes, frozenset()
    kept = {path for row in conflicts for path in (row.path, *row.also) if not cover.covers(path)}
    brought = list(changes)
    told = {change.path for change in changes}
    with Here(context) as here:
        for path in sorted(kept - told, key=lambda one: one.split(b"/")):
            entry = file_in(entries, merged, path)
            if entry is not None and not here.is_there(path):
                brought.append(TreeChange(path, None, entry))
    brought.sort(key=lambda change: change.path.split(b"/"))
    return brought, frozenset(kept)


def file_in(entries: Entries, tree: ObjectId | None, path: bytes) -> Entry | None:
    """The file or symlink that a tree has at a path; None where it has none, or a folder."""
    found = None if tree is None else lookup(entries, tree, path)
    return None if found is None or found.mode is Mode.DIRECTORY else found
