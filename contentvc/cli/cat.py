"""``contentvc cat``: a file's bytes as of a version, or one item of it."""

from typing import Annotated, Final

import typer

from contentvc.actions.read import find
from contentvc.cli.complete import revision_paths
from contentvc.cli.reading import print_content, print_named
from contentvc.cli.session import Session
from contentvc.errors import Usage
from contentvc.history.revisions import split_path

__all__ = ["EXAMPLES", "cat"]

EXAMPLES: Final = (
    ("contentvc cat HEAD:prompts/a.md", "as last recorded"),
    ("contentvc cat v1:data.jsonl | wc -l", "the bytes are those that were recorded, unchanged"),
    ("contentvc cat main~3:./a.md", "relative to the folder you are in"),
    ("contentvc cat v1:evals/cases.jsonl#17", "the record with the key 17, as it is written"),
)


def cat(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="REV:PATH[#ITEM]",
            help="A version and a file, or an item of it; without REV, HEAD.",
            autocompletion=revision_paths,
        ),
    ],
) -> None:
    """Write a file's bytes as of a version to standard output, unchanged.

    PATH is relative to the root, or to the current folder when it begins with ./ or ../. ITEM is a
    record by its key, or a value by its path: it is written as it stands in the file, and a newline
    after a value. A file whose name has # in it is never split.
    """
    session = Session.of(ctx)
    if not split_path(target)[1]:
        raise Usage("usage", f"{target!r} names no file", "write REV:PATH, as in HEAD:a.txt")
    if "#" in target:
        print_named(session, target)
    else:
        print_content(session, find(session.context, target, session.standing))
