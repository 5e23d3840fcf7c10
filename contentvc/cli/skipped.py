"""Skipped: what a scan passed over and why, so that nobody thinks it is recorded."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from contentvc.cli.documents import Json, json_path
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.units import count
from contentvc.worktree.found import Reason, Skipped

__all__ = ["skipped_json", "skipped_lines"]

_SHOWN: Final = 5
_WORDS: Final[dict[Reason, str]] = {
    Reason.SECRET: "looks like a secret; record it with: contentvc commit PATH, "
    "or silence this with a line in .contentvcignore",
    Reason.SOCKET: "a socket",
    Reason.DEVICE: "a device",
    Reason.FIFO: "a named pipe",
    Reason.NESTED: "a repository of its own",
    Reason.BAD_NAME: "a name that no working tree could hold safely; rename it",
    Reason.UNREADABLE: "cannot be read",
    Reason.TOO_DEEP: "folders nested too deep",
}


def skipped_lines(skipped: Sequence[Skipped], screen: Screen) -> Iterator[str]:
    """A line for each reason, with the first few paths."""
    ordered = sorted(skipped, key=lambda one: (one.reason, one.path))
    for reason, group in groupby(ordered, key=lambda one: one.reason):
        members = list(group)
        names = ", ".join(screen.path(one.path) for one in members[:_SHOWN])
        more = f" and {count(len(members) - _SHOWN, 'more', 'more')}" if members[_SHOWN:] else ""
        yield screen.paint(f"not recorded: {names}{more} ({_WORDS[reason]})", Tone.HINT)


def skipped_json(skipped: Sequence[Skipped]) -> list[Json]:
    """As JSON: path and reason."""
    return [{**json_path(one.path), "reason": one.reason.value} for one in skipped]
