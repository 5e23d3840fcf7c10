"""Twenty edits at a time among 5,000 files: the everyday commands, and a long history of them."""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Final

from benchmarks.bench import Bench, Job, Output
from benchmarks.commands import Failed, Work, time_work
from benchmarks.datasets import Edits, five_thousand
from benchmarks.rows import CONTENTVC, FIRST_HUNDRED, GIT, VERSION
from benchmarks.trees import folder_bytes, put_version, write_files

__all__ = ["measure_edits", "measure_thousand_commits"]

_SHOWN: Final = 20
_COMMITS: Final = 1_000
_STRETCH: Final = 100
_THOUSAND: Final = "thousand-commits/last"
_COMPACTION: Final = "thousand-commits/compaction"
_COMPACTED: Final = "thousand-commits/compacted"
_NEVER: Final = "thousand-commits/never-compacted"
_COMPACT_ROWS: Final = (_COMPACTION, _COMPACTED, _NEVER)


def measure_edits(bench: Bench) -> None:
    """Commit, diff and log of small changes, beside the bare start of contentvc.

    Raises:
        Failed: a command failed, or left a change or a commit out.
    """
    rounds = _EditRounds(bench, "five-thousand")
    for number in range(_SHOWN):
        rounds.commit_unmeasured(number)
    for number in range(bench.short_rounds + 1):
        rounds.measure(number, bench.short_rounds)


def measure_thousand_commits(bench: Bench) -> None:
    """A thousand commits; git's, made in between, tell how even the machine was meanwhile.

    Raises:
        Failed: a command failed.
    """
    rounds = _EditRounds(bench, "thousand-commits")
    taken = rounds.commit_timed(_COMMITS if bench.short_rounds else 0)
    rounds.weigh_commit()
    for party, seconds in taken.items():
        if seconds:
            first, last = seconds[:_STRETCH], seconds[-_STRETCH:]
            bench.record(_THOUSAND, party, sum(last))
            if party == CONTENTVC:
                bench.record(_THOUSAND, FIRST_HUNDRED, sum(first))
            bench.note(_THOUSAND, _growth(party, first, last))
    if bench.wants(*_COMPACT_ROWS):
        rounds.compact()


def _growth(party: str, first: list[float], last: list[float]) -> str:
    return (
        f"{party}: the last {_STRETCH} took {sum(last) / sum(first):.2f} times the first, "
        f"{median(last) / median(first):.2f} by medians ({median(last) * 1000:.1f} ms a commit)"
    )


class _EditRounds:
    """A repository of each side that gets the same edits."""

    def __init__(self, bench: Bench, group: str) -> None:
        self._bench = bench
        self._group = group
        self._folder = bench.folder / group
        self._edits: Edits = five_thousand()
        self._messages: list[str] = []
        for side in bench.sides:
            put_version(self._folder / side.name, self._edits.version)
            side.prepare(self._folder / side.name)
            bench.once(side, side.commit("everything"), self._folder)

    def commit_unmeasured(self, number: int) -> None:
        self._edit()
        message = self._next_message(f"early edits {number}")
        for side in self._bench.sides:
            self._bench.once(side, side.commit(message), self._folder)

    def measure(self, number: int, rounds: int) -> None:
        edited = self._edit()
        message = self._next_message(f"edits {number}")
        works: tuple[tuple[str, dict[str, Work]], ...] = (
            ("diff", {side.name: side.diff() for side in self._bench.sides}),
            ("commit", {side.name: side.commit(message) for side in self._bench.sides}),
            ("log", {side.name: side.log(_SHOWN) for side in self._bench.sides}),
        )
        for name, work in works:
            row, jobs = f"{self._group}/{name}", self._with_start(work)
            if number < rounds:
                outputs = self._bench.timed_round(row, jobs, number)
            else:
                outputs = self._bench.weighed_round(row, jobs)
            expected = {"diff": edited, "log": self._messages[-_SHOWN:], "commit": ()}[name]
            _check_named(outputs, expected)

    def commit_timed(self, count: int) -> Mapping[str, list[float]]:
        """Seconds of each commit by side."""
        taken: dict[str, list[float]] = {side.name: [] for side in self._bench.sides}
        for number in range(count):
            self._edit()
            jobs = self._bench.jobs(self._folder, lambda side: side.commit("twenty edits"))
            for job in jobs if number % 2 == 0 else reversed(jobs):
                timed = time_work(job.work, job.folder, self._bench.environment)
                taken[job.party].append(timed.seconds)
        return taken

    def compact(self) -> None:
        """Time the compaction of each side, once, and weigh what it leaves."""
        ours, theirs = (self._folder / side.name for side in self._bench.sides)
        repository, objects = ours / ".contentvc" / "repository", theirs / ".git" / "objects"
        self._bench.record(_NEVER, CONTENTVC, folder_bytes(repository))
        jobs = self._bench.jobs(self._folder, lambda side: side.compact())
        self._bench.timed_round(_COMPACTION, jobs, 0)
        self._bench.record(_COMPACTED, CONTENTVC, folder_bytes(repository))
        for row in (_NEVER, _COMPACTED):
            self._bench.record(row, GIT, folder_bytes(objects))

    def weigh_commit(self) -> None:
        self._edit()
        jobs = self._bench.jobs(self._folder, lambda side: side.commit("one more"))
        self._bench.weighed_round(_THOUSAND, jobs)

    def _edit(self) -> Iterable[str]:
        changed = self._edits.next()
        for side in self._bench.sides:
            write_files(self._folder / side.name, changed)
        return changed.keys()

    def _next_message(self, message: str) -> str:
        self._messages.append(message)
        return message

    def _with_start(self, work: dict[str, Work]) -> list[Job]:
        start: dict[str, Work] = {VERSION: self._bench.ours.version()}
        folders = {CONTENTVC: CONTENTVC, VERSION: CONTENTVC, GIT: GIT}
        return [
            Job(party, its_work, self._folder / folders[party])
            for party, its_work in (work | start).items()
        ]


def _check_named(outputs: Output, names: Iterable[str]) -> None:
    for party in (CONTENTVC, GIT):
        for name in names:
            if name.encode() not in outputs[party]:
                raise Failed(f"{party} does not name {name!r} in its output")
