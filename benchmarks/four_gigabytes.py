"""One file of 4 GB that nothing makes smaller, beside `cp` of it."""

from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed, Work
from benchmarks.copies import Copies
from benchmarks.rows import CONTENTVC
from benchmarks.seeded import seeded_bytes
from benchmarks.trees import check_copies, require_free

__all__ = ["measure_four_gigabytes"]

_GROUP: Final = "four-gigabytes"
_COMMIT: Final = f"{_GROUP}/commit"
_SWITCH: Final = f"{_GROUP}/switch"
_BYTES: Final = 4_000_000_000
_NAME: Final = "weights.bin"
_BEFORE: Final = "before"
_MAIN: Final = "main"
_NEEDED: Final = 5
"""Times the file: itself, in the repository, in the working tree, a copy, and a spare one."""


def measure_four_gigabytes(bench: Bench) -> None:
    """Commit, and a switch away from the file and back.

    Raises:
        Absent: it does not fit on the disk.
        Failed: a command failed, or left something else than the file.
    """
    folder = bench.folder / _GROUP
    (folder / CONTENTVC).mkdir(parents=True)
    count = round(_BYTES * bench.scale)
    require_free(folder, _NEEDED * count)
    with (folder / _NAME).open("wb") as file:
        file.writelines(seeded_bytes(_NAME, count))
    copies = Copies(folder / "copies")
    _measure_commit(bench, folder, copies)
    if bench.wants(_SWITCH):
        _measure_switch(bench, folder, copies)


def _measure_commit(bench: Bench, folder: Path, copies: Copies) -> None:
    for number in range(bench.heavy_rounds if bench.wants(_COMMIT) else 0):
        jobs = [_commit(bench, folder), copies.job(folder, [_NAME])]
        bench.timed_round(_COMMIT, jobs, number)
        bench.timed_round(_COMMIT, [copies.synced_job(folder, [_NAME])], number)
        copies.clear()
    bench.weighed_round(_COMMIT, [_commit(bench, folder)])


def _commit(bench: Bench, folder: Path) -> Job:
    """In a new repository whose first commit does not have the file."""
    tree, ours = folder / CONTENTVC, bench.ours
    (tree / _NAME).unlink(missing_ok=True)
    ours.prepare(tree)
    (tree / "README.md").write_text("# Weights\n")
    bench.once(ours, ours.commit("before"), folder)
    bench.once(ours, ours.branch(_BEFORE), folder)
    # A second name for the same bytes: they are read, and never written in place.
    (tree / _NAME).hardlink_to(folder / _NAME)
    return Job(CONTENTVC, ours.commit("the file"), tree)


def _measure_switch(bench: Bench, folder: Path, copies: Copies) -> None:
    tree, ours = folder / CONTENTVC, bench.ours
    away, back = ours.switch(_BEFORE), ours.switch(_MAIN)
    work: Work = (*away, *back)
    for number in range(bench.heavy_rounds):
        jobs = [Job(CONTENTVC, work, tree), copies.job(folder, [_NAME])]
        bench.timed_round(_SWITCH, jobs, number)
        check_copies(tree, folder, [_NAME])
        copies.clear()
    bench.once(ours, away, folder)
    if (tree / _NAME).exists():
        raise Failed(f"{_NAME} is there after a switch to a commit without it")
    bench.weighed_round(_SWITCH, [Job(CONTENTVC, back, tree)])
    check_copies(tree, folder, [_NAME])
