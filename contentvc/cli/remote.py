"""``contentvc remote``: names other replicas of the repository, and shows how they are."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.remotes_change import (
    RemoteAdded,
    RemoteChanged,
    add_remote,
    remove_remote,
    rename_remote_to,
    reset_remote,
)
from contentvc.actions.remotes_show import (
    RemoteBranch,
    RemoteEntry,
    RemoteReport,
    RemoteState,
    list_remotes,
    show,
)
from contentvc.cli.apart import apart_json, apart_text
from contentvc.cli.complete import remotes
from contentvc.cli.documents import Document, Json, json_time
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.ids import short

__all__ = ["EXAMPLES", "remote"]

EXAMPLES: Final = (
    ("contentvc remote add origin /mnt/team/prompts", "a shared folder; an empty one is set up"),
    ("contentvc remote", "all remotes, and where they are"),
    ("contentvc remote show origin", "whether it answers, and how far its branches are"),
    ("contentvc remote remove backup", "forget it here; nothing changes there"),
)
_SHOWN: Final = 50
_TAKES: Final = {
    "add": ("NAME LOCATION", 2),
    "list": ("", 0),
    "remove": ("NAME", 1),
    "rename": ("NAME NEW", 2),
    "show": ("NAME", 1),
    "reset": ("NAME", 1),
}
"""The verbs, and what each takes."""


def _words(ctx: typer.Context, incomplete: str) -> list[str]:
    """A verb, then the remote it is about; a location is the shell's to complete."""
    given = list(ctx.params.get("words") or ())
    if not given:
        return [verb for verb in _TAKES if verb.startswith(incomplete)]
    return remotes(ctx, incomplete) if len(given) == 1 and given[0] != "add" else []


