"""Diff: what differs between two commits, or between a commit and the working tree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from contentvc.actions.attributes_kept import attributed
from contentvc.actions.content import (
    ContentDiff,
    compare_content,
    purged_diff,
    stored_source,
    working_source,
)
from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files, bring_versions
from contentvc.actions.ruling import RulesOf, no_rules, rules_here, rules_in
from contentvc.actions.selected import selected_here, selected_in
from contentvc.actions.working import look, working_changes
from contentvc.changes.files import ChangeKind, FileChange, classify
from contentvc.changes.trees import TreeChange, diff_trees, lookup
from contentvc.errors import Missing
from contentvc.formats.changes import TextChanges
from contentvc.formats.source import Source
from contentvc.history.graph import merge_bases
from contentvc.history.revisions import split_range
from contentvc.ids import ObjectId, short
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import read_whole

if TYPE_CHECKING:
    from contentvc.sets.selection import Selection

__all__ = ["DiffReport", "DiffRequest", "bring_contents", "content_of", "diff", "sides_of"]


@dataclass(frozen=True, slots=True)
class DiffRequest:
    """Which two versions; with neither, what is not recorded yet."""

    a: str | None = None
    """A revision, or a range ``A..B`` or ``A...B`` (what B changed since they parted)."""
    b: str | None = None
    """None is the working tree, unless `a` is a range."""
    paths: tuple[bytes, ...] = ()
    sets: tuple[str, ...] = ()
    """Only files of these content sets, as the newer side declares them."""


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The two versions and what differs."""

    old: ObjectId | None
    """A commit; None before the first."""
    new: ObjectId | None
    """None is the working tree."""
    changes: tuple[FileChange, ...]
    rules: RulesOf = no_rules
    """How files are read: what the content sets of the newer version say."""


def diff(context: Context, request: DiffRequest) -> DiffReport:
    """Compare.

    Raises:
        Missing, Usage: a revision is not understood, two commits share no history (``A...B``), or
            a content set is not declared.
        Declined: content sets are named, and there are mistakes in contentvc.toml.
    """
    old, new = _ends(context, request)
    selection = _selection(context, new, request.sets)
    if new is None:
        changes = _against_working(context, old, request.paths)
    else:
        changes = _between(context, old, new)
    kept = [change for change in changes if _concerns(change, request.paths, selection)]
    return DiffReport(old, new, tuple(kept), _rules(context, new))


def _rules(context: Context, new: ObjectId | None) -> RulesOf:
    return rules_here(context) if new is None else rules_in(context.repository, _tree(context, new))


def bring_contents(context: Context, report: DiffReport) -> None:
    """Have everything here that `content_of` reads of a report, for whoever shows all of it.

    Raises:
        Unreachable, Damaged, NotAllowed, Busy: as `bring_files`.
    """
    changes = report.changes
    if report.new is None:  # what is new is read from disk
        olds = ((one.old_path or one.path, one.old) for one in changes if one.old is not None)
        bring_files(context.repository, olds)
    else:
        bring_versions(context.repository, changes)


def content_of(context: Context, report: DiffReport, change: FileChange) -> ContentDiff:
    """What changed inside one file of a report."""
    if (purged := purged_diff(context.repository, change)) is not None:
        return purged
    if change.old is not None and change.new is not None and change.old.id == change.new.id:
        return TextChanges(())
    return compare_content(
        change.path, *sides_of(context, report, change), report.rules(change.path)
    )


def sides_of(
    context: Context, report: DiffReport, change: FileChange
) -> tuple[Source | None, Source | None]:
    """Both versions of one file of a report; None where it is not."""
    repository = context.repository
    old = None if change.old is None else stored_source(repository, change.old)
    if change.new is None:
        return old, None
    is_read = bool(change.new.id)  # a scan that needs no ids leaves them out
    if report.new is not None or (is_read and repository.objects.has(change.new.id)):
        return old, stored_source(repository, change.new)
    return old, working_source(context.place.root, change.path, change.new)


