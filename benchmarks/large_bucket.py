"""The two large files pushed to SeaweedFS, beside `dvc push` and `restic backup` to the same."""

from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed
from benchmarks.large_content import LargeContent
from benchmarks.peers import BucketDvc, BucketRestic
from benchmarks.proxy import Proxy, Traffic
from benchmarks.rows import CONTENT, CONTENTVC, DVC, RESTIC
from benchmarks.seaweedfs import SeaweedFs
from benchmarks.trees import check_copies, copy_files, remove_folder, require_free

__all__ = ["measure_large_bucket"]

_GROUP: Final = "bucket"
_PUSH: Final = f"{_GROUP}/push"
_BOTH: Final = f"{_GROUP}/commit-and-push"
_WIRE: Final = f"{_GROUP}/wire"
_EDITS_WIRE: Final = f"{_GROUP}/edits-wire"
_EDITS: Final = 3_700
_SEED: Final = 1
_REMOTE: Final = "origin"
_NEEDED: Final = 15
"""Times the content: a tree for each of three programs, what each stores here and in its bucket."""


def measure_large_bucket(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Absent: it does not fit on the disk, or there is no SeaweedFS.
        Failed: a command failed, or a clone is not what was pushed.
    """
    folder = bench.folder / _GROUP
    folder.mkdir()
    content = LargeContent(bench.scale)
    require_free(folder, _NEEDED * content.total_bytes)
    with SeaweedFs(folder / "seaweedfs") as server, bench.variables(server.variables()):
        large = _LargeBucket(bench, folder, content, server)
        if bench.wants(_PUSH, _BOTH):
            for number in range(bench.heavy_rounds):
                large.time_ours(number)
                with bench.attempt(_PUSH):
                    large.time_dvc(number)
                with bench.attempt(_BOTH):
                    large.time_restic(number)
        large.weigh()


class _LargeBucket:
    """The content, and a bucket for each program and round."""

    def __init__(
        self, bench: Bench, folder: Path, content: LargeContent, server: SeaweedFs
    ) -> None:
        self._bench = bench
        self._folder = folder
        self._content = content
        self._server = server
        self._source = folder / "version"
        content.write(self._source)

    def time_ours(self, number: int) -> None:
        tree, ours = self._ours(f"contentvc-{number}"), self._bench.ours
        jobs = [Job(CONTENTVC, ours.commit("everything"), tree)]
        committed = self._bench.timed(jobs, number)[CONTENTVC].seconds
        self._add_remote(tree, f"contentvc-{number}")
        jobs = [Job(CONTENTVC, ours.push(_REMOTE), tree)]
        pushed = self._bench.timed(jobs, number)[CONTENTVC].seconds
        self._bench.record(_PUSH, CONTENTVC, pushed)
        self._bench.record(_BOTH, CONTENTVC, committed + pushed)

    def time_dvc(self, number: int) -> None:
        """What DVC does before it pushes is not measured."""
        dvc = BucketDvc(self._bench.environment, self._content.names)
        tree = self._put(dvc.name)
        dvc.prepare(tree, self._server, f"dvc-{number}")
        self._bench.ask(dvc.commit("everything"), tree)
        self._bench.timed_round(_PUSH, [Job(DVC, dvc.push(), tree)], number)
        remove_folder(tree)

    def time_restic(self, number: int) -> None:
        restic = BucketRestic(self._bench.environment, self._server, f"restic-{number}")
        tree = self._put(restic.name)
        self._server.make_bucket(f"restic-{number}")
        restic.prepare(tree)
        self._bench.timed_round(_BOTH, [Job(RESTIC, restic.commit("everything"), tree)], number)
        remove_folder(tree)

    def weigh(self) -> None:
        """Both pushes of contentvc through a proxy that counts, and a clone of what they left."""
        ours, name = self._bench.ours, "contentvc-weighed"
        tree = self._ours(name)
        self._bench.weighed_round(_BOTH, [Job(CONTENTVC, ours.commit("everything"), tree)])
        self._add_remote(tree, name)
        first = self._pushed(tree, _PUSH)
        self._bench.record(_WIRE, CONTENTVC, first.sent + first.received)
        self._bench.record(_WIRE, CONTENT, self._content.total_bytes)
        self._bench.note(_WIRE, f"{first.requests} requests")
        edits = round(_EDITS * self._bench.scale)
        edited = self._content.edit(tree, _SEED, edits)
        self._bench.ask(ours.commit("edits"), tree)
        second = self._pushed(tree, _EDITS_WIRE)
        self._bench.record(_EDITS_WIRE, CONTENTVC, second.sent + second.received)
        self._bench.note(
            _EDITS_WIRE, f"{edits} edits put in {edited} bytes; {second.requests} requests"
        )
        self._check(tree, name)

    def _ours(self, bucket: str) -> Path:
        """A new repository of ours with nothing committed."""
        tree = self._put(CONTENTVC)
        self._bench.ours.prepare(tree)
        self._server.make_bucket(bucket)
        return tree

    def _add_remote(self, tree: Path, bucket: str) -> None:
        self._bench.ask(self._bench.ours.name_bucket(_REMOTE, f"s3://{bucket}/content"), tree)

    def _pushed(self, tree: Path, row: str) -> Traffic:
        with (
            Proxy(self._server.port) as proxy,
            self._bench.variables(self._server.variables(proxy.port)),
        ):
            self._bench.weighed_round(row, [Job(CONTENTVC, self._bench.ours.push(_REMOTE), tree)])
            traffic = proxy.traffic
        if not traffic.sent:
            raise Failed("the push did not go through the proxy")
        return traffic

    def _put(self, party: str) -> Path:
        tree = self._folder / party
        copy_files(self._source, tree, self._content.names)
        return tree

    def _check(self, tree: Path, bucket: str) -> None:
        clone = self._folder / "clone"
        work = self._bench.ours.clone(f"s3://{bucket}/content", str(clone))
        self._bench.weighed_round(_WIRE, [Job(CONTENTVC, work, self._folder)])
        check_copies(clone, tree, self._content.names)
