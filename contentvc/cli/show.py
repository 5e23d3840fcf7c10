"""``contentvc show``: a commit with its changes, or content as of a version."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from contentvc.actions.content import ContentDiff, stored_diff
from contentvc.actions.log import changes_of, refs_by_commit
from contentvc.actions.needed import bring_versions
from contentvc.actions.notes import notes_of
from contentvc.actions.ruling import RulesOf, rules_in
from contentvc.changes.files import FileChange
from contentvc.cli.changes import change_json, change_lines
from contentvc.cli.commits import commit_json, commit_lines
from contentvc.cli.complete import revision_paths
from contentvc.cli.diffs import diff_lines
from contentvc.cli.documents import Document
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.reading import print_found
from contentvc.cli.session import Session
from contentvc.history.revisions import split_path
from contentvc.ids import ObjectId, short
from contentvc.repository import Repository
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.commit import Commit

__all__ = ["EXAMPLES", "show"]

EXAMPLES: Final = (
    ("contentvc show", "the last commit and what it changed"),
    ("contentvc show v1 --stat", "how much the commit tagged v1 changed in which file"),
    ("contentvc show main~2:prompts/a.md", "a file as it was two commits ago"),
)
_SHOWN: Final = 50
"""Changes listed before the diffs; the diffs themselves are complete."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A commit, and its changes against its first parent."""

    repository: Repository
    id: ObjectId
    commit: Commit
    refs: tuple[str, ...]
    changes: tuple[FileChange, ...]
    notes: Attributes
    rules: RulesOf

    def content(self, change: FileChange) -> ContentDiff:
        """What changed inside one file."""
        return stored_diff(self.repository, change, self.rules)


def show(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="[REV[:PATH]]",
            help="A commit, or a file or folder of one.",
            autocompletion=revision_paths,
            show_default=False,
        ),
    ] = "HEAD",
    stat: Annotated[
        bool, typer.Option("--stat", help="How much changed in which file, not what.")
    ] = False,
) -> None:
    """Show who recorded a commit, when and why, and what it changed against its first parent.

    With a path, show that file's bytes, as `cat` does, or that folder's names, as `ls` does.
    """
    session = Session.of(ctx)
    session.page()
    context = session.context
    if split_path(target)[1] is not None:
        print_found(session, target)
        return
    identifier = context.resolve(target)
    commit = context.repository.commit(identifier)
    shown = _Shown(
        repository=context.repository,
        id=identifier,
        commit=commit,
        refs=refs_by_commit(context).get(identifier, ()),
        changes=changes_of(context.repository, commit),
        rules=rules_in(context.repository, commit.tree),
        notes=notes_of(context.repository, identifier),
    )
    bring_versions(context.repository, shown.changes)
    session.emit(shown, _stat if stat else _text, _json)


def _text(shown: _Shown, screen: Screen) -> Iterator[str]:
    yield from _heading(shown, screen)
    if len(shown.changes) > 1:
        yield ""
        yield from change_lines(shown.changes, screen, _SHOWN)
    for change in shown.changes:
        yield ""
        yield from diff_lines(change, shown.content(change), screen)


def _stat(shown: _Shown, screen: Screen) -> Iterator[str]:
    from contentvc.cli.stat import stat_lines

    yield from _heading(shown, screen)
    if shown.changes:
        yield ""
    yield from stat_lines(((one, shown.content(one)) for one in shown.changes), screen)


def _heading(shown: _Shown, screen: Screen) -> Iterator[str]:
    yield from commit_lines(shown.id, shown.commit, shown.refs, screen, shown.notes)
    if len(shown.commit.parents) > 1:
        first = short(shown.commit.parents[0])
        yield ""
        yield screen.paint(f"changes against its first parent {first}", Tone.HINT)


def _json(shown: _Shown) -> Document:
    from contentvc.cli.terms import counted_json

    changes = [
        {**change_json(one), "terms": counted_json(shown.content(one))} for one in shown.changes
    ]
    return {**commit_json(shown.id, shown.commit, shown.notes), "changes": changes}