def _ends(context: Context, request: DiffRequest) -> tuple[ObjectId | None, ObjectId | None]:
    if request.a is None:
        return context.head.commit, None
    if request.b is not None:
        return context.resolve(request.a), context.resolve(request.b)
    ends = split_range(request.a)
    if ends is None:
        return context.resolve(request.a), None
    left, right = context.resolve(ends[0]), context.resolve(ends[1])
    if not ends[2]:
        return left, right
    bases = merge_bases(left, right, context.repository.commit)
    if not bases:
        raise Missing(
            "unknown-revision", f"{short(left)} and {short(right)} share no history", "use A..B"
        )
    return bases[0], right


def _between(context: Context, old: ObjectId | None, new: ObjectId) -> list[FileChange]:
    repository = context.repository
    changes = diff_trees(repository.entries, _tree(context, old), _tree(context, new))
    return _renamed(classify(changes), repository.blob_here)


def _tree(context: Context, commit: ObjectId | None) -> ObjectId | None:
    return None if commit is None else context.repository.commit(commit).tree


def _against_working(
    context: Context, old: ObjectId | None, paths: Sequence[bytes]
) -> list[FileChange]:
    here = attributed(context, working_changes(context, look(context), with_ids=True))
    if old == context.head.commit:
        return here
    repository, tree = context.repository, _tree(context, old)
    wanted = {
        change.path: change
        for change in diff_trees(repository.entries, tree, context.base_tree())
        if _is_within(change.path, paths)
    }
    for one in here:
        if one.old_path is not None:
            wanted[one.old_path] = _seen_from(context, tree, one.old_path, None)
        wanted[one.path] = _seen_from(context, tree, one.path, one.new)
    differing = [one for one in wanted.values() if one.old != one.new]
    differing.sort(key=lambda change: change.path.split(b"/"))
    return _renamed(classify(differing), partial(_read, context, differing))


def _renamed(changes: list[FileChange], read: Callable[[ObjectId], bytes]) -> list[FileChange]:
    if not {change.change for change in changes} >= {ChangeKind.ADDED, ChangeKind.DELETED}:
        return changes
    from contentvc.changes.renames import find_renames  # noqa: PLC0415 - 6 ms, seldom needed

    return find_renames(changes, read)


def _seen_from(
    context: Context, tree: ObjectId | None, path: bytes, new: Entry | None
) -> TreeChange:
    old = lookup(context.repository.entries, tree, path) if tree is not None else None
    if old is not None and old.mode is Mode.DIRECTORY:
        old = None
    if old is not None and new is not None and old._replace(name=new.name) == new:
        new = old
    return TreeChange(path, old, new)


def _read(context: Context, changes: Sequence[TreeChange], identifier: ObjectId) -> bytes:
    paths = (path for path, _, new in changes if new is not None and new.id == identifier)
    path = next(paths, None)
    if path is None or context.repository.objects.has(identifier):
        return context.repository.blob_here(identifier)
    return read_whole(context.place.root, path)


def _selection(
    context: Context, new: ObjectId | None, names: tuple[str, ...]
) -> "Selection | None":
    if new is None:
        return selected_here(context, names)
    return selected_in(context.repository, _tree(context, new), names)


def _concerns(change: FileChange, paths: Sequence[bytes], selection: "Selection | None") -> bool:
    """Whether a name that the file has or had is asked for."""
    names = (change.path,) if change.old_path is None else (change.path, change.old_path)
    return any(
        _is_within(name, paths) and (selection is None or selection.has(name)) for name in names
    )


def _is_within(path: bytes, paths: Sequence[bytes]) -> bool:
    """Whether a path is one of `paths` or below one; no paths are all."""
    return not paths or any(
        not folder or path == folder or path.startswith(folder + b"/") for folder in paths
    )
