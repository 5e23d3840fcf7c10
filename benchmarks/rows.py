"""Rows: every measurement, what it is compared with, and the target it has to reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

__all__ = ["MEMORY_LIMIT", "ROWS", "Result", "Row", "Samples", "Share", "chosen_rows"]

MEMORY_LIMIT: Final = 400_000_000
"""Bytes that the processes of any contentvc command here may hold together."""

CONTENTVC: Final = "contentvc"
GIT: Final = "git"
VERSION: Final = "--version"
TYPER: Final = "import typer"
FIRST_HUNDRED: Final = "first 100"
STATUS: Final = "status"
CP: Final = "cp"
CP_AND_SYNC: Final = "cp and sync"
FASTEST_PEER: Final = "fastest peer"
FIRST_COMMIT: Final = "first commit"
FIRST_SIZE: Final = "first version"
ONE_VERSION: Final = "one version"
EDITED: Final = "edited"
PYTHON: Final = "python"
COMPRESSED: Final = "zstd"
PARSING: Final = "json.loads"
DVC: Final = "dvc"
RESTIC: Final = "restic"
CONTENT: Final = "content"
NOTHING: Final = ""
"""Where a target is an amount of its own."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many times what a party took."""

    times: float
    party: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    work: str
    against: str
    at_most: float | None
    """The ratio to what it is compared with; None where the row informs and has no target."""
    unit: Literal["seconds", "bytes", "requests"] = "seconds"
    plus: float | Share = 0.0
    """What the target grants on top of that: an amount in the row's unit, or another share."""

    @property
    def compared(self) -> frozenset[str]:
        """The parties without which there is no verdict."""
        also = self.plus.party if isinstance(self.plus, Share) else NOTHING
        return frozenset({CONTENTVC, self.against, also} - {NOTHING})

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
    Row("small-files/read", "a random file of HEAD~1, Python API", NOTHING, 0.0, plus=0.0002),
    Row("small-files/undo", "undo of a commit of 20 edits there", STATUS, 1.5),
    Row("small-files/export", "export of 35,000 files as .tar", GIT, 1.5),
    Row("structured/diff-lm-eval", "diff of both revisions of lm-eval, by path", GIT, 3.0),
    Row("structured/json-20000", "diff of 20,000 keys, one changed", PARSING, 3.0),
    Row("merges/merge", "merge, 2,000 files changed on each of 35,000, 50 on both", GIT, 1.5),
    Row("merges/cherry-pick", "cherry-pick of one commit among 35,000 files", GIT, 1.5),
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
    Row(
        "long-history/log-path",
        "log PATH over 5,000 commits",
        GIT,
        1.0,
        plus=Share(1.0, VERSION),
    ),
    Row("long-history/log-folder", "log FOLDER there", GIT, 1.0, plus=Share(1.0, VERSION)),
    Row("long-history/log", "all of log there", GIT, None),
    Row("long-history/log-ten", "log -n 10 there", VERSION, 2.5),
    Row("long-history/log-oneline", "log --oneline there", GIT, None),
    Row("long-history/log-graph", "log --graph --oneline --all there", GIT, None),
    Row("week/stored", "a week's work on real content, packed", GIT, 1.0, "bytes"),
    Row("thousand-commits/compaction", "compact after them, to gc --aggressive", GIT, 0.5),
    Row(
        "thousand-commits/compacted",
        "then .contentvc/repository to .git/objects",
        GIT,
        1.0,
        "bytes",
    ),
    Row(
        "thousand-commits/never-compacted",
        "without compacting by hand, to the same .git/objects",
        GIT,
        1.5,
        "bytes",
    ),
    Row("ten-files/version", "--version", TYPER, 1.5),
    Row("ten-files/status", "status in a repository of 10 files", TYPER, 2.5),
    Row(
        "prompts-json/size",
        "100 versions of 2 MB of JSON: .contentvc to one version by zstd, and 1 kB each",
        COMPRESSED,
        1.3,
        "bytes",
        plus=100 * 1_000,
    ),
    Row("large-files/first-commit", "280 MB JSONL and 540 MB float32: first commit", GIT, 0.12),
    Row("large-files/first-commit-peers", "the same beside the peers", FASTEST_PEER, 0.6),
    Row("large-files/second-commit", "3,700 scattered edits: second commit", FIRST_COMMIT, 1.0),
    Row(
        "large-files/growth",
        "what .contentvc grows by in the second commit",
        NOTHING,
        0.0,
        "bytes",
        plus=10_000_000,
    ),
    Row("large-files/switch-back", "switch to the first version", CP, 1.0, plus=0.5),
    Row("large-files/switch-forward", "switch to the second version", CP, 1.0, plus=0.5),
    Row(
        "thirty-versions/size",
        "30 more versions of 100 edits: .contentvc",
        FIRST_SIZE,
        1.05,
        "bytes",
        plus=Share(3.0, EDITED),
    ),
    Row("thirty-versions/switch-first", "switch from the newest to the first", ONE_VERSION, 1.5),
    Row("thirty-versions/switch-newest", "switch from the first to the newest", ONE_VERSION, 1.5),
    Row("records/diff-large", "diff of 280 MB of JSONL, 2,400 of 400,000 changed", PYTHON, 0.5),
    Row("records/merge-csv", "merge of 1,000 edits on each side in a CSV of 100,000", PYTHON, 3.0),
    Row("records/validate", "100,000 JSONL records by key and schema", PYTHON, 1.5),
    Row("four-gigabytes/commit", "commit of one file of 4 GB", CP, 2.0),
    Row("four-gigabytes/switch", "switch to a commit without it and back", CP, 2.0),
    Row("shared-folder/push", "push of 35,000 small files to a folder", GIT, 0.4),
    Row("shared-folder/clone", "clone from it, checked out", GIT, 0.7),
    Row("bucket/push", "280 MB JSONL and 540 MB float32: push to SeaweedFS", DVC, 0.65),
    Row("bucket/commit-and-push", "commit and push of them, to backup", RESTIC, 0.8),
    Row("bucket/wire", "bytes on the wire of that push, both ways", CONTENT, 0.75, "bytes"),
    Row(
        "bucket/edits-wire",
        "bytes on the wire of a push after 3,700 scattered edits",
        NOTHING,
        0.0,
        "bytes",
        plus=10_000_000,
    ),
    Row(
        "parquet/plain",
        "growth: 100 rows put into a Parquet file of 200 MB",
        CONTENT,
        None,
        "bytes",
    ),
    Row(
        "parquet/chunked",
        "the same, written with content-defined chunking",
        CONTENT,
        0.05,
        "bytes",
    ),
    Row(
        "parquet/scattered",
        "the same, the rows in 100 places",
        CONTENT,
        None,
        "bytes",
    ),
    Row("many-clients/sync", "20 clients sync one branch at once: 99th percentile", NOTHING, None),
    Row(
        "few-requests/fetch-nothing",
        "fetch with nothing new, from a bucket of 1,000 commits in 1,000 packs",
        NOTHING,
        0.0,
        "requests",
        plus=1,
    ),
    Row("few-requests/push", "push of one small commit to it", NOTHING, 0.0, "requests", plus=6),
    Row("few-requests/fetch", "fetch of one small commit", NOTHING, 0.0, "requests", plus=6),
    Row(
        "few-requests/old-file",
        "one small file of an old version, the bucket never seen before",
        NOTHING,
        0.0,
        "requests",
        plus=8,
    ),
)

