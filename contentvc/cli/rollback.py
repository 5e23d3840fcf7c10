"""``contentvc rollback``: a new commit whose content is that of an old one."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.actions.rollback import RollbackReport, RollbackRequest
from contentvc.actions.rollback import rollback as roll_back
from contentvc.cli.changes import change_json, change_lines
from contentvc.cli.complete import files, revisions
from contentvc.cli.documents import Document, json_path
from contentvc.cli.escape import escape
from contentvc.cli.given import paths_of
from contentvc.cli.options import Author, Message
from contentvc.cli.output import Screen
from contentvc.cli.overwriting import Discard, Force, overwritten_lines
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count
from contentvc.ids import short

__all__ = ["EXAMPLES", "rollback"]

EXAMPLES: Final = (
    ("contentvc rollback v1", "everything as it was in v1, as a new commit"),
    ("contentvc rollback HEAD~3 prompts", "only the folder prompts"),
)
_SHOWN: Final = 20


def rollback(
    ctx: typer.Context,
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="The version.", autocompletion=revisions)
    ],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]…", help="Only these.", autocompletion=files, show_default=False
        ),
    ] = None,
    message: Message = None,
    author: Author = None,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Record a new commit whose content, or that of PATHS, is that of REV. History stays.

    Uncommitted changes elsewhere come along. Other ways back: restore (files in my tree, no
    commit), revert (a new commit that takes one commit back), undo (takes back my last command).
    """
    session = Session.of(ctx)
    request = RollbackRequest(
        revision=revision,
        paths=paths_of(session, paths),
        message=message,
        author=session.author(author) if author else None,
        overwrite=Overwrite(force=force, discard=discard),
    )
    session.announce(roll_back(session.context, request), _text, _json)


def _text(report: RollbackReport, screen: Screen) -> Iterator[str]:
    branch = escape(report.branch) if report.branch else "detached"
    name = screen.paint(f"[{branch} {short(report.id)}]", Tone.NAME)
    subject = escape(report.commit.message.split("\n", 1)[0])
    yield f"{name} {subject}: {count(len(report.changes), 'file')} changed"
    yield from change_lines(report.changes, screen, _SHOWN)
    yield from overwritten_lines(report.overwritten, screen, saved=report.saved)


def _json(report: RollbackReport) -> Document:
    return {
        "commit": report.id.hex(),
        "tree": report.commit.tree.hex(),
        "parents": [parent.hex() for parent in report.commit.parents],
        "branch": report.branch,
        "source": report.source.hex(),
        "changes": [change_json(change) for change in report.changes],
        "overwritten": [json_path(path) for path in report.overwritten],
        "saved": report.saved,
    }
