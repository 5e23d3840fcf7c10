"""``contentvc sets``: the content sets that contentvc.toml declares."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contentvc.cli.commits import commit_json, subject
from contentvc.cli.complete import revisions
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage
from contentvc.ids import short

if TYPE_CHECKING:
    from contentvc.actions.proposing import Proposal
    from contentvc.actions.sets import LastTouch, Problems, SetEntry, SetsReport
    from contentvc.sets.declaration import ContentSet
    from contentvc.sets.proposal import ProposedSet

__all__ = ["EXAMPLES", "sets"]

EXAMPLES: Final = (
    ("contentvc sets", "what the sets of the working tree have, and who touched them last"),
    ("contentvc sets v1", "the same as of a version"),
    ("contentvc sets propose --print", "what a first contentvc.toml could say"),
    ("contentvc sets schema > contentvc.schema.json", "for an editor that checks contentvc.toml"),
)
_VERBS: Final = ("list", "propose", "schema")
_HEADS: Final = ("set", "files", "records", "size", "problems", "last touched by")
_PATHS: Final = 3
"""Patterns that fit into a line."""
_NUMBERS: Final = frozenset({1, 2, 3, 4})


def _words(ctx: typer.Context, incomplete: str) -> list[str]:
    """A verb, or a revision."""
    given = list(ctx.params.get("words") or ())
    verbs = [] if given else [verb for verb in _VERBS if verb.startswith(incomplete)]
    return verbs + (revisions(ctx, incomplete) if given in ([], ["list"]) else [])


def sets(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[[list] [REV] | propose | schema]",
            help="What to do; without anything, list those of the working tree.",
            autocompletion=_words,
            show_default=False,
        ),
    ] = None,
    only_print: Annotated[
        bool, typer.Option("--print", help="Propose: only print the file, do not write it.")
    ] = False,
) -> None:
    """List content sets: their files, records, bytes, problems, and the commit that came last.

    They are declared in contentvc.toml, at the root. propose looks at the files that are there and
    writes a first one; schema prints the JSON Schema of contentvc.toml. A revision that is called
    like one of these stands after list.
    """
    session = Session.of(ctx)
    given = list(words or ())
    verb = given.pop(0) if given and given[0] in _VERBS else "list"
    if len(given) > (verb == "list"):
        raise Usage("usage", f"{verb} takes no {escape(given[-1])}", "see: contentvc sets --help")
    if only_print and verb != "propose":
        raise Usage("usage", "--print is for propose", "see: contentvc sets --help")
    if verb == "schema":
        _schema(session)
    elif verb == "propose":
        _propose(session, only_print=only_print)
    else:
        _list(session, given[0] if given else None)


def _schema(session: Session) -> None:
    from contentvc.sets.declaration_schema import schema_text

    if session.options.json:
        raise Usage("usage", "the schema is a document of its own", "drop --json")
    session.output.write([schema_text().encode()])


def _propose(session: Session, *, only_print: bool) -> None:
    from contentvc.actions.proposing import propose, write_proposal

    if session.options.at_operation is not None:
        raise Usage("usage", "propose looks at the folder as it is", "drop --at-operation")
    if only_print:
        session.emit(propose(session.context), _text, _proposal_json)
        return
    session.announce(write_proposal(session.context), _proposal_lines, _proposal_json)
    session.output.hint("look at it, then see what the sets have: contentvc sets")


def _text(proposal: "Proposal", _: Screen) -> Iterator[str]:
    yield from map(escape, proposal.text.splitlines())


def _proposal_lines(proposal: "Proposal", screen: Screen) -> Iterator[str]:
    yield f"wrote contentvc.toml with {count(len(proposal.sets), 'content set')}"
    rows = [
        [
            "  " + screen.paint(one.name, Tone.NAME),
            count(one.files, "file"),
            _some(one.paths),
            _key(one),
        ]
        for one in proposal.sets
    ]
    yield from aligned(rows, right=frozenset({1}))


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _PATHS} more" if len(paths) > _PATHS else ""
    return escape(", ".join(paths[:_PATHS])) + more


def _key(one: "ProposedSet") -> str:
    if one.key is None:
        return ""
    if not one.key.fields:
        return "no key found"
    return f"key {escape(', '.join(one.key.fields))}{'' if one.key.is_sure else ', probably'}"


def _proposal_json(proposal: "Proposal") -> Document:
    return {
        "sets": [_proposed_json(one) for one in proposal.sets],
        "text": proposal.text,
    }


def _proposed_json(one: "ProposedSet") -> Json:
    return {
        "name": one.name,
        "paths": list(one.paths),
        "files": one.files,
        "key": None if one.key is None else list(one.key.fields),
        "key_sure": None if one.key is None else one.key.is_sure,
    }


def _list(session: Session, revision: str | None) -> None:
    from contentvc.actions.sets import list_sets

    report = list_sets(session.context, revision)
    session.emit(report, _lines, _json)
    if not report.sets and revision is None:
        session.output.hint("to declare some: contentvc sets propose")


def _lines(report: "SetsReport", screen: Screen) -> Iterator[str]:
    if not report.sets:
        yield "no content sets are declared"
        return
    heads = [screen.paint(head, Tone.HINT) for head in _HEADS]
    rows = [list(_cells(one, screen)) for one in report.sets]
    yield from aligned([heads, *rows], right=_NUMBERS)
    if report.rest:
        yield f"{count(report.rest, 'file')} in no set"


def _cells(entry: "SetEntry", screen: Screen) -> Iterator[str]:
    yield screen.paint(entry.set.name, Tone.NAME)
    if not entry.files:
        yield from ("0", "", "", _problems(entry.problems, screen), "no file fits its paths")
        return
    yield f"{entry.files:,}"
    yield "" if entry.records is None else f"{entry.records:,}"
    yield size(entry.size)
    yield _problems(entry.problems, screen)
    yield "no commit yet" if entry.last is None else _last(entry.last, screen)


def _problems(found: "Problems", screen: Screen) -> str:
    if not found.number:
        return "0"
    return screen.paint(f"{found.number:,}{'+' if found.is_cut else ''}", Tone.CONFLICT)


def _last(last: "LastTouch", screen: Screen) -> str:
    named = screen.paint(short(last.id), Tone.NAME)
    return f"{named} {subject(last.commit.message)} ({screen.age(last.commit.time)})"


def _json(report: "SetsReport") -> Document:
    return {
        "commit": None if report.commit is None else report.commit.hex(),
        "sets": [_entry_json(one) for one in report.sets],
        "rest": report.rest,
    }


def _entry_json(entry: "SetEntry") -> Json:
    last = entry.last
    return {
        **_set_json(entry.set),
        "files": entry.files,
        "records": entry.records,
        "size": entry.size,
        "problems": entry.problems.number,
        "problems_cut": entry.problems.is_cut,
        "last": None if last is None else commit_json(last.id, last.commit),
    }


def _set_json(one: "ContentSet") -> dict[str, Json]:
    return {
        "name": one.name,
        "paths": list(one.paths),
        "format": one.format,
        "key": list(one.key),
        "unordered": list(one.unordered),
        "schema": one.schema,
        "required_attributes": list(one.required_attributes),
        "validate": str(one.validate),
    }
