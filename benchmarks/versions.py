"""Two versions of a content set: commits, status, switch and size, side by side with git."""

from typing import Final

from benchmarks.bench import Bench
from benchmarks.commands import Failed
from benchmarks.datasets import Version
from benchmarks.trees import check_version, put_version

__all__ = ["VersionPair"]

_OLD: Final = "old"
_MAIN: Final = "main"


class VersionPair:
    """The rows of one group, measured on two versions of one content set."""

    def __init__(self, bench: Bench, group: str, versions: tuple[Version, Version]) -> None:
        self._bench = bench
        self._group = group
        self._old, self._new = versions
        self._folder = bench.folder / group

    def measure(self) -> None:
        """Every row of the group that was asked for.

        Raises:
            Failed: a command failed, or left something else than the version it should.
        """
        rounds = self._bench.long_rounds if self._wants("first-commit", "second-commit") else 0
        for number in range(rounds + 1):
            self._commit_twice(number, rounds)
        if self._wants("status"):
            self._measure_status()
        if self._wants("switch"):
            self._measure_switch()
        if self._wants("size", "stored"):
            self._measure_sizes()
        if self._wants("export"):
            self._measure_export()

    def _row(self, name: str) -> str:
        return f"{self._group}/{name}"

    def _wants(self, *names: str) -> bool:
        return self._bench.wants(*map(self._row, names))

    def _commit_twice(self, number: int, rounds: int) -> None:
        """The last round is weighed, and what it leaves is what the other rows work on."""
        self._put(self._old, self._new if number else None)
        for side in self._bench.sides:
            side.prepare(self._folder / side.name)
        self._commit("first-commit", number, rounds)
        for side in self._bench.sides:
            self._bench.once(side, side.branch(_OLD), self._folder)
        self._put(self._new, self._old)
        self._commit("second-commit", number, rounds)

    def _put(self, version: Version, old: Version | None) -> None:
        for side in self._bench.sides:
            put_version(self._folder / side.name, version, old)

    def _commit(self, name: str, number: int, rounds: int) -> None:
        jobs = self._bench.jobs(self._folder, lambda side: side.commit(name))
        if number < rounds:
            self._bench.timed_round(self._row(name), jobs, number)
        else:
            self._bench.weighed_round(self._row(name), jobs)

    def _measure_status(self) -> None:
        for side in self._bench.sides:
            if changes := self._bench.once(side, side.short_status(), self._folder):
                raise Failed(f"{side.name} reports changes after a commit: {changes[:100]!r}")
        jobs = self._bench.jobs(self._folder, lambda side: side.status())
        self._bench.rounds(self._row("status"), jobs)

    def _measure_switch(self) -> None:
        jobs = self._bench.jobs(
            self._folder, lambda side: [*side.switch(_OLD), *side.switch(_MAIN)]
        )
        for number in range(self._bench.long_rounds):
            self._bench.timed_round(self._row("switch"), jobs, number)
        self._bench.weighed_round(self._row("switch"), jobs)
        for name, version in ((_OLD, self._old), (_MAIN, self._new)):
            for side in self._bench.sides:
                self._bench.once(side, side.switch(name), self._folder)
                check_version(self._folder / side.name, version)

    def _measure_export(self) -> None:
        """Beside the working trees, so that nothing is new in them."""
        jobs = self._bench.jobs(self._folder, lambda side: side.export(f"../{side.name}.tar"))
        self._bench.rounds(self._row("export"), jobs)

    def _measure_sizes(self) -> None:
        for side in self._bench.sides:
            sizes = side.sizes(self._folder / side.name)
            if not sizes.stored:
                raise Failed(f"nothing is stored where {side.name} keeps content")
            self._bench.record(self._row("size"), side.name, sizes.whole)
            self._bench.record(self._row("stored"), side.name, sizes.stored)
