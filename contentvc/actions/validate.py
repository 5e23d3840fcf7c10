"""Validate: whether the files of a version, or of the working tree, are as their sets ask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from contentvc import limits
from contentvc.actions.attributes_kept import attributed
from contentvc.actions.content import stored_source, working_source
from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files
from contentvc.actions.outside import Here, file_in
from contentvc.actions.validation import Content, FileProblems, Validation, is_checked, mistaken
from contentvc.actions.working import look, working_changes
from contentvc.changes.trees import list_files
from contentvc.formats.source import Source
from contentvc.ids import ObjectId
from contentvc.sets.declaration import Declaration
from contentvc.sets.names import DECLARATION
from contentvc.sets.reading import examine_declaration
from contentvc.sets.selection import select
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import find_files, hash_path
from contentvc.worktree.sound import Sound

if TYPE_CHECKING:
    from contentvc.sets.schema import ReadFile

__all__ = ["ValidateReport", "ValidateRequest", "validate", "working_files"]

_FILES = (Mode.FILE, Mode.EXECUTABLE)


@dataclass(frozen=True, slots=True)
class ValidateRequest:
    """What is to be looked at."""

    revision: str | None = None
    """None is the working tree."""
    paths: tuple[bytes, ...] = ()
    """Files and folders; none means all."""
    sets: tuple[str, ...] = ()
    """Only files of these content sets; none means all files, those outside of every set too."""


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """What was found."""

    commit: ObjectId | None
    """None is the working tree."""
    files: int
    """Files that were looked at."""
    known: int
    """Of those, files that were not read again: they are as they were when nothing was wrong."""
    found: tuple[FileProblems, ...]
    """Files with something wrong, by path; first contentvc.toml and schemas."""
    is_cut: bool
    """Whether files were passed over, as there are too many problems."""

    @property
    def count(self) -> int:
        """Problems that are told."""
        return sum(len(one.problems) for one in self.found)


@dataclass(frozen=True, slots=True)
class _Version:
    """The files of a commit, or of the working tree."""

    commit: ObjectId | None
    declaration: bytes | None
    read: "ReadFile"
    files: Iterator[tuple[bytes, Entry]]
    content: Callable[[bytes, Entry], Content]


def validate(context: Context, request: ValidateRequest) -> ValidateReport:
    """Check files; those known to be sound are not read. Changes nothing but a cache.

    Outside of every set, a file is checked whose name says what it should hold.

    Raises:
        Missing: there is no such revision, path or set (``unknown-set``).
    """
    version = _here(context, request) if request.revision is None else _there(context, request)
    declaration, mistakes = examine_declaration(version.declaration or b"")
    sound = Sound(context.place.sound)
    validation = Validation(declaration, version.read, sound)
    first = [mistaken(mistakes)] if mistakes else []
    has = _wanted(request, declaration, is_understood=not mistakes)
    if not mistakes:
        for one in declaration.sets:
            if not request.sets or one.name in request.sets:
                validation.schema(one)
    files, found, is_cut = _checked(context, version, validation, has)
    sound.keep()
    broken = {one.path: one for one in validation.broken.values()}.values()
    told = (*first, *broken, *found)
    return ValidateReport(version.commit, files, validation.known, told, is_cut)


def _wanted(
    request: ValidateRequest, declaration: Declaration, *, is_understood: bool
) -> Callable[[bytes], bool]:
    if request.sets:
        return select(declaration, request.sets).has if is_understood else lambda _: False
    return lambda path: is_checked(path) or declaration.set_for(path) is not None


def _checked(
    context: Context, version: _Version, validation: Validation, has: Callable[[bytes], bool]
) -> tuple[int, list[FileProblems], bool]:
    wanted = [
        (path, entry)
        for path, entry in version.files
        if entry.mode in _FILES and has(path) and not context.repository.is_purged(entry.id)
    ]
    if version.commit is not None and context.repository.objects.is_partial:
        bring_files(context.repository, (row for row in wanted if not validation.knows(*row)))
    found: list[FileProblems] = []
    left, files = limits.ALL_PROBLEMS, 0
    context.progress.start(len(wanted), sum(entry.size for _, entry in wanted), "Checking files")
    for path, entry in wanted:
        if left <= 0:
            break
        one = validation.of(path, entry, partial(version.content, path, entry))
        files += 1
        left -= len(one.problems)
        if one.problems:
            found.append(one)
        context.progress.advance(1, entry.size)
    context.progress.finish()
    return files, found, files < len(wanted)


def _there(context: Context, request: ValidateRequest) -> _Version:
    repository = context.repository
    commit, tree = context.version(request.revision or "HEAD")
    read = _reader(context, tree)
    files = (
        one for one in list_files(repository.entries, tree) if _is_within(one[0], request.paths)
    )
    return _Version(commit, read(DECLARATION), read, files, partial(_stored, context))


def _reader(context: Context, tree: ObjectId | None) -> Callable[[bytes], bytes | None]:
    """Reads files of declarations that a version has."""
    repository = context.repository

    def read(path: bytes) -> bytes | None:
        entry = file_in(repository.entries, tree, path)
        if entry is None or entry.mode not in _FILES or repository.is_purged(entry.id):
            return None
        return _start(stored_source(repository, entry))

    return read


def _here(context: Context, request: ValidateRequest) -> _Version:
    root = context.place.root
    stored = _reader(context, context.base_tree())

    def read(path: bytes) -> bytes | None:
        found = find_files(root, [path])
        if not found and not context.cover.covers(path):
            return stored(path)
        if not found or found[0].mode not in _FILES:
            return None
        entry = Entry(path, found[0].mode, found[0].size, ObjectId(b""))
        return _start(working_source(root, path, entry))

    files = iter(working_files(context, request.paths))
    return _Version(None, read(DECLARATION), read, files, partial(_working, context))


def working_files(context: Context, paths: Sequence[bytes]) -> list[tuple[bytes, Entry]]:
    """The files of the working tree with their ids; those that cannot be read are left out.

    Of a sparse one, only what is here.
    """
    seen = look(context, paths)
    changes = attributed(context, working_changes(context, seen, with_ids=True))
    with Here(context) as here:
        enters = None if context.cover.is_whole else here.enters
        files = {
            path: entry
            for path, entry in list_files(context.repository.entries, seen.base_tree, enters)
            if _is_within(path, paths) and here.has(path)
        }
    for change in changes:
        files.pop(change.old_path or change.path, None)
        if change.new is not None and change.new.id:
            files[change.path] = change.new
    return sorted(files.items(), key=lambda one: one[0].split(b"/"))


def _stored(context: Context, _path: bytes, entry: Entry) -> Content:
    return Content(stored_source(context.repository, entry), lambda: True)


def _working(context: Context, path: bytes, entry: Entry) -> Content:
    if context.repository.objects.has(entry.id):
        return _stored(context, path, entry)
    root = context.place.root
    return Content(working_source(root, path, entry), lambda: hash_path(root, path) == entry.id)


def _start(source: Source) -> bytes:
    """All bytes of a file of declarations; of one that is too large, enough to see that it is."""
    most = max(limits.DECLARATION_BYTES, limits.SCHEMA_BYTES) + 1
    return source.span(0, min(source.size, most))


def _is_within(path: bytes, paths: Sequence[bytes]) -> bool:
    return not paths or any(
        not folder or path == folder or path.startswith(folder + b"/") for folder in paths
    )
