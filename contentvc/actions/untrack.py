"""Untrack: paths are no longer recorded; the files stay."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.recording import record_paths
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import list_files, lookup
from contentvc.errors import Missing
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.state import State
from contentvc.worktree.statefile import keep_state, load_state

__all__ = ["UntrackReport", "untrack"]

_IGNORE_FILE: Final = b".contentvcignore"
_SPECIAL: Final = re.compile(rb"[\\*?\[\]!#]|^ | $")


@dataclass(frozen=True, slots=True)
class UntrackReport:
    """What is no longer recorded, and the commit that says so."""

    id: ObjectId
    branch: str | None
    files: tuple[bytes, ...]
    ignored: tuple[bytes, ...]
    """Lines added to ``.contentvcignore``, so that the next commit does not record them again."""


def untrack(context: Context, paths: Sequence[bytes], message: str | None) -> UntrackReport:
    """Record a commit without these files and folders; they stay on disk.

    What no rule ignores yet gets a line in the root's ``.contentvcignore``, in the same commit.

    Raises:
        Missing: a path is not recorded.
    """
    with settled_lease(context):
        base, head = context.base(), context.head
        if base is None:
            raise Missing("no-commits", "there is no commit yet, so nothing is recorded")
        files = sorted({file for path in paths for file in _recorded(context, base.tree, path)})
        lines = tuple(_lines(context, base.tree, paths))
        edits: dict[bytes, FileEdit | None] = dict.fromkeys(files)
        state = based(context, load_state(context.place.state), base.tree)
        if lines:
            _add_lines(context, lines)
        with context.repository.writing() as writing:
            if lines:
                edits |= record_paths(context, writing, [_IGNORE_FILE])
            tree, _ = edit_tree(context.repository.entries, base.tree, edits, writing.put_tree)
            commit = _commit(context, head, tree, message or _message(paths))
            identifier = writing.put_commit(encode_commit(commit))
            after = Head(head.ref, identifier)
            draft = replace(
                context.draft("untrack"),
                refs=(RefMove(head.ref, head.commit, identifier),) if head.ref else (),
                workspaces=(WorkspaceMove(context.workspace, head, after),),
                added=writing.finish(),
            )
            writing.publish()
            context.repository.append(draft)
        keep_state(context.place.state, based(context, _unrecorded(state, files), tree))
    branch = head.ref.removeprefix("branch/") if head.ref else None
    return UntrackReport(identifier, branch, tuple(files), lines)


def _recorded(context: Context, tree: ObjectId, path: bytes) -> Iterator[bytes]:
    entries = context.repository.entries
    found = lookup(entries, tree, path)
    if found is None or not path:
        shown = path.decode("utf-8", "replace") or "the whole working tree"
        raise Missing(
            "unknown-path",
            f"{shown} is not recorded" if path else "the whole working tree cannot be untracked",
            "see what is with: contentvc ls -r HEAD",
            path=shown,
        )
    if found.mode is not Mode.DIRECTORY:
        yield path
        return
    for below, _ in list_files(entries, found.id):
        yield path + b"/" + below


def _lines(context: Context, tree: ObjectId, paths: Sequence[bytes]) -> Iterator[bytes]:
    rules = IgnoreRules(context.place.root, use_git=context.use_gitignore)
    for path in paths:
        found = lookup(context.repository.entries, tree, path)
        is_folder = found is not None and found.mode is Mode.DIRECTORY
        if not rules.verdict(path, is_folder=is_folder).ignored:
            pattern = _SPECIAL.sub(lambda match: b"\\" + match[0], path)
            yield b"/" + pattern + (b"/" if is_folder else b"")


def _add_lines(context: Context, lines: Sequence[bytes]) -> None:
    path = os.path.join(context.place.root, _IGNORE_FILE)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    if content and not content.endswith(b"\n"):
        content += b"\n"
    try:
        # Durably: what the person wrote there may be recorded nowhere.
        disk.replace_file_durably(path, content + b"".join(line + b"\n" for line in lines))
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _message(paths: Sequence[bytes]) -> str:
    return "Untrack " + ", ".join(path.decode("utf-8", "replace") for path in paths)


def _commit(context: Context, head: Head, tree: ObjectId, message: str) -> Commit:
    parents = (head.commit,) if head.commit else ()
    return Commit(tree, parents, context.actor, context.now, context.zone, message)


def _unrecorded(state: State, files: Sequence[bytes]) -> State:
    rows = {path: row._replace(flags=0) for path in files if (row := state.get(path)) is not None}
    return state.replace(rows, base_tree=state.base_tree)
