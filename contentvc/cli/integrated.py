"""Integrated: what came from a remote into this branch and the notes, as lines and as JSON."""

from collections.abc import Iterator

from contentvc.actions.integrate import Integrated
from contentvc.actions.notes_merge import NotesMerged
from contentvc.cli.documents import Json
from contentvc.cli.merge import merge_json, merge_lines
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.units import count

__all__ = ["integrated_json", "integrated_lines"]


def integrated_lines(report: Integrated, screen: Screen) -> Iterator[str]:
    """What the merge made, then the notes."""
    if report.merge is not None:
        yield from merge_lines(report.merge, screen)
    if report.notes is not None:
        yield "notes of others came in"
        yield from _clash_lines(report.notes, screen)


def _clash_lines(notes: NotesMerged, screen: Screen) -> Iterator[str]:
    if notes.clashes:
        told = count(len(notes.clashes), "commit")
        yield screen.paint(
            f"both noted something else on {told}, and one of them stands: "
            f"{', '.join(one[:12] for one in notes.clashes[:10])}",
            Tone.CONFLICT,
        )


def integrated_json(report: Integrated) -> dict[str, Json]:
    """The same for programs: members ``merge`` and ``notes_merge``, null where nothing came."""
    notes = report.notes
    return {
        "merge": None if report.merge is None else dict(merge_json(report.merge)),
        "notes_merge": None
        if notes is None
        else {
            "old": notes.old.hex() if notes.old else None,
            "new": notes.new.hex(),
            "clashes": list(notes.clashes),
        },
    }
