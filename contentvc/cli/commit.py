"""``contentvc commit``: records the working tree as the next commit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contentvc.actions.commit import CommitReport, CommitRequest
from contentvc.actions.commit import commit as record
from contentvc.actions.counting import counted_commit
from contentvc.cli.changes import CHANGE_WORDS
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import attributes_of, paths_of, time_of
from contentvc.cli.message import message_of
from contentvc.cli.options import Paragraphs
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.skipped import skipped_json, skipped_lines
from contentvc.cli.units import count, size
from contentvc.errors import Declined, Usage
from contentvc.ids import short

if TYPE_CHECKING:
    from contentvc.actions.validation import FileProblems
    from contentvc.formats.counts import Counts

__all__ = ["EXAMPLES", "commit"]

EXAMPLES: Final = (
    ('contentvc commit -m "Add German prompts"', "everything that changed"),
    ('contentvc commit evals -m "Fix labels" --attr reviewed=yes', "only what is in evals"),
    ("contentvc commit --amend", "the last commit anew, with its message in an editor"),
)


_Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]…", help="Record only these.", autocompletion=files, show_default=False
    ),
]
_Attributes = Annotated[
    list[str] | None,
    typer.Option("--attr", metavar="KEY=VALUE", help="Attach an attribute to the commit."),
]


def commit(
    ctx: typer.Context,
    paths: _Paths = None,
    message: Paragraphs = None,
    attr: _Attributes = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME <ADDRESS>", help="Who wrote it.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="TIME", help="When: 2026-11-01, 2 hours ago.")
    ] = None,
    amend: Annotated[
        bool, typer.Option("--amend", help="Replace the last commit instead of adding one.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Also when nothing changed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="PATHS also if ignored or looking like secrets.")
    ] = False,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="Leave out files that cannot be read.")
    ] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not validate; the commit says so.")
    ] = False,
) -> None:
    """Record all changes, or those of PATHS, as the next commit of the current branch.

    There is no staging area. What is ignored, and what looks like a secret, is not recorded. Once
    its conflicts are resolved, it concludes a merge, with the message that the merge proposes.

    What is added or changed is validated as contentvc.toml asks: content that breaks it is refused
    or, where its set says "warn", told of. Malformed files outside of every set are told of too, as
    long as they are small. With --no-verify the commit has the attribute validation=skipped.
    """
    session = Session.of(ctx)
    if force and not paths:
        raise Usage("usage", "--force needs PATHS", "name what is to be recorded")
    given_paths = paths_of(session, paths)
    request = CommitRequest(
        message=_message(session, message, amend=amend),
        paths=given_paths,
        attributes=attributes_of(attr),
        author=session.author(author) if author else None,
        time=time_of(session, date),
        zone=session.edge.zone if date else None,
        amend=amend,
        allow_empty=allow_empty,
        force=force,
        skip_unreadable=skip_unreadable,
        is_verified=not no_verify,
    )
    report = _done(session, request)
    files = sum(report.changes.values())
    counts = counted_commit(session.context, report.commit, files)
    session.announce(_Recorded(report, counts), _text, _json)
    if report.warnings and not session.options.json:
        _warn(session, report.warnings)


def _warn(session: Session, warnings: "Sequence[FileProblems]") -> None:
    problems = count(sum(len(one.problems) for one in warnings), "problem")
    session.output.note(f"recorded with {problems}")
    if not session.options.quiet:
        _tell(session, warnings)


def _done(session: Session, request: CommitRequest) -> CommitReport:
    try:
        return record(session.context, request)
    except Declined as error:
        from contentvc.actions.validate_commit import InvalidContent

        if isinstance(error, InvalidContent):
            _tell(session, error.found)
        raise


def _tell(session: Session, found: "Sequence[FileProblems]") -> None:
    """On standard error, beside what is asked for; in a document they are part of it."""
    if found:
        from contentvc.cli.problems import problem_lines

        session.output.beside(found, problem_lines)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What was recorded, and how many records of changed files differ."""

    report: CommitReport
    counts: Mapping[bytes, "Counts"]


def _message(session: Session, given: list[str] | None, *, amend: bool) -> str | None:
    """The text; None keeps that of the amended commit where nobody can be asked.

    What a merge in progress proposes is kept too.
    """
    if not given and session.context.head.merging:
        return None
    if amend and not given and not session.edge.can_ask:
        return None
    old = session.context.base() if amend else None
    start = old.message if old is not None else ""
    head = session.context.head
    on = escape(head.ref.removeprefix("branch/")) if head.ref else "no branch"
    return message_of(session, given, start, f"# On {on}. An empty message records nothing.")


def _text(recorded: _Recorded, screen: Screen) -> Iterator[str]:
    report = recorded.report
    branch = escape(report.branch) if report.branch else "detached"
    name = screen.paint(f"[{branch} {short(report.id)}]", Tone.NAME)
    yield f"{name} {_summary(report)}: {_bytes(report)}"
    if recorded.counts:
        from contentvc.cli.counts import totals_of

        yield from totals_of(list(recorded.counts.values()))
    yield from skipped_lines(report.skipped, screen)
    if report.left:
        way = f"contentvc {report.concluded} --continue"
        hint = f"{count(report.left, 'commit')} to come: {way}"
        yield screen.paint(hint, Tone.HINT)


def _summary(report: CommitReport) -> str:
    if report.files is not None:
        where = f" in {count(report.folders, 'folder')}" if report.folders else ""
        return count(report.files, "file") + where
    told = [
        f"{report.changes[kind]:,} {word}"
        for kind, (_, word, _) in CHANGE_WORDS.items()
        if report.changes[kind]
    ]
    return ", ".join(told) or "nothing changed"


def _bytes(report: CommitReport) -> str:
    return f"{size(report.changed)} of content, {size(report.stored)} stored"


def _json(recorded: _Recorded) -> Document:
    report = recorded.report
    records = [
        {**json_path(path), "counts": counts.of._asdict()}
        for path, counts in recorded.counts.items()
    ]
    return {
        "counted": records,
        "commit": report.id.hex(),
        "tree": report.commit.tree.hex(),
        "parents": [parent.hex() for parent in report.commit.parents],
        "branch": report.branch,
        "changes": {kind.value: report.changes[kind] for kind in CHANGE_WORDS},
        "bytes": {
            "content": report.changed,
            "stored": report.stored,
            "total": report.content,
        },
        "files": report.files,
        "folders": report.folders,
        "skipped": skipped_json(report.skipped),
        "concluded": report.concluded,
        "left": report.left,
        "warnings": _warnings(report.warnings),
    }


def _warnings(found: "Sequence[FileProblems]") -> list[Json]:
    if not found:
        return []
    from contentvc.cli.problems import problems_json

    return problems_json(found)
