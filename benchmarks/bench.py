"""Bench: where a run's measurements are taken and kept."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import contentvc_side, peers
from benchmarks.commands import Failed, Timed, Work, run, time_work, weigh_work
from benchmarks.contentvc_side import ContentvcSide
from benchmarks.datasets import Absent
from benchmarks.git_side import GitSide
from benchmarks.large_content import LargeContent
from benchmarks.peers import Peers
from benchmarks.profiling import profiled
from benchmarks.rows import CONTENTVC, Result, Row, Samples
from benchmarks.sides import Keeper, Side

__all__ = ["Bench", "Job", "Output"]

Output = Mapping[str, bytes]
"""What each party of a round printed."""

_LONG_SHARE: Final = 3
"""Work of seconds is repeated a third as often as work of milliseconds."""

_HEAVY_SHARE: Final = 5
"""Work of half a minute is repeated a fifth as often."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work of one party of a row, and where it is done."""

    party: str
    work: Work
    folder: Path


class Bench:
    """All programs, a folder that is removed after the run, and the samples taken so far."""

    def __init__(
        self,
        folder: Path,
        rows: Sequence[Row],
        repeat: int,
        profile: str = "",
        scale: float = 1.0,
    ) -> None:
        self.folder = folder
        self.scale: Final = scale
        self.environment: Final = _environment(folder)
        self.ours: Final = ContentvcSide(self.environment)
        self.git: Final = GitSide(self.environment)
        self.sides: Final[tuple[Side, ...]] = (self.ours, self.git)
        self.peers: Final = Peers(self.environment, LargeContent.names)
        self._rows = {row.name: row for row in rows}
        self._samples: dict[str, dict[str, Samples]] = {name: {} for name in self._rows}
        self._notes: dict[str, list[str]] = {name: [] for name in self._rows}
        self._missing: dict[str, str] = {}
        self._repeat = 0 if profile else repeat
        self._profile = profile

    @property
    def short_rounds(self) -> int:
        """Timed rounds of a command that takes milliseconds."""
        return self._repeat

    @property
    def long_rounds(self) -> int:
        """Timed rounds of a command that takes seconds."""
        return -(-self._repeat // _LONG_SHARE)

    @property
    def heavy_rounds(self) -> int:
        """Timed rounds of work that takes half a minute."""
        return -(-self._repeat // _HEAVY_SHARE)

    def wants(self, *names: str) -> bool:
        """Whether any of these rows was asked for."""
        return any(name in self._rows for name in names)

    def jobs(self, folder: Path, work: Callable[[Side], Work]) -> list[Job]:
        """The same work for both sides, each in the working tree of its own below `folder`."""
        return [Job(side.name, work(side), folder / side.name) for side in self.sides]

    def rounds(self, row: str, jobs: Sequence[Job]) -> None:
        """Timed rounds of short work that can be repeated as it stands, then a weighed one."""
        for number in range(self.short_rounds):
            self.timed_round(row, jobs, number)
        self.weighed_round(row, jobs)

    def timed_round(self, row: str, jobs: Sequence[Job], number: int) -> Output:
        """Each job once, its time kept as a sample of the row."""
        times = self.timed(jobs, number)
        for party, timed in times.items():
            self.record(row, party, timed.seconds)
        return {party: timed.output for party, timed in times.items()}

    def timed(self, jobs: Sequence[Job], number: int) -> Mapping[str, Timed]:
        """Each job once, in the other order every other time, with no write of others pending."""
        times = {}
        for job in jobs if number % 2 == 0 else reversed(jobs):
            os.sync()
            times[job.party] = time_work(job.work, job.folder, self.environment)
        return times

    def weighed_round(self, row: str, jobs: Sequence[Job]) -> Output:
        """Each job once while its memory is sampled; not timed. Profiled instead if asked for."""
        outputs = {}
        for job in jobs:
            if row == self._profile and job.party == CONTENTVC:
                work = profiled(job.work, self.folder)
                outputs[job.party] = time_work(work, job.folder, self.environment).output
                continue
            weighed = weigh_work(job.work, job.folder, self.environment)
            outputs[job.party] = weighed.output
            samples = self._samples_of(row, job.party)
            samples.peak_bytes = max(samples.peak_bytes, weighed.peak_bytes)
        return outputs

    def once(self, side: Keeper, work: Work, folder: Path) -> bytes:
        """Work that prepares or checks, in the side's own tree below `folder`; not measured."""
        return self.ask(work, folder / side.name)

    def ask(self, work: Work, folder: Path) -> bytes:
        """What work prints there; not measured."""
        return b"".join(run(argv, folder, self.environment) for argv in work)

    @contextmanager
    def variables(self, more: Mapping[str, str]) -> Iterator[None]:
        """What programs find in their environment beside the rest, for a while."""
        before = dict(self.environment)
        self.environment.update(more)
        try:
            yield
        finally:
            self.environment.clear()
            self.environment.update(before)

    def record(self, row: str, party: str, value: float) -> None:
        """Keeps a sample, if its row was asked for."""
        self._samples_of(row, party).values.append(value)

    def note(self, row: str, text: str) -> None:
        """A remark shown with the row, if it was asked for."""
        if row in self._notes:
            self._notes[row].append(text)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """What fails inside is the outcome of the row or group, where it has no samples yet."""
        try:
            yield
        except (Failed, Absent) as failure:
            said = "skipped" if isinstance(failure, Absent) else "failed"
            for row in self._rows.values():
                if name in (row.name, row.group) and not self._is_settled(row):
                    self._missing[row.name] = f"{said}: {failure}"

    def results(self) -> tuple[Result, ...]:
        """Every row asked for, in the order of the table."""
        return tuple(
            Result(row, self._samples[name], tuple(self._notes[name]), self._missing.get(name, ""))
            for name, row in self._rows.items()
        )

    def _is_settled(self, row: Row) -> bool:
        samples = self._samples[row.name]
        measured = all(samples.get(party, Samples()).values for party in row.compared)
        return measured or row.name in self._missing

    def _samples_of(self, row: str, party: str) -> Samples:
        return self._samples.get(row, {}).setdefault(party, Samples())


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the user's but the search path: settings would make runs differ."""
    home = folder / "home"
    (home / "contentvc").mkdir(parents=True)
    (home / "contentvc" / "config.toml").write_text(contentvc_side.SETTINGS)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "DVC_SITE_CACHE_DIR": str(home / "dvc"),
        **peers.SETTINGS,
    }
