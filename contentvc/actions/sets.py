"""Sets: what each content set has: files, records, bytes, problems, and who touched it last."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.declared import strictly_here, strictly_in
from contentvc.actions.last_touch import last_touches
from contentvc.actions.needed import bring_files
from contentvc.actions.validate import ValidateRequest, validate, working_files
from contentvc.changes.trees import list_files
from contentvc.formats.records.counting import COUNTERS, Counter
from contentvc.formats.registry import candidates
from contentvc.formats.rules import Rules
from contentvc.ids import ObjectId
from contentvc.sets.declaration import ContentSet, Declaration
from contentvc.sets.selection import select
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import Reader

__all__ = ["LastTouch", "Problems", "SetEntry", "SetsReport", "list_sets"]

_Files = Sequence[tuple[bytes, Entry]]


class LastTouch(NamedTuple):
    """The commit that touched a content set last."""

    id: ObjectId
    commit: Commit


class Problems(NamedTuple):
    """How much is wrong with the files of a set."""

    number: int
    is_cut: bool
    """Whether there may be more."""


@dataclass(frozen=True, slots=True)
class SetEntry:
    """A content set and what it has."""

    set: ContentSet
    files: int
    size: int
    """Bytes of content."""
    records: int | None
    """None where none of its files has records that are counted."""
    problems: Problems
    last: LastTouch | None
    """None where no commit has files of it."""


@dataclass(frozen=True, slots=True)
class SetsReport:
    """The content sets of a version, in the order of their declaration."""

    commit: ObjectId | None
    """None is the working tree."""
    sets: tuple[SetEntry, ...]
    rest: int
    """Files that are in no set."""


class _Version(NamedTuple):
    """What is looked at."""

    commit: ObjectId | None
    tip: ObjectId | None
    """The commit whose history is told; None where there is none."""
    declaration: Declaration
    files: _Files


def list_sets(context: Context, revision: str | None = None) -> SetsReport:
    """The content sets of a version, or without one of the working tree.

    Files are read to count records, and to find problems where they are not known to be sound.

    Raises:
        Missing, Usage: there is no such revision.
        Declined: there are mistakes in contentvc.toml (``bad-declaration``).
    """
    version = _here(context) if revision is None else _there(context, revision)
    by_set: dict[str | None, list[tuple[bytes, Entry]]] = defaultdict(list)
    for path, entry in version.files:
        found = version.declaration.set_for(path)
        by_set[None if found is None else found.name].append((path, entry))
    told = _Told(
        by_set,
        _problems(context, revision, version.declaration),
        _last(context, version),
        _records(context, version),
    )
    entries = tuple(map(told.entry, version.declaration.sets))
    return SetsReport(version.commit, entries, len(by_set[None]))


class _Told(NamedTuple):
    """What was found out, by set, and of each file."""

    files: Mapping[str | None, _Files]
    problems: Mapping[str, Problems]
    last: Mapping[str, LastTouch]
    records: Mapping[bytes, int]

    def entry(self, one: ContentSet) -> SetEntry:
        """All of it about one set."""
        files = self.files.get(one.name, ())
        counted = [self.records[path] for path, _ in files if path in self.records]
        return SetEntry(
            set=one,
            files=len(files),
            size=sum(entry.size for _, entry in files),
            records=sum(counted) if counted else None,
            problems=self.problems.get(one.name, Problems(0, is_cut=False)),
            last=self.last.get(one.name),
        )


def _here(context: Context) -> _Version:
    declaration = strictly_here(context)
    return _Version(None, context.head.commit, declaration, working_files(context, ()))


def _there(context: Context, revision: str) -> _Version:
    repository = context.repository
    commit, tree = context.version(revision)
    declaration = strictly_in(repository, tree)
    files = list(list_files(repository.entries, tree))
    return _Version(commit, None if commit == tree else commit, declaration, files)


def _problems(
    context: Context, revision: str | None, declaration: Declaration
) -> dict[str, Problems]:
    names = tuple(one.name for one in declaration.sets)
    if not names:
        return {}
    report = validate(context, ValidateRequest(revision, sets=names))
    found: dict[str, Problems] = {}
    for one in report.found:
        if one.set is not None:
            number, is_cut = found.get(one.set, Problems(0, is_cut=report.is_cut))
            found[one.set] = Problems(number + len(one.problems), is_cut or one.is_cut)
    return found


def _last(context: Context, version: _Version) -> dict[str, LastTouch]:
    """Only of sets that have recorded files: to find that none ever had any is a long way."""
    repository = context.repository
    if version.tip is None:
        return {}
    recorded = list_files(repository.entries, repository.commit(version.tip).tree)
    sets = map(version.declaration.set_for, (path for path, _ in recorded))
    selections = {
        name: select(version.declaration, [name]) for name in {one.name for one in sets if one}
    }
    touched = last_touches(repository, version.tip, selections)
    return {name: LastTouch(one, repository.commit(one)) for name, one in touched.items()}


def _records(context: Context, version: _Version) -> dict[bytes, int]:
    """How many records each file of a set has, as far as its format tells."""
    declaration, files = version.declaration, version.files
    wanted = {path: one for path, entry in files if (one := _counter(declaration, path, entry))}
    rows = [(path, entry) for path, entry in files if path in wanted]
    if version.commit is not None:
        bring_files(context.repository, rows)
    context.progress.start(len(rows), sum(entry.size for _, entry in rows), "Counting records")
    counts = {}
    for path, entry, count in _counted(context, rows, wanted):
        if count is not None:
            counts[path] = count
        context.progress.advance(1, entry.size)
    context.progress.finish()
    return counts


def _counter(declaration: Declaration, path: bytes, entry: Entry) -> Counter | None:
    found = declaration.set_for(path)
    if found is None or entry.mode is Mode.SYMLINK:
        return None
    return COUNTERS.get(_format(path, found.rules))


def _format(path: bytes, rules: Rules) -> str:
    return next(candidates(path, b"", rules)).name


def _counted(
    context: Context, rows: _Files, counters: Mapping[bytes, Counter]
) -> Iterator[tuple[bytes, Entry, int | None]]:
    """Stored files that are small in the order in which they lie, then large ones, then others."""
    repository = context.repository
    there = [row for row in rows if repository.objects.has(row[1].id)]
    small: dict[ObjectId, list[tuple[bytes, Entry]]] = defaultdict(list)
    for path, entry in there:
        if entry.size <= limits.WHOLE_BLOB:
            small[entry.id].append((path, entry))
    for identifier, content in repository.blobs(small):
        for path, entry in small[identifier]:
            yield path, entry, counters[path]([content])
    for path, entry in there:
        if entry.size > limits.WHOLE_BLOB:
            yield path, entry, counters[path](repository.stream(entry.id))
    stored = {path for path, _ in there}
    others = [row for row in rows if row[0] not in stored and not repository.is_purged(row[1].id)]
    yield from _counted_here(context.place.root, others, counters)


def _counted_here(
    root: bytes, rows: _Files, counters: Mapping[bytes, Counter]
) -> Iterator[tuple[bytes, Entry, int | None]]:
    with Reader(root) as reader:
        for path, entry in rows:
            with suppress(FileNotFoundError):  # removed since it was found
                yield path, entry, reader.stream(path, counters[path])[0]
