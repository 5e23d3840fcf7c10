"""``contentvc export``: a version as a folder or an archive."""

import os
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.export import (
    ExportReport,
    ExportRequest,
    Format,
    Tools,
    exported_parts,
    format_of,
)
from contentvc.actions.export import export as write
from contentvc.cli.complete import revisions
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.options import SetNames
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage

__all__ = ["EXAMPLES", "export"]

EXAMPLES: Final = (
    ("contentvc export v1 ../v1", "all files of a version, as a folder"),
    ("contentvc export HEAD corpus.tar.zst corpus", "one folder, as an archive"),
    ("contentvc export HEAD evals.zip --set evals", "one content set, as it declares itself"),
    ("contentvc export main - prompts | ssh server tar -x", "through a pipe"),
)
_STDOUT: Final = "-"

_Dest = Annotated[
    str,
    typer.Argument(
        metavar="DEST",
        help="A new folder, or a file that ends in .tar, .tar.zst or .zip; - is standard output.",
    ),
]


def export(
    ctx: typer.Context,
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="A version.", autocompletion=revisions)
    ],
    dest: _Dest,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]…", help="Only these files and folders.", show_default=False
        ),
    ] = None,
    sets: SetNames = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="What to write, whatever DEST is called.")
    ] = None,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="FOLDER/", help="Put everything below it.")
    ] = "",
    force: Annotated[
        bool, typer.Option("-f", "--force", help="Replace a file, or an empty folder, DEST.")
    ] = False,
    skip_purged: Annotated[
        bool, typer.Option("--skip-purged", help="Leave out what was purged.")
    ] = False,
) -> None:
    """Write a version without its history: the same bytes each time, on every machine.

    Files are sorted, belong to nobody and have the time of the version. A .zip is not compressed;
    a .tar.zst depends on the version of zstd, the archive in it does not. DEST gets its name when
    it is complete.
    """
    session = Session.of(ctx)
    context = session.context
    version, tree = context.version(revision)
    request = ExportRequest(
        tree=tree,
        time=0 if version == tree else context.repository.commit(version).time,
        paths=paths_of(session, paths),
        sets=tuple(sets or ()),
        prefix=os.fsencode(prefix),
        skip_purged=skip_purged,
    )
    if dest == _STDOUT:
        _print(session, request, form or Format.TAR)
        return
    report = write(
        context.repository,
        request,
        os.path.normpath(os.path.join(session.here, os.fsencode(dest))),
        form or format_of(dest),
        Tools(context.workers, session.progress, is_mac=context.is_mac),
        force=force,
    )
    session.announce(
        report, lambda one, screen: _lines(one, dest, screen), lambda one: _json(one, dest)
    )


def _print(session: Session, request: ExportRequest, form: Format) -> None:
    if session.options.json:
        raise Usage("usage", "an archive and a document do not go to one place", "drop --json")
    repository = session.repository
    parts, skipped = exported_parts(repository, request, form, session.progress)
    session.output.write(parts)
    for path in skipped:
        session.output.note(f"left out, since it was purged: {escape(path)}")


def _lines(report: ExportReport, dest: str, screen: Screen) -> Iterator[str]:
    yield f"exported {count(report.files, 'file')} ({size(report.size)}) to {escape(dest)}"
    for path in report.skipped:
        yield f"left out, since it was purged: {screen.path(path)}"


def _json(report: ExportReport, dest: str) -> Document:
    return {
        **json_path(os.fsencode(dest)),
        "format": report.format.value,
        "files": report.files,
        "size": report.size,
        "digest": report.digest,
        "skipped": [json_path(path) for path in report.skipped],
    }
