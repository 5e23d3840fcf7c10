"""Problems: what is wrong with the content of a file, and where."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from contentvc.formats.items import Path, Value

__all__ = ["Check", "Problem", "Unfit"]


class Problem(NamedTuple):
    """One thing that is wrong with a file."""

    code: str
    """Stable: ``malformed``, ``encoding``, ``schema``, ``duplicate-key``, ``missing-key``,
    ``missing-attribute``."""
    message: str
    item: Path | None = None
    """None is the file as a whole."""
    line: int | None = None
    """From 1; None where it has no place."""
    column: int | None = None
    """In characters, from 1."""


class Check(Protocol):
    """A schema, ready to be asked about one document or one record."""

    def __call__(self, value: Value) -> Iterable[tuple[Path, str]]:
        """Where in the value, and in which words, it breaks the schema; nothing where it fits."""


class Unfit(Exception):
    """A format cannot read this content, so that the next one in line is asked.

    `problem` says what and where; it is shown where people need to know (`validate`, `commit`).
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
