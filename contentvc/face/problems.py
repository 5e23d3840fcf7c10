"""Problems of content, as programs are told of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc.face.paths import to_text
from contentvc.formats.items import item_name

if TYPE_CHECKING:
    from contentvc.actions.validate import ValidateReport

__all__ = ["Problem", "problems_of"]


@dataclass(frozen=True, slots=True)
class Problem:
    r"""One thing that is wrong with a file.

    Example:
        >>> _ = Path("support/cases.jsonl").write_text('{"id": 1}\n{"id": \n')
        >>> [problem] = workspace.validate(["cases.jsonl"])
        >>> problem.code, problem.set
        ('malformed', None)
    """

    path: str
    set: str | None
    """The content set that asks for it; None outside of every set."""
    code: str
    """``malformed``, ``encoding``, ``schema``, ``duplicate-key``, ``missing-key``,
    ``missing-attribute``, ``bad-schema`` or ``bad-declaration``."""
    message: str
    item: str | None
    """What in the file: a record by its key, a value by its path; None where it is the file."""
    line: int | None
    """From 1."""
    column: int | None
    """In characters, from 1."""


def problems_of(report: "ValidateReport") -> Iterator[Problem]:
    """Those of a report, file by file."""
    for one in report.found:
        for problem in one.problems:
            yield Problem(
                to_text(one.path),
                one.set,
                problem.code,
                problem.message,
                item_name(problem.item) if problem.item else None,
                problem.line,
                problem.column,
            )