_BY_NAME_ONLY: Final = frozenset(
    {
        "thousand-commits",
        "long-history",
        "large-files",
        "thirty-versions",
        "four-gigabytes",
        "bucket",
    }
)
"""Groups that take many minutes or gigabytes."""


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
    def ratio(self) -> float | None:
        """Ours to what it is compared with, if anything."""
        if self.row.against == NOTHING:
            return None
        return self._best(CONTENTVC) / self._best(self.row.against)

    @property
    def paired_ratio(self) -> float | None:
        """The median of the ratios within each round: steadier where the machine's speed drifts."""
        if self.row.against == NOTHING:
            return None
        ours, theirs = self.samples[CONTENTVC].values, self.samples[self.row.against].values
        return median(one / other for one, other in zip(ours, theirs, strict=True))

    @property
    def limit(self) -> float | None:
        """The most that ours may take, in the row's unit; None where there is no target."""
        row = self.row
        if row.at_most is None:
            return None
        share = row.at_most * self._best(row.against) if row.against != NOTHING else 0.0
        plus = row.plus
        return share + (plus.times * self._best(plus.party) if isinstance(plus, Share) else plus)

    @property
    def verdict(self) -> str:
        """`reached` or `missed`; `no target`, `failed` or `skipped` where it cannot be said."""
        if self.missing:
            return self.missing.partition(":")[0]
        if self.limit is None:
            return "no target"
        return "reached" if self._best(CONTENTVC) <= self.limit else "missed"

    def _best(self, party: str) -> float:
        return self.samples[party].best


def chosen_rows(names: Sequence[str]) -> tuple[Row, ...]:
    """The rows of these names or groups; when none is given, all that do not take very long.

    Raises:
        KeyError: a name is neither.
    """
    for name in names:
        if not any(name in (row.name, row.group) for row in ROWS):
            raise KeyError(name)
    if not names:
        return tuple(row for row in ROWS if row.group not in _BY_NAME_ONLY)
    return tuple(row for row in ROWS if {row.name, row.group} & set(names))
