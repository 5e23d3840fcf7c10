"""Merges among 35,000 small files: two branches with many changes, and one commit picked."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Work
from benchmarks.datasets import Version, small_files
from benchmarks.sides import Side
from benchmarks.trees import check_version, put_version

__all__ = ["measure_merges"]

_GROUP: Final = "merges"
_MERGE: Final = f"{_GROUP}/merge"
_PICK: Final = f"{_GROUP}/cherry-pick"
_SEED: Final = 20_261_125
_CHANGED: Final = 2_000
"""Files changed on each of two branches."""
_BOTH: Final = 50
"""Those of them that both changed, each at another end."""
_PICKED: Final = 20
"""Files in the commit that is picked."""
_MAIN: Final = "main"
_THEIRS: Final = "theirs"
_SINGLE: Final = "single"


def measure_merges(bench: Bench) -> None:
    """Every row of the group that was asked for; each round is taken back before the next.

    Raises:
        Failed: a command failed, or left something else than what both branches did.
    """
    base, _ = small_files()
    random = Random(_SEED)
    share = min(1.0, bench.scale)
    changed, both = int(_CHANGED * share), int(_BOTH * share) or 1
    paths = random.sample(sorted(base.files), 2 * changed - both + _PICKED)
    ours, theirs = paths[:changed], paths[changed - both : 2 * changed - both]
    single = paths[2 * changed - both :]
    folder = bench.folder / _GROUP
    main = _edited(base, ours, at_end=True)
    for side in bench.sides:
        _prepare(bench, side, folder, base, main, theirs, single)
    merged = _edited(main, theirs, at_end=False)
    if bench.wants(_MERGE):
        works = {side.name: side.merge(_THEIRS) for side in bench.sides}
        _measure(bench, _MERGE, folder, works, merged, main)
    if bench.wants(_PICK):
        works = {side.name: side.cherry_pick(_SINGLE) for side in bench.sides}
        _measure(bench, _PICK, folder, works, _edited(main, single, at_end=False), main)


def _edited(version: Version, paths: list[str], *, at_end: bool) -> Version:
    """With one more line in each of these files: two branches that differ in where merge."""
    files = dict(version.files)
    for path in paths:
        files[path] = files[path] + b"last\n" if at_end else b"first\n" + files[path]
    return Version(files)


def _prepare(
    bench: Bench,
    side: Side,
    folder: Path,
    base: Version,
    main: Version,
    theirs: list[str],
    single: list[str],
) -> None:
    tree = folder / side.name
    put_version(tree, base)
    side.prepare(tree)
    bench.once(side, side.commit("base"), folder)
    bench.once(side, side.branch(_THEIRS), folder)
    bench.once(side, side.branch(_SINGLE), folder)
    for name, version in (
        (_THEIRS, _edited(base, theirs, at_end=False)),
        (_SINGLE, _edited(base, single, at_end=False)),
        (_MAIN, main),
    ):
        bench.once(side, side.switch(name), folder)
        put_version(tree, version, base)
        bench.once(side, side.commit(f"edits of {name}"), folder)
        if name != _MAIN:
            bench.once(side, side.switch(_MAIN), folder)


def _measure(
    bench: Bench,
    row: str,
    folder: Path,
    works: Mapping[str, Work],
    after: Version,
    before: Version,
) -> None:
    jobs = [Job(party, work, folder / party) for party, work in works.items()]
    for number in range(bench.short_rounds + 1):
        if number < bench.short_rounds:
            bench.timed_round(row, jobs, number)
        else:
            bench.weighed_round(row, jobs)
        for side in bench.sides:
            if number in (0, bench.short_rounds):
                check_version(folder / side.name, after)
            bench.once(side, side.take_back(), folder)
            if number == 0:
                check_version(folder / side.name, before)
