"""Validate a commit: what it is about to record, before anything of it is visible."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from contentvc import limits
from contentvc.actions.content import stored_source, working_source
from contentvc.actions.context import Context
from contentvc.actions.declared import declared_in
from contentvc.actions.validation import Content, FileProblems, Validation, is_checked, mistaken
from contentvc.changes.edit import FileEdit
from contentvc.changes.trees import Entries, diff_trees, list_files, lookup
from contentvc.errors import Conflict, Declined
from contentvc.formats.items import item_name
from contentvc.ids import ObjectId
from contentvc.sets.declaration import EMPTY, ContentSet, Declaration, Strictness
from contentvc.sets.names import DECLARATION, SCHEMA_SUFFIX
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import hash_path
from contentvc.worktree.sound import Sound

if TYPE_CHECKING:
    from contentvc.sets.reading import Mistake

__all__ = ["InvalidContent", "validate_commit"]

_FILES: Final = (Mode.FILE, Mode.EXECUTABLE)
_NAMED: Final = 3
"""Files that a refusal names; all are in its details."""
_LACKING: Final = "missing-attribute"
_UNREADABLE: Final = frozenset({"malformed", "encoding"})
"""What is told of files outside of every set."""

Edits = Mapping[bytes, FileEdit | None]


class InvalidContent(Declined):
    """A commit that would record content which breaks what its set asks."""

    found: tuple[FileProblems, ...] = ()
    """All that is wrong, warnings too."""


def validate_commit(
    context: Context, before: ObjectId | None, base: ObjectId | None, edits: Edits
) -> tuple[FileProblems, ...]:
    """Warnings about what a commit records.

    Looked at are files that the commit adds or changes; where contentvc.toml or a schema changed,
    also the other files that this concerns.

    Args:
        context: whose commit it is.
        before: the tree that changes count from, of the commit's first parent.
        base: the tree that the edits are made in.
        edits: as they are recorded; their content may still be in the working tree alone.

    Raises:
        Declined: content breaks what a set asks, and its set has validation say ``error``; or
            there are mistakes in contentvc.toml (``invalid-content``).
        Conflict: a file changed meanwhile (``file-changed``).
    """
    new = _New(context, base, edits)
    declaration, mistakes = new.declaration()
    sound = Sound(context.place.sound)
    validation = Validation(declaration, new.read, sound)
    changed = new.changed(before)
    wanted = {path: entry for path, entry in changed.items() if entry is not None}
    is_anew = DECLARATION in changed or any(path.endswith(SCHEMA_SUFFIX) for path in changed)
    if declaration.sets and is_anew:
        wanted |= _concerned(new, before, declaration, validation, changed)
    found = _found(context, new, declaration, validation, wanted)
    sound.keep()
    return _judged(declaration, mistakes, validation, found)


def _concerned(
    new: "_New",
    before: ObjectId | None,
    declaration: Declaration,
    validation: Validation,
    changed: Mapping[bytes, Entry | None],
) -> dict[bytes, Entry]:
    """Files that are asked for something else than before, whether or not they changed."""
    old = new.declared_in(before) if DECLARATION in changed else declaration
    schemas = {one.name for one in declaration.sets if _is_anew(one, validation, changed)}
    concerned: dict[bytes, Entry] = {}
    for path, entry in new.files():
        one = declaration.set_for(path)
        if one is not None and (one.name in schemas or one != old.set_for(path)):
            concerned[path] = entry
    return concerned


def _is_anew(
    one: ContentSet, validation: Validation, changed: Mapping[bytes, Entry | None]
) -> bool:
    """Whether the schema of a set changed."""
    if one.schema is None or one.validate is Strictness.OFF:
        return False
    schema = validation.schema(one)
    return schema is None or not changed.keys().isdisjoint(schema.files)


def _found(
    context: Context,
    new: "_New",
    declaration: Declaration,
    validation: Validation,
    wanted: Mapping[bytes, Entry],
) -> list[FileProblems]:
    left = limits.COMMIT_CHECKED
    found: list[FileProblems] = []
    for path, entry in wanted.items():
        one = declaration.set_for(path)
        if entry.mode not in _FILES or context.repository.is_purged(entry.id):
            continue
        if one is not None and one.validate is not Strictness.OFF:
            found.append(validation.of(path, entry, partial(new.content, path, entry)))
        elif one is None and is_checked(path) and entry.size <= left:
            left -= entry.size
            all_of = validation.of(path, entry, partial(new.content, path, entry))
            found.append(_unreadable(all_of))
    return [one for one in found if one.problems]


def _unreadable(one: FileProblems) -> FileProblems:
    told = tuple(problem for problem in one.problems if problem.code in _UNREADABLE)
    return FileProblems(one.path, None, told, one.is_cut)


def _judged(
    declaration: Declaration,
    mistakes: "Sequence[Mistake]",
    validation: Validation,
    found: list[FileProblems],
) -> tuple[FileProblems, ...]:
    first = [mistaken(mistakes)] if mistakes else []
    told = (*first, *validation.broken.values(), *found)
    strict = {one.name for one in declaration.sets if one.validate is Strictness.ERROR}
    refused = [one for one in told if one.path == DECLARATION or _is_refused(one, strict)]
    if not refused:
        return told
    error = _invalid(refused)
    error.found = told
    raise error


def _is_refused(one: FileProblems, strict: Collection[str | None]) -> bool:
    """A file gets its attributes once it is recorded, so that it lacks one is only told."""
    return one.set in strict and any(problem.code != _LACKING for problem in one.problems)


def _invalid(refused: list[FileProblems]) -> InvalidContent:
    count = sum(len(one.problems) for one in refused)
    where = ", ".join(one.path.decode("utf-8", "replace") for one in refused[:_NAMED])
    more = f" and {len(refused) - _NAMED} more" if refused[_NAMED:] else ""
    return InvalidContent(
        "invalid-content",
        f"{count:,} problem{'s' if count > 1 else ''} in {where}{more}; nothing was recorded",
        "to record it all the same: --no-verify",
        paths=[one.path.decode("utf-8", "replace") for one in refused],
        problems=[_told(one, place) for one in refused for place in range(len(one.problems))][
            : limits.MISTAKES
        ],
        count=count,
    )


def _told(one: FileProblems, place: int) -> str:
    problem = one.problems[place]
    at = ":".join(str(part) for part in (problem.line, problem.column) if part is not None)
    name = one.path.decode("utf-8", "replace")
    where = f"{item_name(problem.item)}: " if problem.item else ""
    return f"{name}{':' if at else ''}{at}: {where}{problem.message} [{problem.code}]"


class _New:
    """The version that is being recorded: the base tree with the edits in it."""

    def __init__(self, context: Context, base: ObjectId | None, edits: Edits) -> None:
        self._context = context
        self._entries = context.repository.entries
        self._base = base
        self._edits = edits

    def declaration(self) -> "tuple[Declaration, Sequence[Mistake]]":
        content = self.read(DECLARATION)
        if content is None:
            return EMPTY, ()
        from contentvc.sets.reading import examine_declaration  # noqa: PLC0415 - where there is one

        return examine_declaration(content)

    def declared_in(self, tree: ObjectId | None) -> Declaration:
        return declared_in(self._context.repository, tree)

    def read(self, path: bytes) -> bytes | None:
        entry = self._entry(path)
        if entry is None or entry.mode not in _FILES:
            return None
        content = self.content(path, entry)
        most = max(limits.DECLARATION_BYTES, limits.SCHEMA_BYTES) + 1
        read = content.source.span(0, min(entry.size, most))
        return read if content.is_same() else None

    def content(self, path: bytes, entry: Entry) -> Content:
        """What is recorded: from the repository or, if it is not there yet, from where it is read.

        Raises:
            Conflict: that is something else by now; told by `is_same`.
        """
        if path not in self._edits or self._context.repository.objects.has(entry.id):
            return Content(stored_source(self._context.repository, entry), lambda: True)
        root = self._context.place.root
        return Content(
            working_source(root, path, entry), partial(_is_recorded, root, path, entry.id)
        )

    def changed(self, before: ObjectId | None) -> dict[bytes, Entry | None]:
        """What the version has at each path whose content is another than before."""
        changed = {
            path: new
            for path, old, new in diff_trees(self._entries, before, self._base)
            if old is None or new is None or old.id != new.id
        }
        for path in self._edits:
            new = self._entry(path)
            old = _lookup(self._entries, before, path)
            if new is not None and old is not None and old.id == new.id:
                changed.pop(path, None)
            else:
                changed[path] = new
        return changed

    def files(self) -> Iterator[tuple[bytes, Entry]]:
        """All files of the version."""
        for path, entry in list_files(self._entries, self._base):
            if path not in self._edits:
                yield path, entry
        for path in self._edits:
            edited = self._entry(path)
            if edited is not None:
                yield path, edited

    def _entry(self, path: bytes) -> Entry | None:
        old = _lookup(self._entries, self._base, path)
        if path not in self._edits:
            return old
        edit = self._edits[path]
        if edit is None:
            return None
        kept = old.attributes if old is not None else ()
        attributes = kept if edit.attributes is None else edit.attributes
        return Entry(path.rpartition(b"/")[2], edit.mode, edit.size, edit.id, attributes)


def _lookup(entries: Entries, tree: ObjectId | None, path: bytes) -> Entry | None:
    found = None if tree is None else lookup(entries, tree, path)
    return None if found is None or found.mode is Mode.DIRECTORY else found


def _is_recorded(root: bytes, path: bytes, recorded: ObjectId) -> bool:
    try:
        if hash_path(root, path) == recorded:
            return True
    except FileNotFoundError:
        pass
    shown = path.decode("utf-8", "replace")
    raise Conflict(
        "file-changed",
        f"{shown} changed while it was recorded",
        "try again when nothing writes to it",
        path=shown,
    )
