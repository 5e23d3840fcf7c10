"""``contentvc verify``: whether everything that was recorded can be read back."""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage
from contentvc.ids import SHORT_DIGITS, short
from contentvc.upkeep.verify import Problem, Verdict
from contentvc.upkeep.verify import verify as examine

if TYPE_CHECKING:
    from contentvc.upkeep.repair_log import Mended

__all__ = ["EXAMPLES", "verify"]

EXAMPLES: Final = (
    ("contentvc verify", "read every object again and check it"),
    ("contentvc verify --quick", "only the structure: much quicker, and sees less"),
    ("contentvc verify --repair ../backup", "take what is damaged from a copy, then check"),
)
_IDS: Final = frozenset({"object", "pack"})
"""Kinds of things whose names are ids, which people read shortened."""
_PATHS: Final = 10
"""Paths listed for one damaged object."""


def verify(
    ctx: typer.Context,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read log, commits and trees, not the content.")
    ] = False,
    copy: Annotated[
        str | None,
        typer.Option(
            "--repair", metavar="FROM", help="Take what is damaged from this copy of it, first."
        ),
    ] = None,
) -> None:
    """Check the log, the packs and everything that branches, tags and workspaces lead to.

    Exits with 1 when something is damaged, and names the commits and paths it touches. A damaged
    cache is told of and does no harm: the next command that writes makes it anew. FROM is another
    copy of the same repository, which is only read: a working tree, or a repository's folder.
    """
    session = Session.of(ctx)
    if session.options.at_operation is not None:
        raise Usage("usage", "verify looks at all there is", "drop --at-operation")
    mended = [] if copy is None else _repaired(session, copy)
    repository, progress = session.repository, session.progress
    total = sum(pack.length for pack in repository.view.packs.values())
    progress.start(len(repository.view.packs), total, "Verifying packs")
    verdict = examine(repository, quick=quick, advance=lambda length: progress.advance(1, length))
    progress.finish()
    session.emit(
        verdict,
        lambda one, screen: [*_mended_lines(mended, screen), *_text(one, screen)],
        lambda one: {**_json(one), "repaired": [_mended_json(each) for each in mended]},
    )
    if not verdict.ok:
        raise typer.Exit(1)


def _repaired(session: Session, copy: str) -> "list[Mended]":
    from contentvc.actions.repair import repair

    folder = os.path.join(session.here, os.fsencode(copy))
    actor = session.author()
    return repair(session.place, folder, session.clockwork, actor, session.arguments)


def _mended_lines(mended: "Sequence[Mended]", screen: Screen) -> Iterator[str]:
    if not mended:
        return
    done = [one for one in mended if not one.trouble]
    yield f"repaired {_counted(done)}"
    for one in mended:
        if one.trouble:
            name = screen.paint(_short(one.what, one.name), Tone.NAME)
            yield f"  not repaired: {one.what} {name}  {escape(one.trouble)}"
    yield ""


def _counted(mended: "Sequence[Mended]") -> str:
    kinds = sorted({one.what for one in mended})
    told = [count(sum(one.what == kind for one in mended), kind) for kind in kinds]
    return ", ".join(told) or "nothing"


def _short(what: str, name: str) -> str:
    return escape(name[:SHORT_DIGITS] if what in _IDS else name)


def _mended_json(one: "Mended") -> Json:
    return {"what": one.what, "name": one.name, "trouble": one.trouble}


def _text(verdict: Verdict, screen: Screen) -> Iterator[str]:
    serious = [problem for problem in verdict.problems if not problem.is_cache]
    caches = [problem for problem in verdict.problems if problem.is_cache]
    seen = (
        f"{count(verdict.objects, 'object')} in {count(verdict.packs, 'pack')} "
        f"({size(verdict.bytes)}), {count(verdict.operations, 'operation')}"
    )
    if serious:
        told = screen.paint(f"damaged: {count(len(serious), 'problem')}", Tone.CONFLICT)
        yield f"{told} in {seen}"
    else:
        yield f"all is sound: {seen}"
    if verdict.elsewhere:
        where = ", ".join(map(escape, verdict.holders))
        told = f"{count(verdict.elsewhere, 'content')} of files not here, but at {where}"
        yield screen.paint(told, Tone.HINT)
    yield from _groups(serious, screen)
    for problem in caches:
        yield screen.paint(
            f"a cache is damaged and will be made anew: {escape(problem.name)}", Tone.HINT
        )


def _groups(problems: Sequence[Problem], screen: Screen) -> Iterator[str]:
    ordered = sorted(problems, key=lambda problem: problem.what)
    for what, group in groupby(ordered, key=lambda problem: problem.what):
        yield ""
        yield f"{what}:"
        for problem in group:
            name = _short(what, problem.name)
            yield f"  {screen.paint(name, Tone.NAME)}  {escape(problem.message)}"
            yield from _touched(problem, screen)


def _touched(problem: Problem, screen: Screen) -> Iterator[str]:
    for one in problem.touches[:_PATHS]:
        what = screen.path(one.path) if one.path else "the commit itself"
        yield f"    touches {what} in commit {short(one.commit)}"
    if problem.touches[_PATHS:]:
        yield "    and more"


def _json(verdict: Verdict) -> Document:
    return {
        "ok": verdict.ok,
        "objects": verdict.objects,
        "packs": verdict.packs,
        "operations": verdict.operations,
        "bytes": verdict.bytes,
        "elsewhere": {"contents": verdict.elsewhere, "remotes": list(verdict.holders)},
        "problems": [_problem_json(problem) for problem in verdict.problems],
    }


def _problem_json(problem: Problem) -> Json:
    return {
        "what": problem.what,
        "name": problem.name,
        "message": problem.message,
        "cache": problem.is_cache,
        "touches": [{"commit": one.commit.hex(), **json_path(one.path)} for one in problem.touches],
    }
