"""Untrack: paths are no longer recorded; the files stay."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from contentvc.actions.carrying import REFUSE, Carrying, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import branch_of, check_not_merging
from contentvc.actions.standing import settled_lease
from contentvc.changes.edit import FileEdit, edit_of, edit_tree
from contentvc.changes.trees import TreeChange, list_files, lookup
from contentvc.errors import Conflict, Missing
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.reading import Reader

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
        check_not_merging(context, "untracking")
        base, head = context.base(), context.head
        if base is None:
            raise Missing("no-commits", "there is no commit yet, so nothing is recorded")
        files = sorted({file for path in paths for file in _recorded(context, base.tree, path)})
        lines = tuple(_lines(context, base.tree, paths))
        edits: dict[bytes, FileEdit | None] = dict.fromkeys(files)
        with context.repository.writing() as writing:
            rules = _rules_with(context, writing, lines) if lines else ()
            edits |= {one.path: edit_of(one.new) for one in rules if one.new is not None}
            tree, _ = edit_tree(context.repository.entries, base.tree, edits, writing.put_tree)
            commit = _commit(context, head, tree, message or _message(paths))
            identifier = writing.put_commit(encode_commit(commit))
            after = Head(head.ref, identifier)
            draft = replace(
                context.draft("untrack"),
                refs=(RefMove(head.ref, head.commit, identifier),) if head.ref else (),
                workspaces=(WorkspaceMove(context.workspace, head, after),),
            )
            plan = Carrying("untracking", draft, rules, base_after=tree)
            carry(context, writing, plan, REFUSE)
    return UntrackReport(identifier, branch_of(head), tuple(files), lines)


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


def _rules_with(
    context: Context, writing: Writing, lines: Sequence[bytes]
) -> tuple[TreeChange, ...]:
    """The ignore file with further lines: what it is now and what it is to be, both stored."""
    old, content = None, b""
    with Reader(context.place.root) as reader, suppress(FileNotFoundError):
        content, found = reader.read(_IGNORE_FILE)
        old = Entry(_IGNORE_FILE, found.mode, len(content), writing.put_blob(content))
    if old is not None and old.mode is Mode.SYMLINK:
        raise Conflict(
            "would-overwrite",
            ".contentvcignore is a symlink, and would have to become a file",
            "add what is to be ignored to the file it leads to, then untrack again",
        )
    if content and not content.endswith(b"\n"):
        content += b"\n"
    content += b"".join(line + b"\n" for line in lines)
    mode = Mode.FILE if old is None else old.mode
    new = Entry(_IGNORE_FILE, mode, len(content), writing.put_blob(content))
    return (TreeChange(_IGNORE_FILE, old, new),)


def _message(paths: Sequence[bytes]) -> str:
    return "Untrack " + ", ".join(path.decode("utf-8", "replace") for path in paths)


def _commit(context: Context, head: Head, tree: ObjectId, message: str) -> Commit:
    parents = (head.commit,) if head.commit else ()
    return Commit(tree, parents, context.actor, context.now, context.zone, message)
