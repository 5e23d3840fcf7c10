"""``contentvc tag``: lists, makes and deletes tags."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Final

import typer

from contentvc.actions.branches import RefEntry, create_ref, delete_tag, list_refs
from contentvc.cli.complete import revisions, tags
from contentvc.cli.documents import Document
from contentvc.cli.output import Screen
from contentvc.cli.refs import moved_json, moved_lines, ref_json, ref_rows
from contentvc.cli.session import Session
from contentvc.errors import Usage
from contentvc.history.names import TAG

__all__ = ["EXAMPLES", "tag"]

EXAMPLES: Final = (
    ("contentvc tag v1", "name the current commit v1, for good"),
    ("contentvc tag baseline main~3", "name an earlier one"),
    ("contentvc tag -f indexed", "for marks of a job: at the current commit, wherever it was"),
    ("contentvc tag -v", "all tags with their commits"),
    ("contentvc tag -d baseline", "take a name away; the commit stays"),
)


def _names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The tag that is meant; after the name of a new one, the commit."""
    is_commit = bool(ctx.params.get("names")) and not ctx.params.get("delete")
    return (revisions if is_commit else tags)(ctx, incomplete)


def tag(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME [REV]]",
            help="A new tag and its commit (HEAD); or those to delete.",
            autocompletion=_names,
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="List commits, ages and subjects too.")
    ] = False,
    delete: Annotated[
        bool, typer.Option("-d", "--delete", help="Delete tags; their commits stay.")
    ] = False,
    force: Annotated[
        bool, typer.Option("-f", "--force", help="Move a tag that exists, in one step.")
    ] = False,
) -> None:
    """List tags, or make or delete them. A tag does not move by itself: it names one commit."""
    session = Session.of(ctx)
    given = tuple(names or ())
    if delete:
        if not given:
            raise Usage("usage", "-d needs the names of tags", "see: contentvc tag --help")
        moves = tuple(delete_tag(session.context, name) for name in given)
    elif not given:
        found = list_refs(session.context, TAG)
        session.emit(found, partial(_lines, details=verbose), _json)
        return
    elif len(given) > 2:
        raise Usage("usage", "a tag has one name and one commit", "see: contentvc tag --help")
    else:
        moves = (create_ref(session.context, TAG, given[0], (*given, "HEAD")[1], force=force),)
    session.announce(moves, partial(moved_lines, "tag"), moved_json)


def _lines(entries: Sequence[RefEntry], screen: Screen, *, details: bool) -> Iterator[str]:
    for line in ref_rows(entries, screen, details=details):
        yield line[2:]  # no tag is current


def _json(entries: Sequence[RefEntry]) -> Document:
    listed = [ref_json(entry) for entry in entries]
    kept = ("name", "commit", "subject", "time")
    return {"tags": [{key: one[key] for key in kept} for one in listed]}
