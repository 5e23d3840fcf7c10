"""Restore: files of the working tree back to a version; no commit, nothing new is removed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contentvc.actions.bringing import bring, survey_changes
from contentvc.actions.context import Context
from contentvc.actions.saving import save_content
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.trees import TreeChange, list_files, lookup
from contentvc.errors import Missing
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Mode
from contentvc.worktree.collisions import Survey
from contentvc.worktree.state import CLEAN, RECORDED, Row, State
from contentvc.worktree.statefile import keep_state, load_state

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

    Uncommitted content that is overwritten is saved with an operation, unless it is discarded.

    Raises:
        Missing: the source has none of a path (``unknown-path``).
        Conflict: what would be overwritten is not saved: too much, or it looks like a secret.
    """
    with settled_lease(context):
        version, tree = context.version(source or "HEAD")
        base_tree = context.base_tree()
        state = based(context, load_state(context.place.state), base_tree)
        changes = _changes(context, state, tree, paths)
        found = survey_changes(context, state, changes)
        saved = None if discard else _save(context, found)
        after = bring(context, state, changes, found, base_tree, overwrite=True)
        after = _flagged(context, after, changes, base_tree)
        keep_state(context.place.state, after)
    done = tuple(change.path for change in changes if change.path not in found.done)
    return RestoreReport(version, done, tuple(found.collisions), saved is not None)


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
        below = list_files(entries, found.id) if found.mode is Mode.DIRECTORY else [(b"", found)]
        for rest, entry in below:
            name = b"/".join(part for part in (path, rest) if part)
            known = state.get(name)
            old = None
            if known is not None and known.flags == CLEAN:
                old = entry._replace(mode=known.mode, size=known.size, id=known.id)
            wanted[name] = TreeChange(name, old, entry)
    return [wanted[name] for name in sorted(wanted)]


def _save(context: Context, found: Survey) -> ObjectId | None:
    if not found.collisions:
        return None
    with context.repository.writing() as writing:
        saved = save_content(context, writing, found.collisions)
        draft = replace(context.draft("restore"), saved=saved, added=writing.finish())
        context.repository.append(draft)
    return saved


def _flagged(
    context: Context, state: State, changes: Sequence[TreeChange], base_tree: ObjectId | None
) -> State:
    """The rows told apart by whether the base has the same: the source may be another version."""
    entries = context.repository.entries
    rows: dict[bytes, Row] = {}
    for path, _, new in changes:
        row, base = state.get(path), lookup(entries, base_tree, path) if base_tree else None
        if row is not None and new is not None:
            recorded = base is not None and base.mode is not Mode.DIRECTORY
            same = base is not None and (base.mode, base.id) == (new.mode, new.id)
            rows[path] = row._replace(flags=RECORDED * recorded + 2 * same)
    return state.replace(rows, base_tree=base_tree)
