"""Messages between a process and those it forked: pickled values with their length before them.

Only processes of one program, connected by their own pipes, read them: nothing from outside is
ever unpickled.
"""

import fcntl
import os
import pickle
import traceback
from typing import Any, Final, NoReturn

from contentvc import errors

__all__ = ["failure", "raise_failure", "receive", "send", "widen"]

_LENGTH: Final = 8
_ROOM: Final = 1 << 20
"""What an unprivileged pipe may hold on Linux, so that a writer seldom waits for the reader."""
_SET_ROOM: Final[int | None] = getattr(fcntl, "F_SETPIPE_SZ", None)

Failure = tuple[str, tuple[str, str, str, dict[str, errors.Detail]] | bytes, str]


def widen(pipe: int) -> None:
    """Give a pipe more room, where the platform can and its limits allow."""
    if _SET_ROOM is None:
        return
    try:
        fcntl.fcntl(pipe, _SET_ROOM, _ROOM)
    except OSError:
        return  # a user's pipes are limited together; the default works too


def send(pipe: int, value: Any) -> None:
    """Write one message.

    Raises:
        BrokenPipeError: the other side is gone.
    """
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    rest = memoryview(len(content).to_bytes(_LENGTH, "little") + content)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def receive(pipe: int) -> Any:
    """Read one message, waiting for it.

    Raises:
        EOFError: the other side is gone.
    """
    length = int.from_bytes(_read(pipe, _LENGTH), "little")
    return pickle.loads(_read(pipe, length))  # noqa: S301 - from our own child or parent


def _read(pipe: int, length: int) -> bytearray:
    content = bytearray(length)
    rest = memoryview(content)
    while rest:
        count = os.readv(pipe, [rest])
        if not count:
            raise EOFError
        rest = rest[count:]
    return content


def failure(error: BaseException) -> Failure:
    """An exception in a form that can be sent, whatever it holds."""
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, errors.ContentvcError):
        parts = (error.code, error.message, error.hint, error.details)
        return type(error).__name__, parts, trace
    try:
        content = pickle.dumps(error)
        pickle.loads(content)  # noqa: S301 - some exceptions can be written but not read
    except Exception:  # noqa: BLE001 - whatever is wrong with it, its traceback is text
        content = pickle.dumps(RuntimeError(f"in a worker process: {error!r}"))
    return "", content, trace


def raise_failure(sent: Failure) -> NoReturn:
    """Raise what `failure` was given, with the traceback of where it happened as a note."""
    kind, content, trace = sent
    if isinstance(content, bytes):
        error: BaseException = pickle.loads(content)  # noqa: S301 - from our own child
    else:
        code, message, hint, details = content
        error = getattr(errors, kind)(code, message, hint, **details)
    error.add_note(trace)
    raise error
