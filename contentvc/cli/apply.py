"""``contentvc apply``: makes changes that were written out."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

import typer

from contentvc import limits
from contentvc.actions.apply import Applied, ApplyReport, check
from contentvc.actions.apply import apply as make
from contentvc.actions.patches import Form, read_patches
from contentvc.cli.changes import CHANGE_WORDS
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, overwritten_lines
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.errors import Missing, Usage

__all__ = ["EXAMPLES", "apply"]

EXAMPLES: Final = (
    ("contentvc apply fix.jsonl", "what contentvc diff --as jsonl wrote"),
    ("contentvc apply --to model.json patch.json", "a JSON Patch, or a merge patch, of one file"),
    ("contentvc apply --check -", "only see whether what comes in fits"),
)
_SHOWN: Final = 20


def apply(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="The changes; - is standard input.", autocompletion=files
        ),
    ],
    form: Annotated[
        Form | None,
        typer.Option("--as", help="How they are written, where that is not to be seen."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="PATH",
            help="The file that a patch is of which names none.",
            autocompletion=files,
        ),
    ] = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Only tell whether they fit, and what would change.")
    ] = False,
    discard: Discard = False,
) -> None:
    """Make changes in the working tree: all of them, or none where one does not fit.

    Changes are lines of JSON, a JSON Patch (RFC 6902) or a JSON Merge Patch (RFC 7396), as diff
    --as writes them, of one file or of several by their paths. Each is made in the terms of its
    file's format, and what it does not touch stays byte for byte. Nothing is recorded. Uncommitted
    content of the files is kept in the operation log, and undo brings it back.
    """
    session = Session.of(ctx)
    if only_check and discard:
        raise Usage("usage", "--check changes nothing, so nothing is discarded", "drop one")
    target = None if to is None else paths_of(session, [to])[0]
    patches = read_patches(_given(session, source), form, target)
    if only_check:
        report = check(session.context, patches)
        session.emit(report, partial(_text, verb="would change"), _json)
        return
    report = make(session.context, patches, discard=discard)
    session.announce(report, partial(_text, verb="changed"), _json)


def _given(session: Session, source: str) -> bytes:
    """The bytes of the changes, up to one more than are read.

    Raises:
        Missing: there is no such file.
    """
    most = limits.PATCH_BYTES + 1
    if source == "-":
        return session.edge.stdin.buffer.read(most)
    try:
        with open(os.path.join(session.here, os.fsencode(source)), "rb") as file:
            return file.read(most)
    except FileNotFoundError as error:
        raise Missing("unknown-path", f"there is no file {source}", path=source) from error
    except (OSError, ValueError) as error:
        raise Usage("bad-value", f"{source} cannot be read: {error}") from error


def _text(report: ApplyReport, screen: Screen, *, verb: str) -> Iterator[str]:
    number = count(len(report.files), "file")
    yield f"{number} {verb}" if report.files else "everything is so already"
    for one in report.files[:_SHOWN]:
        letter, _, tone = CHANGE_WORDS[one.change]
        yield f"  {screen.paint(letter, tone)} {_name(one, screen)}"
    if len(report.files) > _SHOWN:
        yield f"  … and {len(report.files) - _SHOWN:,} more"
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)


def _name(one: Applied, screen: Screen) -> str:
    path = screen.path(one.path)
    return path if one.old_path is None else f"{screen.path(one.old_path)} → {path}"


def _json(report: ApplyReport) -> Document:
    return {
        "files": [_applied_json(one) for one in report.files],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }


def _applied_json(one: Applied) -> Json:
    old_path = {"old_path": None} if one.old_path is None else json_path(one.old_path, "old_path")
    return {**json_path(one.path), **old_path, "change": one.change.value}
