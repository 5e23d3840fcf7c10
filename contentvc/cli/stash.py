"""``contentvc stash``: sets changes aside, and brings them back."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.stashes import (
    Popped,
    StashEntry,
    drop_stash,
    list_stashes,
    pop_stash,
    push_stash,
)
from contentvc.cli.aborted import Abort, take_back
from contentvc.cli.changes import change_json
from contentvc.cli.complete import files
from contentvc.cli.conflicting import CONFLICTS_EXIT, OnConflictFlag
from contentvc.cli.conflicting import on_conflict as what_on_conflict
from contentvc.cli.documents import Document, Json, json_path, json_time
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force, overwritten_lines
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.progressing import conflict_json, conflict_lines, ways_on
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Usage
from contentvc.snapshots.merging import MergeKind, Merging
from contentvc.surroundings.settings import OnConflict

__all__ = ["EXAMPLES", "stash"]

EXAMPLES: Final = (
    ("contentvc stash", "set all uncommitted changes aside"),
    ('contentvc stash push prompts -m "half a thought"', "only those in prompts"),
    ("contentvc stash list", "what was set aside"),
    ("contentvc stash pop", "bring the newest back, and drop it"),
    ("contentvc diff stash/1~ stash/1", "what is in stash 1"),
)


class _Verb(StrEnum):
    PUSH = "push"
    POP = "pop"
    LIST = "list"
    DROP = "drop"


def stash(
    ctx: typer.Context,
    verb: Annotated[
        _Verb,
        typer.Argument(metavar="[push|pop|list|drop]", help="What to do; push."),
    ] = _Verb.PUSH,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS|N]…",
            help="push: only these files; pop, drop: the stash of that number, or the newest.",
            autocompletion=files,
            show_default=False,
        ),
    ] = None,
    message: Annotated[
        str | None, typer.Option("-m", "--message", metavar="TEXT", help="push: what it is.")
    ] = None,
    on_conflict: OnConflictFlag = None,
    abort: Abort = False,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Set uncommitted changes aside on purpose, and bring them back.

    New files are set aside too; ignored ones stay. A stash is a version like any other: cat, diff
    and restore take stash/N. Where the same files were changed since, pop puts both together; a
    stash that stops at conflicts is kept.
    """
    session = Session.of(ctx)
    given = tuple(what or ())
    overwrite = Overwrite(force=force, discard=discard)
    if overwrite.allowed and verb is not _Verb.POP:
        raise Usage("usage", "--force and --discard belong to stash pop", "drop them")
    if (on_conflict is not None or abort) and verb is not _Verb.POP:
        raise Usage("usage", "--on-conflict and --abort belong to stash pop", "drop them")
    if message is not None and verb is not _Verb.PUSH:
        raise Usage("usage", "-m belongs to stash push", "drop it")
    match verb:
        case _Verb.PUSH:
            entry = push_stash(session.context, message, paths_of(session, given))
            session.announce(entry, _pushed, _json)
        case _Verb.POP:
            if abort:
                _check_none(given)
                take_back(session, MergeKind.STASH_POP, discard=discard)
            else:
                _pop(session, _number(given), overwrite, on_conflict)
        case _Verb.DROP:
            session.announce(drop_stash(session.context, _number(given)), _dropped, _json)
        case _Verb.LIST:
            _check_none(given)
            entries = tuple(list_stashes(session.context))
            session.emit(entries, _list, _list_json)


def _pop(
    session: Session, number: int | None, overwrite: Overwrite, given: OnConflict | None
) -> None:
    choice = what_on_conflict(session, given)
    popped = pop_stash(session.context, number, overwrite, choice)
    session.announce(popped, _popped, _popped_json)
    if popped.conflicts:
        raise typer.Exit(CONFLICTS_EXIT)


def _number(given: Sequence[str]) -> int | None:
    if not given:
        return None
    text = given[0].removeprefix("stash/")
    if len(given) > 1 or not text.isdecimal() or len(text) > 9:
        raise Usage("bad-value", f"{given[0]} is no stash", "see: contentvc stash list")
    return int(text)


def _check_none(given: Sequence[str]) -> None:
    if given:
        raise Usage("usage", "stash list takes nothing more", "see: contentvc stash --help")


def _pushed(entry: StashEntry, screen: Screen) -> Iterator[str]:
    name = screen.paint(f"stash {entry.number}", Tone.NAME)
    yield f"{name}: {count(len(entry.changes), 'change')} set aside"
    yield screen.paint("to bring them back: contentvc stash pop", Tone.HINT)


def _popped(popped: Popped, screen: Screen) -> Iterator[str]:
    entry = popped.entry
    name = screen.paint(f"stash {entry.number}", Tone.NAME)
    if popped.conflicts:
        found = screen.paint(
            f"stopped at {count(len(popped.conflicts), 'conflict')}", Tone.CONFLICT
        )
        yield f"bringing {name} back {found}; it is kept"
        yield from conflict_lines(popped.conflicts, screen)
        source = f"stash {entry.number}"
        merging = Merging(MergeKind.STASH_POP, source, None, conflicts=popped.conflicts)
        yield from ways_on(merging, screen)
        return
    merged = ", put together with what was changed since" if popped.is_merged else ""
    yield f"{name} is back: {count(len(entry.changes), 'change')}{merged}"
    yield from overwritten_lines(popped.overwritten, screen, saved=popped.saved)


def _dropped(entry: StashEntry, screen: Screen) -> Iterator[str]:
    name = screen.paint(f"stash {entry.number}", Tone.NAME)
    yield f"{name} is dropped: {count(len(entry.changes), 'change')}"
    yield screen.paint("if that was wrong: contentvc undo", Tone.HINT)


def _list(entries: Sequence[StashEntry], screen: Screen) -> Iterator[str]:
    yield from aligned(
        [
            [
                screen.paint(str(entry.number), Tone.NAME),
                screen.age(entry.commit.time),
                count(len(entry.changes), "change"),
                escape(entry.commit.message.split("\n", 1)[0]),
            ]
            for entry in entries
        ]
    )


def _json(entry: StashEntry) -> Document:
    return {**_entry_json(entry)}


def _popped_json(popped: Popped) -> Document:
    return {
        **_entry_json(popped.entry),
        "overwritten": [json_path(path) for path in popped.overwritten],
        "saved": popped.saved,
        "merged": popped.is_merged,
        "conflicts": [conflict_json(row) for row in popped.conflicts],
    }


def _list_json(entries: Sequence[StashEntry]) -> Document:
    return {"stashes": [_entry_json(entry) for entry in entries]}


def _entry_json(entry: StashEntry) -> dict[str, Json]:
    return {
        "number": entry.number,
        "commit": entry.id.hex(),
        "message": entry.commit.message,
        "time": json_time(entry.commit.time),
        "changes": [change_json(change) for change in entry.changes],
    }
