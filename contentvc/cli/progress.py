"""Progress on the terminal: a bar on standard error, once something takes over half a second."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TextIO

from contentvc.cli.palette import Palette
from contentvc.cli.units import size

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["TerminalProgress"]

_PATIENCE: Final = 0.5
"""Seconds of work before anything is shown: what is over sooner only flickers."""
_INTERVAL: Final = 0.1
"""Seconds between two pictures: eyes do not need more, and a picture takes a millisecond."""


class TerminalProgress:
    """Draws from within `advance`, never from a thread: processes are forked while it is on."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float], palette: Palette) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._palette = palette
        self._began = self._next = 0.0
        self._bar: Bar | None = None
        self._is_on = False
        self._reset(None, None, "")

    def start(self, total_files: int | None, total_bytes: int | None, label: str) -> None:
        """A step of work begins; one that was not finished is over."""
        waited = self._bar is not None
        self.finish()
        now = self._monotonic()
        self._reset(total_files, total_bytes, label)
        self._is_on = True
        self._began = now
        # Who has been shown one step is waiting already.
        self._next = now if waited else now + _PATIENCE

    def advance(self, files: int, size: int) -> None:
        """So many more files and bytes are done; draws at most ten times a second."""
        self._files += files
        self._bytes += size
        if not self._is_on:
            return
        now = self._monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL
            self._draw()

    def finish(self) -> None:
        """Take the bar away, and give the cursor back."""
        self._is_on = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _reset(self, total_files: int | None, total_bytes: int | None, label: str) -> None:
        self._total_files, self._total_bytes, self._label = total_files, total_bytes, label
        self._files = self._bytes = 0

    def _draw(self) -> None:
        if self._bar is None:
            self._bar = self._made()
        done, total = self._share()
        for task in self._bar.task_ids:
            self._bar.update(task, completed=done, total=total, told=self._told())
        self._bar.refresh()

    def _share(self) -> tuple[int, int | None]:
        """By bytes where they are known: files differ in size."""
        if self._total_bytes:
            return min(self._bytes, self._total_bytes), self._total_bytes
        return self._files, self._total_files or None

    def _told(self) -> str:
        files = f"{self._files:,}"
        if self._total_files is not None:
            files += f" of {self._total_files:,}"
        files += f" {self._noun}"
        if not self._bytes:
            return files
        octets = size(self._bytes)
        if self._total_bytes:
            octets += f" of {size(self._total_bytes)}"
        return f"{files}, {octets}, {size(int(self._bytes / self._elapsed()))}/s"

    @property
    def _noun(self) -> str:
        return "objects" if self._label.endswith("objects") else "files"

    def _elapsed(self) -> float:
        """Seconds of this step; never so few that a rate would mean nothing."""
        return max(self._monotonic() - self._began, _INTERVAL)

    def _made(self) -> "Bar":
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(
            file=self._stream,
            force_terminal=True,
            no_color=not self._palette.is_on,
            highlight=False,
            markup=False,
        )
        bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[told]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        bar.add_task(self._label, total=None, told="")
        bar.start()
        return bar
