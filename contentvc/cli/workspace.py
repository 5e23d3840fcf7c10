"""``contentvc workspace``: several working trees on one repository."""

import os
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.elsewhere import (
    Condition,
    WorkspaceEntry,
    find_workspace,
    list_workspaces,
)
from contentvc.actions.workspaces import (
    RemovalReport,
    WorkspaceReport,
    add_workspace,
    remove_workspace,
)
from contentvc.cli.complete import content_sets, revisions, workspaces
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.sparse import SparseOptions, change_sparse
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.history.names import BRANCH
from contentvc.ids import short
from contentvc.snapshots.operation import Head

__all__ = ["EXAMPLES", "workspace"]

EXAMPLES: Final = (
    ("contentvc workspace", "all of them: where they are, and what they stand on"),
    ("contentvc workspace add ../terse terse", "a folder of its own for the branch terse"),
    ("contentvc workspace add -c try-2 ../try-2", "a new branch, in a folder of its own"),
    ("contentvc workspace remove ../try-2", "the folder is not needed any more; its commits stay"),
    ("contentvc workspace sparse prompts evals", "only these two folders are here from now on"),
    ("contentvc workspace sparse --add --set corpus", "the files of a content set come too"),
    ("contentvc workspace sparse --everything", "all files are here again"),
)
_VERBS: Final = ("add", "list", "remove", "sparse")


def _words(ctx: typer.Context, incomplete: str) -> list[str]:
    """A verb, then of a removal the workspace; after the folder of an addition a revision."""
    given = list(ctx.params.get("words") or ())
    if not given:
        return [verb for verb in _VERBS if verb.startswith(incomplete)]
    if given == ["remove"]:
        return workspaces(ctx, incomplete)
    return revisions(ctx, incomplete) if len(given) == 2 and given[0] == "add" else []


def workspace(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[list | add DIR [REV] | remove DIR|ID | sparse [PATH]…]",
            help="What to do; without anything, list.",
            autocompletion=_words,
            show_default=False,
        ),
    ] = None,
    create: Annotated[
        str | None,
        typer.Option("-c", "--create", metavar="NAME", help="Add: on a new branch, from REV."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("-f", "--force", help="Remove: keep uncommitted changes in the log."),
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Remove: lose uncommitted changes.")
    ] = False,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME",
            help="Sparse: also where the files of this content set are; may be given again.",
            autocompletion=content_sets,
            show_default=False,
        ),
    ] = None,
    more: Annotated[
        bool, typer.Option("--add", help="Sparse: these too, beside what is here.")
    ] = False,
    fewer: Annotated[
        bool, typer.Option("--remove", help="Sparse: these no longer; the rest stays.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Sparse: all files are here again.")
    ] = False,
) -> None:
    """Add, list or remove working trees of this repository; have only some files in this one.

    Each is a folder with a branch, uncommitted changes and HEAD of its own; commits, branches and
    tags are shared. Adding goes to the branch REV (HEAD) if no other workspace is on it, else to
    its commit. Adding a folder again completes or repairs it. A removal takes the recorded files
    away; ignored ones stay.

    Sparse has only files at these paths and below in the working tree, and takes others away that
    are recorded; without paths it shows which are here. What is absent so is never recorded as
    deleted.
    """
    session = Session.of(ctx)
    verb, *rest = words or ("list",)
    if verb not in _VERBS:
        raise _miscounted(f"{escape(verb)} is nothing that workspace does")
    if create is not None and verb != "add":
        raise _miscounted("--create is for add")
    if (force or discard) and verb != "remove":
        raise _miscounted("--force and --discard are for remove")
    options = SparseOptions(tuple(sets or ()), add=more, remove=fewer, everything=everything)
    if options.given and verb != "sparse":
        raise _miscounted("--set, --add, --remove and --everything are for sparse")
    if verb == "sparse":
        change_sparse(session, rest, options)
        return
    if verb != "list" and session.options.at_operation is not None:
        raise Usage("usage", f"{verb} changes the repository as it is", "drop --at-operation")
    if verb == "add":
        _add(session, rest, create)
    elif verb == "remove":
        _remove(session, rest, force=force, discard=discard)
    else:
        if rest:
            raise _miscounted("list takes nothing more")
        session.emit(list_workspaces(session.context), _lines, _json)


def _add(session: Session, words: Sequence[str], create: str | None) -> None:
    if len(words) not in (1, 2):
        raise _miscounted("add takes a folder and a revision")
    root = _folder(session, words[0])
    report = add_workspace(session.context, root, (*words, "HEAD")[1], create=create)
    session.announce(report, _added_lines, _added_json)
    if report.head.ref is None and not report.existed:
        session.output.hint("to commit there, give it a branch: contentvc switch --create NAME")


