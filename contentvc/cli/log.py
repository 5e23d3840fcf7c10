"""``contentvc log``: the history."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contentvc.actions.log import LogEntry, LogRequest, graph_log
from contentvc.actions.log import log as history
from contentvc.cli.changes import change_json
from contentvc.cli.commits import commit_json, commit_line, commit_lines
from contentvc.cli.complete import revisions_then_files
from contentvc.cli.documents import Json
from contentvc.cli.options import SetNames
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.cli.words import told_apart
from contentvc.errors import Usage
from contentvc.repository import Repository

if TYPE_CHECKING:
    from contentvc.cli.graph import Graph

__all__ = ["EXAMPLES", "log"]

EXAMPLES: Final = (
    ("contentvc log -n 5 --stat", "the last five commits, and how much each changed"),
    ("contentvc log --graph --oneline --all", "all branches as a graph"),
    ("contentvc log main..terse evals", "what terse has and main has not, in evals"),
    ("contentvc log --set evals --oneline", "the commits that touched a content set"),
    ('contentvc log -p --since "2 weeks ago" -- prompts/a.md', "one file, also under old names"),
)
_Sections = Callable[[LogEntry, Screen], Iterator[str]]

_Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REV] [--] [PATHS]…",
        help="A revision or a range, HEAD; only commits that change PATHS.",
        autocompletion=revisions_then_files,
        show_default=False,
    ),
]
_AllRefs = Annotated[bool, typer.Option("--all", help="From every branch and tag, not only HEAD.")]
_Since = Annotated[
    str, typer.Option("--since", "--after", metavar="TIME", help="Not older.", show_default=False)
]
_Until = Annotated[
    str,
    typer.Option("--until", "--before", metavar="TIME", help="Not younger.", show_default=False),
]


def log(
    ctx: typer.Context,
    words: _Words = None,
    sets: SetNames = None,
    most: Annotated[
        int | None,
        typer.Option("-n", "--max-count", metavar="N", min=0, help="At most so many commits."),
    ] = None,
    oneline: Annotated[bool, typer.Option("--oneline", help="A line for each commit.")] = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw how the commits follow one another.")
    ] = False,
    all_refs: _AllRefs = False,
    stat: Annotated[
        bool, typer.Option("--stat", help="How much each commit changed in which file.")
    ] = False,
    patch: Annotated[bool, typer.Option("-p", "--patch", help="What each commit changed.")] = False,
    since: _Since = "",
    until: _Until = "",
    author: Annotated[
        str,
        typer.Option("--author", metavar="REGEX", help="The author fits it.", show_default=False),
    ] = "",
    grep: Annotated[
        str,
        typer.Option("--grep", metavar="REGEX", help="The message fits it.", show_default=False),
    ] = "",
) -> None:
    """Show the commits that lead to HEAD, or to REV, newest first.

    A range A..B is what B has and A has not. The history of one file goes on under its old
    names. Changes are those against the first parent. Content sets are those of the working tree;
    with REV, those of that version.
    """
    session = Session.of(ctx)
    session.page()
    meant = told_apart(session, words, 1)
    if all_refs and meant.revisions:
        raise Usage("usage", "--all and a revision contradict each other", "give one of them")
    request = LogRequest(
        revision=meant.revisions[0] if meant.revisions else "HEAD",
        all_refs=all_refs,
        paths=meant.paths,
        sets=tuple(sets or ()),
        most=most,
        since=since,
        until=until,
        author=author,
        grep=grep,
        with_changes=stat or patch,
    )
    entries = (graph_log if graph else history)(session.context, request)
    pages = _Pages(
        oneline=oneline,
        graph=_graph(session.output.screen) if graph else None,
        sections=_sections(session.repository, stat=stat, patch=patch),
    )
    session.output.emit_each(
        "commits", entries, pages.lines, _json_with if stat or patch else _json
    )


def _graph(screen: Screen) -> "Graph":
    from contentvc.cli.graph import UNICODE, Graph

    def drawn(sign: str, line: int) -> str:
        shown = sign.translate(UNICODE) if screen.has_lines else sign
        return shown if sign == "*" else screen.palette.paint_line(shown, line)

    return Graph(drawn)


def _sections(repository: Repository, *, stat: bool, patch: bool) -> Sequence[_Sections]:
    """What is shown of each commit below its message."""
    if not stat and not patch:
        return ()  # comparing contents takes a while to import
    from contentvc.actions.content import ContentDiff, stored_diff
    from contentvc.actions.needed import bring_versions
    from contentvc.actions.ruling import rules_in
    from contentvc.changes.files import FileChange
    from contentvc.cli.diffs import diff_lines
    from contentvc.cli.stat import stat_lines

    def contents(entry: LogEntry) -> Iterator[tuple[FileChange, ContentDiff]]:
        rules = rules_in(repository, entry.commit.tree)
        bring_versions(repository, entry.changes)
        return ((change, stored_diff(repository, change, rules)) for change in entry.changes)

    def stats(entry: LogEntry, screen: Screen) -> Iterator[str]:
        return stat_lines(contents(entry), screen)

    def patches(entry: LogEntry, screen: Screen) -> Iterator[str]:
        for change, content in contents(entry):
            yield from diff_lines(change, content, screen)

    return [section for section, wanted in ((stats, stat), (patches, patch)) if wanted]


class _Pages:
    """Renders one commit after the other, with what stands between two."""

    def __init__(
        self, *, oneline: bool, graph: "Graph | None", sections: Sequence[_Sections]
    ) -> None:
        self._oneline = oneline
        self._graph = graph
        self._sections = sections
        self._is_first = True

    def lines(self, entry: LogEntry, screen: Screen) -> Iterator[str]:
        """The lines of a commit."""
        if not self._is_first and not self._oneline:
            yield self._graph.margin if self._graph else ""
        self._is_first = False
        if self._graph:
            yield from self._graph.beside(entry.id, entry.links, list(self._bare(entry, screen)))
        else:
            yield from self._bare(entry, screen)

    def _bare(self, entry: LogEntry, screen: Screen) -> Iterator[str]:
        if self._oneline:
            yield commit_line(entry.id, entry.commit, entry.refs, screen)
        else:
            yield from commit_lines(entry.id, entry.commit, entry.refs, screen, entry.notes)
        for section in self._sections if entry.changes else ():
            if not self._oneline:
                yield ""
            yield from section(entry, screen)


def _json(entry: LogEntry) -> Json:
    return commit_json(entry.id, entry.commit, entry.notes)


def _json_with(entry: LogEntry) -> Json:
    changes = [change_json(change) for change in entry.changes]
    return {**commit_json(entry.id, entry.commit, entry.notes), "changes": changes}
