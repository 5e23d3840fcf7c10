"""``contentvc conflicts``: shows what a merge could not decide."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc.actions.conflicts import ConflictsReport, list_conflicts
from contentvc.changes.conflicts import PathConflict, Version
from contentvc.cli.changes import entry_json
from contentvc.cli.complete import conflicts as paths_in_conflict
from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape, escape_line
from contentvc.cli.given import paths_of
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.progressing import REASONS, conflict_line, ways_on
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.formats.contract import ItemConflict

__all__ = ["EXAMPLES", "conflicts"]

EXAMPLES: Final = (
    ("contentvc conflicts", "every conflict, with the lines of all sides"),
    ("contentvc conflicts prompts", "only those below prompts"),
    ("contentvc conflicts --json", "the same for programs, whole"),
)
_SHOWN: Final = 12
"""Lines of one version of one item."""


def conflicts(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]…",
            help="Only these.",
            autocompletion=paths_in_conflict,
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the conflicts that are left: what was there before, what we have, what they have.

    They are told as the merge found them, whatever the files hold by now.
    """
    session = Session.of(ctx)
    session.emit(list_conflicts(session.context, paths_of(session, paths)), _text, _json)


def _text(report: ConflictsReport, screen: Screen) -> Iterator[str]:
    if report.merging is None:
        yield "no conflicts: nothing is in progress"
        return
    if not report.conflicts:
        yield "no conflicts are left"
    for conflict in report.conflicts:
        yield f"{conflict_line(conflict.path, screen)}  {REASONS[conflict.kind.value]}"
        yield from _versions(conflict, screen)
        for item in conflict.items:
            yield from _item(item, screen.path(conflict.path), screen)
    yield ""
    yield from ways_on(report.merging, screen)


def _versions(conflict: PathConflict, screen: Screen) -> Iterator[str]:
    """Size and name of each version, where there are no lines to show."""
    if conflict.items:
        return
    rows = []
    for name, version in (
        ("base", conflict.base),
        ("ours", conflict.ours),
        ("theirs", conflict.theirs),
    ):
        told = "not there"
        if version is not None:
            told = f"{size(version.entry.size)}  {screen.path(version.path)}"
        rows.append([f"    {name}", told])
    yield from aligned(rows)


def _item(item: ItemConflict, path: str, screen: Screen) -> Iterator[str]:
    """What can be decided alone is named as `resolve` takes it."""
    name = escape(item.item)
    yield screen.paint(f"    {name if item.path is None else f'{path}#{name}'}", Tone.HINT)
    rows: list[list[str]] = []
    for name, content, tone in (
        ("base", item.base, Tone.HINT),
        ("ours", item.ours, Tone.NAME),
        ("theirs", item.theirs, Tone.CHANGED),
    ):
        lines = [] if content is None else content.decode("utf-8", "replace").splitlines()
        shown = [escape_line(line) for line in lines[:_SHOWN]]
        if len(lines) > _SHOWN:
            shown.append(f"… and {count(len(lines) - _SHOWN, 'more line')}")
        if not shown:
            shown = ["(nothing)"]
        heads = [screen.paint(name, tone)] + [""] * len(shown)
        rows += [[f"    {head}", line] for head, line in zip(heads, shown, strict=False)]
    yield from aligned(rows)


def _json(report: ConflictsReport) -> Document:
    merging = report.merging
    return {
        "in_progress": merging.kind.value if merging is not None else None,
        "conflicts": [_conflict_json(conflict) for conflict in report.conflicts],
    }


def _conflict_json(conflict: PathConflict) -> dict[str, Json]:
    return {
        **json_path(conflict.path),
        "kind": conflict.kind.value,
        "base": _version_json(conflict.base),
        "ours": _version_json(conflict.ours),
        "theirs": _version_json(conflict.theirs),
        "also": [json_path(path) for path in conflict.also],
        "items": [_item_json(item) for item in conflict.items],
    }


def _version_json(version: Version | None) -> Json:
    if version is None:
        return None
    return {**json_path(version.path), **entry_json(version.entry)}


def _item_json(item: ItemConflict) -> dict[str, Json]:
    """Content that is not UTF-8 is told as paths are: with its bytes beside it."""
    told: dict[str, Json] = {"item": item.item, "alone": item.path is not None}
    for name, content in (("base", item.base), ("ours", item.ours), ("theirs", item.theirs)):
        told |= {name: None} if content is None else json_path(content, name)
    return told
