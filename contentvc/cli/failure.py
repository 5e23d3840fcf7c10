"""Failure: how an error ends the program, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import typer

from contentvc.cli.exits import INTERNAL, INTERRUPTED, exit_code
from contentvc.errors import ContentvcError, Detail, Usage

__all__ = ["REFUSED", "Failure", "failure_of"]

REFUSED: Final[type[Exception]] = typer.BadParameter.__mro__[2]
"""What typer raises for a command line it does not understand.

It is the base of `typer.BadParameter`, which is public while the base is not.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is printed of an error, and the exit code."""

    code: str
    message: str
    hint: str
    exit: int
    details: Mapping[str, Detail] = field(default_factory=dict)


def failure_of(error: BaseException) -> Failure:
    """What to tell of an error."""
    if isinstance(error, ContentvcError):
        return Failure(error.code, error.message, error.hint, exit_code(error), error.details)
    if isinstance(error, KeyboardInterrupt):
        return Failure("interrupted", "interrupted", "", INTERRUPTED)
    if isinstance(error, REFUSED):
        return failure_of(_refused(error))
    if isinstance(error, OSError):
        return failure_of(_explained(error))
    return _ours(error)


def _refused(error: Exception) -> Usage:
    """A message of typer in our words: without a full stop, the help named as a hint."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "contentvc"
    return Usage("usage", _lowered(message.strip().rstrip(".")), f"see: {path} --help")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _explained(error: OSError) -> ContentvcError:
    from contentvc.storage.disk import explain

    if error.filename is None:
        return explain(error, "do", "what the system was asked for")
    return explain(error, "use", error.filename)


def _ours(error: BaseException) -> Failure:
    reason = " ".join(str(error).split())
    return Failure(
        "internal",
        f"contentvc itself failed: {type(error).__name__}{': ' if reason else ''}{reason}",
        "please report it; CONTENTVC_TRACEBACK=1 shows where it happened",
        INTERNAL,
    )
