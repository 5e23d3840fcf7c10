"""Requests of everyday commands to a bucket with 1,000 commits in 1,000 packs, each counted."""

import sys
import time
from pathlib import Path
from typing import Final

from benchmarks import reading_afar
from benchmarks.bench import Bench
from benchmarks.commands import Failed, Work
from benchmarks.many_packs import PATHS, content_of, copy_to, many_packs
from benchmarks.proxy import Proxy
from benchmarks.rows import CONTENTVC
from benchmarks.seaweedfs import SeaweedFs
from contentvc.ids import ObjectId
from contentvc.remotes.location import parse_location, storage_at

__all__ = ["measure_few_requests"]

_GROUP: Final = "few-requests"
_COMMITS: Final = 1_000
_OLD: Final = 137
_URL: Final = "s3://history/content"
_LATENCY: Final = 0.05


def measure_few_requests(bench: Bench) -> None:
    """Every row of the group.

    Raises:
        Absent: there is no SeaweedFS.
        Failed: a command failed, or read something else than what is stored.
    """
    folder = bench.folder / _GROUP
    folder.mkdir()
    replica, commits = many_packs(_COMMITS)
    with SeaweedFs(folder / "seaweedfs") as server:
        server.make_bucket("history")
        copy_to(storage_at(parse_location(_URL, b"/"), server.variables()), replica)
        with Proxy(server.port) as proxy, bench.variables(server.variables(proxy.port)):
            counted = _FewRequests(bench, folder, proxy, commits[_OLD])
            counted.measure(0.0)
            counted.measure(_LATENCY)


class _FewRequests:
    """Two clones that know the bucket."""

    def __init__(self, bench: Bench, folder: Path, proxy: Proxy, old: ObjectId) -> None:
        self._bench = bench
        self._folder = folder
        self._proxy = proxy
        self._old = old
        self._trees = [folder / "one", folder / "two"]
        for tree in self._trees:
            bench.ask(bench.ours.clone(_URL, str(tree)), folder)
        self._edits = 0
        self._edit()  # the first push of a clone finds out whether the bucket may be written
        bench.ask(bench.ours.push("origin"), self._trees[0])
        bench.ask(bench.ours.fetch("origin"), self._trees[1])

    def measure(self, latency: float) -> None:
        """Each piece of work once; without latency it is counted, with latency timed."""
        self._proxy.latency = latency
        one, two = self._trees
        ours = self._bench.ours
        self._bench.ask(ours.fetch("origin"), one)
        self._count("fetch-nothing", ours.fetch("origin"), one)
        self._edit()
        self._count("push", ours.push("origin"), one)
        self._count("fetch", ours.fetch("origin"), two)
        named = (self._old.hex(), PATHS[_OLD % len(PATHS)])
        script = (sys.executable, reading_afar.__file__, _URL, *named)
        if self._count("old-file", (script,), self._folder) != content_of(_OLD):
            raise Failed("another file was read than the one asked for")

    def _edit(self) -> None:
        self._edits += 1
        (self._trees[0] / "edited.md").write_text(f"edit {self._edits}\n")
        self._bench.ask(self._bench.ours.commit("an edit"), self._trees[0])

    def _count(self, name: str, work: Work, folder: Path) -> bytes:
        row = f"{_GROUP}/{name}"
        self._proxy.reset()
        start = time.perf_counter()
        output = self._bench.ask(work, folder)
        seconds = time.perf_counter() - start
        traffic = self._proxy.traffic
        if self._proxy.latency:
            self._bench.note(row, f"{seconds:.2f} s with {self._proxy.latency * 1e3:.0f} ms each")
        else:
            self._bench.record(row, CONTENTVC, traffic.requests)
            self._bench.note(row, f"{traffic.sent + traffic.received} bytes; {traffic.lines}")
        return output
