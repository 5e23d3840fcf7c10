"""Many: the diffs of many files, read, compared and made text by several processes."""

from collections.abc import Generator, Sequence
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.diff import DiffReport, content_of
from contentvc.changes.files import FileChange
from contentvc.cli.diffs import diff_lines
from contentvc.cli.output import Screen

__all__ = ["texts"]

_FILES: Final = 128
"""Files a worker is given at a time: the contents of neighbours lie in the same blocks."""


def texts(context: Context, report: DiffReport, screen: Screen) -> Generator[str, None, None]:
    """What `diff_lines` gives for all files in order, in long texts with an empty line between.

    Closing it ends the processes.

    Raises:
        ContentvcError: a file cannot be read; some files before it may then be missing as well.
    """

    def work(batch: Sequence[FileChange]) -> Generator[None, None, str]:
        yield from ()  # it has nothing to ask
        files = (diff_lines(one, content_of(context, report, one), screen) for one in batch)
        return "\n\n".join(map("\n".join, files))

    changes = report.changes
    batches = [changes[start : start + _FILES] for start in range(0, len(changes), _FILES)]
    yield from context.workers.converse(work, batches, lambda _: None)
