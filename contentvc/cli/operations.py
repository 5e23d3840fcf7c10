"""``contentvc operations``: everything that was done in the repository."""

import shlex
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.operations import OperationEntry, list_operations
from contentvc.cli.documents import Document, Json, json_time
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.history.names import BRANCH, NOTE, REMOTE_NOTE, STASH, short_name
from contentvc.ids import short
from contentvc.snapshots.operation import Head, RefChange, WorkspaceChange

__all__ = ["EXAMPLES", "operations"]

EXAMPLES: Final = (
    ("contentvc operations -n 10", "the last ten things done"),
    ("contentvc log --at-operation 12", "any command, as the repository was after operation 12"),
)
_AGE: Final = len("12 minutes ago")
_KIND: Final = len("stash-drop")


def operations(
    ctx: typer.Context,
    most: Annotated[
        int | None,
        typer.Option("-n", "--max-count", metavar="N", min=0, help="At most so many."),
    ] = None,
) -> None:
    """List the operations of the log, newest first: who did what when, and what it changed."""
    session = Session.of(ctx)
    session.page()
    entries = list_operations(session.context, most)
    digits = len(str(session.repository.view.sequence))
    session.output.emit_each(
        "operations", entries, lambda entry, screen: _lines(entry, screen, digits), _json
    )


def _lines(entry: OperationEntry, screen: Screen, digits: int) -> Iterator[str]:
    operation = entry.operation
    number = screen.paint(f"{operation.sequence:>{digits}}", Tone.NAME)
    age, kind = screen.age(operation.time), escape(operation.kind)
    actor = escape(operation.actor)
    yield f"{number}  {age:<{_AGE}}  {kind:<{_KIND}}  {actor}{_marks(entry, screen)}"
    indent = " " * (digits + 2)
    for line in _changes(entry, screen):
        yield indent + line


def _marks(entry: OperationEntry, screen: Screen) -> str:
    if entry.is_void:
        return "  " + screen.paint(
            "void: another was quicker, so it changed nothing", Tone.CONFLICT
        )
    if entry.undone_by is not None:
        return "  " + screen.paint(f"undone by {entry.undone_by}", Tone.CHANGED)
    return ""


def _changes(entry: OperationEntry, screen: Screen) -> Iterator[str]:
    operation = entry.operation
    moved = {change.name: change.new for change in operation.refs}
    for change in operation.refs:
        name = escape(short_name(change.name))
        noun = (
            "" if change.name.startswith((STASH, NOTE, REMOTE_NOTE)) else f"{_noun(change.name)} "
        )
        yield f"{noun}{name}: {_ids(change.old, change.new)}"
    for step in operation.workspaces:
        if step.old != step.new and (
            step.new is None
            or step.new.ref is None
            or moved.get(step.new.ref) != step.new.commit
            or (step.old is not None and step.old.ref != step.new.ref)
        ):
            yield from _workspace(step, entry)
    yield from _rest(entry)
    if operation.command:
        yield screen.paint(escape(shlex.join(("contentvc", *operation.command))), Tone.HINT)


def _noun(ref: str) -> str:
    return ref.split("/", 1)[0] if "/" in ref else "ref"


def _ids(old: bytes | None, new: bytes | None) -> str:
    if old is None:
        return f"new, at {short(new)}" if new else "nothing"
    return f"{short(old)} → {short(new)}" if new else f"{short(old)}, deleted"


def _workspace(step: WorkspaceChange, entry: OperationEntry) -> Iterator[str]:
    is_own = entry.is_here and step.workspace == entry.operation.workspace
    name = "HEAD" if is_own else f"workspace {short(step.workspace)}"
    if step.new is None:
        yield f"{name}: gone"
    elif step.old is None:
        yield f"{name}: {_head(step.new)}"
    else:
        yield f"{name}: {_head(step.old)} → {_head(step.new)}"


def _head(head: Head) -> str:
    commit = short(head.commit) if head.commit else "no commit"
    if head.ref is None:
        return commit
    return f"{escape(head.ref.removeprefix(BRANCH))} {commit}"


def _rest(entry: OperationEntry) -> Iterator[str]:
    operation = entry.operation
    if entry.is_forgotten:
        yield "what it kept is forgotten"
    elif operation.saved is not None:
        kept = short(operation.saved)
        yield f"kept uncommitted content: contentvc ls -r {kept}, restore PATH --source {kept}"
    for verb, numbers in (("undoes", operation.undoes), ("redoes", operation.redoes)):
        if numbers:
            yield f"{verb} {', '.join(map(str, numbers))}"
    if operation.removed or operation.discarded:
        gone = len(operation.removed) + len(operation.discarded)
        yield f"{count(gone, 'pack')} removed, {len(operation.added)} added"
    if operation.horizon:
        yield f"dropped what nothing needs, up to operation {operation.horizon}"
    if operation.purged:
        reason = dict(operation.attributes).get("reason")
        told = "" if reason is None else f": {escape(reason)}"
        yield f"purged {count(len(operation.purged), 'object')}{told}"
    if operation.transaction is not None:
        step = operation.transaction
        yield f"{escape(step.phase)} of transaction {short(step.id)}"
        for change in step.refs:
            yield f"  {escape(change.name)}: {_ids(change.old, change.new)}"


def _json(entry: OperationEntry) -> Json:
    operation = entry.operation
    document: Document = {
        "sequence": operation.sequence,
        "id": entry.id.hex(),
        "time": json_time(operation.time),
        "kind": operation.kind,
        "actor": operation.actor,
        "workspace": operation.workspace.hex() if operation.workspace else None,
        "here": entry.is_here,
        "command": list(operation.command),
        "refs": [_ref_json(change) for change in operation.refs],
        "workspaces": [_workspace_json(step) for step in operation.workspaces],
        "saved": operation.saved.hex() if operation.saved else None,
        "undoes": list(operation.undoes),
        "redoes": list(operation.redoes),
        "packs": {
            "added": len(operation.added),
            "removed": len(operation.removed) + len(operation.discarded),
        },
        "void": entry.is_void,
        "undone_by": entry.undone_by,
        "forgotten": entry.is_forgotten,
        "attributes": dict(operation.attributes),
    }
    return document


def _ref_json(change: RefChange) -> Json:
    return {
        "name": change.name,
        "old": change.old.hex() if change.old else None,
        "new": change.new.hex() if change.new else None,
    }


def _workspace_json(step: WorkspaceChange) -> Json:
    return {
        "workspace": step.workspace.hex(),
        "old": _head_json(step.old),
        "new": _head_json(step.new),
    }


def _head_json(head: Head | None) -> Json:
    if head is None:
        return None
    return {
        "branch": head.ref.removeprefix(BRANCH) if head.ref else None,
        "commit": head.commit.hex() if head.commit else None,
        "merging": [commit.hex() for commit in head.merging],
    }
