"""Dialect: how records are written in one kind of file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from contentvc.formats.items import Value
from contentvc.formats.problems import Problem, Unfit

__all__ = ["BOM", "Dialect", "Key", "Sheet", "closed_as", "malformed", "with_blanks"]

BOM = b"\xef\xbb\xbf"

Key = tuple[str, ...]
"""The values of the key fields, each as canonical JSON."""


class Dialect(Protocol):
    """How the records of one file are written. Made from the file's start, where columns stand."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Names in order; None where each record has fields of its own."""

    @property
    def quote(self) -> bytes | None:
        """The sign between two of which a line end belongs to a value; None where none does."""

    def split(self, content: bytes) -> list[bytes]:
        """The records of a stretch from border to border.

        Each has its line end and the blank lines after it, so that they join to the stretch; the
        first also those before it. A stretch of blank lines alone has no record.

        Raises:
            Unfit: malformed; lines count from 1 in the stretch.
        """

    def value(self, raw: bytes) -> Value:
        """What a record holds.

        Raises:
            Unfit: malformed.
        """

    def keys(self, raws: Sequence[bytes], fields: tuple[str, ...]) -> list[Key | None]:
        """The keys of records; None where a field of it is missing, empty, or no scalar."""

    def written(self, value: Value) -> bytes:
        """A record in this dialect, without a line end.

        Raises:
            Unfit: it cannot hold such a value.
        """


@dataclass(frozen=True, slots=True)
class Sheet:
    """One version of a file, whole: head and records join to its bytes."""

    dialect: Dialect
    head: bytes
    """Byte-order mark, header row, blank lines before the first record."""
    raws: list[bytes]
    """Each ends with a line end, also the last one."""
    newline: bytes
    """What its lines end with; of the first line, where they differ."""
    is_closed: bool
    """Whether the last line has a line end in the file."""

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return closed_as(self.head + b"".join(self.raws), self.newline, is_closed=self.is_closed)

    def line_of(self, places: Sequence[int]) -> list[int]:
        """The lines, from 1, where the records at ascending places begin."""
        lines, line, done = [], 1 + self.head.count(b"\n"), 0
        for place in places:
            line += sum([raw.count(b"\n") for raw in self.raws[done:place]])
            done = place
            lines.append(line)
        return lines


def closed_as(content: bytes, newline: bytes, *, is_closed: bool) -> bytes:
    """The content with or without its last line end."""
    return content if is_closed else content.removesuffix(newline)


def with_blanks(lines: list[bytes], is_blank: Callable[[bytes], bool]) -> list[bytes]:
    """Lines with each blank one put to the line before it, or to the first that is none."""
    if not any(map(is_blank, lines)):
        return lines
    joined: list[bytes] = []
    before = b""
    for line in lines:
        if not is_blank(line):
            joined.append(before + line)
            before = b""
        elif joined:
            joined[-1] += line
        else:
            before += line
    return joined


def malformed(message: str, line: int | None = None, column: int | None = None) -> Unfit:
    """To be raised where content cannot be read."""
    return Unfit(Problem("malformed", message, None, line, column))
