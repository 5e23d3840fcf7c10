"""35,000 small files: two versions, taking a commit back, and reading the first one in Python."""

import json
import sys
from pathlib import Path
from random import Random
from typing import Final

from blake3 import blake3

from benchmarks import reading
from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed
from benchmarks.datasets import Version, small_files
from benchmarks.rows import CONTENTVC, STATUS
from benchmarks.trees import write_files
from benchmarks.versions import VersionPair

__all__ = ["measure_small_files"]

_GROUP: Final = "small-files"
_READ: Final = f"{_GROUP}/read"
_UNDO: Final = f"{_GROUP}/undo"
_SEED: Final = 20_260_406
_READS: Final = 1_000
_EDITS: Final = 20
_FIRST: Final = "HEAD~1"


def measure_small_files(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Failed: a command failed, or did something else than it should.
    """
    old, new = small_files()
    VersionPair(bench, _GROUP, (old, new)).measure()
    folder = bench.folder / _GROUP
    with bench.attempt(_READ):
        if bench.wants(_READ):
            _measure_reading(bench, folder, old)
    with bench.attempt(_UNDO):
        if bench.wants(_UNDO):
            _measure_undo(bench, folder, new)


def _measure_reading(bench: Bench, folder: Path, version: Version) -> None:
    """Other paths in every round, each round in a new interpreter."""
    for number in range(bench.short_rounds + 1):
        paths = Random(_SEED + number).sample(sorted(version.files), _READS)
        listed = folder / "paths.json"
        listed.write_text(json.dumps(paths))
        argv = (sys.executable, reading.__file__, str(folder / CONTENTVC), _FIRST, str(listed))
        job = Job(CONTENTVC, (argv,), folder)
        if number == bench.short_rounds:
            output = bench.weighed_round(_READ, [job])[CONTENTVC]
        else:
            output = bench.timed([job], number)[CONTENTVC].output
        answer = json.loads(output)
        expected = blake3(b"".join(version.files[path] for path in paths)).hexdigest()
        if answer["blake3"] != expected:
            raise Failed(f"the files read at {_FIRST} are not those of the first version")
        if number < bench.short_rounds:
            bench.record(_READ, CONTENTVC, answer["reading"] / _READS)
    bench.note(_READ, f"opening the workspace and the version took {answer['opening']:.3f} s more")


def _measure_undo(bench: Bench, folder: Path, version: Version) -> None:
    random = Random(_SEED)
    tree, ours = folder / CONTENTVC, bench.ours
    jobs = [Job(CONTENTVC, ours.undo(), tree), Job(STATUS, ours.status(), tree)]
    before = _newest_commit(bench, folder)
    for number in range(bench.short_rounds + 1):
        edited = random.sample(sorted(version.files), _EDITS)
        write_files(tree, {path: version.files[path] + b"\n" for path in edited})
        bench.once(ours, ours.commit("twenty edits"), folder)
        if number < bench.short_rounds:
            bench.timed_round(_UNDO, jobs, number)
        else:
            bench.weighed_round(_UNDO, jobs)
        if _newest_commit(bench, folder) != before:
            raise Failed("undo left another commit than the one before")
        # Whether or not undo leaves the edits in the files, the next round starts without them.
        write_files(tree, {path: version.files[path] for path in edited})
        if changes := bench.once(ours, ours.short_status(), folder):
            raise Failed(f"more than the commit's own edits differ after undo: {changes[:100]!r}")


def _newest_commit(bench: Bench, folder: Path) -> bytes:
    """The line that names it; the date below tells how long ago it was."""
    return bench.once(bench.ours, bench.ours.log(1), folder).splitlines()[0]
