"""Records: a large JSONL compared, a table merged and records validated, beside plain Python."""

import csv
import io
import sys
import time
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed
from benchmarks.record_files import branches, json_records, write_edited, write_lines
from benchmarks.rows import CONTENTVC, PYTHON

__all__ = ["measure_records"]

Found = TypeVar("Found")

_GROUP: Final = "records"
_DIFF: Final = f"{_GROUP}/diff-large"
_MERGE: Final = f"{_GROUP}/merge-csv"
_VALIDATE: Final = f"{_GROUP}/validate"
_RECORDS: Final = 400_000
_CHANGED: Final = 2_400
_ROWS: Final = 100_000
_EDITS: Final = 1_000
_NAME: Final = "cases.jsonl"
_SCHEMA: Final = {
    "type": "object",
    "required": ["case_id", "subject", "question", "answer", "scores"],
    "properties": {
        "case_id": {"type": "string", "pattern": "^c[0-9]{7}$"},
        "subject": {"type": "string"},
        "question": {"type": "string", "minLength": 1},
        "answer": {"type": "string", "minLength": 1},
        "scores": {
            "type": "object",
            "properties": {
                "f1": {"type": "number", "minimum": 0, "maximum": 1},
                "judge": {"type": "integer", "minimum": 1, "maximum": 10},
            },
        },
    },
}

_HASH_LINES: Final = """
import hashlib, sys
seen = []
for path in sys.argv[1:]:
    with open(path, "rb") as lines:
        seen.append({hashlib.blake2b(line, digest_size=16).digest() for line in lines})
print(len(seen[1] - seen[0]))
"""


def measure_records(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Failed: something else was found, merged or accepted than what the files hold.
    """
    if bench.wants(_DIFF):
        _measure_diff(bench)
    if bench.wants(_MERGE):
        _measure_merge(bench)
    if bench.wants(_VALIDATE):
        _measure_validation(bench)


def _measure_diff(bench: Bench) -> None:
    """Between two commits, as a whole command; the yardstick reads and hashes both files' lines."""
    records, changed = round(_RECORDS * bench.scale), round(_CHANGED * bench.scale)
    folder = bench.folder / _GROUP
    tree = folder / bench.ours.name
    tree.mkdir(parents=True)
    old, new = folder / "old.jsonl", folder / "new.jsonl"
    write_lines(old, records)
    write_edited(old, new, changed, records)
    bench.ours.prepare(tree)
    for version in (old, new):
        (tree / _NAME).write_bytes(version.read_bytes())
        bench.once(bench.ours, bench.ours.commit(version.name), folder)
    ours = ((bench.ours.program, "diff", "--stat", "HEAD~1", "HEAD"),)
    yardstick = ((sys.executable, "-c", _HASH_LINES, str(old), str(new)),)
    jobs = [Job(CONTENTVC, ours, tree), Job(PYTHON, yardstick, tree)]
    told = bench.ask(ours, tree)
    if f"{changed:,} records changed".encode() not in told:
        raise Failed(f"the diff tells {told.decode()!r}")
    bench.rounds(_DIFF, jobs)


def _measure_merge(bench: Bench) -> None:
    """In memory, as the merge of trees calls it; the yardstick is one pass of reader and writer."""
    from contentvc.formats.contract import Labels
    from contentvc.formats.records.formats import CSV
    from contentvc.formats.rules import NO_RULES

    made = branches(round(_ROWS * bench.scale), round(_EDITS * bench.scale))
    labels = Labels("base", "ours", "theirs")
    for _ in range(bench.short_rounds):
        _record(bench, _MERGE, PYTHON, lambda: _pass_over(made.base))
        found = _record(
            bench,
            _MERGE,
            CONTENTVC,
            lambda: CSV.merge(made.base, made.ours, made.theirs, labels, None, NO_RULES),
        )
        if found.conflicts or found.content != made.merged:
            raise Failed("the merge is not what both branches did")


def _measure_validation(bench: Bench) -> None:
    """All records of a file, in memory; the yardstick is a loop of parser and validator."""
    import orjson
    from jsonschema_rs import validator_for

    from contentvc.formats.records.formats import JSONL
    from contentvc.formats.rules import Rules
    from contentvc.formats.source import source_of

    content = b"".join(json_records(round(_ROWS * bench.scale)))
    validator = validator_for(_SCHEMA)
    source, rules = source_of(content), Rules(key=("case_id",))

    def check(value: object) -> Iterable[tuple[tuple[str | int, ...], str]]:
        return () if validator.is_valid(value) else ((((), "it breaks the schema")),)

    def loop() -> int:
        return sum(validator.is_valid(orjson.loads(line)) for line in io.BytesIO(content))

    for _ in range(bench.short_rounds):
        _record(bench, _VALIDATE, PYTHON, loop)
        found = _record(
            bench,
            _VALIDATE,
            CONTENTVC,
            lambda: list(JSONL.problems(_NAME.encode(), source, rules, check)),
        )
        if found:
            raise Failed(f"sound records are told to have {found[0].message}")


def _pass_over(content: bytes) -> bytes:
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _record(bench: Bench, row: str, party: str, work: Callable[[], Found]) -> Found:
    start = time.perf_counter()
    found = work()
    bench.record(row, party, time.perf_counter() - start)
    return found
