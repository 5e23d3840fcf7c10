"""Log: the commits that some revisions reach, filtered."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from contentvc.actions.context import Context
from contentvc.actions.covering import UNCOVERED, cover, path_index
from contentvc.actions.notes import notes_by_commit
from contentvc.actions.selected import selected_here, selected_in
from contentvc.actions.trail import Trail, changes_of
from contentvc.changes.files import FileChange
from contentvc.errors import Usage
from contentvc.history.graph import Linked, links, merge_bases, topological, walk
from contentvc.history.moments import parse_moment
from contentvc.history.names import NOTE, REMOTE_NOTE, STASH, short_name
from contentvc.history.path_segment import Link
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.commit import Commit

if TYPE_CHECKING:
    from contentvc.sets.selection import Selection

__all__ = ["LogEntry", "LogRequest", "changes_of", "graph_log", "log", "refs_by_commit"]


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which commits are wanted."""

    revision: str = "HEAD"
    """A revision, or a range ``A..B`` (what B has and A has not) or ``A...B`` (either alone)."""
    all_refs: bool = False
    """All that any branch or tag reaches, instead of one revision."""
    paths: tuple[bytes, ...] = ()
    sets: tuple[str, ...] = ()
    """Only commits that touch files of these content sets: as the revision declares them, and
    the working tree where that is HEAD or all."""
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
    notes: Attributes = ()
    """What was noted on it after it was made."""
    links: tuple[ObjectId, ...] = ()
    """Its nearest ancestors among the commits given, when the graph was asked for."""
    paths: tuple[bytes, ...] = ()
    """What the paths asked for are called in it."""


def log(context: Context, request: LogRequest) -> Iterator[LogEntry]:
    """The commits, newest first, each read when it is asked for.

    Raises:
        Missing, Usage: a revision, a time or an expression is not understood, or a content set is
            not declared.
        Declined: content sets are named, and there are mistakes in contentvc.toml.
    """
    beside = _Beside.of(context)
    way = _Walk(context, request, to_the_end=False)
    for step in islice(way.chosen(), request.most):
        yield _entry(way, step, beside)


def graph_log(context: Context, request: LogRequest) -> Iterator[LogEntry]:
    """The same commits for drawing: each before its parents, and linked over what is left out.

    All of the history is walked before the first is given.

    Raises:
        Missing, Usage: as of `log`.
    """
    beside = _Beside.of(context)
    way = _Walk(context, request, to_the_end=True)
    steps = {step.id: step for step in way.steps()}
    parents = {step.id: step.parents for step in steps.values()}
    order = topological(parents)
    shown = {step.id for step in steps.values() if step.is_chosen}
    below = links(order, parents, shown)
    for identifier in islice((one for one in order if one in shown), request.most):
        entry = _entry(way, steps[identifier], beside)
        yield replace(entry, links=below[identifier])


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


class _Beside(NamedTuple):
    """What is told of commits that is not in them."""

    refs: Mapping[ObjectId, tuple[str, ...]]
    notes: Mapping[ObjectId, Attributes]

    @classmethod
    def of(cls, context: Context) -> Self:
        """Of all commits."""
        return cls(refs_by_commit(context), notes_by_commit(context.repository))


class _Step(NamedTuple):
    """A commit on the way back through history."""

    id: ObjectId
    parents: tuple[ObjectId, ...]
    is_chosen: bool
    paths: tuple[bytes, ...]
    """What the paths asked for are called in it."""


