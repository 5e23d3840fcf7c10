"""20 clients that edit, commit and sync one branch of one bucket, all at once."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed, time_work
from benchmarks.rows import CONTENTVC
from benchmarks.seaweedfs import SeaweedFs

__all__ = ["measure_many_clients"]

_GROUP: Final = "many-clients"
_ROW: Final = f"{_GROUP}/sync"
_CLIENTS: Final = 20
_URL: Final = "s3://shared/content"
_PREPARING: Final = "first.md"


def measure_many_clients(bench: Bench) -> None:
    """The row of the group.

    Raises:
        Absent: there is no SeaweedFS.
        Failed: a sync failed, or something is lost or doubled.
    """
    folder = bench.folder / _GROUP
    folder.mkdir()
    with SeaweedFs(folder / "seaweedfs") as server, bench.variables(server.variables()):
        server.make_bucket("shared")
        _ManyClients(bench, folder).measure()


class _ManyClients:
    """A clone for each client."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench = bench
        self._folder = folder
        self._trees = [folder / f"client-{number}" for number in range(_CLIENTS)]
        first, ours = self._trees[0], bench.ours
        first.mkdir()
        ours.prepare(first)
        (first / _PREPARING).write_text("the first file\n")
        bench.ask(ours.commit("first"), first)
        bench.ask(ours.name_bucket("origin", _URL), first)
        bench.ask(ours.push("origin"), first)
        for tree in self._trees[1:]:
            bench.ask(ours.clone(_URL, str(tree)), folder)

    def measure(self) -> None:
        rounds = self._bench.long_rounds
        start = time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            taken = list(clients.map(lambda tree: self._work(tree, rounds), self._trees))
        elapsed = time.perf_counter() - start
        seconds = [one for times in taken for one in times]
        if seconds:
            self._record(seconds, elapsed)
        self._bench.weighed_round(_ROW, [Job(CONTENTVC, self._bench.ours.sync(), self._trees[0])])
        self._check(rounds)

    def _record(self, seconds: Sequence[float], elapsed: float) -> None:
        hundredths = quantiles(seconds, n=100, method="inclusive")
        self._bench.record(_ROW, CONTENTVC, hundredths[98])
        self._bench.note(
            _ROW,
            f"{len(seconds)} syncs, {len(seconds) / elapsed:.2f} a second with the commits between "
            f"them; median {hundredths[49]:.2f} s, largest {max(seconds):.2f} s",
        )

    def _work(self, tree: Path, rounds: int) -> list[float]:
        taken, ours = [], self._bench.ours
        for number in range(rounds):
            (tree / f"{tree.name}-{number}.md").write_text(f"{tree.name}, {number}\n")
            self._bench.ask(ours.commit(f"{tree.name} edit {number}"), tree)
            taken.append(time_work(ours.sync(), tree, self._bench.environment).seconds)
        return taken

    def _check(self, rounds: int) -> None:
        """A new clone has every file, and each commit once."""
        clone = self._folder / "clone"
        self._bench.ask(self._bench.ours.clone(_URL, str(clone)), self._folder)
        wanted = {f"{tree.name}-{number}.md" for tree in self._trees for number in range(rounds)}
        found = {path.name for path in clone.glob("*.md")}
        if found != wanted | {_PREPARING}:
            raise Failed(f"{len(wanted - found)} files of {len(wanted)} are lost")
        log = self._bench.ask(self._bench.ours.log(10**6), clone).decode()
        for name in wanted:
            message = name.removesuffix(".md").replace("-", " edit ")
            message = message.replace("client edit ", "client-", 1)
            if log.splitlines().count(f"    {message}") != 1:
                raise Failed(f"{message!r} is not exactly once in the log")
        self._bench.ask(((self._bench.ours.program, "verify"),), clone)
