"""Exit codes: which error ends the program with which number, in one table."""

from typing import Final

from contentvc.errors import (
    Busy,
    Conflict,
    ContentvcError,
    Damaged,
    Declined,
    Missing,
    NotAllowed,
    Unreachable,
    Usage,
)

__all__ = ["EXITS", "INTERNAL", "INTERRUPTED", "MEANINGS", "OUTPUT_CLOSED", "USAGE", "exit_code"]

USAGE: Final = 2
INTERNAL: Final = 70
"""EX_SOFTWARE of sysexits.h; far from the numbers that scripts test for."""
INTERRUPTED: Final = 130
"""What shells report of a program that SIGINT ended."""
OUTPUT_CLOSED: Final = 141
"""What shells report of a program that SIGPIPE ended, as git and most others are."""

EXITS: Final[dict[type[ContentvcError], int]] = {
    Declined: 1,
    Usage: USAGE,
    Missing: 3,
    Conflict: 4,
    Unreachable: 5,
    NotAllowed: 6,
    Damaged: 7,
    Busy: 8,
}

MEANINGS: Final[dict[int, str]] = {
    0: "done",
    1: "the answer is no: differences with --exit-code, nothing to commit, a mismatch",
    USAGE: "the command line, a name or a value is not understood",
    3: "what was named does not exist",
    4: "a conflict, or refused because something would be lost",
    5: "a remote cannot be reached",
    6: "not allowed by the file system, the platform or the rules",
    7: "damaged, or not to be trusted",
    8: "busy, or no space is left: trying again later, or making room, helps",
    INTERNAL: "contentvc itself failed",
    INTERRUPTED: "interrupted with Ctrl-C; the repository is sound",
    OUTPUT_CLOSED: "the reader of the output went away, as `head` does",
}


def exit_code(error: ContentvcError) -> int:
    """The number that the program ends with after this error."""
    return next(EXITS[kind] for kind in type(error).__mro__ if kind in EXITS)
