"""``contentvc diff``: what differs between two versions, or is not recorded yet."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

import typer

from contentvc.actions.content import ContentDiff
from contentvc.actions.context import Context
from contentvc.actions.diff import DiffReport, DiffRequest, bring_contents, content_of
from contentvc.actions.diff import diff as compare
from contentvc.changes.files import FileChange
from contentvc.cli.changes import change_json
from contentvc.cli.complete import revisions
from contentvc.cli.diff_as import Form, written_out
from contentvc.cli.diffs import diff_lines
from contentvc.cli.documents import Document, Json
from contentvc.cli.options import SetNames
from contentvc.cli.output import Output, Screen
from contentvc.cli.session import Session
from contentvc.cli.words import told_apart
from contentvc.errors import Usage

__all__ = ["EXAMPLES", "diff"]

EXAMPLES: Final = (
    ("contentvc diff", "what is not recorded yet"),
    ("contentvc diff main~3 evals --stat", "how much changed in evals since three commits ago"),
    ("contentvc diff main...terse-prompts", "what the branch changed since it left main"),
    ("contentvc diff v1 v2 --set evals", "one content set, whatever folders it is in"),
    ("contentvc diff v1 main --as jsonl", "one change a line, for programs"),
    ("contentvc diff v1 v2 --name-only --exit-code", "for scripts: exit code 1 if they differ"),
)


_MANY: Final = 1000
"""Files from which on starting processes to compare them costs little beside that."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A report, and what is needed to look inside its files."""

    context: Context
    report: DiffReport

    def contents(self) -> Iterator[tuple[FileChange, ContentDiff]]:
        for change in self.report.changes:
            yield change, content_of(self.context, self.report, change)


_Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[A [B]] [PATHS]…",
        help="Two versions, or a range; then only these files and folders.",
        autocompletion=revisions,
        show_default=False,
    ),
]


def diff(
    ctx: typer.Context,
    words: _Words = None,
    stat: Annotated[
        bool, typer.Option("--stat", help="How much changed in which file, not what.")
    ] = False,
    name_only: Annotated[bool, typer.Option("--name-only", help="Only the files.")] = False,
    sets: SetNames = None,
    form: Annotated[
        Form | None,
        typer.Option("--as", help="Write the changes out, for programs, or as a page."),
    ] = None,
    with_tests: Annotated[
        bool,
        typer.Option("--with-tests", help="json-patch: test each value before it is changed."),
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when something differs.")
    ] = False,
) -> None:
    """Show what changed: records by field, documents by value, text by line, the rest by bytes.

    Records are matched by the key of their content set, or by one that is found and named.
    Without versions: the working tree against the commit it stands on. With one: against that.
    A..B compares two commits, A...B what B changed since the two parted. Content sets are those
    of the newer side.

    --as writes the changes out: json-patch (RFC 6902) and merge-patch (RFC 7396) of documents and
    records, jsonl with one change a line, html as one page, lines by line whatever the format is.
    contentvc apply makes the changes of the first three.
    """
    session = Session.of(ctx)
    _check_alone(session, form, is_short=stat or name_only, with_tests=with_tests)
    if form in (None, Form.LINES):
        session.page()
    meant = told_apart(session, words, 2)
    given = (*meant.revisions, None, None)[:2]
    request = DiffRequest(given[0], given[1], meant.paths, tuple(sets or ()))
    report = compare(session.context, request)
    shown = _Shown(session.context, report)
    if not name_only:
        bring_contents(session.context, report)
    if form is not None:
        session.emit(shown, partial(_written, form=form, with_tests=with_tests), _names_json)
    elif name_only:
        session.emit(shown, _names, _names_json)
    elif stat:
        session.emit(shown, _stat, _stat_json)
    elif session.options.json or len(report.changes) < _MANY:
        lines = _Files().lines
        session.output.emit_each("changes", shown.contents(), lines, _json, _ends(report))
    else:
        _print_many(session.context, report, session.output)
    if exit_code and report.changes:
        raise typer.Exit(1)


def _check_alone(session: Session, form: Form | None, *, is_short: bool, with_tests: bool) -> None:
    if with_tests and form is not Form.JSON_PATCH:
        raise Usage("usage", "--with-tests belongs to --as json-patch", "drop it")
    if form is not None and (is_short or session.options.json):
        raise Usage(
            "usage",
            "--as says how changes are written; --stat, --name-only, --json too",
            "drop one",
        )


def _print_many(context: Context, report: DiffReport, output: Output) -> None:
    from contentvc.cli.diff_many import texts

    with closing(texts(context, report, output.screen)) as parts:
        output.emit_texts(parts)


def _written(shown: _Shown, screen: Screen, *, form: Form, with_tests: bool) -> Iterator[str]:
    return written_out(shown.context, shown.report, form, screen, with_tests=with_tests)


class _Files:
    """Renders one file after the other, with what stands between two."""

    def __init__(self) -> None:
        self._is_first = True

    def lines(self, one: tuple[FileChange, ContentDiff], screen: Screen) -> Iterator[str]:
        """What changed in a file."""
        if not self._is_first:
            yield ""
        self._is_first = False
        yield from diff_lines(*one, screen)


def _stat(shown: _Shown, screen: Screen) -> Iterator[str]:
    from contentvc.cli.stat import stat_lines

    yield from stat_lines(shown.contents(), screen)


def _names(shown: _Shown, screen: Screen) -> Iterator[str]:
    for change in shown.report.changes:
        yield screen.path(change.path)


def _ends(report: DiffReport) -> Document:
    return {
        "from": report.old.hex() if report.old else None,
        "to": report.new.hex() if report.new else None,
    }


def _json(one: tuple[FileChange, ContentDiff]) -> Json:
    from contentvc.cli.terms import terms_json

    change, content = one
    return {**change_json(change), "terms": terms_json(content)}


def _stat_json(shown: _Shown) -> Document:
    from contentvc.cli.terms import counted_json

    changes = [
        {**change_json(change), "terms": counted_json(content)}
        for change, content in shown.contents()
    ]
    return {**_ends(shown.report), "changes": changes}


def _names_json(shown: _Shown) -> Document:
    changes = [change_json(change) for change in shown.report.changes]
    return {**_ends(shown.report), "changes": changes}