def remote(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[list | add NAME LOCATION | remove NAME | rename NAME NEW | show NAME | "
            "reset NAME]",
            help="What to do; without anything, list.",
            autocompletion=_words,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Add, list, remove, rename or show the replicas to fetch from and push to.

    A location is a folder, or file://, s3://, gs:// or az://. An empty one becomes a repository;
    one that holds anything else is refused. Credentials come from the environment and are not kept.
    Show asks a remote how it is. Reset accepts one that was put back to an earlier state, or
    replaced by a copy.
    """
    session = Session.of(ctx)
    verb, *rest = words or ("list",)
    if verb not in _TAKES:
        raise _miscounted(f"{escape(verb)} is nothing that remote does")
    takes, number = _TAKES[verb]
    if len(rest) != number:
        raise _miscounted(f"{verb} takes {takes or 'nothing more'}")
    if verb != "list":
        session.check_current(f"remote {verb}")
    if verb == "list":
        session.emit(list_remotes(session.context), _list_lines, _list_json)
    elif verb == "show":
        _show(session, rest[0])
    else:
        _change(session, verb, rest)


def _show(session: Session, name: str) -> None:
    report = show(session.context, name)
    session.emit(report, _show_lines, _show_json)
    if report.trouble is not None:
        from contentvc.cli.exits import exit_code

        raise typer.Exit(exit_code(report.trouble))


def _change(session: Session, verb: str, words: Sequence[str]) -> None:
    context = session.context
    if verb == "add":
        session.announce(add_remote(context, *words), _added_lines, _added_json)
    elif verb == "remove":
        session.announce(remove_remote(context, *words), _removed_lines, _changed_json)
    elif verb == "rename":
        session.announce(rename_remote_to(context, *words), _renamed_lines, _changed_json)
    else:
        session.announce(reset_remote(context, *words), _reset_lines, _changed_json)


def _miscounted(message: str) -> Usage:
    return Usage("usage", message, "see: contentvc remote --help")


def _list_lines(entries: Sequence[RemoteEntry], screen: Screen) -> Iterator[str]:
    yield from aligned(
        [[screen.paint(escape(one.name), Tone.NAME), escape(one.location)] for one in entries]
    )


def _list_json(entries: Sequence[RemoteEntry]) -> Document:
    return {"remotes": [_entry_json(one) for one in entries]}


def _entry_json(entry: RemoteEntry) -> dict[str, Json]:
    return {"remote": entry.name, "location": entry.location}


def _added_lines(report: RemoteAdded, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.name), Tone.NAME)
    if report.created:
        yield f"new remote {name}: {escape(report.location)} was empty and is a repository now"
        yield screen.paint(f"give it what is here: contentvc push {escape(report.name)}", Tone.HINT)
    else:
        yield f"new remote {name}: {escape(report.location)}"
        yield screen.paint(f"see what it has: contentvc fetch {escape(report.name)}", Tone.HINT)


def _added_json(report: RemoteAdded) -> Document:
    return {"remote": report.name, "location": report.location, "created": report.created}


def _removed_lines(report: RemoteChanged, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.name), Tone.NAME)
    yield f"remote {name} is forgotten here; nothing changed in {escape(report.location)}"
    if report.holds:
        again = f"contentvc remote add {escape(report.name)} {escape(report.location)}"
        yield screen.paint("it has content that is not here", Tone.CONFLICT)
        yield screen.paint(f"to have that again: {again}", Tone.HINT)


def _renamed_lines(report: RemoteChanged, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.name), Tone.NAME)
    yield f"remote {escape(report.old_name or '')} is called {name} now"


def _reset_lines(report: RemoteChanged, screen: Screen) -> Iterator[str]:
    name = escape(report.name)
    yield f"remote {screen.paint(name, Tone.NAME)} is believed as it is now"
    yield screen.paint(f"see what became of its branches: contentvc fetch {name}", Tone.HINT)


def _changed_json(report: RemoteChanged) -> Document:
    return {
        "remote": report.name,
        "location": report.location,
        "old_name": report.old_name,
        "refs": report.refs,
        "holds": report.holds,
    }


def _show_lines(report: RemoteReport, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(report.entry.name), Tone.NAME)
    location = escape(report.entry.location)
    if report.state is None:
        assert report.trouble is not None  # noqa: S101 - one of both is there
        yield f"{name} {location}"
        yield screen.paint(f"no answer: {report.trouble.message}", Tone.CONFLICT)
        if report.trouble.hint:
            yield screen.paint(report.trouble.hint, Tone.HINT)
        return
    state = report.state
    yield f"{name} {location}"
    kind = "a folder" if state.kind == "folder" else f"a bucket ({escape(state.kind)})"
    yield (
        f"{kind}, reachable; {count(state.operation, 'operation')}, the last "
        f"{screen.age(state.time)}"
    )
    if state.reserved:
        told = ", ".join(map(escape, state.reserved[:_SHOWN]))
        yield screen.paint(f"reserved by a push to several remotes: {told}", Tone.CONFLICT)
    yield from _branch_lines(report.entry.name, state)
    if state.tags:
        yield count(state.tags, "tag")


def _branch_lines(remote: str, state: RemoteState) -> Iterator[str]:
    rows = []
    for one in state.branches[:_SHOWN]:
        mark = "*" if one.name == state.head else " "
        there = short(one.there) if one.there else ""
        rows.append([f"{mark} {escape(one.name)}", there, _compared(remote, one)])
    yield from aligned(rows)
    if len(state.branches) > _SHOWN:
        yield f"  … and {len(state.branches) - _SHOWN:,} more (all of them: --json)"


def _compared(remote: str, branch: RemoteBranch) -> str:
    if branch.there is None:
        return f"only here; give it: contentvc push {escape(remote)} {escape(branch.name)}"
    if branch.apart is None:
        return "only there"
    return f"here: {apart_text(branch.apart)}"


def _show_json(report: RemoteReport) -> Document:
    state, trouble = report.state, report.trouble
    return {
        **_entry_json(report.entry),
        "reachable": state is not None,
        "trouble": None if trouble is None else {"code": trouble.code, "message": trouble.message},
        "state": None if state is None else _state_json(state),
    }


def _state_json(state: RemoteState) -> Json:
    return {
        "kind": state.kind,
        "replica": state.replica.hex(),
        "head": state.head,
        "operation": state.operation,
        "time": json_time(state.time),
        "branches": [_branch_json(one) for one in state.branches],
        "tags": state.tags,
        "reserved": list(state.reserved),
    }


def _branch_json(branch: RemoteBranch) -> Json:
    return {
        "name": branch.name,
        "there": branch.there.hex() if branch.there else None,
        "here": branch.here.hex() if branch.here else None,
        **apart_json(branch.apart),
    }
