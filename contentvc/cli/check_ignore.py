"""``contentvc check-ignore``: why a path is ignored."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Final

import typer

from contentvc.actions.ignored import IgnoreAnswer
from contentvc.actions.ignored import check_ignore as ask
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session

__all__ = ["EXAMPLES", "check_ignore"]

EXAMPLES: Final = (
    ("contentvc check-ignore cache/a.bin", "the file, line and pattern that ignore it"),
    ("contentvc check-ignore -v *", "also those that are not ignored, and what asks for them"),
)


def check_ignore(
    ctx: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATHS…", help="Files and folders.", autocompletion=files)
    ],
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Tell of paths that are not ignored, too.")
    ] = False,
) -> None:
    """Show which rule ignores each of the paths, as FILE:LINE:PATTERN.

    Exits with 1 when none of them is ignored. The paths need not exist.
    """
    session = Session.of(ctx)
    answers = ask(session.context, paths_of(session, paths))
    session.emit(answers, partial(_lines, verbose=verbose), _json)
    if not any(answer.verdict.ignored for answer in answers):
        raise typer.Exit(1)


def _lines(answers: Sequence[IgnoreAnswer], screen: Screen, *, verbose: bool) -> Iterator[str]:
    shown = [one for one in answers if verbose or one.verdict.ignored or _remark(one)]
    yield from aligned(
        [
            [
                screen.path(one.path) or ".",
                _rule(one, screen),
                screen.paint(_remark(one), Tone.HINT),
            ]
            for one in shown
        ]
    )


def _rule(answer: IgnoreAnswer, screen: Screen) -> str:
    verdict = answer.verdict
    if not verdict.pattern:
        return "no rule"
    pattern = escape(verdict.pattern)
    if not verdict.source:
        return f"built-in:{pattern}"
    return f"{screen.path(verdict.source)}:{verdict.line}:{pattern}"


def _remark(answer: IgnoreAnswer) -> str:
    if answer.verdict.ignored and answer.is_recorded:
        return "(recorded already, so its changes are recorded too)"
    if not answer.verdict.ignored and answer.is_secret and not answer.is_recorded:
        return "(looks like a secret: recorded only when given by name)"
    return ""


def _json(answers: Sequence[IgnoreAnswer]) -> Document:
    return {"paths": [_answer_json(answer) for answer in answers]}


def _answer_json(answer: IgnoreAnswer) -> Json:
    verdict = answer.verdict
    rule: Json = None
    if verdict.pattern:
        rule = {
            "source": json_path(verdict.source)["path"] if verdict.source else None,
            "line": verdict.line if verdict.source else None,
            "pattern": json_path(verdict.pattern)["path"],
        }
    return {
        **json_path(answer.path),
        "ignored": verdict.ignored,
        "rule": rule,
        "recorded": answer.is_recorded,
        "secret": answer.is_secret,
    }
