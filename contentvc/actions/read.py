"""Reading content as of a version: a file's bytes, a folder's listing."""

from collections.abc import Iterator
from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.changes.trees import list_files, lookup
from contentvc.errors import Missing, Usage
from contentvc.history.revisions import split_path
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Listed", "cat", "list_tree"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a listing; the path is relative to the root."""

    path: bytes
    entry: Entry


def cat(context: Context, target: str) -> Iterator[bytes]:
    """The bytes of ``REV:PATH``, in parts.

    Raises:
        Missing: there is no such commit or file.
        Usage: no path is given, or it is a folder.
    """
    revision, path = split_path(target)
    if not path:
        raise Usage("usage", f"{target!r} names no file", "write REVISION:PATH, as in HEAD:a.txt")
    entry = _entry(context, context.resolve(revision or "HEAD"), path)
    if entry.mode is Mode.DIRECTORY:
        raise Usage("usage", f"{path} is a folder", f"list it with: contentvc ls {target}")
    return context.repository.stream(entry.id)


def list_tree(context: Context, target: str, *, recursive: bool) -> Iterator[Listed]:
    """What is at ``REV`` or ``REV:PATH``; of a folder its entries, or all files below it.

    Raises:
        Missing: there is no such commit or path.
    """
    revision, path = split_path(target)
    commit = context.resolve(revision or "HEAD")
    entry = _entry(context, commit, path or "")
    prefix = _normal(path or "")
    if entry.mode is not Mode.DIRECTORY:
        yield Listed(prefix, entry)
        return
    start = prefix + b"/" if prefix else b""
    if recursive:
        for below, file in list_files(context.repository.entries, entry.id):
            yield Listed(start + below, file)
    else:
        for child in context.repository.entries(entry.id):
            yield Listed(start + child.name, child)


def _entry(context: Context, commit: ObjectId, path: str) -> Entry:
    tree = context.repository.commit(commit).tree
    entry = lookup(context.repository.entries, tree, _normal(path))
    if entry is None:
        raise Missing(
            "unknown-path",
            f"there is no {path} in that version",
            "list what is there with: contentvc ls -r REVISION",
        )
    return entry


def _normal(path: str) -> bytes:
    parts = path.encode("utf-8", "surrogateescape").split(b"/")
    return b"/".join(part for part in parts if part not in (b"", b"."))
