"""Progress: how an action tells how far it is, whoever may be watching."""

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Told from one thread, in the order start, advance…, finish; then it may be started again.

    Calls are cheap enough for each file of a scan: what they show is the other side's affair.
    """

    def start(self, total_files: int | None, total_bytes: int | None, label: str) -> None:
        """A step of work begins.

        Args:
            total_files: how many files there are to do; None when that is not known.
            total_bytes: how many bytes of content; None when that is not known or not told.
            label: what is being done, as in "Reading files".
        """

    def advance(self, files: int, size: int) -> None:
        """So many more files, and bytes of content, are done."""

    def finish(self) -> None:
        """The step is over, or was given up. Finishing what was never started is fine."""


class Silent:
    """Nobody is watching."""

    def start(self, total_files: int | None, total_bytes: int | None, label: str) -> None:
        """Say nothing."""

    def advance(self, files: int, size: int) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""
