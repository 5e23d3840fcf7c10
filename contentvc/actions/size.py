"""Size: what the repository holds, what it takes, and what takes the room."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc.actions.compact import preview
from contentvc.actions.context import Context
from contentvc.changes.trees import diff_trees, list_files, lookup
from contentvc.errors import Missing
from contentvc.history.graph import walk
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Mode
from contentvc.upkeep.size import Stored, measure

__all__ = ["CommitSize", "PathSize", "SizeReport", "size"]

_MOST: Final = 10
"""Folders, commits and files that are told."""


class PathSize(NamedTuple):
    """A file or a folder."""

    path: bytes
    is_folder: bool
    files: int
    """Of a folder, files in it; of a file, its distinct versions."""
    content: int
    stored: int


class CommitSize(NamedTuple):
    """What a commit brought that none before it had."""

    id: ObjectId
    subject: str
    content: int
    stored: int


@dataclass(frozen=True, slots=True)
class SizeReport:
    """Bytes, unless told otherwise."""

    version: ObjectId | None
    """The commit whose content is told; None before the first."""
    content: int
    """Of the version: distinct content."""
    history: int
    """Distinct content of everything that is stored."""
    stored: Stored
    index: int
    log: int
    folders: tuple[PathSize, ...]
    """What is in the folder asked for, the largest first."""
    commits: tuple[CommitSize, ...]
    files: tuple[PathSize, ...]
    """The files that take most, all their versions together."""
    droppable: int
    """What `compact` would drop, about; merging packs gives back more."""
    mergeable: int
    """Packs that it would merge."""

    @property
    def total(self) -> int:
        """All that the repository takes."""
        return self.stored.bytes + self.index + self.log

    @property
    def ratio(self) -> float:
        """How many times smaller it is than all of its content."""
        return self.history / self.total if self.total else 0.0


def size(context: Context, revision: str | None = None, path: bytes = b"") -> SizeReport:
    """Add everything up.

    Args:
        context: whose repository.
        revision: the version whose folders are told; None is HEAD.
        path: the folder of it whose entries are told.

    Raises:
        Missing: there is no such version or folder.
        Damaged: something cannot be read.
    """
    repository = context.repository
    stored = measure(repository.objects)
    version, tree = (None, None)
    if revision is not None or context.head.commit is not None:
        version, tree = context.version(revision or "HEAD")
    folder = context.place.repository
    commits, files = _history(context, stored)
    plan = preview(context)
    return SizeReport(
        version=version,
        content=_content(context, stored, tree),
        history=stored.content,
        stored=stored,
        index=_bytes_in(os.path.join(folder, "indexes")),
        log=sum(_bytes_in(os.path.join(folder, name)) for name in ("operations", "bundles")),
        folders=tuple(_largest(_folders(context, stored, tree, path))),
        commits=tuple(sorted(commits, key=lambda one: (-one.stored, one.id))[:_MOST]),
        files=tuple(_largest(files)),
        droppable=plan.dropped_bytes,
        mergeable=plan.merged,
    )


def _content(context: Context, stored: Stored, tree: ObjectId | None) -> int:
    """Bytes of a version's distinct content; what was purged is none."""
    files = list_files(context.repository.entries, tree)
    return sum({one.id: one.size for _, one in files if one.id in stored.shares}.values())


def _largest(rows: list[PathSize]) -> list[PathSize]:
    return sorted(rows, key=lambda row: (-row.stored, row.path))[:_MOST]


def _folders(
    context: Context, stored: Stored, tree: ObjectId | None, path: bytes
) -> list[PathSize]:
    """What is in a folder; content that several paths have is counted at the first."""
    if tree is None:
        return []
    entries = context.repository.entries
    found = lookup(entries, tree, path)
    if found is None or found.mode is not Mode.DIRECTORY:
        shown = path.decode("utf-8", "replace")
        raise Missing("unknown-path", f"{shown} is no folder of that version", path=shown)
    seen: set[ObjectId] = set()
    rows = []
    for entry in entries(found.id):
        is_folder = entry.mode is Mode.DIRECTORY
        below = list_files(entries, entry.id) if is_folder else [(b"", entry)]
        files = [file for _, file in below]
        fresh = {
            file.id: file.size for file in files if file.id not in seen and file.id in stored.shares
        }
        seen.update(fresh)
        whole = path + b"/" + entry.name if path else entry.name
        share = stored.share(fresh)
        rows.append(PathSize(whole, is_folder, len(files), sum(fresh.values()), share))
    return rows


def _history(context: Context, stored: Stored) -> tuple[list[CommitSize], list[PathSize]]:
    """What each commit brought, and each file in all its versions."""
    repository, view = context.repository, context.repository.view
    seen: set[ObjectId] = set()
    commits: list[CommitSize] = []
    contents, shares, versions = Counter[bytes](), Counter[bytes](), Counter[bytes]()
    starts = dict.fromkeys(ref.id for ref in view.refs.values())
    for identifier, commit in reversed(list(walk(list(starts), repository.commit))):
        parent = repository.commit(commit.parents[0]).tree if commit.parents else None
        content = share = 0
        for path, _, new in diff_trees(repository.entries, parent, commit.tree):
            if new is None or new.id in seen or new.id not in stored.shares:
                continue
            seen.add(new.id)
            octets = stored.share((new.id,))
            content, share = content + new.size, share + octets
            contents[path] += new.size
            shares[path] += octets
            versions[path] += 1
        if share:
            subject = next(iter(commit.message.splitlines()), "")
            commits.append(CommitSize(identifier, subject, content, share))
    files = [PathSize(path, False, versions[path], contents[path], shares[path]) for path in shares]
    return commits, files


def _bytes_in(folder: str) -> int:
    return sum(_lengths(folder))


def _lengths(folder: str) -> Iterator[int]:
    try:
        with os.scandir(folder) as found:
            for one in found:
                try:
                    yield one.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue  # replaced meanwhile
    except FileNotFoundError:
        return
