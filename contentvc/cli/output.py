"""Output: one value, rendered for people or as a document.

A command hands over its report with two functions: one gives the lines of text, one the JSON.
Which of them is called is decided here and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, TextIO, TypeVar

import typer

from contentvc.cli.escape import escape
from contentvc.cli.failure import Failure, failure_of
from contentvc.cli.palette import Palette, Tone
from contentvc.cli.paths import relative
from contentvc.cli.stream import flush, send, send_bytes
from contentvc.cli.units import age, moment
from contentvc.errors import ContentvcError

if TYPE_CHECKING:
    from contentvc.cli.documents import Document, Json

__all__ = ["Output", "Render", "Screen", "ToJson"]

_TOGETHER: Final = 1000
"""Lines of one item that are written at once: a new file has thousands."""

Report = TypeVar("Report")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Screen:
    """What rendering depends on besides the report."""

    palette: Palette
    width: int
    now: int
    zone: int
    standing: bytes = b""
    """Where in the working tree the person stands."""
    has_lines: bool = False
    """Whether it is a terminal with letters for drawing lines."""

    def paint(self, text: str, tone: Tone) -> str:
        """Escaped text in the colour of its meaning."""
        return self.palette.paint(text, tone)

    def path(self, path: bytes) -> str:
        """A repository's path as seen from where the person stands, escaped."""
        return escape(relative(path, self.standing))

    def age(self, time: int) -> str:
        """How long ago a time was."""
        return age(time, self.now)

    def moment(self, time: int, zone: int | None = None) -> str:
        """A time by the clock of its own zone, or by the local one."""
        return moment(time, self.zone if zone is None else zone)


Render = Callable[[Report, Screen], Iterable[str]]
"""Lines for people, without newlines. Everything from a repository is escaped in them."""
ToJson = Callable[[Report], "Document"]
"""Members of the document, without ``schema``."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's words go."""

    stdout: TextIO
    stderr: TextIO
    screen: Screen
    error_palette: Palette
    json: bool
    quiet: bool

    def emit(self, report: Report, render: Render[Report], to_json: ToJson[Report]) -> None:
        """Print what was asked for; also with ``-q``."""
        if self.json:
            self._print(to_json(report))
            return
        for line in render(report, self.screen):
            send(self.stdout, line + "\n")

    def emit_each(
        self,
        key: str,
        items: Iterable[Item],
        render: Render[Item],
        to_json: Callable[[Item], "Json"],
        beside: "Document | None" = None,
    ) -> None:
        """Print a list of any length as its items come, none of which is kept.

        Args:
            key: of the list in the document.
            items: found while they are printed.
            render: the lines of one of them.
            to_json: one of them in the document.
            beside: the document's other members.
        """
        if self.json:
            self._print_list(key, map(to_json, items), beside or {})
            return
        for item in items:
            lines = iter(render(item, self.screen))
            while some := list(islice(lines, _TOGETHER)):
                send(self.stdout, "\n".join(some) + "\n")

    def emit_texts(self, texts: Iterable[str]) -> None:
        """Print texts of many lines, rendered and escaped elsewhere, an empty line between two."""
        between = ""
        for text in texts:
            send(self.stdout, f"{between}{text}\n")
            between = "\n"

    def announce(self, report: Report, render: Render[Report], to_json: ToJson[Report]) -> None:
        """Print what a command did; with ``-q`` not a word."""
        if self.json or not self.quiet:
            self.emit(report, render, to_json)

    def emit_bytes(self, parts: Iterator[bytes], to_json: Callable[[bytes], "Document"]) -> None:
        """Print content as it is, or in a document that has all of it."""
        if self.json:
            self._print(to_json(b"".join(parts)))
            return
        first = next(parts, b"")  # what cannot be read is told of before anything is printed
        self.write(chain([first], parts))

    def write(self, parts: Iterable[bytes]) -> None:
        """Bytes of content, as they are: what the person asked to have is not ours to change."""
        flush(self.stdout)
        for part in parts:
            send_bytes(self.stdout, part)

    def beside(self, report: Report, render: Render[Report]) -> None:
        """Lines beside the result, on standard error; not with ``--json``."""
        if self.json:
            return
        flush(self.stdout)
        for line in render(report, replace(self.screen, palette=self.error_palette)):
            self.stderr.write(line + "\n")

    def note(self, text: str) -> None:
        """A remark beside the result, on standard error; not with ``-q``."""
        self._remark("note:", text)

    def hint(self, text: str) -> None:
        """A next step that is not obvious, on standard error; not with ``-q`` or ``--json``."""
        if not self.json:
            self._remark("hint:", text)

    def fail(self, failure: Failure) -> None:
        """Tell of an error: as a document on standard output, or on standard error."""
        if self.json:
            self._print({"error": _document(failure)})
            return
        label = self.error_palette.paint("error:", Tone.CONFLICT)
        self.stderr.write(f"{label} {escape(failure.message)}\n")
        if failure.hint:
            self.stderr.write(self.error_palette.paint(f"hint: {escape(failure.hint)}", Tone.HINT))
            self.stderr.write("\n")

    def _print(self, document: "Document") -> None:
        from contentvc.cli.documents import dump

        send(self.stdout, dump(document) + "\n")

    def _print_list(self, key: str, items: Iterable["Json"], beside: "Document") -> None:
        from contentvc.cli.documents import dump_item, list_end, list_start

        start = between = list_start(key, beside)
        try:
            for item in items:
                send(self.stdout, between + dump_item(item))
                between = ", "
        except ContentvcError as error:
            if between == start:
                raise  # nothing is printed yet: the error is a document of its own
            failure = failure_of(error)
            send(self.stdout, list_end("", {"error": _document(failure)}) + "\n")
            raise typer.Exit(failure.exit) from error
        send(self.stdout, (start if between == start else "") + list_end(key, beside) + "\n")

    def _remark(self, label: str, text: str) -> None:
        if not self.quiet:
            remark = self.error_palette.paint(f"{label} {escape(text)}", Tone.HINT)
            flush(self.stdout)
            self.stderr.write(remark + "\n")


def _document(failure: Failure) -> "Document":
    return {
        "code": failure.code,
        "message": failure.message,
        "hint": failure.hint,
        "details": dict(failure.details),
    }
