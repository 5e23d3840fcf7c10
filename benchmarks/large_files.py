"""Two large files and scattered edits in them, beside git, `cp`, restic, borg and DVC."""

from collections.abc import Mapping
from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed, Timed
from benchmarks.copies import Copies
from benchmarks.large_content import LargeContent
from benchmarks.rows import CONTENTVC, FASTEST_PEER, FIRST_COMMIT, GIT
from benchmarks.sides import Keeper
from benchmarks.trees import check_copies, copy_files, require_free

__all__ = ["measure_large_files"]

_FIRST: Final = "large-files/first-commit"
_BESIDE_PEERS: Final = "large-files/first-commit-peers"
_SECOND: Final = "large-files/second-commit"
_GROWTH: Final = "large-files/growth"
_BACK: Final = "large-files/switch-back"
_FORWARD: Final = "large-files/switch-forward"
_EDITS: Final = 3_700
_SEED: Final = 1
_OLD: Final = "old"
_MAIN: Final = "main"
_NEEDED: Final = 20
"""Times the content: two versions, a tree for each of five programs, what they store of both."""


def measure_large_files(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Absent: it does not fit on the disk.
        Failed: a command failed, or left something else than the version it should.
    """
    large = _LargeFiles(bench)
    if bench.wants(_FIRST, _BESIDE_PEERS, _SECOND, _GROWTH):
        for number in range(bench.heavy_rounds):
            large.commit_twice(number)
    large.weigh_commits()
    if bench.wants(_BACK, _FORWARD):
        large.measure_switches()
    with bench.attempt(_BESIDE_PEERS):
        bench.peers.require_all()


class _LargeFiles:
    """Both versions as they should be, and a tree for each program."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._folder = bench.folder / "large-files"
        self._copies = Copies(self._folder / "copies")
        self._content = LargeContent(bench.scale)
        self._versions = {name: self._folder / f"version-{name}" for name in (_OLD, _MAIN)}
        self._folder.mkdir()
        require_free(self._folder, _NEEDED * self._content.total_bytes)
        self._content.write(self._versions[_OLD])
        copy_files(self._versions[_OLD], self._versions[_MAIN], self._content.names)
        edits = round(_EDITS * bench.scale)
        edited = self._content.edit(self._versions[_MAIN], _SEED, edits)
        bench.note(_GROWTH, f"{edits} edits put in {edited} bytes")

    def commit_twice(self, number: int) -> None:
        """Both commits of every program, timed, and what its repository grew by."""
        keepers: tuple[Keeper, ...] = (
            self._bench.ours,
            self._bench.git,
            *self._bench.peers.present,
        )
        for keeper in keepers:
            self._put(keeper, _OLD)
            keeper.prepare(self._folder / keeper.name)
        first = self._bench.timed([self._commit(keeper, "first") for keeper in keepers], number)
        self._record_first(first)
        before = {keeper.name: self._taken(keeper) for keeper in keepers}
        for keeper in keepers:
            self._put(keeper, _MAIN)
        self._bench.timed_round(
            _SECOND, [self._commit(keeper, "second") for keeper in keepers], number
        )
        for keeper in keepers:
            grown = self._taken(keeper) - before[keeper.name]
            self._bench.record(_GROWTH, keeper.name, grown)

    def weigh_commits(self) -> None:
        """Both commits of contentvc alone; what they leave is what the switches work on."""
        ours = self._bench.ours
        self._put(ours, _OLD)
        ours.prepare(self._folder / ours.name)
        self._bench.weighed_round(_FIRST, [self._commit(ours, "first")])
        self._bench.once(ours, ours.branch(_OLD), self._folder)
        self._put(ours, _MAIN)
        self._bench.weighed_round(_SECOND, [self._commit(ours, "second")])

    def measure_switches(self) -> None:
        """To the first version and forward again, beside a copy of the same files."""
        for number in range(self._bench.long_rounds):
            for row, name in ((_BACK, _OLD), (_FORWARD, _MAIN)):
                self._copies.clear()
                copy = self._copies.job(self._versions[name], self._content.names)
                self._bench.timed_round(row, [self._switch(name), copy], number)
                self._check(name)
        self._copies.clear()
        for row, name in ((_BACK, _OLD), (_FORWARD, _MAIN)):
            self._bench.weighed_round(row, [self._switch(name)])
            self._check(name)

    def _record_first(self, times: Mapping[str, Timed]) -> None:
        seconds = {party: timed.seconds for party, timed in times.items()}
        for party, taken in seconds.items():
            row = _FIRST if party == GIT else _BESIDE_PEERS
            self._bench.record(row, party, taken)
        self._bench.record(_FIRST, CONTENTVC, seconds[CONTENTVC])
        self._bench.record(_SECOND, FIRST_COMMIT, seconds[CONTENTVC])
        if self._bench.peers.are_complete:
            fastest = min(seconds[peer.name] for peer in self._bench.peers.present)
            self._bench.record(_BESIDE_PEERS, FASTEST_PEER, fastest)

    def _put(self, keeper: Keeper, version: str) -> None:
        copy_files(self._versions[version], self._folder / keeper.name, self._content.names)

    def _commit(self, keeper: Keeper, message: str) -> Job:
        return Job(keeper.name, keeper.commit(message), self._folder / keeper.name)

    def _switch(self, name: str) -> Job:
        return Job(CONTENTVC, self._bench.ours.switch(name), self._folder / CONTENTVC)

    def _taken(self, keeper: Keeper) -> int:
        taken = keeper.taken(self._folder / keeper.name)
        if not taken:
            raise Failed(f"{keeper.name} stores nothing where its size is taken")
        return taken

    def _check(self, name: str) -> None:
        check_copies(self._folder / CONTENTVC, self._versions[name], self._content.names)
