"""Report: the results as a table for people and as JSON for programs."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import contentvc_side, git_side
from benchmarks.memory import MEASURE
from benchmarks.rows import CONTENTVC, GIT, MEMORY_LIMIT, NOTHING, Result, Row, Samples, Share

__all__ = ["Json", "document", "peak_bytes", "print_table"]

Json = str | float | int | None | list["Json"] | dict[str, "Json"]

_WIDTH: Final = 150
_HEADINGS: Final = ("contentvc", "git", "against", "ratio", "at most")


def print_table(results: Sequence[Result], scale: float) -> None:
    """Every row with its verdict, then the notes and the memory of all of them."""
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("row", no_wrap=True)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("target", no_wrap=True)
    for side in (CONTENTVC, GIT):
        table.add_column(f"{side}, MB", justify="right", no_wrap=True)
    for result in results:
        table.add_row(*_cells(result))
    console = Console(width=_WIDTH, highlight=False, markup=False)
    console.print(table)
    for result in results:
        for note in (*_others(result), *result.notes, *filter(None, [result.missing])):
            console.print(f"{result.row.name}: {note}")
    if scale != 1.0:
        console.print(f"scale {scale:g}: large content is smaller, while targets are as for all")
    console.print(_memory_line(results))


def peak_bytes(results: Sequence[Result]) -> int:
    """The largest memory of any contentvc command; 0 if none was weighed."""
    return max((_peak(result, CONTENTVC) for result in results), default=0)


def _memory_line(results: Sequence[Result]) -> str:
    peak = peak_bytes(results)
    if not peak:
        return "memory: nothing was weighed"
    worst = next(result.row.name for result in results if _peak(result, CONTENTVC) == peak)
    verdict = "reached" if peak <= MEMORY_LIMIT else "missed"
    return (
        f"memory: at most {_megabytes(peak)} MB ({worst}; {MEASURE}, whole process group), "
        f"limit {_megabytes(MEMORY_LIMIT)} MB: {verdict}"
    )


def document(
    results: Sequence[Result], versions: Mapping[str, str], scale: float, made_at: str
) -> Json:
    """Everything measured: each sample, each peak, and under which conditions."""
    load = list(os.getloadavg())
    return {
        "schema": 1,
        "made_at": made_at,
        "conditions": {
            "python": platform.python_version(),
            **versions,
            "scale": scale,
            "system": f"{platform.system()} {platform.machine()}",
            "processors": os.cpu_count(),
            "load_average_after": [round(average, 2) for average in load],
            "memory_measure": MEASURE,
            "git_settings": git_side.SETTINGS,
            "contentvc_settings": contentvc_side.SETTINGS,
        },
        "memory": {"peak_bytes": peak_bytes(results), "at_most": MEMORY_LIMIT},
        "rows": [_as_json(result) for result in results],
    }


def _as_json(result: Result) -> Json:
    row = result.row
    parties: dict[str, Json] = {
        party: {"values": list[Json](samples.values), "peak_bytes": samples.peak_bytes}
        for party, samples in result.samples.items()
    }
    return {
        "name": row.name,
        "work": row.work,
        "unit": row.unit,
        "against": row.against,
        "at_most": row.at_most,
        "limit": None if result.missing else result.limit,
        "ratio": None if result.missing else _rounded(result.ratio),
        "paired_ratio": None if result.missing else _rounded(result.paired_ratio),
        "verdict": result.verdict,
        "missing": result.missing or None,
        "parties": parties,
        "notes": list[Json](result.notes),
    }


def _cells(result: Result) -> list[str]:
    row = result.row
    shown = [_best(result, party) for party in (CONTENTVC, GIT)]
    against = row.against
    if against not in (GIT, NOTHING):
        against = f"{against} {_best(result, against)}"
    return [
        row.name,
        *shown,
        against,
        "" if result.missing or result.ratio is None else f"{result.ratio:.2f}",
        _target(row),
        result.verdict,
        *(_megabytes(_peak(result, party)) for party in (CONTENTVC, GIT)),
    ]


def _target(row: Row) -> str:
    """The ratio, what is granted on top of it, or both."""
    if row.at_most is None:
        return ""
    parts = [f"{row.at_most:.2f}"] if row.against != NOTHING else []
    if isinstance(row.plus, Share):
        parts.append(f"{row.plus.times:g} {row.plus.party}")
    elif row.plus:
        parts.append(_value(row, row.plus))
    return " + ".join(parts)


def _others(result: Result) -> Iterator[str]:
    """One line of the parties that have no column."""
    shown = (CONTENTVC, GIT, result.row.against)
    others = (party for party in result.samples if party not in shown)
    if told := [f"{party} {best}" for party in others if (best := _best(result, party))]:
        yield ", ".join(told)


def _best(result: Result, party: str) -> str:
    samples = result.samples.get(party, Samples())
    return _value(result.row, samples.best) if samples.values else ""


def _value(row: Row, value: float) -> str:
    if row.unit == "requests":
        return f"{value:.0f}"
    if row.unit == "bytes":
        return f"{value / 1e6:.1f} MB" if value >= 1e5 else f"{value / 1e3:.1f} kB"
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.1f} ms" if value >= 1e-3 else f"{value * 1e6:.0f} µs"


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 4)


def _peak(result: Result, party: str) -> int:
    return result.samples.get(party, Samples()).peak_bytes


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.1f}" if count else ""
