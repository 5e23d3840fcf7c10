"""Apply: changes that were written out are made in the working tree, all of them or none."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.actions.carrying import Carrying, Overwrite, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import check_not_merging
from contentvc.actions.patches import FilePatch, JsonPatch, MergePatch
from contentvc.actions.ruling import rules_here
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.files import ChangeKind
from contentvc.changes.trees import TreeChange
from contentvc.errors import Conflict, Usage
from contentvc.formats import json_patch, merge_patch
from contentvc.formats.changes import Changes, TextChanges
from contentvc.formats.document import document_of, with_document
from contentvc.formats.exchange import measured
from contentvc.formats.items import Value
from contentvc.formats.plain import PlainFormat
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.registry import HEAD, candidates, format_named
from contentvc.formats.rules import Rules
from contentvc.formats.source import source_of
from contentvc.ids import blob_id
from contentvc.objects.writing import Writing
from contentvc.snapshots.tree import Entry, Mode
from contentvc.worktree.reading import Reader
from contentvc.worktree.state import CLEAN, State
from contentvc.worktree.statefile import load_state

__all__ = ["Applied", "ApplyReport", "apply", "check"]

_AS_IS: Final = ("text", "binary")
"""Formats without documents."""


class Applied(NamedTuple):
    """One file that is otherwise now."""

    path: bytes
    change: ChangeKind
    old_path: bytes | None = None


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What was changed, or would be."""

    files: tuple[Applied, ...]
    overwritten: tuple[bytes, ...] = ()
    """Those of them that had uncommitted content."""
    saved: bool = False
    """Whether that was kept in the operation log."""


class _Here(NamedTuple):
    """A file as it is in the working tree."""

    content: bytes
    mode: Mode


class _Made(NamedTuple):
    """A file as it is to be; None is no file."""

    path: bytes
    content: bytes | None
    mode: Mode
    applied: Applied | None


def apply(
    context: Context,
    patches: Sequence[FilePatch],
    *,
    discard: bool = False,
) -> ApplyReport:
    """Make the changes, each in the terms of its file's format; untouched bytes stay.

    Uncommitted content of the files is saved with the operation, unless it is discarded.

    Raises:
        Conflict: a change does not fit (``does-not-fit``), a merge is in progress, or what would
            be overwritten is not saved; nothing was changed.
        Usage: a path is named twice, or a file becomes too large.
    """
    with settled_lease(context):
        check_not_merging(context, "applying changes")
        made = _made(context, patches)
        base_tree = context.base_tree()
        state = based(context, load_state(context.place.state), base_tree)
        with context.repository.writing() as writing:
            changes = [_change(state, writing, one) for one in made]
            plan = Carrying(
                doing="applying",
                draft=context.draft("apply"),
                changes=sorted(changes, key=lambda change: change.path.split(b"/")),
                base_after=base_tree,
                state=state,
            )
            carried = carry(context, writing, plan, Overwrite(force=True, discard=discard))
    return ApplyReport(_applied(made), carried.overwritten, carried.saved)


def check(context: Context, patches: Sequence[FilePatch]) -> ApplyReport:
    """What `apply` would change; nothing is.

    Raises:
        Conflict, Usage: as `apply`.
    """
    return ApplyReport(_applied(_made(context, patches)))


def _applied(made: Sequence[_Made]) -> tuple[Applied, ...]:
    return tuple(one.applied for one in made if one.applied is not None)


def _made(context: Context, patches: Sequence[FilePatch]) -> list[_Made]:
    """Everything that is to be, before anything is."""
    named = [path for one in patches for path in {one.path, one.old_path or one.path}]
    if len(set(named)) < len(named):
        raise Usage("bad-value", "the changes name a file twice")
    rules = rules_here(context)
    made: list[_Made] = []
    with Reader(context.place.root) as reader:
        for patch in patches:
            try:
                made += _file(context, reader, patch, rules(patch.path))
            except Unfit as error:
                raise _misfit(patch.path, str(error)) from error
            except Conflict as error:
                if error.code != "does-not-fit":
                    raise
                raise _misfit(patch.path, error.message) from error
    return made


