"""``contentvc forget``: drops what operations kept, at once and for good."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from contentvc.actions.forget import ForgetReport, KeptFile
from contentvc.actions.forget import forget as drop
from contentvc.cli.complete import files
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage

__all__ = ["EXAMPLES", "forget"]

EXAMPLES: Final = (
    ("contentvc forget 12", "everything that operation 12 kept"),
    ("contentvc forget deploy/.env", "every kept copy of one file; commits are not touched"),
)
_SHOWN: Final = 10
_DIGITS: Final = 18
"""More than any sequence has."""


def forget(
    ctx: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="OPERATION|PATH…",
            help="Numbers as `operations` shows them; files and folders (./12 for one called 12).",
            autocompletion=files,
        ),
    ],
) -> None:
    """Drop uncommitted content that operations kept: secrets, and large things.

    Its bytes are gone from the repository when this returns, and nothing brings them back. What
    is also committed, or kept by another operation, stays, and is named. Working files stay.
    """
    session = Session.of(ctx)
    if session.options.at_operation is not None:
        raise Usage("usage", "forget changes the repository as it is", "drop --at-operation")
    numbers = [int(word) for word in targets if _is_number(word)]
    paths = paths_of(session, [word for word in targets if not _is_number(word)])
    session.announce(drop(session.context, numbers, paths), _lines, _json)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= _DIGITS


def _lines(report: ForgetReport, screen: Screen) -> Iterator[str]:
    octets = sum(file.size for file in report.dropped)
    yield (
        f"forgot {count(len(report.dropped), 'file')} ({size(octets)}); "
        f"the repository is {size(abs(report.freed))} {_side(report)}"
    )
    yield from _listed(report.dropped, screen)
    if report.stayed:
        yield f"{count(len(report.stayed), 'file')} stayed, being recorded elsewhere too:"
        yield from _listed(report.stayed, screen)


def _side(report: ForgetReport) -> str:
    return "smaller" if report.freed >= 0 else "larger"


def _listed(kept: Sequence[KeptFile], screen: Screen) -> Iterator[str]:
    for file in kept[:_SHOWN]:
        yield f"  {screen.path(file.path)}  {size(file.size)}, of operation {file.sequence}"
    if kept[_SHOWN:]:
        yield f"  and {len(kept) - _SHOWN:,} more"


def _json(report: ForgetReport) -> Document:
    return {
        "operation": report.sequence,
        "dropped": [_file_json(file) for file in report.dropped],
        "stayed": [_file_json(file) for file in report.stayed],
        "freed": report.freed,
    }


def _file_json(file: KeptFile) -> Json:
    return {
        **json_path(file.path),
        "id": file.id.hex(),
        "size": file.size,
        "operation": file.sequence,
    }
