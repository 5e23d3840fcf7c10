"""Starting: what every command pays before it does anything, in the smallest of repositories."""

import sys

from benchmarks.bench import Bench, Job
from benchmarks.commands import Work
from benchmarks.datasets import ten_files
from benchmarks.rows import CONTENTVC, GIT, TYPER
from benchmarks.trees import put_version

__all__ = ["measure_start"]


def measure_start(bench: Bench) -> None:
    """`--version` and `status`, beside an interpreter that only imports the command-line library.

    Raises:
        Failed: a command failed.
    """
    folder = bench.folder / "ten-files"
    for side in bench.sides:
        put_version(folder / side.name, ten_files())
        side.prepare(folder / side.name)
        bench.once(side, side.commit("everything"), folder)
    imports: Work = ((sys.executable, "-c", "import typer"),)
    for name, ours, theirs in (
        ("version", bench.ours.version(), bench.git.version()),
        ("status", bench.ours.status(), bench.git.status()),
    ):
        jobs = [
            Job(CONTENTVC, ours, folder / CONTENTVC),
            Job(TYPER, imports, folder / CONTENTVC),
            Job(GIT, theirs, folder / GIT),
        ]
        bench.rounds(f"ten-files/{name}", jobs)
