"""Complete: what a Tab offers for branches, tags, revisions, paths and settings.

A completer is asked while somebody types. It answers quickly, from the view and one folder; it
prints nothing; and when there is no repository, or it is damaged, it has no answer.
"""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from contentvc.cli.session import Session

__all__ = [
    "branches",
    "branches_and_tags",
    "conflicts",
    "content_sets",
    "files",
    "remotes",
    "revision_paths",
    "revisions",
    "revisions_then_files",
    "settings",
    "switchable",
    "tags",
    "workspaces",
]

Completer = Callable[[typer.Context, str], list[str]]
Source = Callable[["Session", str], Iterator[str]]

_MOST: Final = 1000
"""Answers: nobody reads more, and shells get slow."""
_UNSAFE: Final = frozenset("\"'`$\\!;&|<>()[]{}*?#~")
"""What a shell might take for more than a letter.

Shells insert answers as they are, and zsh evaluates them. Names come from repositories, so such
a name is not offered; it can still be typed.
"""


def _completer(source: Source) -> Completer:
    """A completer of all that `source` finds, if it finds anything."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from contentvc.cli.options import Start
        from contentvc.cli.session import Session

        start = Start.of(ctx)
        try:
            found = source(Session(start.edge, start.options), incomplete)
            return sorted(_offered(found, incomplete))[:_MOST]
        except Exception:  # noqa: BLE001 - half a command line must not be answered with an error
            return []

    return complete


def _offered(found: Iterator[str], incomplete: str) -> set[str]:
    return {
        one
        for one in found
        if one.startswith(incomplete)
        and one.isprintable()
        and " " not in one
        and _UNSAFE.isdisjoint(one[len(incomplete) :])
    }


@_completer
def settings(_: "Session", incomplete: str) -> Iterator[str]:
    """Names of settings."""
    from contentvc.surroundings.settings import SETTINGS

    return (name for name in SETTINGS if name.startswith(incomplete))


@_completer
def branches(session: "Session", _: str) -> Iterator[str]:
    """Names of branches."""
    return _refs(session, "branch/")


@_completer
def tags(session: "Session", _: str) -> Iterator[str]:
    """Names of tags."""
    return _refs(session, "tag/")


@_completer
def branches_and_tags(session: "Session", _: str) -> Iterator[str]:
    """What can be pushed."""
    yield from _refs(session, "branch/")
    yield from _refs(session, "tag/")


@_completer
def remotes(session: "Session", _: str) -> Iterator[str]:
    """Names of remotes."""
    from contentvc.actions.upstreams import remote_names

    return iter(remote_names(session.place))


@_completer
def workspaces(session: "Session", incomplete: str) -> Iterator[str]:
    """Ids of workspaces, once a digit of one is typed; folders are what the shell offers itself."""
    if incomplete:
        from contentvc.ids import short

        yield from map(short, session.repository.view.workspaces)


@_completer
def content_sets(session: "Session", _: str) -> Iterator[str]:
    """Names of the content sets that the working tree declares."""
    from contentvc.actions.declared import declared_here

    for one in declared_here(session.context).sets:
        yield one.name


@_completer
def revisions(session: "Session", incomplete: str) -> Iterator[str]:
    """Branches, tags and HEAD, also as the end of a range."""
    before, dots, _ = _last_of(incomplete, ("...", ".."))
    for name in _revision_names(session):
        yield before + dots + name


@_completer
def switchable(session: "Session", _: str) -> Iterator[str]:
    """Revisions, and branches that only a remote has, by the names they would have here."""
    yield from _revision_names(session)
    for ref in session.repository.view.refs:
        if ref.startswith("remote/"):
            yield ref.split("/", 2)[2]


@_completer
def revision_paths(session: "Session", incomplete: str) -> Iterator[str]:
    """``REV:PATH``: first the revision, after its colon one folder at a time."""
    revision, colon, path = incomplete.partition(":")
    if not colon:
        yield from _revision_names(session)
        return
    for name in _stored_paths(session, revision, os.fsencode(path)):
        yield f"{revision}:{name}"


@_completer
def files(session: "Session", incomplete: str) -> Iterator[str]:
    """Recorded paths that are no longer on disk.

    For the others there is no answer on purpose: then the shell offers the files it sees itself,
    and it is better at it (quoting, and a slash after a folder).
    """
    start = os.path.join(session.here, os.fsencode(incomplete))
    folder, beginning = os.path.split(start)
    if any(_would_be_offered(one, beginning) for one in _names(folder)):
        return
    place = session.place
    below = os.path.relpath(os.path.realpath(folder), place.root)
    stored = b"" if below == b"." else below + b"/"
    typed = incomplete[: len(incomplete) - len(os.fsdecode(beginning))]
    for name in _stored_paths(session, "HEAD", stored + beginning):
        yield typed + name[len(os.fsdecode(stored)) :]


@_completer
def conflicts(session: "Session", _: str) -> Iterator[str]:
    """Files in conflict, as seen from where the person stands."""
    from contentvc.actions.merging import in_progress
    from contentvc.cli.paths import relative

    found = in_progress(session.repository, session.context.head)
    for row in found.merging.conflicts if found is not None else ():
        yield os.fsdecode(relative(row.path, session.standing))


def revisions_then_files(ctx: typer.Context, incomplete: str) -> list[str]:
    """Revisions; where none begins so, recorded paths as `files` has them."""
    return revisions(ctx, incomplete) or files(ctx, incomplete)


def _names(folder: bytes) -> list[bytes]:
    return os.listdir(folder) if os.path.isdir(folder) else []


def _would_be_offered(name: bytes, beginning: bytes) -> bool:
    """Whether a shell has this file as an answer of its own."""
    return name.startswith(beginning) and not (name.startswith(b".") and not beginning)


def _refs(session: "Session", prefix: str) -> Iterator[str]:
    for ref in session.repository.view.refs:
        if ref.startswith(prefix):
            yield ref[len(prefix) :]


def _revision_names(session: "Session") -> Iterator[str]:
    from contentvc.history.names import short_name

    yield "HEAD"
    for ref in session.repository.view.refs:
        yield short_name(ref)


def _stored_paths(session: "Session", revision: str, path: bytes) -> Iterator[str]:
    """Paths of a commit in the folder that `path` stands in; folders end with a slash."""
    from contentvc.snapshots.tree import Mode

    repository = session.repository
    *above, _ = path.split(b"/")
    tree = repository.commit(session.context.resolve(revision)).tree
    for name in above:
        tree = next(one.id for one in repository.entries(tree) if one.name == name)
    start = b"".join(name + b"/" for name in above)
    for entry in repository.entries(tree):
        end = b"/" if entry.mode is Mode.DIRECTORY else b""
        yield os.fsdecode(start + entry.name + end)


def _last_of(text: str, marks: tuple[str, ...]) -> tuple[str, str, str]:
    for mark in marks:
        if mark in text:
            before, _, after = text.rpartition(mark)
            return before, mark, after
    return "", "", text
