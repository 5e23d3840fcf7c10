"""Restore: files of the working tree back to a version; no commit, nothing new is removed."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from contentvc.actions.carrying import Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.outside import Here
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.trees import TreeChange, list_files, lookup
from contentvc.errors import Missing
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.state import CLEAN, State
from contentvc.worktree.statefile import load_state

__all__ = ["RestoreReport", "restore"]


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was written."""

    source: ObjectId
    """The commit, or the tree of a saved change, that the files are of."""
    restored: tuple[bytes, ...]
    overwritten: tuple[bytes, ...]
    """Those of them that had uncommitted content."""
    saved: bool
    """Whether that was kept in the operation log."""


def restore(
    context: Context, paths: Sequence[bytes], source: str | None, *, discard: bool = False
) -> RestoreReport:
    """Write files as they are in `source` (None: where the working tree stands).

    Uncommitted content that is overwritten is saved with the operation, unless it is discarded.

    Raises:
        Missing: the source has none of a path (``unknown-path``).
        Conflict: what would be overwritten is not saved: too much, or it looks like a secret.
        Damaged: the content cannot be read; the files are as they were.
    """
    with settled_lease(context):
        version, tree = context.version(source or "HEAD")
        base_tree = context.base_tree()
        state = based(context, load_state(context.place.state), base_tree)
        plan = Carrying(
            doing="restoring",
            draft=context.draft("restore"),
            changes=_changes(context, state, tree, paths),
            base_after=base_tree,
            state=state,
        )
        with context.repository.writing() as writing:
            carried = carry(context, writing, plan, Overwrite(force=True, discard=discard))
    done = tuple(change.path for change in plan.changes if change.path not in carried.done)
    return RestoreReport(version, done, carried.overwritten, carried.saved)


def _changes(
    context: Context, state: State, tree: ObjectId, paths: Sequence[bytes]
) -> list[TreeChange]:
    """What the paths are in the source, each against what its file was last known to hold."""
    entries = context.repository.entries
    wanted: dict[bytes, TreeChange] = {}
    for path in paths:
        found = lookup(entries, tree, path)
        if found is None:
            shown = path.decode("utf-8", "replace")
            raise Missing(
                "unknown-path",
                f"{shown} is not in that version",
                "list what is there with: contentvc ls -r REVISION",
                path=shown,
            )
        for name, entry in _files(context, path, found):
            known = state.get(name)
            old = None
            if known is not None and known.flags == CLEAN:
                old = entry._replace(mode=known.mode, size=known.size, id=known.id)
            wanted[name] = TreeChange(name, old, entry)
    return [wanted[name] for name in sorted(wanted)]


def _files(context: Context, path: bytes, found: Entry) -> Iterator[tuple[bytes, Entry]]:
    """A file, or those of a folder but for what was purged: there the files stay as they are.

    Of a folder that is partly in a sparse working tree, only what is here; what is outside of it
    comes here by its own name, or that of a folder outside.

    Raises:
        Missing: the file was purged.
    """
    repository, cover = context.repository, context.cover
    if found.mode is Mode.DIRECTORY:
        with nullcontext() if cover.is_whole or not cover.reaches(path) else Here(context) as here:
            enters = None if here is None else partial(_enters, here, path)
            for rest, entry in list_files(repository.entries, found.id, enters):
                name = path + b"/" + rest if path else rest
                if not repository.is_purged(entry.id) and (here is None or here.has(name)):
                    yield name, entry
        return
    if repository.is_purged(found.id) and (gone := repository.objects.why_gone(found.id)):
        raise gone
    yield path, found


def _enters(here: Here, above: bytes, folder: bytes) -> bool:
    return here.enters(above + b"/" + folder if above else folder)
