"""35,000 small files pushed to a folder and cloned from it, side by side with git over file://."""

from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.datasets import small_files
from benchmarks.trees import check_version, put_version, remove_folder

__all__ = ["measure_shared_folder"]

_GROUP: Final = "shared-folder"
_PUSH: Final = f"{_GROUP}/push"
_CLONE: Final = f"{_GROUP}/clone"


def measure_shared_folder(bench: Bench) -> None:
    """Both rows of the group.

    Raises:
        Failed: a command failed, or a clone is not what was pushed.
    """
    shared = _SharedFolder(bench)
    for number in range(bench.long_rounds):
        shared.push(number, is_timed=True)
        shared.clone(number, is_timed=True)
    shared.push(bench.long_rounds, is_timed=False)
    shared.clone(bench.long_rounds, is_timed=False)


class _SharedFolder:
    """A repository of each side that holds one commit, and a new remote for each round."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._folder = bench.folder / _GROUP
        self._version, _ = small_files()
        for side in bench.sides:
            put_version(self._folder / side.name, self._version)
            side.prepare(self._folder / side.name)
            bench.once(side, side.commit("everything"), self._folder)

    def push(self, number: int, *, is_timed: bool) -> None:
        remote = f"remote-{number}"
        for side in self._bench.sides:
            place = self._folder / f"{side.name}-{remote}"
            side.add_remote(self._folder / side.name, remote, place)
        jobs = self._bench.jobs(self._folder, lambda side: side.push(remote))
        self._round(_PUSH, jobs, number, is_timed=is_timed)

    def clone(self, number: int, *, is_timed: bool) -> None:
        """Each clone is read back whole, and gone before the next."""
        jobs = []
        for side in self._bench.sides:
            place = str(self._folder / f"{side.name}-remote-{number}")
            jobs.append(Job(side.name, side.clone(place, f"{side.name}-clone"), self._folder))
        self._round(_CLONE, jobs, number, is_timed=is_timed)
        for side in self._bench.sides:
            clone = self._folder / f"{side.name}-clone"
            check_version(clone, self._version)
            remove_folder(clone)

    def _round(self, row: str, jobs: list[Job], number: int, *, is_timed: bool) -> None:
        if is_timed:
            self._bench.timed_round(row, jobs, number)
        else:
            self._bench.weighed_round(row, jobs)
