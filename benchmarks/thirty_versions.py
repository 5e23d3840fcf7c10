"""Thirty versions of two large files: what a chain of small edits costs, stored and read back."""

from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.large_content import LargeContent
from benchmarks.rows import CONTENTVC, EDITED, FIRST_SIZE, ONE_VERSION
from benchmarks.sides import Keeper
from benchmarks.trees import check_copies, copy_files, require_free

__all__ = ["measure_thirty_versions"]

_GROUP: Final = "thirty-versions"
_SIZE: Final = f"{_GROUP}/size"
_TO_FIRST: Final = f"{_GROUP}/switch-first"
_TO_NEWEST: Final = f"{_GROUP}/switch-newest"
_VERSIONS: Final = 30
_EDITS: Final = 100
_STORED_WHOLE: Final = "dvc"
"""It would store every version again; how it grows by one stands in `large-files/growth`."""
_OLD: Final = "old"
_MAIN: Final = "main"
_NEEDED: Final = 25
"""Times the content: trees of four repositories, two versions to compare with, what is stored."""


def measure_thirty_versions(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Absent: it does not fit on the disk.
        Failed: a command failed, or left something else than the version it should.
    """
    thirty = _ThirtyVersions(bench)
    thirty.commit_all()
    if bench.wants(_TO_FIRST, _TO_NEWEST):
        thirty.measure_switches()


class _ThirtyVersions:
    """Trees that get the same edits; one more stops after one version, to be compared with."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._folder = bench.folder / _GROUP
        self._content = LargeContent(bench.scale)
        self._edits = max(2, round(_EDITS * bench.scale))
        self._first = self._folder / "version-first"
        self._newest = self._folder / "version-newest"
        self._one = self._folder / "one-version"
        self._folder.mkdir()
        require_free(self._folder, _NEEDED * self._content.total_bytes)
        self._content.write(self._first)
        copy_files(self._first, self._newest, self._content.names)

    def commit_all(self) -> None:
        """The first version and thirty more, and the sizes after both."""
        peers = self._bench.peers.present if self._bench.wants(_SIZE) else ()
        keepers = (self._bench.ours, *(peer for peer in peers if peer.name != _STORED_WHOLE))
        for keeper in keepers:
            self._start(keeper)
        self._bench.record(_SIZE, FIRST_SIZE, self._taken(self._bench.ours))
        edited = sum(self._commit_next(number, keepers) for number in range(1, _VERSIONS + 1))
        self._bench.record(_SIZE, EDITED, edited)
        for keeper in keepers:
            self._bench.record(_SIZE, keeper.name, self._taken(keeper))

    def measure_switches(self) -> None:
        """To the first version and to the newest, in turn with the repository of one version."""
        self._commit_one_version()
        for number in range(self._bench.long_rounds):
            for row, name in ((_TO_FIRST, _OLD), (_TO_NEWEST, _MAIN)):
                self._bench.timed_round(row, self._switches(name), number)
                self._check(name)
        for row, name in ((_TO_FIRST, _OLD), (_TO_NEWEST, _MAIN)):
            self._bench.weighed_round(row, self._switches(name)[:1])
            self._check(name)

    def _start(self, keeper: Keeper) -> None:
        folder = self._folder / keeper.name
        copy_files(self._first, folder, self._content.names)
        keeper.prepare(folder)
        self._bench.once(keeper, keeper.commit("version-0"), self._folder)
        if keeper is self._bench.ours:
            self._bench.once(keeper, self._bench.ours.branch(_OLD), self._folder)

    def _commit_next(self, number: int, keepers: tuple[Keeper, ...]) -> int:
        """Edits every tree alike; returns how many bytes were edited."""
        for keeper in keepers:
            self._content.edit(self._folder / keeper.name, number, self._edits)
            self._bench.once(keeper, keeper.commit(f"version-{number}"), self._folder)
        return self._content.edit(self._newest, number, self._edits)

    def _commit_one_version(self) -> None:
        ours = self._bench.ours
        tree = self._one / ours.name
        copy_files(self._first, tree, self._content.names)
        ours.prepare(tree)
        self._bench.once(ours, ours.commit("version-0"), self._one)
        self._bench.once(ours, ours.branch(_OLD), self._one)
        self._content.edit(tree, 1, self._edits)
        self._bench.once(ours, ours.commit("version-1"), self._one)

    def _switches(self, name: str) -> list[Job]:
        work = self._bench.ours.switch(name)
        return [
            Job(CONTENTVC, work, self._folder / CONTENTVC),
            Job(ONE_VERSION, work, self._one / CONTENTVC),
        ]

    def _taken(self, keeper: Keeper) -> int:
        return keeper.taken(self._folder / keeper.name)

    def _check(self, name: str) -> None:
        expected = self._first if name == _OLD else self._newest
        check_copies(self._folder / CONTENTVC, expected, self._content.names)
