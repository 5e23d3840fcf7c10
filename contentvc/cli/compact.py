"""``contentvc compact``: fewer and smaller packs, and an end to what is past the undo window."""

import gc
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from contentvc import limits
from contentvc.actions.compact import CompactReport, preview
from contentvc.actions.compact import compact as run
from contentvc.actions.context import Context
from contentvc.cli.documents import Document
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.units import count, size
from contentvc.errors import Usage
from contentvc.surroundings.duration import duration

__all__ = ["EXAMPLES", "compact"]

EXAMPLES: Final = (
    ("contentvc compact --dry-run", "see what there is to gain; nothing is changed"),
    ("contentvc compact", "merge small packs; drop what is past the undo window"),
    ('contentvc compact --undo-window "7 days"', "let undo reach back a week only"),
)


def compact(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")
    ] = False,
    undo_window: Annotated[
        str | None,
        typer.Option(
            "--undo-window",
            metavar="DURATION",
            help="How far back undo reaches at least: 30 (days), 12 hours, 2 weeks …",
        ),
    ] = None,
) -> None:
    """Make the repository as small as it can be.

    Packs are merged and compressed better. What no branch, tag or workspace leads to is dropped
    once the operations that name it are past the undo window; the last 200 operations of each
    workspace always stay inside it. Nothing that is committed on a branch or tag ever goes. Other
    commands may run meanwhile. This cannot be undone.
    """
    session = Session.of(ctx)
    if session.options.at_operation is not None:
        raise Usage("usage", "compact changes the repository as it is", "drop --at-operation")
    text = undo_window if undo_window is not None else session.settings.text("compact.undo-window")
    window = limits.UNDO_WINDOW if text is None else duration(text)
    if dry_run:
        session.emit(preview(session.context, window), _preview_lines, _json)
    else:
        session.announce(_run(session.context, window), _lines, _json)


def _run(context: Context, window: int) -> CompactReport:
    gc.disable()  # millions of small objects and no cycles: looking for some takes an eighth
    try:
        return run(context, window)
    finally:
        gc.enable()


def _lines(report: CompactReport, screen: Screen) -> Iterator[str]:
    if not report.operations and not report.discarded:
        yield f"nothing to compact: {size(report.stored)} in {count(report.packs, 'pack')}"
        return
    told = (
        f"compacted: {size(report.stored)} to {size(report.stored_after or 0)}, "
        f"{count(report.packs, 'pack')} to {report.packs_after or 0:,}"
    )
    if report.dropped:
        told += f"; {size(max(report.dropped_bytes, 0))} given back by dropping {_past(report)}"
    yield told
    if report.discarded:
        left = f"{count(report.discarded, 'pack')} removed that a killed command had left"
        yield screen.paint(left, Tone.HINT)


def _preview_lines(report: CompactReport, screen: Screen) -> Iterator[str]:
    parts = []
    if report.merged:
        parts.append(f"would merge {count(report.merged, 'pack')} ({size(report.merged_bytes)})")
    if report.dropped:
        parts.append(f"would give back about {size(report.dropped_bytes)} of {_past(report)}")
    if report.discarded:
        parts.append(f"would remove {count(report.discarded, 'pack')} of killed commands")
    stored = f"{size(report.stored)} in {count(report.packs, 'pack')}"
    yield "; ".join(parts) if parts else f"nothing to compact: {stored}"
    if report.horizon and report.dropped:
        reach = f"undo would reach back to operation {report.horizon + 1}"
        yield screen.paint(reach, Tone.HINT)


def _past(report: CompactReport) -> str:
    return f"{count(report.dropped, 'object')} past the undo window"


def _json(report: CompactReport) -> Document:
    return {
        "packs": report.packs,
        "stored": report.stored,
        "merged": report.merged,
        "merged_bytes": report.merged_bytes,
        "packs_after": report.packs_after,
        "stored_after": report.stored_after,
        "dropped": report.dropped,
        "dropped_bytes": report.dropped_bytes,
        "horizon": report.horizon,
        "discarded": report.discarded,
        "operations": list(report.operations),
    }