def _remove(session: Session, words: Sequence[str], *, force: bool, discard: bool) -> None:
    if len(words) != 1:
        raise _miscounted("remove takes a folder, or an id")
    entry = find_workspace(session.context, words[0], _folder(session, words[0]))
    report = remove_workspace(session.context, entry, force=force, discard=discard)
    session.announce(report, _removed_lines, _removed_json)


def _miscounted(message: str) -> Usage:
    return Usage("usage", message, "see: contentvc workspace --help")


def _folder(session: Session, text: str) -> bytes:
    named = os.fsencode(text)
    if not named or b"\0" in named:
        raise Usage("bad-value", f"{text!r} is not a path")
    return os.path.realpath(os.path.join(session.here, named))


def _lines(entries: Sequence[WorkspaceEntry], screen: Screen) -> Iterator[str]:
    yield from aligned([list(_cells(entry, screen)) for entry in entries])


def _cells(entry: WorkspaceEntry, screen: Screen) -> Iterator[str]:
    root = escape(entry.root) if entry.root is not None else "nobody noted where"
    yield f"{'*' if entry.is_here else ' '} {short(entry.id)}"
    yield screen.paint(root, Tone.NAME) if entry.is_here else root
    yield _standing(entry.head)
    notes = []
    if entry.condition is Condition.MISSING:
        notes.append("its folder is missing")
    if entry.condition is Condition.UNFINISHED:
        notes.append("unfinished: add it again, or remove it")
    if entry.is_behind:
        notes.append("its branch was moved by others")
    yield screen.paint("; ".join(notes), Tone.CONFLICT) if notes else ""


def _standing(head: Head) -> str:
    commit = short(head.commit) if head.commit is not None else "no commit yet"
    return f"{escape(head.ref.removeprefix(BRANCH)) if head.ref else 'no branch'} {commit}"


def _added_lines(report: WorkspaceReport, screen: Screen) -> Iterator[str]:
    root = screen.paint(escape(report.place.root), Tone.NAME)
    if report.existed:
        yield f"{root} is a workspace already, and complete: {_where(report.head)}"
        return
    yield f"new workspace {root}: {_where(report.head)}"
    if report.taken is not None:
        yield f"another workspace is on {escape(report.taken)}, so this one is on its commit"


def _where(head: Head) -> str:
    if head.ref is not None:
        return f"on branch {escape(head.ref.removeprefix(BRANCH))}"
    return f"at {short(head.commit)}, on no branch" if head.commit else "on no branch"


def _removed_lines(report: RemovalReport, screen: Screen) -> Iterator[str]:
    root = "" if report.root is None else f" {screen.paint(escape(report.root), Tone.NAME)}"
    yield f"workspace{root} is removed; it was {_where(report.head)}"
    if report.changes:
        kept = "were kept in the operation log" if report.saved else "are gone"
        yield f"uncommitted changes of {count(len(report.changes), 'file')} {kept}"
    if report.stays:
        yield "the folder stays, with files that are ignored or were not recorded"


def _json(entries: Sequence[WorkspaceEntry]) -> Document:
    return {"workspaces": [_entry_json(entry) for entry in entries]}


def _entry_json(entry: WorkspaceEntry) -> Json:
    return {
        "workspace": entry.id.hex(),
        **_root_json(entry.root),
        **_head_json(entry.head),
        "current": entry.is_here,
        "main": entry.is_main,
        "condition": str(entry.condition),
        "behind": entry.is_behind,
    }


def _root_json(root: bytes | None) -> dict[str, Json]:
    return {"root": None} if root is None else json_path(root, "root")


def _head_json(head: Head) -> dict[str, Json]:
    return {
        "branch": head.ref.removeprefix(BRANCH) if head.ref else None,
        "commit": head.commit.hex() if head.commit else None,
    }


def _added_json(report: WorkspaceReport) -> Document:
    return {
        "workspace": report.place.workspace.hex(),
        **json_path(report.place.root, "root"),
        **_head_json(report.head),
        "existed": report.existed,
        "taken": report.taken,
    }


def _removed_json(report: RemovalReport) -> Document:
    return {
        "workspace": report.id.hex(),
        **_root_json(report.root),
        **_head_json(report.head),
        "changes": [json_path(change.path) for change in report.changes],
        "saved": report.saved,
        "stays": report.stays,
    }
