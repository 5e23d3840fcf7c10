"""The entry point of ``contentvc`` and ``cvc``.

Nothing is imported here that takes time, so that a Ctrl-C in the first milliseconds is as quiet
as one later.
"""

import gc
import os
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command that this process was started with, and end the process."""
    from contentvc.cli.exits import INTERRUPTED

    try:
        # Commands make hundreds of thousands of tuples and next to no cycles; looking for these
        # as often as Python does by default takes a tenth of a large commit.
        gc.set_threshold(100_000, 20, 100)
        _open_standard_streams()
        from contentvc.cli.edge import Edge
        from contentvc.cli.program import run

        code = run(sys.argv[0], sys.argv[1:], Edge.current())
    except KeyboardInterrupt:
        code = INTERRUPTED
    # Everything is flushed and closed. Taking the interpreter apart would only cost time (8 ms of
    # `--version`, more with a large working tree in memory) and could only print complaints about
    # a reader that went away.
    os._exit(code)


def _open_standard_streams() -> None:
    """Where descriptor 0, 1 or 2 is closed, put the null device there.

    Otherwise the next file opened, perhaps a pack being written, would get that number and
    whatever is printed would end up in it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8")
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name) or os.fdopen(number, "w", encoding="utf-8")
        # A letter that the locale does not have is shown as its number, not an error.
        stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, stream)
