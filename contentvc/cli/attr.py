"""``contentvc attr``: metadata of files, and notes on commits."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Final, NamedTuple

import typer

from contentvc.actions.attributes import (
    Attributed,
    AttributesReport,
    list_attributes,
    set_attributes,
    unset_attributes,
)
from contentvc.actions.notes import notes_of
from contentvc.actions.noting import NotesReport, set_notes, unset_notes
from contentvc.changes.trees import lookup
from contentvc.cli.complete import files, revisions
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import attributes_of, paths_of
from contentvc.cli.options import Message
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.cli.words import after_dashes, told_apart
from contentvc.errors import Usage
from contentvc.ids import short
from contentvc.snapshots.attributes import Attributes

__all__ = ["EXAMPLES", "attr"]

EXAMPLES: Final = (
    ("contentvc attr set evals license=CC-BY-4.0 source=polls", "on all files below evals"),
    ("contentvc attr list v1 -- evals", "what the files had as of v1"),
    ("contentvc attr unset evals/old.jsonl source", "take one away"),
    ("contentvc attr set --commit v1 score=0.91", "a note on a commit that is already made"),
)


class _Verb(StrEnum):
    SET = "set"
    UNSET = "unset"
    LIST = "list"


class _Words(NamedTuple):
    """The words of a command line: files, and what is about their attributes."""

    paths: tuple[bytes, ...]
    rest: tuple[str, ...]


def attr(
    ctx: typer.Context,
    verb: Annotated[
        _Verb, typer.Argument(metavar="[set|unset|list]", help="What to do; list.")
    ] = _Verb.LIST,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]… [KEY[=VALUE]]…",
            help="Files and folders; then what to set, or to take away. list: [REV] [PATHS]…",
            autocompletion=files,
            show_default=False,
        ),
    ] = None,
    commit: Annotated[
        str | None,
        typer.Option(
            "--commit",
            metavar="REV",
            help="Notes on this commit, instead of attributes of files.",
            autocompletion=revisions,
        ),
    ] = None,
    message: Message = None,
) -> None:
    """Attach attributes to recorded files, take them away, or list them.

    They are versioned with the files: setting them records a commit of its own, they stay when a
    file is edited or renamed, and merge key by key. A note is attached to a commit that is already
    made and does not change it; notes are versioned at the ref note/commits.

    The words that have = and end the line are KEY=VALUE, but the first is always a path. Where a
    word of unset is a path and could be a key, -- stands between paths and keys.
    """
    session = Session.of(ctx)
    if message is not None and (commit is not None or verb is _Verb.LIST):
        raise Usage("usage", "-m is the message of a commit, and none is made", "drop it")
    if commit is not None:
        _note(session, verb, commit, tuple(words or ()))
    elif verb is _Verb.LIST:
        meant = told_apart(session, words, 1)
        found = list_attributes(session.context, (*meant.revisions, "HEAD")[0], meant.paths)
        session.output.emit_each("files", found, _listed, _listed_json)
    elif verb is _Verb.SET:
        paths, pairs = _pairs_last(session, tuple(words or ()))
        attributes = _some(attributes_of(pairs))
        report = set_attributes(session.context, paths, attributes, message)
        told = ", ".join(f"{key}={value}" for key, value in attributes)
        session.announce(report, partial(_changed, told=f"set: {told}"), _json)
    else:
        paths, keys = _keys_last(session, tuple(words or ()))
        report = unset_attributes(session.context, paths, keys, message)
        session.announce(report, partial(_changed, told=f"taken away: {', '.join(keys)}"), _json)


def _note(session: Session, verb: _Verb, revision: str, words: tuple[str, ...]) -> None:
    if verb is _Verb.LIST:
        if words:
            raise Usage("usage", "--commit takes no paths", "see: contentvc attr --help")
        identifier = session.context.resolve(revision)
        notes = notes_of(session.repository, identifier)
        session.emit(NotesReport(identifier, notes, notes), _notes, _notes_json)
        return
    if verb is _Verb.SET:
        report = set_notes(session.context, revision, _some(attributes_of(words)))
    else:
        report = unset_notes(session.context, revision, _some_keys(words))
    session.announce(report, _noted, _notes_json)


def _pairs_last(session: Session, words: Sequence[str]) -> _Words:
    marked = after_dashes(session, words)
    start = len(words) if marked is None else len(words) - marked
    while marked is None and start > 1 and "=" in words[start - 1]:
        start -= 1
    return _split(session, words, start)


def _keys_last(session: Session, words: Sequence[str]) -> _Words:
    """The first word is a path, the last a key; between them, what is recorded is a path."""
    marked = after_dashes(session, words)
    if marked is not None:
        return _split(session, words, len(words) - marked)
    start = 1
    while start < len(words) and _is_path(session, words[start]):
        start += 1
    if len(words) > 1 and start == len(words):
        raise Usage(
            "usage", f"{escape(words[-1])} is a path and could be a key", "put -- before the keys"
        )
    return _split(session, words, start)


def _is_path(session: Session, word: str) -> bool:
    tree = session.context.base_tree()
    found = paths_of(session, [word])[0]
    return tree is not None and lookup(session.repository.entries, tree, found) is not None


def _split(session: Session, words: Sequence[str], start: int) -> _Words:
    if not words[:start]:
        raise Usage("usage", "no path is given", "see: contentvc attr --help")
    _some_keys(words[start:])
    return _Words(paths_of(session, words[:start]), tuple(words[start:]))


def _some(attributes: Attributes) -> Attributes:
    if not attributes:
        raise Usage("usage", "no attribute is given", "write KEY=VALUE")
    return attributes


def _some_keys(words: Sequence[str]) -> Sequence[str]:
    if not words:
        raise Usage("usage", "no attribute is given", "see: contentvc attr --help")
    return words


def _changed(report: AttributesReport, screen: Screen, *, told: str) -> Iterator[str]:
    name = screen.paint(f"[{escape(report.branch or 'detached')} {short(report.id)}]", Tone.NAME)
    yield f"{name} attributes of {count(len(report.files), 'file')} {escape(told)}"


def _listed(one: Attributed, screen: Screen) -> Iterator[str]:
    for key, value in one.attributes:
        yield f"{screen.paint(screen.path(one.path), Tone.NAME)}  {escape(key)}={escape(value)}"


def _notes(report: NotesReport, _screen: Screen) -> Iterator[str]:
    for key, value in report.notes:
        yield f"{escape(key)}={escape(value)}"


def _noted(report: NotesReport, screen: Screen) -> Iterator[str]:
    notes = dict(report.notes)
    told = ", ".join(f"{escape(key)}={escape(value)}" for key, value in notes.items())
    yield f"notes on {screen.paint(short(report.commit), Tone.NAME)}: {told or 'none'}"


def _json(report: AttributesReport) -> Document:
    return {
        "commit": report.id.hex(),
        "branch": report.branch,
        "files": [
            {**json_path(one.path), "before": dict(one.before), "attributes": dict(one.attributes)}
            for one in report.files
        ],
    }


def _listed_json(one: Attributed) -> Json:
    return {**json_path(one.path), "attributes": dict(one.attributes)}


def _notes_json(report: NotesReport) -> Document:
    return {
        "commit": report.commit.hex(),
        "before": dict(report.before),
        "notes": dict(report.notes),
    }