def _file(context: Context, reader: Reader, patch: FilePatch, rules: Rules) -> Iterator[_Made]:
    here = _here(reader, patch.old_path or patch.path)
    is_new = patch.is_added or patch.old_path is not None
    if is_new and _here(reader, patch.path) is not None:
        raise _misfit(patch.path, "there is a file already")
    if patch.is_added:
        content = _content(context, patch, b"", rules)
        mode = patch.mode or Mode.FILE
        yield _Made(patch.path, content, mode, Applied(patch.path, ChangeKind.ADDED))
        return
    if here is None:
        raise _misfit(patch.old_path or patch.path, "there is no such file")
    if patch.is_deleted:
        if patch.old_id is not None and blob_id(here.content) != patch.old_id:
            raise _misfit(patch.path, "it holds something else than what was deleted")
        yield _Made(patch.path, None, here.mode, Applied(patch.path, ChangeKind.DELETED))
        return
    yield from _changed(context, patch, here, rules)


def _changed(context: Context, patch: FilePatch, here: _Here, rules: Rules) -> Iterator[_Made]:
    if here.mode is Mode.SYMLINK and patch.mode is not Mode.SYMLINK:
        raise _misfit(patch.path, "it is a symlink")
    content = _content(context, patch, here.content, rules)
    mode = here.mode if patch.mode is None else patch.mode
    kind = ChangeKind.MODIFIED if content != here.content else ChangeKind.MODE_CHANGED
    if patch.old_path is not None:
        yield _Made(patch.old_path, None, here.mode, None)
        kind = ChangeKind.RENAMED
    elif (content, mode) == here:
        return
    yield _Made(patch.path, content, mode, Applied(patch.path, kind, patch.old_path))


def _here(reader: Reader, path: bytes) -> _Here | None:
    try:
        content, found = reader.read(path)
    except FileNotFoundError:
        return None
    return _Here(content, found.mode)


def _content(context: Context, patch: FilePatch, old: bytes, rules: Rules) -> bytes:
    """What the file is to hold."""
    match patch.edit:
        case None:
            return _stored(context, patch, old)
        case JsonPatch(operations):
            return _of_document(
                patch, old, rules, lambda value: json_patch.apply(value, operations)
            )
        case MergePatch(merge):
            return _of_document(patch, old, rules, lambda value: merge_patch.apply(value, merge))
        case changes:
            return _in_terms(patch, old, changes, rules)


def _stored(context: Context, patch: FilePatch, old: bytes) -> bytes:
    """Content that the changes only name: as it is, or what the repository has of that id."""
    new = patch.new_id
    if new is None or new == blob_id(old):
        return old
    if patch.old_id is not None and patch.old_id != blob_id(old):
        raise _misfit(patch.path, "it holds something else than what was changed")
    context.repository.objects.bring((new,))
    if not context.repository.objects.has(new):
        raise _misfit(patch.path, "the changes do not hold its content, nor does the repository")
    return context.repository.blob(new)


def _of_document(
    patch: FilePatch, old: bytes, rules: Rules, edit: Callable[[Value], Value]
) -> bytes:
    """A document edited, by the first format that can read it."""
    why = Unfit(Problem("malformed", "its format has no documents"))
    for form in candidates(patch.path, old[:HEAD], rules):
        if form.name in _AS_IS:
            continue
        try:
            before = document_of(form, source_of(old), rules)
        except Unfit as error:
            why = error
            continue
        after = edit(before)
        if measured(after)[1] > limits.PATCH_DEPTH:
            raise Unfit(Problem("malformed", "it would be nested too deeply"))
        return with_document(form, old, before, after, rules)
    raise why


def _in_terms(patch: FilePatch, old: bytes, changes: Changes, rules: Rules) -> bytes:
    if isinstance(changes, TextChanges):
        return PlainFormat().apply(old, changes, rules)
    if patch.format is None:
        raise Usage("bad-value", "the changes do not say of which format they are")
    return format_named(patch.format).apply(old, changes, rules)


def _change(state: State, writing: Writing, made: _Made) -> TreeChange:
    """Against what the file was last known to hold; None is saved before it is overwritten."""
    name = made.path.rpartition(b"/")[2]
    known = state.get(made.path)
    old = None
    if known is not None and known.flags == CLEAN:
        old = Entry(name, known.mode, known.size, known.id)
    if made.content is None:
        return TreeChange(made.path, old, None)
    entry = Entry(name, made.mode, len(made.content), writing.put_blob(made.content))
    return TreeChange(made.path, old, entry)


def _misfit(path: bytes, reason: str) -> Conflict:
    shown = path.decode("utf-8", "replace")
    return Conflict(
        "does-not-fit",
        f"the changes do not fit {shown}: {reason}",
        "nothing was changed",
        path=shown,
    )
