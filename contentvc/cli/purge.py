"""``contentvc purge``: makes content be gone from every version."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.purge import (
    PurgedContent,
    PurgeReport,
    PurgeRequest,
    PurgeSurvey,
    content_id,
    survey_purge,
)
from contentvc.actions.purge import purge as carry_out
from contentvc.cli.asking import agreed
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Declined, Usage
from contentvc.history.names import short_name
from contentvc.ids import short

__all__ = ["EXAMPLES", "purge"]

EXAMPLES: Final = (
    ('contentvc purge deploy/key.pem --reason "a private key"', "every version of one file"),
    ('contentvc purge users --reason "request 17" --dry-run', "what would be touched"),
    ('contentvc purge 3f9a1c2b7d04 --reason "a person asked" --yes', "one content, by its id"),
)
_SHOWN: Final = 10


def purge(
    ctx: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|ID…",
            help="Files and folders, in every version; ids of content (./cafe for one called so).",
            autocompletion=files,
        ),
    ],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; whoever misses it is told.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only show what would be touched.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make content be gone from every version and every pack: a key, a person's data.

    Its bytes are gone from the repository when this returns, and nothing brings them back, undo
    neither. Commits keep their ids and files their names; who reads one is told when and why it was
    purged. Working files stay. A key that others may have seen is to be changed all the same.
    """
    session = Session.of(ctx)
    if session.options.at_operation is not None:
        raise Usage("usage", "purge changes the repository as it is", "drop --at-operation")
    request = _request(session, targets)
    if dry_run:
        session.emit(survey_purge(session.context, request), _survey_lines, _survey_json)
        return
    if not yes:
        survey = survey_purge(session.context, request)
        lines = _survey_lines(survey, session.output.screen)
        if not agreed(session, lines, "Purge it? Nothing brings it back."):
            raise Declined("nothing-to-purge", "nothing was purged")
    session.announce(carry_out(session.context, request, reason), _lines, _json)


def _request(session: Session, targets: Sequence[str]) -> PurgeRequest:
    ids, words = [], []
    for word in targets:
        identifier = content_id(session.repository, word)
        if identifier is None:
            words.append(word)
        else:
            ids.append(identifier)
    return PurgeRequest(paths_of(session, words), tuple(ids))


def _survey_lines(survey: PurgeSurvey, screen: Screen) -> Iterator[str]:
    yield f"would purge {_extent(survey)}"
    yield from _touched(survey, screen)


def _lines(report: PurgeReport, screen: Screen) -> Iterator[str]:
    yield f"purged {_extent(report.survey)}; the repository is {_freed(report.freed)}"
    yield from _touched(report.survey, screen)
    others = report.remains.elsewhere
    for path in report.remains.here:
        yield f"still in your working tree: {screen.path(path)}"
    for root, path in others:
        yield f"still in another working tree: {escape(root + b'/' + path)}"
    if report.unfinished:
        yield (
            f"{count(report.unfinished, 'pack')} is still being written, or was when a command was "
            "killed; to be sure, purge again in an hour"
        )


def _freed(octets: int) -> str:
    return f"{size(abs(octets))} {'smaller' if octets >= 0 else 'larger'}"


def _extent(survey: PurgeSurvey) -> str:
    return (
        f"{count(len(survey.contents), 'version')} of content ({size(survey.size)}) "
        f"from {count(survey.commits, 'commit')}"
    )


def _touched(survey: PurgeSurvey, screen: Screen) -> Iterator[str]:
    versions: dict[bytes, list[PurgedContent]] = {}
    for content in survey.contents:
        for path in content.paths:
            versions.setdefault(path, []).append(content)
    for path in sorted(versions)[:_SHOWN]:
        octets = sum(content.size for content in versions[path])
        name = screen.paint(screen.path(path), Tone.NAME)
        yield f"  {name}  {count(len(versions[path]), 'version')}, {size(octets)}"
    if len(versions) > _SHOWN:
        yield f"  and {len(versions) - _SHOWN:,} more"
    for content in survey.contents:
        if not content.paths:
            yield f"  {short(content.id)}  {size(content.size)}, in no version"
    if survey.refs:
        shown = [escape(short_name(name)) for name in survey.refs[:_SHOWN]]
        more = f" and {len(survey.refs) - _SHOWN:,} more" if len(survey.refs) > _SHOWN else ""
        yield f"  named by the newest version of {', '.join(shown)}{more}"
    for content in survey.stayed:
        names = ", ".join(screen.path(path) for path in content.paths[:_SHOWN])
        yield f"  stays: {short(content.id)} is part of a larger file too  {names}"


def _survey_json(survey: PurgeSurvey) -> Document:
    return {
        "contents": [_content_json(one) for one in survey.contents],
        "stayed": [_content_json(one) for one in survey.stayed],
        "commits": survey.commits,
        "refs": list(survey.refs),
    }


def _content_json(content: PurgedContent) -> Json:
    return {
        "id": content.id.hex(),
        "size": content.size,
        "paths": [json_path(path) for path in content.paths],
    }


def _json(report: PurgeReport) -> Document:
    return {
        **_survey_json(report.survey),
        "operation": report.sequence,
        "reason": report.reason,
        "freed": report.freed,
        "remains": [
            *[json_path(path) for path in report.remains.here],
            *[
                {**json_path(path), **json_path(root, "root")}
                for root, path in report.remains.elsewhere
            ],
        ],
        "unfinished": report.unfinished,
    }
