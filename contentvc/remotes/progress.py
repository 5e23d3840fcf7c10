"""Progress: how a transfer tells how far it is, whoever may be watching."""

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Told from one thread, in the order start, advance…, finish; then it may be started again.

    What watches an action watches a transfer as well: the objects are its files.
    """

    def start(self, total_files: int | None, total_bytes: int | None, label: str) -> None:
        """A step of work begins.

        Args:
            total_files: how many objects there are to do; None while that is not known.
            total_bytes: how many bytes they take as they are stored; None likewise.
            label: what is being done, as in "Sending objects".
        """

    def advance(self, files: int, size: int) -> None:
        """So many more objects, and stored bytes, are done."""

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
