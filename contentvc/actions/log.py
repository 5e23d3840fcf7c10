"""Log: the commits that some revisions reach, filtered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contentvc.actions.context import Context
from contentvc.changes.files import FileChange, classify
from contentvc.changes.renames import find_renames
from contentvc.changes.trees import diff_trees, lookup
from contentvc.errors import Usage
from contentvc.history.graph import merge_bases, walk
from contentvc.history.moments import parse_moment
from contentvc.history.names import short_name
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Entry

__all__ = ["LogEntry", "LogRequest", "changes_of", "log", "refs_by_commit"]


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which commits are wanted."""

    revision: str = "HEAD"
    """A revision, or a range ``A..B`` (what B has and A has not) or ``A...B`` (either alone)."""
    paths: tuple[bytes, ...] = ()
    most: int | None = None
    since: str = ""
    until: str = ""
    author: str = ""
    """A regular expression, searched without regard to case."""
    grep: str = ""
    """The same, for the message."""
    with_changes: bool = False


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit with what is known about it."""

    id: ObjectId
    commit: Commit
    refs: tuple[str, ...]
    """Branches and tags that name it, ``HEAD`` first."""
    changes: tuple[FileChange, ...] = ()
    """Against its first parent, when asked for."""


def log(context: Context, request: LogRequest) -> Iterator[LogEntry]:
    """The commits, newest first.

    Raises:
        Missing, Usage: a revision, a time or an expression is not understood.
    """
    starts, hidden = _ends(context, request.revision)
    keep = _filter(context, request)
    refs = refs_by_commit(context)
    trail = _Trail(context.repository, list(request.paths))
    count = 0
    for identifier, commit in walk(starts, context.repository.commit, hidden):
        if request.most is not None and count >= request.most:
            return
        if not keep(commit) or not trail.touches(commit):
            continue
        count += 1
        changes: tuple[FileChange, ...] = ()
        if request.with_changes:
            changes = changes_of(context.repository, commit)
        yield LogEntry(identifier, commit, refs.get(identifier, ()), changes)


def changes_of(repository: Repository, commit: Commit) -> tuple[FileChange, ...]:
    """What a commit changed against its first parent, renames found."""
    parent = repository.commit(commit.parents[0]).tree if commit.parents else None
    changes = classify(diff_trees(repository.entries, parent, commit.tree))
    return tuple(find_renames(changes, repository.blob))


def refs_by_commit(context: Context) -> dict[ObjectId, tuple[str, ...]]:
    """The names that people see beside commits."""
    names: dict[ObjectId, tuple[str, ...]] = {}
    head = context.head
    if head.commit is not None:
        names[head.commit] = ("HEAD",) if head.ref is None else (f"HEAD -> {short_name(head.ref)}",)
    for ref, target in context.repository.view.refs.items():
        if ref != head.ref or target.id != head.commit:
            shown = short_name(ref) if not ref.startswith("tag/") else f"tag: {short_name(ref)}"
            names[target.id] = (*names.get(target.id, ()), shown)
    return names


def _ends(context: Context, revision: str) -> tuple[list[ObjectId], list[ObjectId]]:
    ends = split_range(revision)
    if ends is None:
        return [context.resolve(revision)], []
    left, right = context.resolve(ends[0]), context.resolve(ends[1])
    if not ends[2]:
        return [right], [left]
    return [left, right], list(merge_bases(left, right, context.repository.commit))


@dataclass(frozen=True, slots=True)
class _Filter:
    since: int | None
    until: int | None
    author: re.Pattern[str]
    grep: re.Pattern[str]

    def __call__(self, commit: Commit) -> bool:
        return (
            (self.since is None or commit.time >= self.since)
            and (self.until is None or commit.time <= self.until)
            and bool(self.author.search(commit.author))
            and bool(self.grep.search(commit.message))
        )


def _filter(context: Context, request: LogRequest) -> _Filter:
    def moment(text: str) -> int | None:
        return parse_moment(text, context.now, context.zone) if text else None

    return _Filter(
        moment(request.since),
        moment(request.until),
        _pattern(request.author),
        _pattern(request.grep),
    )


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        raise Usage("bad-value", f"{text!r} is not a regular expression: {error}") from error


@dataclass(slots=True)
class _Trail:
    """Follows paths back through history; a single file also through its renames."""

    repository: Repository
    paths: list[bytes]
    _seen: dict[tuple[ObjectId, bytes], Entry | None] = field(default_factory=dict)

    def touches(self, commit: Commit) -> bool:
        """Whether a commit changed one of the paths against all of its parents."""
        if not self.paths:
            return True
        parents = [self.repository.commit(parent).tree for parent in commit.parents]
        touched = [path for path in self.paths if self._differs(commit.tree, parents, path)]
        if touched and len(self.paths) == 1 and parents:
            self._follow(commit, parents[0])
        return bool(touched)

    def _differs(self, tree: ObjectId, parents: list[ObjectId], path: bytes) -> bool:
        here = self._entry(tree, path)
        if not parents:
            return here is not None
        return all(here != self._entry(parent, path) for parent in parents)

    def _entry(self, tree: ObjectId, path: bytes) -> Entry | None:
        key = (tree, path)
        if key not in self._seen:
            self._seen[key] = lookup(self.repository.entries, tree, path)
        return self._seen[key]

    def _follow(self, commit: Commit, parent: ObjectId) -> None:
        path = self.paths[0]
        if self._entry(parent, path) is not None or self._entry(commit.tree, path) is None:
            return
        for change in changes_of(self.repository, commit):
            if change.path == path and change.old_path is not None:
                self.paths[0] = change.old_path
