"""``contentvc ls``: what a folder holds as of a version."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.read import Listed, find, listing
from contentvc.cli.changes import MODE_WORDS
from contentvc.cli.complete import revision_paths
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.reading import found_json, listed_json, listed_line
from contentvc.cli.session import Session
from contentvc.cli.units import size
from contentvc.errors import Missing
from contentvc.history.revisions import split_path
from contentvc.ids import short
from contentvc.repository import Repository
from contentvc.snapshots.tree import Mode

__all__ = ["EXAMPLES", "ls"]

EXAMPLES: Final = (
    ("contentvc ls", "the current folder as last recorded"),
    ("contentvc ls -l v1:evals", "a folder as of v1, with modes, sizes and ids"),
    ("contentvc ls -r HEAD:", "all files, from the root"),
)
_MODE: Final = max(map(len, MODE_WORDS.values()))
_SIZE: Final = len("999 bytes")


def ls(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="[REV[:PATH]]",
            help="A version, and a folder or file of it.",
            autocompletion=revision_paths,
            show_default=False,
        ),
    ] = "HEAD",
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="All files below, instead of folders.")
    ] = False,
    long: Annotated[
        bool,
        typer.Option("-l", "--long", help="Modes, sizes and ids too; a folder's with all in it."),
    ] = False,
) -> None:
    """List a folder as of a version: without PATH the current one, and the root as REV: says."""
    session = Session.of(ctx)
    if split_path(target)[1] is None:
        target += ":."
    found = find(session.context, target, session.standing)
    entries = listing(session.context, found, recursive=recursive)
    rows = _Long(session.repository).lines if long else _names
    session.output.emit_each("entries", entries, rows, listed_json, found_json(found))


def _names(one: Listed, screen: Screen) -> Iterator[str]:
    yield listed_line(one, screen)


class _Long:
    """Renders with all that is known; the columns have fixed widths, so nothing is held back."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def lines(self, one: Listed, screen: Screen) -> Iterator[str]:
        """One line."""
        entry = one.entry
        mode, octets = f"{MODE_WORDS[entry.mode]:<{_MODE}}", f"{size(entry.size):>{_SIZE}}"
        identifier = screen.paint(short(entry.id), Tone.NAME)
        yield f"{mode}  {octets}  {identifier}  {listed_line(one, screen)}{self._target(one)}"

    def _target(self, one: Listed) -> str:
        if one.entry.mode is not Mode.SYMLINK:
            return ""
        try:
            return f" -> {escape(self._repository.blob_here(one.entry.id))}"
        except Missing as error:
            if error.code != "elsewhere":
                raise
            return ""
