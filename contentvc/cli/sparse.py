"""``contentvc workspace sparse``: which files of the version are in the working tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contentvc.actions.sparse import SparseReport, set_sparse, sparse_here, sparse_paths
from contentvc.cli.covered import sparse_json, sparse_line
from contentvc.cli.documents import Document, json_path
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage

__all__ = ["SparseOptions", "change_sparse"]

_SHOWN: Final = 3
"""Paths that a refusal names."""


@dataclass(frozen=True, slots=True)
class SparseOptions:
    """What is to become of the sparse set."""

    sets: tuple[str, ...] = ()
    add: bool = False
    remove: bool = False
    everything: bool = False

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return bool(self.sets) or self.add or self.remove or self.everything


def change_sparse(session: Session, words: Sequence[str], options: SparseOptions) -> None:
    """Show the sparse set, or have these paths in it, more, fewer, or everything."""
    if not words and not options.given:
        session.emit(sparse_here(session.context), _shown_lines, _json)
        return
    if session.options.at_operation is not None:
        raise _wrong("sparse changes the working tree as it is; drop --at-operation")
    if options.add + options.remove + options.everything > 1:
        raise _wrong("--add, --remove and --everything exclude one another")
    if options.everything and (words or options.sets):
        raise _wrong("--everything takes no paths")
    if not words and not options.sets and not options.everything:
        raise _wrong("name paths, or content sets with --set")
    report = set_sparse(session.context, _wanted(session, words, options))
    session.announce(report, _lines, _changed_json)


def _wanted(session: Session, words: Sequence[str], options: SparseOptions) -> tuple[bytes, ...]:
    if options.everything:
        return ()
    context = session.context
    given = paths_of(session, words)
    if b"" in given:
        raise _wrong("the root is everything: --everything")
    now = context.place.sparse
    if (options.add or options.remove) and not now:
        raise _wrong("everything is here; name what is to stay without --add and --remove")
    known = tuple(path for path in given if options.remove and path in now)
    rest = [path for path in given if path not in known]
    chosen = (*known, *sparse_paths(context.repository, context.base_tree(), rest, options.sets))
    if not options.remove:
        return (*now, *chosen) if options.add else chosen
    left = tuple(path for path in now if path not in chosen)
    unknown = [path for path in chosen if path not in now]
    if unknown:
        shown = unknown[0].decode("utf-8", "replace")
        raise _wrong(f"{shown} is not in the sparse set; it has: {_named(now)}")
    if not left:
        raise _wrong("nothing would be left; name what is to stay, or --everything")
    return left


def _named(paths: Sequence[bytes]) -> str:
    names = [path.decode("utf-8", "replace") for path in paths[:_SHOWN]]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(names) + more


def _shown_lines(report: SparseReport, screen: Screen) -> Iterator[str]:
    if not report.paths:
        yield f"everything is here: {size(report.recorded)}"
        return
    yield f"{size(report.size)} of {size(report.recorded)} are here:"
    yield from (f"  {screen.path(path)}" for path in report.paths)


def _lines(report: SparseReport, screen: Screen) -> Iterator[str]:
    what = "everything is here"
    if report.paths:
        what = sparse_line(report.paths, report.size, report.recorded, screen)
    moved = [
        f"{count(number, 'file')} {word}"
        for number, word in ((report.brought, "brought here"), (report.removed, "taken away"))
        if number
    ]
    yield f"{what}; {', '.join(moved) or 'no file moved'}"
    if report.stays:
        kept = count(len(report.stays), "file")
        yield f"{kept} outside of it, not recorded or edited there before, stayed"


def _json(report: SparseReport) -> Document:
    return {"sparse": sparse_json(report.paths, report.size, report.recorded)}


def _changed_json(report: SparseReport) -> Document:
    return {
        **_json(report),
        "brought": report.brought,
        "removed": report.removed,
        "kept": [json_path(path) for path in report.stays],
    }


def _wrong(message: str) -> Usage:
    return Usage("usage", message, "see: contentvc workspace --help")
