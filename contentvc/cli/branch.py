"""``contentvc branch``: lists, makes, renames and deletes branches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

import typer

from contentvc.actions.branches import (
    RefEntry,
    RefMoved,
    create_ref,
    delete_branch,
    list_branches,
    list_refs,
    rename_branch,
)
from contentvc.cli.apart import standing_json
from contentvc.cli.complete import branches, revisions
from contentvc.cli.documents import Document, Json
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.refs import moved_json, moved_lines, ref_json, ref_rows
from contentvc.cli.session import Session
from contentvc.errors import Usage
from contentvc.history.names import BRANCH, REMOTE
from contentvc.ids import ObjectId, short

__all__ = ["EXAMPLES", "branch"]

EXAMPLES: Final = (
    ("contentvc branch -v", "all branches with their last commits; * is the current one"),
    ("contentvc branch terse main~2", "a new branch from two commits before main"),
    ("contentvc branch -m terse terse-prompts", "another name for it"),
    ("contentvc branch -d terse", "delete it, if something else reaches its commits"),
)


@dataclass(frozen=True, slots=True)
class _Branches:
    """All of them."""

    entries: tuple[RefEntry, ...]
    detached: ObjectId | None
    """The commit that HEAD is at when it is on no branch."""


def _names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The branch that is meant; for a new one, after its name, where it starts."""
    is_start = bool(ctx.params.get("names")) and not ctx.params.get("delete")
    return (revisions if is_start else branches)(ctx, incomplete)


def branch(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME [REV]]",
            help="A new branch, and where it starts (HEAD); or those to change.",
            autocompletion=_names,
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="List commits, ages and subjects too.")
    ] = False,
    move: Annotated[
        bool, typer.Option("-m", "--move", help="Rename: [OLD] NEW; without OLD the current one.")
    ] = False,
    delete: Annotated[
        bool, typer.Option("-d", "--delete", help="Delete branches; their commits stay.")
    ] = False,
    delete_forced: Annotated[bool, typer.Option("-D", help="The same as -d --force.")] = False,
    remotes: Annotated[
        bool, typer.Option("-r", "--remotes", help="List what remotes had when last fetched.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "-f", "--force", help="Move a branch that exists; delete one that is not merged."
        ),
    ] = False,
) -> None:
    """List branches, or make, rename or delete them. To go to a branch: contentvc switch NAME."""
    session = Session.of(ctx)
    given = tuple(names or ())
    delete |= delete_forced
    if move and delete:
        raise Usage("usage", "-m and -d contradict each other", "give one of them")
    if not given and not move and not delete:
        _list(session, remotes=remotes, verbose=verbose)
        return
    if remotes:
        raise _miscounted("--remotes only lists")
    moves = _changed(session, given, move=move, delete=delete, force=force or delete_forced)
    session.announce(moves, partial(moved_lines, "branch"), moved_json)


def _list(session: Session, *, remotes: bool, verbose: bool) -> None:
    context = session.context
    if remotes:
        found = _Branches(list_refs(context, REMOTE), None)
        session.emit(found, partial(_lines, details=verbose), _json)
        return
    head = context.head
    detached = head.commit if head.ref is None else None
    wants_all = verbose or session.options.json
    entries = list_branches(context) if wants_all else list_refs(context, BRANCH)
    found = _Branches(entries, detached)
    session.emit(found, partial(_lines, details=verbose), _json)


def _changed(
    session: Session, names: tuple[str, ...], *, move: bool, delete: bool, force: bool
) -> tuple[RefMoved, ...]:
    context = session.context
    if delete:
        if not names:
            raise _miscounted("-d needs the names of branches")
        return tuple(delete_branch(context, name, force=force) for name in names)
    if move:
        if len(names) not in (1, 2):
            raise _miscounted("-m needs one name or two")
        return (rename_branch(context, names[0] if names[1:] else None, names[-1]),)
    if len(names) > 2:
        raise _miscounted("a branch has one name and starts at one revision")
    return (create_ref(context, BRANCH, names[0], (*names, "HEAD")[1], force=force),)


def _miscounted(message: str) -> Usage:
    return Usage("usage", message, "see: contentvc branch --help")


def _lines(found: _Branches, screen: Screen, *, details: bool) -> Iterator[str]:
    if found.detached is not None:
        yield f"* {screen.paint(f'no branch, at {short(found.detached)}', Tone.NAME)}"
    yield from ref_rows(found.entries, screen, details=details)


def _json(found: _Branches) -> Document:
    current = [entry.name for entry in found.entries if entry.is_current]
    return {
        "branches": [_branch_json(entry) for entry in found.entries],
        "current": current[0] if current else None,
    }


def _branch_json(entry: RefEntry) -> Json:
    standing = entry.standing
    return {
        **ref_json(entry),
        "upstream": None if standing is None else standing_json(standing),
    }
