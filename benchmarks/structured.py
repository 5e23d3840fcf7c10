"""Documents compared by path: a real suite's two revisions, and one JSON document of many keys."""

import json
import time
from random import Random
from typing import Final

from benchmarks.bench import Bench
from benchmarks.commands import Failed, Work
from benchmarks.datasets import lm_eval
from benchmarks.rows import CONTENTVC, GIT, PARSING
from benchmarks.trees import put_version

__all__ = ["measure_structured"]

_GROUP: Final = "structured"
_DIFF: Final = f"{_GROUP}/diff-lm-eval"
_JSON: Final = f"{_GROUP}/json-20000"
_KEYS: Final = 20_000
_SEED: Final = 20_261_126


def measure_structured(bench: Bench) -> None:
    """Both rows, whichever was asked for.

    Raises:
        Failed: a command failed, or not exactly the edit was found.
    """
    if bench.wants(_JSON):
        for _ in range(max(bench.short_rounds, 1)):
            _measure_json(bench)
    if bench.wants(_DIFF):
        _measure_diff(bench)


def _measure_diff(bench: Bench) -> None:
    old, new = lm_eval()
    folder = bench.folder / _GROUP
    for side in bench.sides:
        (folder / side.name).mkdir(parents=True)
        put_version(folder / side.name, old, None)
        side.prepare(folder / side.name)
        bench.once(side, side.commit("first revision"), folder)
        put_version(folder / side.name, new, old)
        bench.once(side, side.commit("second revision"), folder)
    between: dict[str, Work] = {
        CONTENTVC: tuple((*argv, "HEAD~1", "HEAD") for argv in bench.ours.diff()),
        GIT: tuple((*argv, "-M", "HEAD~1", "HEAD") for argv in bench.git.diff()),
    }
    bench.rounds(_DIFF, bench.jobs(folder, lambda side: between[side.name]))


def _measure_json(bench: Bench) -> None:
    """In this process: what is compared is parsing and comparing, not starting Python."""
    from contentvc.formats.registry import diff_file
    from contentvc.formats.rules import NO_RULES
    from contentvc.formats.source import source_of

    old, new = _documents()
    start = time.perf_counter()
    json.loads(old)
    json.loads(new)
    parsed = time.perf_counter()
    changes, _ = diff_file(b"a.json", source_of(old), source_of(new), NO_RULES)
    compared = time.perf_counter()
    if len(getattr(changes, "changes", ())) != 2:  # its name and its weight
        raise Failed("not exactly the edited key was found")
    bench.record(_JSON, PARSING, parsed - start)
    bench.record(_JSON, CONTENTVC, compared - parsed)


def _documents() -> tuple[bytes, bytes]:
    random = Random(_SEED)
    value: dict[str, object] = {
        f"key-{number}": {"name": f"item {number}", "weight": random.random(), "tags": ["a", "b"]}
        for number in range(_KEYS)
    }
    old = json.dumps(value, indent=1).encode()
    value[f"key-{_KEYS // 2}"] = {"name": "edited", "weight": 0.5, "tags": ["a", "b"]}
    return old, json.dumps(value, indent=1).encode()
