"""Rows: every measurement, what it is compared with, and the target it has to reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

__all__ = ["MEMORY_LIMIT", "ROWS", "Result", "Row", "Samples", "chosen_rows"]

MEMORY_LIMIT: Final = 400_000_000
"""Bytes that the processes of any contentvc command here may hold together."""

CONTENTVC: Final = "contentvc"
GIT: Final = "git"
VERSION: Final = "--version"
TYPER: Final = "import typer"
FIRST_HUNDRED: Final = "first 100"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    work: str
    against: str
    at_most: float | None
    """The ratio to what it is compared with; None where the row informs and has no target."""
    unit: Literal["seconds", "bytes"] = "seconds"

    @property
    def group(self) -> str:
        """The scenario that measures it: rows of one group share their preparations."""
        return self.name.partition("/")[0]


ROWS: Final = (
    Row("small-files/first-commit", "first commit of 35,000 small files", GIT, 0.35),
    Row("small-files/second-commit", "second commit, a quarter changed", GIT, 0.5),
    Row("small-files/status", "status, nothing changed", GIT, 2.0),
    Row("small-files/switch", "switch to the first commit and back", GIT, 1.0),
    Row("small-files/size", "all of .contentvc to all of .git, after gc", GIT, 0.8, "bytes"),
    Row("small-files/stored", "packs and log to .git/objects, after gc", GIT, 0.65, "bytes"),
    Row("lm-eval/first-commit", "first commit of 4,127 real files", GIT, None),
    Row("lm-eval/second-commit", "second commit, to 15,375 real files", GIT, None),
    Row("lm-eval/status", "status, nothing changed", GIT, None),
    Row("lm-eval/switch", "switch to the first commit and back", GIT, None),
    Row("lm-eval/size", "all of .contentvc to all of .git, after gc", GIT, None, "bytes"),
    Row("lm-eval/stored", "packs and log to .git/objects, after gc", GIT, None, "bytes"),
    Row("five-thousand/commit", "commit of 20 edits among 5,000 files", VERSION, 2.5),
    Row("five-thousand/diff", "diff of 20 edits among 5,000 files", VERSION, 2.5),
    Row("five-thousand/log", "log -n 20 there", VERSION, 2.5),
    Row("thousand-commits/last", "1,000 such commits: the last 100", FIRST_HUNDRED, 1.3),
    Row("ten-files/version", "--version", TYPER, 1.5),
    Row("ten-files/status", "status in a repository of 10 files", TYPER, 2.5),
)


@dataclass(slots=True)
class Samples:
    """What was measured of one party of one row."""

    values: list[float] = field(default_factory=list)
    peak_bytes: int = 0

    @property
    def best(self) -> float:
        """The least: on a shared machine everything else is somebody else's work."""
        return min(self.values)


@dataclass(frozen=True, slots=True)
class Result:
    """A row with its samples by party, or with the reason why there are none."""

    row: Row
    samples: dict[str, Samples]
    notes: tuple[str, ...] = ()
    missing: str = ""

    @property
    def ratio(self) -> float:
        """Ours to what it is compared with."""
        return self.samples[CONTENTVC].best / self.samples[self.row.against].best

    @property
    def paired_ratio(self) -> float:
        """The median of the ratios within each round: steadier where the machine's speed drifts."""
        ours, theirs = self.samples[CONTENTVC].values, self.samples[self.row.against].values
        return median(one / other for one, other in zip(ours, theirs, strict=True))

    @property
    def verdict(self) -> str:
        """`reached` or `missed`; `no target`, `failed` or `skipped` where it cannot be said."""
        if self.missing:
            return self.missing.partition(":")[0]
        if self.row.at_most is None:
            return "no target"
        return "reached" if self.ratio <= self.row.at_most else "missed"


def chosen_rows(names: Sequence[str]) -> tuple[Row, ...]:
    """The rows of these names or groups, all when none is given.

    Raises:
        KeyError: a name is neither.
    """
    for name in names:
        if not any(name in (row.name, row.group) for row in ROWS):
            raise KeyError(name)
    return tuple(row for row in ROWS if not names or {row.name, row.group} & set(names))
