"""Stream: writing to standard output, where failing to write means something."""

import errno
from typing import TextIO

from contentvc.errors import Busy

__all__ = ["OutputClosed", "PagerQuit", "flush", "send", "send_bytes"]


class OutputClosed(Exception):
    """The reader of standard output went away: it has seen enough, and nothing went wrong.

    Not every `BrokenPipeError` means this: the pipe to a child that died gives one too.
    """


class PagerQuit(OutputClosed):
    """The reader was a pager, which the person left: the command did what it was asked for."""


def send(stream: TextIO, text: str) -> None:
    """Write text.

    Raises:
        OutputClosed: nobody reads it.
        Busy: it cannot be written, as when it goes to a file on a full disk.
    """
    try:
        stream.write(text)
    except OSError as error:
        raise _unwritten(error) from error


def send_bytes(stream: TextIO, content: bytes) -> None:
    """Write bytes below the text, which must have been flushed before; errors as of `send`."""
    try:
        stream.buffer.write(content)
    except OSError as error:
        raise _unwritten(error) from error


def flush(stream: TextIO) -> None:
    """Hand over what is kept back; until then nobody knows whether it was written."""
    try:
        stream.flush()
    except OSError as error:
        raise _unwritten(error) from error


def _unwritten(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return OutputClosed()
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Busy(
        "disk-full" if is_full else "storage-failed",
        f"the output cannot be written: {error.strerror or error}",
        "make room where it goes" if is_full else "",
    )
