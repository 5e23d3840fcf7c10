"""Files of records: a large JSONL in two versions, and a table with the edits of two branches."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.words import SUBJECTS, zipf_table

__all__ = ["Branches", "branches", "json_records", "write_edited", "write_lines"]

_COLUMNS: Final = ("id", "subject", "question", "answer", "score", "tokens")
_SEED: Final = 20_261_126


def json_records(count: int) -> Iterator[bytes]:
    """Evaluation records of about 700 bytes, each a line."""
    random = Random(_SEED)
    words = _words(random)
    for number in range(count):
        question = " ".join(islice(words, 30 + random.randrange(40)))
        answer = " ".join(islice(words, 20 + random.randrange(50)))
        yield (
            f'{{"case_id": "c{number:07}", "subject": "{random.choice(SUBJECTS)}", '
            f'"question": "{question}?", "answer": "{answer}.", '
            f'"scores": {{"f1": {random.random():.4f}, "judge": {random.randrange(1, 11)}}}}}\n'
        ).encode()


def write_lines(path: Path, count: int) -> None:
    """A file of that many records."""
    with path.open("wb") as file:
        file.writelines(json_records(count))


def write_edited(old: Path, new: Path, changed: int, count: int) -> None:
    """The same file with one field changed in so many records, all over it."""
    random = Random(_SEED + 1)
    places = set(random.sample(range(count), changed))
    with old.open("rb") as lines, new.open("wb") as file:
        for place, line in enumerate(lines):
            if place in places:
                head, tail = line.split(b'"answer": "', 1)
                file.write(head + b'"answer": "Indeed, ' + tail)
            else:
                file.write(line)


@dataclass(frozen=True, slots=True)
class Branches:
    """A table, both branches, and what their merge has to be."""

    base: bytes
    ours: bytes
    theirs: bytes
    merged: bytes


def branches(rows: int, edits: int) -> Branches:
    """So many separate rows changed on each side."""
    random = Random(_SEED)
    words = _words(random)
    base = [
        [
            str(number),
            random.choice(SUBJECTS),
            " ".join(islice(words, 6)),
            " ".join(islice(words, 4)),
            f"{random.random():.4f}",
            str(random.randrange(1000)),
        ]
        for number in range(rows)
    ]
    places = random.sample(range(rows), 2 * edits)
    ours, theirs = places[:edits], places[edits:]
    return Branches(
        _table(base),
        _table(_edited(base, ours)),
        _table(_edited(base, theirs)),
        _table(_edited(base, places)),
    )


def _edited(rows: Sequence[list[str]], places: Sequence[int]) -> list[list[str]]:
    chosen = set(places)
    return [
        [*row[:3], f"{row[3]}, rather", *row[4:]] if place in chosen else row
        for place, row in enumerate(rows)
    ]


def _table(rows: Sequence[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode()


def _words(random: Random) -> Iterator[str]:
    table = zipf_table(1 << 16)
    return map(table.__getitem__, chain.from_iterable(_places(random)))


def _places(random: Random) -> Iterator[Sequence[int]]:
    while True:
        yield memoryview(random.randbytes(1 << 20)).cast("H")
