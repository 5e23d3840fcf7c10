"""Log: the commits that some revisions reach, filtered."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, NamedTuple

from contentvc.actions.context import Context
from contentvc.changes.files import FileChange, classify
from contentvc.changes.renames import find_renames
from contentvc.changes.trees import diff_trees, lookup
from contentvc.errors import Usage
from contentvc.history.graph import links, merge_bases, topological, walk
from contentvc.history.moments import parse_moment
from contentvc.history.names import STASH, short_name
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["LogEntry", "LogRequest", "changes_of", "graph_log", "log", "refs_by_commit"]

_REMEMBERED: Final = 10_000
"""Entries that a trail keeps: a commit's parent is the next commit it looks at."""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which commits are wanted."""

    revision: str = "HEAD"
    """A revision, or a range ``A..B`` (what B has and A has not) or ``A...B`` (either alone)."""
    all_refs: bool = False
    """All that any branch or tag reaches, instead of one revision."""
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
    """Against its first parent and within the paths, when asked for."""
    links: tuple[ObjectId, ...] = ()
    """Its nearest ancestors among the commits given, when the graph was asked for."""


def log(context: Context, request: LogRequest) -> Iterator[LogEntry]:
    """The commits, newest first, each read when it is asked for.

    Raises:
        Missing, Usage: a revision, a time or an expression is not understood.
    """
    refs = refs_by_commit(context)
    chosen = (step for step in _steps(context, request) if step.is_chosen)
    for step in islice(chosen, request.most):
        yield _entry(context, request, step, refs)


def graph_log(context: Context, request: LogRequest) -> Iterator[LogEntry]:
    """The same commits for drawing: each before its parents, and linked over what is left out.

    All of the history is read before the first is given.

    Raises:
        Missing, Usage: as of `log`.
    """
    refs = refs_by_commit(context)
    steps = {step.id: step for step in _steps(context, request)}
    parents = {step.id: step.commit.parents for step in steps.values()}
    order = topological(parents)
    shown = {step.id for step in steps.values() if step.is_chosen}
    below = links(order, parents, shown)
    for identifier in islice((one for one in order if one in shown), request.most):
        entry = _entry(context, request, steps[identifier], refs)
        yield replace(entry, links=below[identifier])


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


class _Step(NamedTuple):
    """A commit on the way back through history."""

    id: ObjectId
    commit: Commit
    is_chosen: bool
    paths: tuple[bytes, ...]
    """What the paths asked for are called in it."""


def _steps(context: Context, request: LogRequest) -> Iterator[_Step]:
    starts, hidden = _ends(context, request)
    keep = _filter(context, request)
    trail = _Trail(context.repository, request.paths)
    for identifier, commit in walk(starts, context.repository.commit, hidden):
        paths = trail.paths
        touched = trail.touches(commit)
        yield _Step(identifier, commit, touched and keep(commit), paths)


def _entry(
    context: Context, request: LogRequest, step: _Step, refs: Mapping[ObjectId, tuple[str, ...]]
) -> LogEntry:
    changes: tuple[FileChange, ...] = ()
    if request.with_changes:
        found = changes_of(context.repository, step.commit)
        changes = tuple(change for change in found if _is_within(change.path, step.paths))
    return LogEntry(step.id, step.commit, refs.get(step.id, ()), changes)


def _is_within(path: bytes, paths: tuple[bytes, ...]) -> bool:
    return not paths or any(not one or path == one or path.startswith(one + b"/") for one in paths)


def _ends(context: Context, request: LogRequest) -> tuple[list[ObjectId], list[ObjectId]]:
    if request.all_refs:
        head = context.head.commit
        refs = context.repository.view.refs.items()
        tips = [ref.id for name, ref in refs if not name.startswith(STASH)]
        return ([head] if head else []) + tips, []
    ends = split_range(request.revision)
    if ends is None:
        return [context.resolve(request.revision)], []
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
    paths: tuple[bytes, ...]
    _seen: dict[tuple[ObjectId, bytes], Entry | None] = field(default_factory=dict)

    def touches(self, commit: Commit) -> bool:
        """Whether a commit differs in the paths from each of its parents."""
        if not self.paths:
            return True
        parents = [self.repository.commit(parent).tree for parent in commit.parents]
        is_touched = (
            all(self._differ(commit.tree, parent) for parent in parents)
            if parents
            else any(self._entry(commit.tree, path) is not None for path in self.paths)
        )
        if is_touched and len(self.paths) == 1 and parents:
            self._follow(commit, parents[0])
        return is_touched

    def _differ(self, tree: ObjectId, parent: ObjectId) -> bool:
        return any(self._entry(tree, path) != self._entry(parent, path) for path in self.paths)

    def _entry(self, tree: ObjectId, path: bytes) -> Entry | None:
        key = (tree, path)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = lookup(self.repository.entries, tree, path)
        return self._seen[key]

    def _follow(self, commit: Commit, parent: ObjectId) -> None:
        path = self.paths[0]
        here = self._entry(commit.tree, path)
        if here is None or here.mode is Mode.DIRECTORY or self._entry(parent, path) is not None:
            return
        for change in changes_of(self.repository, commit):
            if change.path == path and change.old_path is not None:
                self.paths = (change.old_path,)
