"""Pager: long output is shown by the program that the person reads long texts with."""

import io
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO, cast

from contentvc.cli.palette import width_of
from contentvc.cli.stream import PagerQuit

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from contentvc.cli.edge import Edge

__all__ = ["Pager", "pager"]

_DEFAULT: Final = "less"
_ENVIRONMENT: Final = {"LESS": "FRX", "LV": "-c"}
"""As git sets them: less ends by itself where all fits, shows colours, and clears nothing."""
_SHELL: Final = frozenset("|&;<>()$`\\\"'*?[]#~=%{}")
"""Characters that mean something to a shell, besides blanks."""


def pager(edge: "Edge", setting: str | None) -> "Pager | None":
    """What shows long output; None where the person wants none, or the terminal cannot.

    Args:
        edge: the terminal, and the environment, of which CONTENTVC_PAGER counts more than the
            setting, and that more than PAGER.
        setting: ``core.pager``.
    """
    height = edge.height
    variables = edge.variables
    choices = (variables.get("CONTENTVC_PAGER"), setting, variables.get("PAGER"))
    command = next((one for one in choices if one is not None), _DEFAULT).strip()
    if height is None or edge.is_dumb or command in ("", "cat"):
        return None
    # A pager that somebody chose may do more than let one scroll, so it sees short output too.
    held = height if command == _DEFAULT and "LESS" not in variables else 0
    return Pager(_argv(command), _ENVIRONMENT | dict(variables), edge.stdout, held, edge.width)


def _argv(command: str) -> Sequence[str]:
    if not _SHELL.isdisjoint(command):
        return ("sh", "-c", command)
    return shlex.split(command)


class Pager(io.BufferedIOBase):
    """Takes the bytes for standard output and starts the pager when they are too many for a screen.

    Where the pager cannot be started, they go to the terminal as they are.

    Args:
        argv: the pager.
        environment: its own.
        terminal: standard output.
        held: rows that must be there before it starts.
        width: columns of the terminal.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        terminal: TextIO,
        held: int,
        width: int,
    ) -> None:
        self._argv = argv
        self._environment = environment
        self._terminal = terminal
        self._width = width
        self._missing = held
        self._held: list[bytes] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._is_passed_by = False

    def stream(self) -> TextIO:
        """For text: encoded as standard output has it."""
        encoding, errors = self._terminal.encoding, self._terminal.errors
        return io.TextIOWrapper(
            cast("BinaryIO", self), encoding, errors, newline="\n", write_through=True
        )

    def writable(self) -> bool:
        """It is all that it is for."""
        return True

    def write(self, content: "Buffer") -> int:
        """Show bytes.

        Raises:
            PagerQuit: the person has seen enough.
        """
        taken = bytes(content)
        if self._process is None and not self._is_passed_by:
            self._held.append(taken)
            self._missing -= self._rows(taken)
            if self._missing <= 0:
                self._start()
        else:
            self._show(taken)
        return len(taken)

    def flush(self) -> None:
        """Hand over what the pager has not got yet. What is held is held."""
        if self._process is not None:
            self._show(b"", is_flushed=True)

    def finish(self) -> None:
        """All was written: wait until the person has read it."""
        if self._process is None:
            self._pass_by()
            return
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        # Ctrl-C is the pager's while it is shown: less ends a search with it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
        finally:
            signal.signal(signal.SIGINT, before)

    def _start(self) -> None:
        self._terminal.flush()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own choice
                self._argv, stdin=subprocess.PIPE, env=self._environment
            )
        except OSError:  # git, too, shows it all the same
            self._pass_by()
            return
        self._show(b"".join(self._held), is_flushed=True)
        self._held.clear()

    def _pass_by(self) -> None:
        self._is_passed_by = True
        held, self._held = b"".join(self._held), []
        self._show(held)

    def _show(self, content: bytes, *, is_flushed: bool = False) -> None:
        if self._process is None:
            self._terminal.buffer.write(content)
            return
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        try:
            self._process.stdin.write(content)
            if is_flushed:
                self._process.stdin.flush()
        except BrokenPipeError as error:
            raise PagerQuit from error

    def _rows(self, content: bytes) -> int:
        """Rows of the terminal that whole lines take."""
        lines = content.decode(errors="replace").split("\n")
        wrapped = sum(max(0, width_of(line) - 1) // self._width for line in lines)
        return len(lines) - 1 + wrapped
