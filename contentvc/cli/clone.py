"""``contentvc clone``: a repository that lies elsewhere, here."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

import typer

from contentvc.actions.clone import CloneReport, CloneRequest, Surroundings, folder_of
from contentvc.actions.clone import clone as make
from contentvc.actions.read import normal
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.transfer import transfer_json, transferred
from contentvc.cli.units import count, size
from contentvc.errors import Usage
from contentvc.history.names import BRANCH
from contentvc.ids import short

__all__ = ["EXAMPLES", "clone"]

EXAMPLES: Final = (
    ("contentvc clone /mnt/team/evals", "from a shared folder, into the folder evals"),
    ("contentvc clone s3://bucket/evals work", "from a bucket, into the folder work"),
    ("contentvc clone s3://bucket/evals --lazy", "history now, old content when it is needed"),
    ("contentvc clone /mnt/team/evals --path prompts", "with the files of one folder alone"),
)


def clone(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="A path, file://, s3://, gs:// or az://.", show_default=False
        ),
    ],
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]", help="The new folder; the last part of URL.", show_default=False
        ),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("-b", "--branch", metavar="B", help="The branch, or a tag to look at."),
    ] = None,
    lazy: Annotated[
        bool, typer.Option("--lazy", help="Leave content there until it is needed.")
    ] = False,
    paths: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="P", help="Only this folder or file; may be repeated."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="S", help="Only files of this content set; likewise."),
    ] = None,
) -> None:
    """Get a repository from a folder or bucket, with its history, and check out a branch.

    The place becomes the remote origin. Interrupted, the same command goes on where it ended.
    With --lazy, commits and folders come now, and of the content what is checked out; the rest
    comes when a command needs it. With --path and --set only some files are in the working tree;
    `contentvc workspace sparse` changes which.
    """
    session = Session.of(ctx)
    session.check_current("clone")
    name = folder if folder is not None else folder_of(url)
    if not name:
        raise Usage("usage", f"{escape(url)} does not say what to call the folder", "give DIR")
    request = CloneRequest(
        url=url,
        root=os.path.realpath(os.path.join(session.here, os.fsencode(name))),
        branch=branch,
        lazy=lazy,
        paths=tuple(normal(path, b"") for path in paths or ()),
        sets=tuple(sets or ()),
    )
    world = Surroundings(
        clockwork=session.clockwork,
        who=session.author,
        command=session.arguments,
        variables=session.edge.variables,
        here=session.here,
        context=session.context_of,
    )
    session.announce(make(request, world), partial(_text, here=session.here), _json)


def _text(report: CloneReport, screen: Screen, here: bytes) -> Iterator[str]:
    where = escape(os.path.relpath(report.place.root, here))
    told = f"cloned into {where}{transferred(report.objects, report.bytes, report.seconds)}"
    yield f"{told}; {_standing(report, screen)}"
    if report.lazy:
        hint = "content that is not here comes when it is needed"
        yield screen.paint(hint, Tone.HINT)
    if report.place.sparse:
        yield screen.paint("only some files are here: contentvc workspace sparse", Tone.HINT)


def _standing(report: CloneReport, screen: Screen) -> str:
    if report.commit is None:
        return "it has no commits yet"
    name = short(report.commit)
    if report.ref is not None:
        name = f"{escape(report.ref.removeprefix(BRANCH))} {name}"
    files = f"{count(report.files, 'file')}, {size(report.size)}"
    return f"[{screen.paint(name, Tone.NAME)}] {files}"


def _json(report: CloneReport) -> Document:
    place = report.place
    sparse: Json = [json_path(path) for path in place.sparse]
    return {
        **json_path(place.root),
        "location": report.location,
        "branch": None if report.ref is None else report.ref.removeprefix(BRANCH),
        "commit": report.commit.hex() if report.commit else None,
        "workspace": place.workspace.hex(),
        "lazy": report.lazy,
        "sparse": sparse,
        "files": report.files,
        "size": report.size,
        "resumed": report.resumed,
        **transfer_json(report.objects, report.bytes, report.seconds),
    }