class _Walk:
    """The way back through history, on which as few commits as possible are read.

    Args:
        context: where to look.
        request: which commits are chosen.
        to_the_end: all will be walked, also where no path is asked for.
    """

    def __init__(self, context: Context, request: LogRequest, *, to_the_end: bool) -> None:
        self.repository = context.repository
        self._with_changes = request.with_changes
        self._starts, self._hidden = _ends(context, request)
        self._selection = _selection(context, request, self._starts)
        paths = request.paths
        if self._selection is not None:
            paths = self._selection.within(paths)
            self._starts = self._starts if paths else []  # no paths are all to a trail
        self._keep = _filter(context, request)
        self._known = path_index(context.repository)
        self._trail = Trail(self.repository, self._known, paths, self._selection)
        self._uncovered: list[ObjectId] = []
        # Segments are read whole: a few commits are read faster than these.
        self._is_known_worth_reading = to_the_end or bool(paths or self._hidden)

    def steps(self) -> Iterator[_Step]:
        """All commits, newest first."""
        for identifier, link in self._all():
            paths = self._trail.paths
            is_chosen = self._is_chosen(identifier, link)
            yield _Step(identifier, link.parents, is_chosen, paths)

    def chosen(self) -> Iterator[_Step]:
        """Those that are wanted, newest first."""
        trail = self._trail
        for identifier, link in self._all():
            paths = trail.paths
            if trail.may_touch(identifier, link) and self._is_chosen(identifier, link):
                yield _Step(identifier, link.parents, is_chosen=True, paths=paths)

    def changes(self, step: _Step, commit: Commit) -> tuple[FileChange, ...]:
        """What a commit changed of what is asked for, if that is wanted."""
        if not self._with_changes:
            return ()
        found = changes_of(self.repository, commit)
        return tuple(change for change in found if self._concerns(change, step.paths))

    def _concerns(self, change: FileChange, paths: tuple[bytes, ...]) -> bool:
        if self._selection is None:
            return _is_within(change.path, paths)
        names = (change.path,) if change.old_path is None else (change.path, change.old_path)
        return any(_is_within(name, paths) and self._selection.has(name) for name in names)

    def _all(self) -> Iterator[tuple[ObjectId, Linked]]:
        read: Callable[[ObjectId], Linked] = self.repository.commit
        if self._is_known_worth_reading:
            read = partial(self._link, self._known.links)
        yield from walk(self._starts, read, self._hidden)
        if self._trail.paths and len(self._uncovered) >= UNCOVERED:
            cover(self.repository, self._known, self._uncovered)

    def _is_chosen(self, identifier: ObjectId, link: Linked) -> bool:
        is_touched = self._trail.touches(identifier, link)
        return is_touched and self._keep(self.repository, identifier, link.time)

    def _link(self, known: Mapping[ObjectId, Link], identifier: ObjectId) -> Linked:
        link = known.get(identifier)
        if link is None:
            self._uncovered.append(identifier)
            return self.repository.commit(identifier)
        return link


def _entry(way: _Walk, step: _Step, beside: _Beside) -> LogEntry:
    commit = way.repository.commit(step.id)
    changes = way.changes(step, commit)
    refs, notes = beside.refs.get(step.id, ()), beside.notes.get(step.id, ())
    return LogEntry(step.id, commit, refs, changes, notes, paths=step.paths)


def _is_within(path: bytes, paths: tuple[bytes, ...]) -> bool:
    return not paths or any(not one or path == one or path.startswith(one + b"/") for one in paths)


def _ends(context: Context, request: LogRequest) -> tuple[list[ObjectId], list[ObjectId]]:
    if request.all_refs:
        head = context.head.commit
        refs = context.repository.view.refs.items()
        tips = [ref.id for name, ref in refs if not name.startswith((STASH, NOTE, REMOTE_NOTE))]
        return ([head] if head else []) + tips, []
    ends = split_range(request.revision)
    if ends is None:
        return [context.resolve(request.revision)], []
    left, right = context.resolve(ends[0]), context.resolve(ends[1])
    if not ends[2]:
        return [right], [left]
    return [left, right], list(merge_bases(left, right, context.repository.commit))


def _selection(context: Context, request: LogRequest, starts: list[ObjectId]) -> "Selection | None":
    if request.all_refs or request.revision == "HEAD":
        return selected_here(context, request.sets)
    tree = context.repository.commit(starts[-1]).tree  # of a range: its right end
    return selected_in(context.repository, tree, request.sets)


@dataclass(frozen=True, slots=True)
class _Filter:
    since: int | None
    until: int | None
    author: re.Pattern[str] | None
    grep: re.Pattern[str] | None

    def __call__(self, repository: Repository, identifier: ObjectId, time: int) -> bool:
        """Whether a commit of that time is wanted; it is read only if its words count."""
        if self.since is not None and time < self.since:
            return False
        if self.until is not None and time > self.until:
            return False
        if self.author is None and self.grep is None:
            return True
        commit = repository.commit(identifier)
        return (self.author is None or bool(self.author.search(commit.author))) and (
            self.grep is None or bool(self.grep.search(commit.message))
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


def _pattern(text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(text, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        raise Usage("bad-value", f"{text!r} is not a regular expression: {error}") from error
