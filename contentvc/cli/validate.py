"""``contentvc validate``: whether content is as its content sets ask."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.validate import ValidateReport, ValidateRequest
from contentvc.actions.validate import validate as check
from contentvc.cli.complete import revisions
from contentvc.cli.documents import Document
from contentvc.cli.options import SetNames
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.problems import problem_lines, problems_json
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.cli.words import told_apart

__all__ = ["EXAMPLES", "validate"]

EXAMPLES: Final = (
    ("contentvc validate", "the working tree, as contentvc.toml asks"),
    ("contentvc validate v1 --set evals", "one content set as of a version"),
    ("contentvc validate evals/de.jsonl", "one file, declared or not"),
)


def validate(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REV] [PATHS]…",
            help="A version; without one, the working tree. Files and folders; none are all.",
            autocompletion=revisions,
            show_default=False,
        ),
    ] = None,
    sets: SetNames = None,
) -> None:
    """Check that files can be read, and are as their content sets in contentvc.toml ask.

    Told are mistakes in contentvc.toml, schemas that cannot be used, malformed files, duplicate
    and missing keys, what breaks a schema, and required attributes that are missing. Outside of
    every set, files are checked whose names say what they hold. Exits with 1 when there are
    problems. Files that were sound before are not read again.

    commit validates by itself, also where it concludes a merge. What merge, cherry-pick, revert,
    rollback and stash record by themselves is not validated, so that going back is always possible:
    this command tells.
    """
    session = Session.of(ctx)
    meant = told_apart(session, words, 1)
    request = ValidateRequest((*meant.revisions, None)[0], meant.paths, tuple(sets or ()))
    report = check(session.context, request)
    session.emit(report, _text, _json)
    if report.found:
        raise typer.Exit(1)


def _text(report: ValidateReport, screen: Screen) -> Iterator[str]:
    if not report.found:
        yield f"no problems in {count(report.files, 'file')}"
        return
    least = "at least " if report.is_cut or any(one.is_cut for one in report.found) else ""
    told = screen.paint(f"{least}{count(report.count, 'problem')}", Tone.CONFLICT)
    yield f"{told} in {count(len(report.found), 'file')}; {report.files:,} checked"
    yield from problem_lines(report.found, screen)


def _json(report: ValidateReport) -> Document:
    return {
        "commit": None if report.commit is None else report.commit.hex(),
        "cut": sum(one.is_cut for one in report.found),
        "files": report.files,
        "known": report.known,
        "ok": not report.found,
        "passed_over": report.is_cut,
        "problems": problems_json(report.found),
    }
