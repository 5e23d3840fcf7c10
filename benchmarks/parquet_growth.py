"""A Parquet file of 200 MB with 100 rows put in: what a repository grows by, however it is written.

pyarrow cuts pages after so many values, so everything behind an inserted row is cut elsewhere and
compressed anew; its content-defined chunking cuts where the values say so.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Job
from benchmarks.datasets import Absent
from benchmarks.rows import CONTENT, CONTENTVC
from benchmarks.words import SUBJECTS, zipf_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["measure_parquet"]

_GROUP: Final = "parquet"
_ROWS: Final = 530_000
_INSERTED: Final = 100
_FILE: Final = "table.parquet"
_SEED: Final = 20_261_127
_WORDS: Final = 80


def measure_parquet(bench: Bench) -> None:
    """Every row of the group that was asked for.

    Raises:
        Absent: pyarrow is not installed.
        Failed: a command failed.
    """
    if find_spec("pyarrow") is None:
        raise Absent("pyarrow is not installed")
    table = _table(round(_ROWS * bench.scale))
    together = [table.num_rows // 2] * _INSERTED
    scattered = sorted(Random(_SEED).choices(range(table.num_rows), k=_INSERTED))
    for name, places, is_chunked in (
        ("plain", together, False),
        ("chunked", together, True),
        ("scattered", scattered, True),
    ):
        if bench.wants(f"{_GROUP}/{name}"):
            _measure(bench, name, (table, _inserted(table, places)), is_chunked=is_chunked)


def _measure(bench: Bench, name: str, tables: "Sequence[pa.Table]", *, is_chunked: bool) -> None:
    row, tree, ours = f"{_GROUP}/{name}", bench.folder / _GROUP / name, bench.ours
    tree.mkdir(parents=True)
    ours.prepare(tree)
    taken = []
    for table in tables:
        _write(table, tree / _FILE, is_chunked=is_chunked)
        bench.weighed_round(row, [Job(CONTENTVC, ours.commit("a version"), tree)])
        taken.append(ours.sizes(tree).stored)
    first, second = taken
    bench.record(row, CONTENTVC, second - first)
    bench.record(row, CONTENT, (tree / _FILE).stat().st_size)


def _write(table: "pa.Table", path: Path, *, is_chunked: bool) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, use_content_defined_chunking=is_chunked)


def _table(rows: int) -> "pa.Table":
    """Ids, subjects, questions of 80 words, scores, and vectors of 16 float32."""
    import pyarrow as pa

    return pa.table(_columns(Random(_SEED), range(rows), rows), schema=_schema())


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [
            ("id", pa.int64()),
            ("subject", pa.string()),
            ("question", pa.string()),
            ("score", pa.float64()),
            ("vector", pa.list_(pa.float32(), 16)),
        ]
    )


def _columns(random: Random, ids: Sequence[int], rows: int) -> "dict[str, list[object]]":
    return {
        "id": list(ids),
        "subject": [random.choice(SUBJECTS) for _ in range(rows)],
        "question": list(_questions(random, rows)),
        "score": [random.random() for _ in range(rows)],
        "vector": [[random.gauss(0, 1) for _ in range(16)] for _ in range(rows)],
    }


def _questions(random: Random, rows: int) -> Iterator[str]:
    table = zipf_table(1 << 16)
    for _ in range(rows):
        places = memoryview(random.randbytes(2 * _WORDS)).cast("H")
        yield " ".join(map(table.__getitem__, places))


def _inserted(table: "pa.Table", places: Sequence[int]) -> "pa.Table":
    """The table with new rows before the rows at these places."""
    import pyarrow as pa

    new = pa.table(
        _columns(Random(_SEED + 1), range(10**9, 10**9 + len(places)), len(places)),
        schema=_schema(),
    )
    parts, last = [], 0
    for number, place in enumerate(places):
        parts += [table.slice(last, place - last), new.slice(number, 1)]
        last = place
    return pa.concat_tables([*parts, table.slice(last)]).combine_chunks()
